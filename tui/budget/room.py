"""How much room there is for what waits to be sent, and how it is shared. Pure arithmetic.

Two limits hold. The context window must take what is in it, what waits, and an answer. And
results must not use up the part of a budget that is kept for the wrap-up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

ANSWER_TOKENS = 16_000
"""Tokens kept free in the window behind what is sent: an answer, then a summary if one is due."""
ANSWER_DIVISOR = 4
"""In a small window that is at most one part in so many."""
MIN_ANSWER_TOKENS = 1_024
"""Tokens of the window without which no request is worth sending."""
PESSIMISTIC_FACTOR = 2.0
"""Times its estimate that a text may weigh: hex, digits, base64, some scripts and tokenizers."""
MARGIN = 1.25
"""On what this session's own results weighed, against their estimates."""


def answer_room(window: int) -> int:
    """Tokens kept free for an answer in a window of `window` tokens."""
    return min(ANSWER_TOKENS, window // ANSWER_DIVISOR)


def minimum_answer(window: int) -> int:
    """Tokens that must be free for an answer in a window of `window` tokens."""
    return min(MIN_ANSWER_TOKENS, window // 8)


@dataclass(frozen=True, slots=True)
class Room:
    """Tokens that what waits may take."""

    window: int
    """In the context window."""
    budget: int | None
    """Of the budget, above its reserve; None without a budget."""


def room_for(
    *, window: int, context: int, left: int | None, charged: int = 0, reserve: int = 0
) -> Room:
    """The room for what waits; negative where it is used up already.

    Args:
        window: Tokens the model's context window holds.
        context: Tokens in it already.
        left: Tokens left of the budget, what waits counted as used; None without a budget.
        charged: Tokens by which what waits is counted in `left`.
        reserve: Tokens kept back for the wrap-up.
    """
    budget = None if left is None else left + charged - reserve
    return Room(window - context - answer_room(window), budget)


def pessimistic_factor(density: float) -> float:
    """The factor on estimates that is taken where nobody can count.

    Args:
        density: Tokens that results of this session weighed, for each token estimated; 1 while
            none was measured.
    """
    return max(PESSIMISTIC_FACTOR, density * MARGIN)


def fair_shares(weights: Sequence[int], room: int) -> list[int]:
    """Share `room` tokens: small parts get what they weigh, large ones the same each.

    Never more than a part weighs, and together never more than `room`; all 0 where there is none.
    """
    shares = [0] * len(weights)
    left = max(0, room)
    by_size = sorted(range(len(weights)), key=lambda at: weights[at])
    for place, at in enumerate(by_size):
        shares[at] = min(max(0, weights[at]), left // (len(weights) - place))
        left -= shares[at]
    return shares
