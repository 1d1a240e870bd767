"""A Messages API server for working offline."""
