"""Whether budgets of a kind are too tight, or its tasks are growing.

"Three runs near the limit" happens by chance: with a budget that fits nine in ten, three of ten
runs are that near in one case of nine. So the question is how many were to be expected.
"""

from math import comb
from typing import Literal

NEAR = 0.95
"""The part of its budget from which on a run was near its limit."""
LOOKED_AT = 10
"""The last budgeted runs of a kind."""
MIN_NEAR = 3
"""Runs near their limit before anything is asked."""
TIGHT = 0.25
"""The expected share from which on the budget itself is the reason."""
CHANCE = 0.001
"""The tasks count as growing if chance explains it with at most this probability."""

NearLimit = Literal["quiet", "tight", "growing"]


def near_limit(near: int, runs: int, expected: float) -> NearLimit:
    """What so many runs near their limit mean.

    Args:
        near: Runs of the last `runs` that used at least `NEAR` of their budgets.
        runs: Budgeted runs looked at, `LOOKED_AT` at most.
        expected: The share that would, by the history before them, 0..1.
    """
    if near < MIN_NEAR:
        return "quiet"
    if expected > TIGHT:
        return "tight"
    return "growing" if at_least(near, runs, expected) <= CHANCE else "quiet"


def at_least(successes: int, tries: int, probability: float) -> float:
    """How probable at least so many successes are, by the binomial distribution."""
    return sum(
        comb(tries, k) * probability**k * (1 - probability) ** (tries - k)
        for k in range(successes, tries + 1)
    )
