"""How large the context window of the session's model is, as far as anybody knows."""

from tui.agent.turn_context import TurnContext
from tui.session.state import SessionState


def context_window(state: SessionState, ctx: TurnContext) -> int:
    """Tokens: what its server said in this session, else what the catalogue says."""
    listed = ctx.catalogue.model(state.model).context
    return state.window_limits.window_of(state.model, listed)
