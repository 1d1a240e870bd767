"""How large the context window of the session's model is, as far as anybody knows."""

from tui.claude.catalogue import Catalogue
from tui.session.state import SessionState


def context_window(state: SessionState, catalogue: Catalogue) -> int:
    """Tokens: what its server said in this session, else what the catalogue says."""
    listed = catalogue.model(state.model).context
    return state.window_limits.window_of(state.model, listed)
