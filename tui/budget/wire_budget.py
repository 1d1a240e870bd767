"""The task budget on the wire: one formula, no running balance.

The server shows the model `(remaining or total) - N - generated`, where `N` is the part of
the budget's charge it can still see in the request (Messages API, "task budgets"). We
want it to show `L`, what is left. So before a request `value = max(0, L + N)`, and while
history only grows `L + N` is constant: the object stays byte-identical and the prompt
cache holds. It changes only at a rewrite of the conversation or a new grant.
"""

from dataclasses import dataclass
from typing import Literal

import msgspec

Scope = Literal["session", "turn"]
"""`session`: one envelope for all turns. `turn`: a fresh envelope for each prompt."""

MIN_TASK_BUDGET = 20_000
"""Smallest `total` the API accepts, in tokens."""


@dataclass(frozen=True, slots=True)
class CountingRules:
    """How the server counts, where its documentation leaves it open (catalogue switches)."""

    turn_reset: Literal["context", "fresh"] = "context"
    """What the countdown covers: all visible history (today), or only the API's own turn."""
    charges_prompts: bool = False
    """Whether the user's prompt is charged like a tool result."""


class WireBudget(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`output_config.task_budget`, without its constant `type`."""

    total: int
    remaining: int | None = None

    def to_json(self) -> dict[str, str | int]:
        """The object as sent."""
        wire: dict[str, str | int] = {"type": "tokens", "total": self.total}
        if self.remaining is not None:
            wire["remaining"] = self.remaining
        return wire


def session_budget(grant: int, charged: int, counted: int) -> WireBudget:
    """The wire value under scope `session`.

    Args:
        grant: `T`, tokens granted, extensions included.
        charged: `C`, tokens charged so far, over the whole log.
        counted: `N`, the part of `C` the server will count in this request.
    """
    value = max(0, grant - charged + counted)
    if value < grant:
        return WireBudget(total=grant, remaining=value)
    # Another model may count what is visible higher than it was charged.
    return WireBudget(total=value)


def server_budget(grant: int, charged: int, counted: int) -> WireBudget:
    """The wire value where the server shortens the conversation, under either scope.

    `remaining` is refused there (Messages API, "compaction"), so `total` alone has to say it,
    and the smallest `total` is the least that can be said.

    Args:
        grant: `T`, tokens granted, extensions included.
        charged: `C`, tokens charged so far to this envelope.
        counted: `N`, the tokens the server will count in this request.
    """
    return WireBudget(total=max(MIN_TASK_BUDGET, grant - charged + counted))


def turn_budget(
    grant: int, charged: int, counted: int, counted_before: int, *, rewritten: bool
) -> WireBudget:
    """The wire value under scope `turn`.

    Args:
        grant: `T`, tokens granted to this prompt.
        charged: tokens charged since this prompt.
        counted: the tokens the server will count in this request, of every turn.
        counted_before: `counted` at the beginning of this turn.
        rewritten: whether the conversation was rewritten within this turn.
    """
    if not rewritten:
        return WireBudget(total=grant + counted_before)
    value = max(0, grant - charged + counted)
    return WireBudget(total=max(grant, value), remaining=value)
