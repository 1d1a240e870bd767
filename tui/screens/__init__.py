"""The chat: its screen, what holds a session to it, its keys, and what each command does."""
