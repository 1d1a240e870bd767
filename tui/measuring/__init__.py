"""Measures what a task takes: the same prompt several times, each in a copy of the project."""
