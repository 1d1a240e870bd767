"""How large the context window of the session's model is, as far as anybody knows."""

from tui.agent.means import Means
from tui.session.state import SessionState


def context_window(state: SessionState, means: Means) -> int:
    """Tokens: what its server said in this session, else what the catalogue says."""
    listed = means.catalogue.model(state.model).context
    return state.window_limits.of(state.model, listed)
