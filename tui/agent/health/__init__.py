"""Checks of what the program needs: machine, terminal, files, server."""
