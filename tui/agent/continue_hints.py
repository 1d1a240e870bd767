"""Sentences on how to go on with a bigger budget: on the screen, or by the command line."""

from decimal import Decimal

from tui.session.state import SessionState


def budget_command(tokens: int, *, screen: bool) -> str:
    """What gives a budget of so many tokens: a command of the screen, or an option."""
    return f"{'/budget' if screen else '--budget'} {tokens // 1_000}k"


def whole_budget_hint(tokens: int, *, screen: bool) -> str:
    """How the work goes on with a budget of so many tokens in all, as a sentence.

    Args:
        tokens: Of the whole budget.
        screen: Whether it is read on the screen, where there are commands.
    """
    give = budget_command(tokens, screen=screen)
    if screen:
        return f"To go on, set {give} and send another prompt."
    return f"To go on: glideslope -c {give} -p continue"


def more_tokens_hint(state: SessionState, by: int, *, screen: bool) -> str:
    """How a budget is extended by so many tokens and the work goes on, as a sentence.

    Args:
        state: The session.
        by: Tokens to add.
        screen: Whether it is read on the screen, where there are commands.
    """
    thousands = max(1, by // 1_000)
    if screen:
        return f"To go on, add tokens with /budget +{thousands}k."
    return whole_budget_hint((state.grant or 0) + 1_000 * thousands, screen=False)


def more_dollars_hint(value: Decimal, *, screen: bool) -> str:
    """How a limit in dollars is raised and the work goes on, as a sentence.

    Args:
        value: Dollars, the new limit.
        screen: Whether it is read on the screen, where there are commands.
    """
    if screen:
        return f"To go on, set /config limits.dollars {value} and send another prompt."
    return f"To go on: glideslope -c --budget '${value}' -p continue"
