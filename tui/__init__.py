"""Glideslope: a terminal coding agent for Claude whose subject is the token budget."""
