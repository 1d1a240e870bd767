"""What budget to suggest for work that has none: from sessions like it, else from published ranges.

Sessions of the same folder come first: the 90th percentile of what they used, and a half to a
third more, because few of them say little (a share of 0.9 of new work then fits about as often).
Before there are enough, the kind of work that the prompt seems to ask for decides. The ranges and
the budgets recommended for them are those of a guide to task budgets published in May 2026.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from tui.budget.wire_budget import MIN_TASK_BUDGET

MIN_RUNS = 5
"""Sessions from which on the history suggests a budget: fewer are a guess."""
_LOOKED_AT = 500
"""Characters of a prompt that tell what it asks for."""


@dataclass(frozen=True, slots=True)
class BudgetSuggestion:
    """A budget, and what it was made from."""

    tokens: int
    least: int
    """Tokens of the cheapest work like it."""
    most: int
    """Tokens of the dearest."""
    work: str = ""
    """The kind of work whose published range it is; empty where it comes from the history."""
    runs: int = 0
    """Sessions it was made from; 0 where it is a published range."""

    @property
    def is_minimum(self) -> bool:
        """Whether it is no more than the API accepts at least."""
        return self.tokens <= MIN_TASK_BUDGET


@dataclass(frozen=True, slots=True)
class _PublishedRange:
    """What a kind of work takes, as published."""

    work: str
    asks: re.Pattern[str]
    """Words of a prompt that asks for it."""
    least: int
    most: int
    recommended: int

    @property
    def suggestion(self) -> BudgetSuggestion:
        """The budget recommended for it."""
        return BudgetSuggestion(self.recommended, self.least, self.most, self.work)


def _asks(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})", re.IGNORECASE)


_SMALL = _PublishedRange(
    "a small fix",
    _asks(r"fix|bug|error|crash|fail|broken|typo|wrong|why\b"),
    10_000,
    40_000,
    50_000,
)
_RANGES = (
    _PublishedRange(
        "a refactoring",
        _asks(r"refactor|migrat|restructur|rewrite|port\b|rename\b.*\b(?:everywhere|across)"),
        200_000,
        500_000,
        300_000,
    ),
    _SMALL,
    _PublishedRange(
        "a test suite",
        _asks(r"test suite|coverage|tests? for\b|(?:write|add)\b[^.]*\btests?\b"),
        100_000,
        400_000,
        300_000,
    ),
    _PublishedRange(
        "documentation",
        _asks(r"docs?\b|document|docstring|readme|changelog"),
        30_000,
        100_000,
        100_000,
    ),
    _PublishedRange(
        "a feature",
        _asks(r"add\b|implement|feature|build\b|create\b|support\b|start an?\b|write an?\b"),
        50_000,
        200_000,
        150_000,
    ),
)
"""Kinds of work; the first that a prompt asks for counts."""


def suggest_for_prompt(prompt: str) -> BudgetSuggestion:
    """The published budget for what `prompt` seems to ask for; for a small fix if nothing tells."""
    words = prompt[:_LOOKED_AT]
    found = (each for each in _RANGES if each.asks.search(words))
    return next(found, _SMALL).suggestion


def suggest_from_history(charged: Sequence[int]) -> BudgetSuggestion | None:
    """A budget that work like the finished sessions of a folder fits; None for too few of them.

    Args:
        charged: Tokens that each finished session was charged.
    """
    runs = sorted(count for count in charged if count > 0)
    if len(runs) < MIN_RUNS:
        return None
    ninetieth = runs[ceil(0.9 * len(runs)) - 1]
    headroom = 0.5 if len(runs) < 10 else 0.3 + 0.2 * 10 / len(runs)
    tokens = max(MIN_TASK_BUDGET, _rounded_up(round(ninetieth * (1 + headroom))))
    return BudgetSuggestion(tokens, runs[0], runs[-1], runs=len(runs))


def _rounded_up(tokens: int) -> int:
    """Up to whole thousands, above 100,000 to five thousands."""
    step = 1_000 if tokens <= 100_000 else 5_000
    return -(-tokens // step) * step
