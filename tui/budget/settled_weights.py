"""Settled weights: how many tokens the new parts of a request really took.

No response says how many tokens a tool result took. But the context of a request is
its total input, so between two requests of one conversation the growth, less what the
model itself wrote in between, is exactly what was new.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tui.budget.ledger import apportion


@dataclass(frozen=True, slots=True)
class RequestBaseline:
    """What a finished request leaves for the next one to be compared with."""

    context: int
    """Tokens of its context: total input of its last message iteration."""
    output: int
    """Tokens it generated, which the next request's context holds."""
    model: str
    budgeted: bool | None
    """Whether it carried a task budget: the marker itself takes tokens. None where it was counted
    the way the next request is made."""


def settled_weights(
    before: RequestBaseline | None, after: RequestBaseline, estimates: Sequence[int]
) -> list[int] | None:
    """What each new part really took, in tokens; None where the two do not compare.

    Args:
        before: The request before, or None when the conversation was rewritten between,
            when blocks were dropped, or when there was none.
        after: The request whose context is known now.
        estimates: Estimated tokens of each new part, in order.
    """
    if before is None or before.model != after.model:
        return None
    if before.budgeted is not None and before.budgeted != after.budgeted:
        return None
    growth = after.context - before.context - before.output
    if growth < 0:
        return None
    return apportion(growth, list(estimates))
