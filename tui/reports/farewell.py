"""What is left in the shell after the program: what was used, and the command to go on with."""

import shlex

from tui.number_format import format_dollars, format_tokens, mark_estimate
from tui.session.state import SessionState


def farewell_line(state: SessionState, *, simulated: bool) -> str:
    """What is printed after quitting; empty for a session in which nothing was said.

    Args:
        state: The session.
        simulated: Whether the simulator answered: then nobody paid, and it has to be asked again.
    """
    if not state.turn:
        return ""
    named = f"Session {state.name}" if state.name else "Session"
    estimated = bool(state.ledger.unsettled)
    tokens = state.ledger.charged + state.team.charged
    used = f"{mark_estimate(format_tokens(tokens), estimated)} tokens used"
    if state.bill.dollars is not None and not simulated:
        dollars = state.bill.dollars + state.team.dollars
        used += f", {mark_estimate(format_dollars(dollars), state.bill.estimated)}"
    option = " --simulate" if simulated else ""
    which = shlex.quote(state.name) if state.name else state.session
    return f"{named} saved: {used}. To go on:\n  glideslope{option} -r {which}"
