"""A budget that looks too small to the model, and a bigger one to offer.

The API documents that a budget too small may look like a refusal: `end_turn`, and words of
declining. The first remedy is a bigger budget, so the program offers one. If the model declines
at once, with most of the budget unspent and nothing done, the budget was too small to begin with;
if it declines later, the budget ended the work.
"""

from collections.abc import Sequence

MAX_USED_SHARE = 0.25
"""A turn that used more of its grant than this was not declined, it was worked on."""
MIN_UNSPENT_SHARE = 0.5
"""A budget of which more than this is used is not mostly unspent."""
MAX_REQUESTS = 3
FACTOR = 3
"""A bigger budget is this many times the one that was declined, unless the model names one."""
STEP = 5_000
"""Tokens: suggestions are whole multiples of it."""


def ended_immediately(*, grant: int, used: int, charged: int, requests: int) -> bool:
    """Whether a turn ended before it had begun, with most of its budget unspent.

    Args:
        grant: Tokens granted.
        used: Tokens of the grant that are used, by earlier turns too.
        charged: Tokens charged in this turn.
        requests: Requests of this turn.
    """
    early = requests <= MAX_REQUESTS and charged <= grant * MAX_USED_SHARE
    return early and used <= grant * MIN_UNSPENT_SHARE


def bigger_budget(needed: Sequence[int], grant: int, *, before: int = 0, rest: int = 0) -> int:
    """A bigger budget to offer: what the model names, if it does, else three times as much.

    Args:
        needed: Tokens that the model says it needs.
        grant: Tokens granted.
        before: Tokens of it that earlier turns used: what is named is needed beside them.
        rest: Tokens that the open subtasks are expected to take; 0 where nothing tells.
    """
    room = grant - before
    most = max((each for each in (*needed, rest) if room < each <= grant * 100), default=0)
    best = before + most * 5 // 4 if most else grant * FACTOR
    return -(-best // STEP) * STEP
