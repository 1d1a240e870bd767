"""From what a task takes to the budget to give: policies, headroom, rounding, the floor."""

import math
from dataclasses import dataclass
from typing import Literal

from tui.budget.spend_distribution import SpendDistribution, SpendInterval

Policy = Literal["strict", "bounded", "complete", "generous"]
POLICIES: dict[Policy, float] = {"strict": 0.5, "bounded": 0.75, "complete": 0.9, "generous": 0.99}
"""The share of tasks that each policy wants to fit."""
PERCENTILES = (0.5, 0.75, 0.9, 0.95, 0.99)
MAX_GENEROUS = 3.0
"""The generous budget, in those of `complete`: the 99th percentile of few runs is a guess."""
FEW_RUNS = 10
"""Finished runs below which the headroom is as large as it gets."""
GUESSED_RUNS = 5
"""Runs below which the advice is called a guess."""
RUNS_FOR_P99 = 50
"""Runs from which on the 99th percentile is no guess."""
MIN_BUDGET = 20_000
"""Tokens of the smallest budget that the API takes."""
FINE_STEP, COARSE_STEP, FINE_UP_TO = 1_000, 5_000, 100_000
"""Budgets are rounded up to fine steps up to a limit, and to coarse steps above it."""
SMALL_MEDIANS = 2.0
"""A budget of less than so many medians is called too small."""

Certainty = Literal["published range", "guess", "few runs", "measured"]


@dataclass(frozen=True, slots=True)
class BudgetAdvice:
    """The budget for one kind of task by one policy."""

    policy: Policy
    percentile: float
    """The part of tasks that `tokens` suffices for, 0..1."""
    tokens: float
    """The quantile itself: charged tokens, without headroom."""
    headroom: float
    """The part that is added for use every day, 0..1."""
    budget: int
    """The budget to give: with headroom, rounded up, at least `MIN_BUDGET`."""
    interval: SpendInterval
    """Where `tokens` lies 8 times in 10."""
    runs: int
    cut: int
    """Of the runs, those that were cut."""
    certainty: Certainty
    is_beyond_measured: bool
    """No run was ever let past `tokens`; False without runs."""


def budget_advice(
    distribution: SpendDistribution,
    policy: Policy = "complete",
    *,
    headroom: float | None = None,
) -> BudgetAdvice:
    """The budget that a policy gives for tasks of this distribution.

    Args:
        distribution: What tasks of the kind take.
        policy: Which part of the tasks shall fit.
        headroom: The part to add, 0 or more; None for what `default_headroom` says.
    """
    percentile = POLICIES[policy]
    tokens = distribution.quantile(percentile)
    if policy == "generous":
        tokens = min(tokens, MAX_GENEROUS * distribution.quantile(POLICIES["complete"]))
    runs = len(distribution.runs)
    added = default_headroom(distribution) if headroom is None else headroom
    return BudgetAdvice(
        policy=policy,
        percentile=percentile,
        tokens=tokens,
        headroom=added,
        budget=rounded_budget(tokens * (1 + added)),
        interval=distribution.interval(percentile),
        runs=runs,
        cut=runs - distribution.finished,
        certainty=certainty(runs),
        is_beyond_measured=runs > 0 and distribution.is_beyond_measured(percentile),
    )


def default_headroom(distribution: SpendDistribution) -> float:
    """The part to add to a percentile: the fewer runs were finished, the more; 0..1.

    Published ranges get none: they are recommendations already.
    """
    if not distribution.runs:
        return 0.0
    if distribution.finished < FEW_RUNS:
        return 0.5
    return 0.30 + 0.20 * FEW_RUNS / distribution.finished


def rounded_budget(tokens: float) -> int:
    """A budget of at least so many tokens that reads well and that the API takes."""
    # What arithmetic with floats adds behind the point is no token.
    whole = math.ceil(round(tokens, 6))
    step = FINE_STEP if whole <= FINE_UP_TO else COARSE_STEP
    return max(MIN_BUDGET, -(-whole // step) * step)


def is_too_small(budget: int, distribution: SpendDistribution) -> bool:
    """Whether a budget is below twice what half of the tasks take."""
    return budget < SMALL_MEDIANS * distribution.quantile(0.5)


def certainty(runs: int) -> Certainty:
    """What to call advice from so many runs."""
    if not runs:
        return "published range"
    if runs < GUESSED_RUNS:
        return "guess"
    return "few runs" if runs < FEW_RUNS else "measured"
