"""Reads the logs of other agents: figures, times and kinds, nothing else."""
