"""What the runs of a kind warn of: budgets that are too tight, and a need that changes.

The rules are those of `tui.budget.near_limit` and `tui.budget.drift`. All runs are taken in the
tokens and at the effort of the advice. Runs of all kinds together warn of nothing: they differ
with what is worked on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from tui.budget.drift import (
    EARLIER_DAYS,
    MIN_EARLIER,
    MIN_RECENT,
    RECENT_DAYS,
    drift_verdict,
    peto_peto,
)
from tui.budget.near_limit import LOOKED_AT, NEAR, near_limit
from tui.budget.spend_distribution import SpendDistribution
from tui.budget.task_kinds import TaskKind
from tui.history.task_run import TaskRun

P90 = 0.9
_DAY = 86_400.0

Estimate = Callable[[Sequence[TaskRun]], SpendDistribution]
"""The distribution of some of the runs, as advice computes it."""


@dataclass(frozen=True, slots=True)
class NearLimitWarning:
    """Many runs used nearly all of their budgets."""

    cause: Literal["tight", "growing"]
    near: int
    runs: int
    """Budgeted runs looked at, the newest."""
    budget: float
    """The budget that half of them had at most."""
    expected: float
    """The share that would, by the runs before them; 0..1."""


@dataclass(frozen=True, slots=True)
class DriftWarning:
    """The need of the last days differs from that before."""

    is_sure: bool
    earlier_p90: float
    recent_p90: float


HistoryWarning = NearLimitWarning | DriftWarning


def history_warnings(
    runs: Sequence[TaskRun], kind: TaskKind, estimate: Estimate, now: float
) -> list[HistoryWarning]:
    """The warnings for a kind; none for "other".

    Args:
        runs: All runs, oldest first.
        kind: The kind of task.
        estimate: The distribution of some of these runs.
        now: Seconds since 1970.
    """
    if kind == "other":
        return []
    of_kind = [run for run in runs if run.kind == kind and not run.is_agent]
    found = (_near_limit_warning(of_kind, estimate), _drift_warning(of_kind, estimate, now))
    return [each for each in found if each is not None]


def _near_limit_warning(runs: Sequence[TaskRun], estimate: Estimate) -> NearLimitWarning | None:
    budgeted = [at for at, run in enumerate(runs) if run.budget][-LOOKED_AT:]
    looked_at = [runs[at] for at in budgeted]
    near = sum(run.was_near_limit for run in looked_at)
    if not near:
        return None
    budget = float(median(run.budget or 0 for run in looked_at))
    before = estimate(runs[: budgeted[0]])
    expected = 1 - before.share(NEAR * budget)
    cause = near_limit(near, len(looked_at), expected)
    if cause == "quiet":
        return None
    return NearLimitWarning(cause, near, len(looked_at), budget, expected)


def _drift_warning(runs: Sequence[TaskRun], estimate: Estimate, now: float) -> DriftWarning | None:
    since = now - RECENT_DAYS * _DAY
    recent = estimate([run for run in runs if run.ended >= since])
    window = [run for run in runs if since - EARLIER_DAYS * _DAY <= run.ended < since]
    earlier = estimate(window)
    if len(recent.runs) < MIN_RECENT or len(earlier.runs) < MIN_EARLIER:
        return None
    old, new = earlier.quantile(P90), recent.quantile(P90)
    verdict = drift_verdict(peto_peto(earlier.runs, recent.runs), old, new)
    return None if verdict == "none" else DriftWarning(verdict == "moved", old, new)
