"""What the runs of a kind warn of: budgets that are too tight, and a need that changes.

The rules are those of `tui.budget.near_limit` and `tui.budget.drift`. All runs are taken in the
tokens and at the effort of the advice. Runs of all kinds together warn of nothing: they differ
with what is worked on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from tui.budget.budget_advice import GUESSED_RUNS, is_too_small
from tui.budget.drift import (
    EARLIER_DAYS,
    MIN_EARLIER,
    MIN_RECENT,
    RECENT_DAYS,
    Verdict,
    drift_verdict,
    peto_peto,
)
from tui.budget.near_limit import LOOKED_AT, NEAR, near_limit
from tui.budget.spend_distribution import SpendDistribution
from tui.budget.task_kinds import TaskKind
from tui.history.task_run import TaskRun

P90 = 0.9
DAY = 86_400.0

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


@dataclass(frozen=True, slots=True)
class SmallBudgetWarning:
    """A budget below twice what half of the runs take."""

    budget: int
    """Tokens that the work can use."""
    median: float
    share: float
    """The part of the runs that the budget fits, 0..1."""
    runs: int


@dataclass(frozen=True, slots=True)
class DriftTest:
    """The runs of the last days compared with those before."""

    verdict: Verdict
    earlier_p90: float
    recent_p90: float
    runs: int
    """Runs on both sides."""

    @property
    def warning(self) -> DriftWarning | None:
        """What to say of it; None where nothing has moved."""
        if self.verdict == "none":
            return None
        return DriftWarning(self.verdict == "moved", self.earlier_p90, self.recent_p90)


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
    tested = drift_test(runs, kind, estimate, now)
    found = (near_limit_warning(runs, kind, estimate), tested.warning if tested else None)
    return [each for each in found if each is not None]


def small_budget_warning(budget: int, found: SpendDistribution) -> SmallBudgetWarning | None:
    """That a budget is below twice the median of the runs; None where too few runs tell.

    A published range is a recommendation, and a few runs are a guess: neither warns.

    Args:
        budget: Tokens that the work can use.
        found: What work of the kind takes.
    """
    runs = len(found.runs)
    if runs < GUESSED_RUNS or not is_too_small(budget, found):
        return None
    return SmallBudgetWarning(budget, found.quantile(0.5), found.share(budget), runs)


def near_limit_warning(
    runs: Sequence[TaskRun], kind: TaskKind, estimate: Estimate
) -> NearLimitWarning | None:
    """That the last budgets of a kind were used up more often than its history explains.

    Args:
        runs: All runs, oldest first.
        kind: The kind of task, not "other".
        estimate: The distribution of some of these runs.
    """
    runs = _of_kind(runs, kind)
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


def drift_test(
    runs: Sequence[TaskRun], kind: TaskKind, estimate: Estimate, now: float
) -> DriftTest | None:
    """Whether the need of a kind has moved in the last days; None where too few runs tell.

    Args:
        runs: All runs, oldest first.
        kind: The kind of task, not "other".
        estimate: The distribution of some of these runs.
        now: Seconds since 1970.
    """
    runs, since = _of_kind(runs, kind), now - RECENT_DAYS * DAY
    recent = estimate([run for run in runs if run.ended >= since])
    window = [run for run in runs if since - EARLIER_DAYS * DAY <= run.ended < since]
    earlier = estimate(window)
    if len(recent.runs) < MIN_RECENT or len(earlier.runs) < MIN_EARLIER:
        return None
    old, new = earlier.quantile(P90), recent.quantile(P90)
    verdict = drift_verdict(peto_peto(earlier.runs, recent.runs), old, new)
    return DriftTest(verdict, old, new, len(earlier.runs) + len(recent.runs))


def _of_kind(runs: Sequence[TaskRun], kind: TaskKind) -> list[TaskRun]:
    return [run for run in runs if run.kind == kind and not run.is_agent]
