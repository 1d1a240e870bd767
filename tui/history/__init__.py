"""Task runs: what each finished stretch of work took, from own sessions and from imports."""
