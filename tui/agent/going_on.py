"""How work that was put down at a limit goes on, in words: on the screen, or by command line."""

from decimal import Decimal

from tui.session.state import SessionState


def more_tokens(state: SessionState, by: int, *, screen: bool) -> str:
    """How a budget is extended by so many tokens and the work goes on, as a sentence.

    Args:
        state: The session.
        by: Tokens to add.
        screen: Whether it is read on the screen, where there are commands.
    """
    thousands = max(1, by // 1_000)
    if screen:
        return f"/budget +{thousands}k and another prompt go on."
    whole = (state.grant or 0) + thousands * 1_000
    return f"glideslope -c --budget {whole // 1_000}k -p “continue” goes on."


def more_dollars(value: Decimal, *, screen: bool) -> str:
    """How a limit in dollars is raised and the work goes on, as a sentence.

    Args:
        value: Dollars, the new limit.
        screen: Whether it is read on the screen, where there are commands.
    """
    if screen:
        return f"/config limits.dollars {value} and another prompt go on."
    return f"glideslope -c --budget '${value}' -p “continue” goes on."
