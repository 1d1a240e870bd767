"""The transcript: one Line API widget over blocks."""
