"""The kinds of tasks, and the budgets that are published for each.

`TYPICAL` holds dated figures: the published ranges of September 2026 for bug fix, feature,
refactor, documentation and tests. Nothing is published for review, question and other; those
three ranges are ours.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, get_args

TaskKind = Literal[
    "bug fix", "feature", "refactor", "documentation", "tests", "review", "question", "other"
]
KINDS: tuple[TaskKind, ...] = get_args(TaskKind)


@dataclass(frozen=True, slots=True)
class PublishedRange:
    """What a task of a kind takes by a published table; charged tokens."""

    low: int
    high: int
    """From `low` to `high` is the typical range."""
    top: int
    """The upper end of the recommended budget: nine in ten fit."""
    is_published: bool = True
    """False for a range that is an assumption of this program."""

    @property
    def log_centre(self) -> float:
        """`μ₀`: the logarithm of the geometric mean of the typical range."""
        return math.log(self.low * self.high) / 2

    @property
    def log_spread(self) -> float:
        """`σ₀`: so wide that nine in ten lie below `top`."""
        return (math.log(self.top) - self.log_centre) / NormalDist().inv_cdf(0.9)

    def scaled(self, factor: float) -> "PublishedRange":
        """The same range for a model that makes `factor` times as many tokens of a text."""
        low, high, top = (round(tokens * factor) for tokens in (self.low, self.high, self.top))
        return PublishedRange(low, high, top, self.is_published)


TYPICAL: dict[TaskKind, PublishedRange] = {
    "bug fix": PublishedRange(10_000, 40_000, 50_000),
    "feature": PublishedRange(50_000, 200_000, 250_000),
    "refactor": PublishedRange(200_000, 500_000, 600_000),
    "documentation": PublishedRange(30_000, 100_000, 150_000),
    "tests": PublishedRange(100_000, 400_000, 500_000),
    "review": PublishedRange(30_000, 100_000, 150_000, is_published=False),
    "question": PublishedRange(5_000, 20_000, 30_000, is_published=False),
    "other": PublishedRange(50_000, 300_000, 300_000, is_published=False),
}


def find_kind(words: str) -> TaskKind | None:
    """The kind that `words` name, in any case, with or without hyphens; None where none is."""
    name = " ".join(words.lower().replace("-", " ").replace("_", " ").split())
    return next((kind for kind in KINDS if name in (kind, kind.replace(" ", ""), f"{kind}s")), None)
