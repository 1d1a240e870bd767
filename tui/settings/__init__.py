"""Settings: layered configuration, key map and themes."""
