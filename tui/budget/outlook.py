"""The outlook: how far the work is, and what the rest will take.

Estimates of the checklist are the model's; this session's own ratio of actual to estimate
corrects them. Everything here is an estimate and is shown with `≈`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tui.budget.stages import Thresholds, reserve

STEP = 5_000
"""Tokens to which a suggested extension is rounded up."""


@dataclass(frozen=True, slots=True)
class Work:
    """One subtask, as far as arithmetic needs it."""

    id: str
    estimate: int | None
    """Tokens."""
    closed: bool
    """Done or skipped."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """How far the checklist is."""

    complete: float
    """Part of the work that is closed, 0..1."""
    to_finish: int | None
    """Tokens the open rest will take; None when nothing tells."""


def outlook(works: Sequence[Work], charged: Mapping[str | None, int]) -> Outlook | None:
    """The outlook of a checklist; None while there is none.

    Args:
        works: The subtasks.
        charged: Tokens charged so far, by subtask id.
    """
    if not works:
        return None
    ratio = actual_ratio(works, charged)
    known = [work.estimate for work in works if work.estimate is not None]
    usual = sum(known) // len(known) if known else None
    whole = done = rest = 0
    for work in works:
        weight = work.estimate if work.estimate is not None else usual or 1
        whole += weight
        done += weight if work.closed else 0
        if not work.closed:
            rest += max(0, round(weight * ratio) - charged.get(work.id, 0))
    return Outlook(
        complete=done / whole if whole else 1.0, to_finish=rest if usual is not None else None
    )


def actual_ratio(works: Sequence[Work], charged: Mapping[str | None, int]) -> float:
    """Actual over estimate, over the closed subtasks that had both; 1 while none had."""
    pairs = [
        (charged.get(work.id, 0), work.estimate)
        for work in works
        if work.closed and work.estimate and charged.get(work.id, 0)
    ]
    estimated = sum(estimate for _, estimate in pairs)
    return sum(actual for actual, _ in pairs) / estimated if estimated else 1.0


def more_to_finish(
    to_finish: int, *, left: int, grant: int, thresholds: Thresholds = Thresholds()
) -> int:
    """Tokens to add to a budget so that the rest of the work and the reserve fit; 0 if they do.

    Args:
        to_finish: Tokens the rest is expected to take.
        left: Tokens left of the budget.
        grant: Tokens granted.
        thresholds: What is kept for the wrap-up.
    """
    missing = to_finish + reserve(grant, thresholds) - left
    if missing <= 0:
        return 0
    missing = to_finish + reserve(grant + missing, thresholds) - left
    return -(-missing // STEP) * STEP
