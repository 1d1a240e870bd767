"""The outlook: how far the work is, and what the rest will take.

Estimates of the checklist are the model's; this session's own ratio of actual to estimate
corrects them. Everything here is an estimate and is shown with `≈`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tui.budget.stages import Thresholds, reserve

STEP = 5_000
"""Tokens to which a suggested extension is rounded up."""
LEAST = 20_000
"""Tokens of the smallest extension that is suggested: the API's smallest budget."""
BEHIND = 10_000
"""Tokens by which an extension leaves the reserve behind."""


@dataclass(frozen=True, slots=True)
class Work:
    """One subtask, as far as arithmetic needs it."""

    id: str
    estimate: int | None
    """Tokens."""
    closed: bool
    """Done or skipped."""
    skipped: bool = False
    """Closed without having been done: no part of the work any more."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """How far the checklist is."""

    complete: float
    """Part of the work that is closed, 0..1."""
    to_finish: int | None
    """Tokens the open rest will take; None when nothing tells."""


def outlook(
    works: Sequence[Work],
    charged: Mapping[str | None, int],
    *,
    overhead: int = 0,
    told: int | None = None,
) -> Outlook | None:
    """The outlook of a checklist; None while there is none.

    Args:
        works: The subtasks.
        charged: Tokens charged so far, by subtask id.
        overhead: Tokens charged while the plan was open, and to none of its subtasks.
        told: Tokens to finish by a report that is newer than the checklist. Where it is more it
            counts: it knows of work that was never planned.
    """
    if not works:
        return None
    ratio = actual_ratio(works, charged, overhead)
    works = [work for work in works if not work.skipped]
    known = [work.estimate for work in works if work.estimate is not None]
    usual = sum(known) // len(known) if known else None
    whole = done = rest = 0
    for work in works:
        weight = work.estimate if work.estimate is not None else usual or 1
        whole += weight
        done += weight if work.closed else 0
        if not work.closed:
            rest += max(0, round(weight * ratio) - charged.get(work.id, 0))
    if usual is None:
        return Outlook(done / whole if whole else 1.0, told)
    if told is not None and told > rest:
        return Outlook(done * ratio / (done * ratio + told), told)
    return Outlook(done / whole if whole else 1.0, rest)


def actual_ratio(
    works: Sequence[Work], charged: Mapping[str | None, int], overhead: int = 0
) -> float:
    """Actual over estimate, over the subtasks done that had an estimate; 1 while none had.

    Several subtasks done in one request are charged to the first of them, so that one alone
    says little: all of them count, with the overhead of the plan.
    """
    done = [work for work in works if work.closed and not work.skipped and work.estimate]
    estimated = sum(work.estimate or 0 for work in done)
    actual = sum(charged.get(work.id, 0) for work in done) + overhead
    return actual / estimated if estimated and actual else 1.0


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


def extension(
    to_finish: int | None, *, left: int, grant: int, thresholds: Thresholds = Thresholds()
) -> int:
    """Tokens that an extension adds, as a suggestion.

    A quarter of the grant, `LEAST` at least, and enough for the rest of the work; it leaves
    the reserve well behind, however far the budget is overrun.

    Args:
        to_finish: Tokens the rest is expected to take; None where nothing tells.
        left: Tokens left of the budget; negative in overrun.
        grant: Tokens granted.
        thresholds: What is kept for the wrap-up.
    """
    behind = -(-(reserve(grant, thresholds) - left + BEHIND) // STEP) * STEP
    rest = more_to_finish(to_finish or 0, left=left, grant=grant, thresholds=thresholds)
    return max(LEAST, grant // 4_000 * 1_000, behind, rest)
