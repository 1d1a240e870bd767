"""The rule-based pilot behind the simulator."""
