"""Users of whom everything is known: how much their tasks need, and what cut them off.

The need of a user's tasks has one of six shapes, none of which the estimate assumes but the first.
Users differ from the published range by a random factor. Budgets are quantiles of the need drawn
at random, so that a given share of the runs is cut: earlier advice, whims, none at all.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from statistics import NormalDist

from tui.budget.spend_distribution import MeasuredRun, SpendDistribution
from tui.budget.task_kinds import TYPICAL

PUBLISHED = TYPICAL["feature"]
USERS_DIFFER = 0.7
"""Spread of the logarithm of the factor by which a user differs from the published centre."""
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Shape:
    """A distribution of the logarithm of the need, around 0."""

    name: str
    quantile: Callable[[float], float]
    share: Callable[[float], float]
    """The share of tasks that need at most so much."""


def log_normal(spread: float) -> Shape:
    normal = NormalDist(0, spread)
    return Shape(f"log-normal {spread}", normal.inv_cdf, normal.cdf)


def two_humps() -> Shape:
    """Eight tasks in ten around 0, two around the fivefold."""
    small, large = NormalDist(0, 0.5), NormalDist(math.log(5), 0.5)

    def share(log: float) -> float:
        return 0.8 * small.cdf(log) + 0.2 * large.cdf(log)

    def quantile(p: float) -> float:
        low, high = -10.0, 10.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if share(middle) < p else (low, middle)
        return low

    return Shape("two humps", quantile, share)


def log_logistic(tail: float) -> Shape:
    return Shape(
        f"log-logistic {tail}",
        lambda p: math.log(p / (1 - p)) / tail,
        lambda log: 1 / (1 + math.exp(-tail * log)),
    )


def weibull(shape: float) -> Shape:
    """Around its median."""
    centre = math.log(math.log(2)) / shape
    return Shape(
        f"Weibull {shape}",
        lambda p: math.log(-math.log1p(-p)) / shape - centre,
        lambda log: -math.expm1(-math.exp(shape * (log + centre))),
    )


SHAPES = (
    log_normal(0.5),
    log_normal(0.9),
    log_normal(1.3),
    two_humps(),
    log_logistic(1.7),
    weibull(0.8),
)


@dataclass(frozen=True)
class User:
    """Somebody whose tasks have a shape, around a centre of their own."""

    shape: Shape
    centre: float
    """The logarithm of the median need, in tokens."""

    def scaled(self, factor: float) -> "User":
        """A user whose tasks need so many times as much."""
        return User(self.shape, self.centre + math.log(factor))

    def fits(self, tokens: float) -> float:
        """The share of their tasks that a budget fits."""
        return self.shape.share(math.log(tokens) - self.centre)

    def need(self, p: float) -> float:
        """The tokens that a part `p` of their tasks needs at most."""
        return math.exp(self.centre + self.shape.quantile(p))

    def run(self, chance: Random, budget: float = math.inf) -> MeasuredRun:
        """One task: finished, or cut at the budget."""
        need = self.need(chance.random())
        return MeasuredRun(min(need, budget), need <= budget)

    def history(self, chance: Random, count: int, cut: float) -> SpendDistribution:
        """What is known after `count` runs, of which a share was cut."""
        runs = []
        for _ in range(count):
            # Uniform with the mean 1 − cut, up to 1: then a share `cut` needs more.
            allowed = 1 - 2 * cut * chance.random()
            runs.append(self.run(chance, self.need(allowed) if allowed < 1 else math.inf))
        return SpendDistribution(runs, PUBLISHED)


def some_user(chance: Random, shape: Shape) -> User:
    """A user at random."""
    return User(shape, PUBLISHED.log_centre + chance.gauss(0, USERS_DIFFER))
