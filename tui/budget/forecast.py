"""The forecast: how far the work is, and how many tokens the rest will take.

The model estimates the subtasks of its checklist; this session's own ratio of used to estimated
tokens corrects that. Every figure here is an estimate, and the screen marks it with `≈`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tui.budget.stages import StageThresholds, reserve

EXTENSION_STEP = 5_000
"""Tokens to which a suggested extension is rounded up."""
MIN_EXTENSION = 20_000
"""Tokens of the smallest extension that is suggested: the API's smallest budget."""
MIN_LEFT_SHARE = 0.1
"""Part of what an open subtask is expected to take that it needs at least until it is done."""
DEFAULT_SUBTASK_TOKENS = 10_000
"""Tokens by which an extension leaves the reserve behind."""


@dataclass(frozen=True, slots=True)
class PlannedSubtask:
    """One subtask, as far as arithmetic needs it."""

    id: str
    estimate: int | None
    """Tokens."""
    closed: bool
    """Done or skipped."""
    skipped: bool = False
    """Closed without having been done: no part of the work any more."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """How far the work is."""

    complete: float | None
    """Part of the work that is closed, 0..1; None without a checklist."""
    to_finish: int | None
    """Tokens the open rest will take; None when nothing tells."""
    by_subtask: Mapping[str, int] = field(default_factory=dict, compare=False)
    """What each open subtask has in `to_finish`, by its id; empty when nothing tells."""
    unplanned: int = 0
    """The part of `to_finish` that is in no subtask: work that only the model's report knows."""


def forecast(
    works: Sequence[PlannedSubtask],
    charged: Mapping[str | None, int],
    *,
    overhead: int = 0,
    reported: int | None = None,
) -> Forecast | None:
    """The outlook of a checklist; None while there is neither a checklist nor a report.

    An open subtask will take its estimate times what the subtasks done took over theirs and,
    once one is done, its share of the overhead by its part of all estimates; less what it has
    taken already. Where it took about all of that, it still needs `MIN_LEFT_SHARE` of it: it is not
    done.

    Args:
        works: The subtasks. One without an estimate counts as much as they do on average.
        charged: Tokens charged so far, by subtask id.
        overhead: Tokens charged while the plan was open, and to none of its subtasks.
        reported: Tokens to finish by a report that knows of more work than the checklist; what it
            has more than the checklist is unplanned.
    """
    works = [work for work in works if not work.skipped]
    known = [work.estimate for work in works if work.estimate is not None]
    usual = sum(known) // len(known) if known else None
    weights = {work.id: usual or 1 if work.estimate is None else work.estimate for work in works}
    whole = sum(weights.values())
    done = sum(weights[work.id] for work in works if work.closed)
    rest: dict[str, int] = {}
    ratio = actual_to_estimate(works, charged)
    if usual is not None:
        # Before anything is done the overhead may as well be work on the first of them.
        each = ratio + (overhead / whole if done else 0.0)
        for work in works:
            if not work.closed:
                rest[work.id] = _remaining(weights[work.id] * each, charged.get(work.id, 0))
    return _forecast_of_rest(works, rest, reported, done, whole, ratio)


def _remaining(expected: float, charged: int) -> int:
    """What a subtask still takes that was expected to take so much, and took so much already."""
    return round(max(expected - charged, expected * MIN_LEFT_SHARE))


def _forecast_of_rest(
    works: Sequence[PlannedSubtask],
    rest: Mapping[str, int],
    reported: int | None,
    done: int,
    whole: int,
    ratio: float,
) -> Forecast | None:
    """The outlook of what is left by the checklist, and by a report that may know of more."""
    planned = sum(rest.values())
    complete = (done / whole if whole else 1.0) if works else None
    if reported is not None and reported > planned:
        spent = done * ratio
        complete = spent / (spent + reported) if works else None
        return Forecast(complete, reported, rest, reported - planned)
    if not works:
        return None if reported is None else Forecast(None, reported)
    estimated = any(work.estimate is not None for work in works)
    return Forecast(complete, planned if estimated else reported, rest)


def actual_to_estimate(works: Sequence[PlannedSubtask], charged: Mapping[str | None, int]) -> float:
    """Actual over estimate, over the subtasks done that had an estimate; 1 while none had.

    Several subtasks done in one request may be charged to one of them, so that one alone says
    little: all of them count.
    """
    done = [work for work in works if work.closed and not work.skipped and work.estimate]
    estimated = sum(work.estimate or 0 for work in done)
    actual = sum(charged.get(work.id, 0) for work in done)
    return actual / estimated if estimated and actual else 1.0


def shortfall(to_finish: int | None, left: int | None) -> int:
    """Tokens by which the rest of the work is more than what is left; 0 where it fits.

    Args:
        to_finish: Tokens the rest is expected to take; None where nothing tells.
        left: Tokens left of the budget, negative in overrun; None without one.
    """
    return 0 if to_finish is None or left is None else max(0, to_finish - max(0, left))


def extension_to_finish(
    to_finish: int, *, left: int, grant: int, thresholds: StageThresholds = StageThresholds()
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
    return -(-missing // EXTENSION_STEP) * EXTENSION_STEP


def suggested_extension(
    to_finish: int | None, *, left: int, grant: int, thresholds: StageThresholds = StageThresholds()
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
    behind = (
        -(-(reserve(grant, thresholds) - left + DEFAULT_SUBTASK_TOKENS) // EXTENSION_STEP)
        * EXTENSION_STEP
    )
    rest = extension_to_finish(to_finish or 0, left=left, grant=grant, thresholds=thresholds)
    return max(MIN_EXTENSION, grant // 4_000 * 1_000, behind, rest)
