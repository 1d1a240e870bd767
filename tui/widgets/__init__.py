"""Widgets of the terminal interface and what they share; the transcript is a package of its own."""
