"""Agents: conversations of their own that a session delegates work to."""
