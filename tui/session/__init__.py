"""The session: its events, the state folded from them, and the store that keeps them."""
