"""What the history says when work begins: whether its budget is small, and what its kind warns of.

Read in a thread: a long history takes a moment, and nothing waits for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from tui.budget.spend_distribution import SpendDistribution
from tui.budget.task_kind_rules import guess_before
from tui.budget.task_kinds import TaskKind
from tui.budget.wire_budget import CountingRules
from tui.history.advice_basis import advice_basis
from tui.history.drift_memory import DriftMemory
from tui.history.history_store import HistoryStore
from tui.history.history_warnings import (
    DriftWarning,
    NearLimitWarning,
    SmallBudgetWarning,
    drift_test,
    near_limit_warning,
    small_budget_warning,
)
from tui.history.own_history import refresh_own_runs
from tui.history.task_run import TaskRun


@dataclass(frozen=True, slots=True)
class WorkBegun:
    """Work that begins, or gets another budget."""

    prompt: str
    session: str
    model: str
    effort: str | None
    budget: int | None = None
    """Tokens that it can use; None where that is not asked."""


@dataclass(frozen=True, slots=True)
class WorkFindings:
    """What the history says of it."""

    kind: TaskKind
    small_budget: SmallBudgetWarning | None = None
    near_limit: NearLimitWarning | None = None
    drift: DriftWarning | None = None
    """Only what is sure, and only where a test of this kind was due."""
    drift_runs: int = 0
    """Runs of the test that was due; 0 where none was."""


def find_warnings(
    runs: Sequence[TaskRun],
    kind: TaskKind,
    work: WorkBegun,
    tokenizer: Callable[[str], float],
    now: float,
) -> WorkFindings:
    """What the runs say of work of a kind, as if every test were due; of "other" nothing.

    Args:
        runs: All runs, oldest first.
        kind: The kind of the work.
        work: The work.
        tokenizer: Tokens of a model for the same text, relative to a common one.
        now: Seconds since 1970.
    """
    if kind == "other":
        return WorkFindings(kind)
    over = [run for run in runs if run.session != work.session or run.end != "open"]

    def estimate(some: Sequence[TaskRun]) -> SpendDistribution:
        found = advice_basis(some, kind, tokenizer, model=work.model, effort=work.effort)
        return found.distribution

    small = None if work.budget is None else small_budget_warning(work.budget, estimate(over))
    tested = drift_test(over, kind, estimate, now)
    moved = tested.warning if tested else None
    return WorkFindings(
        kind,
        small,
        near_limit_warning(over, kind, estimate),
        moved if moved is not None and moved.is_sure else None,
        tested.runs if tested else 0,
    )


class WorkHistory:
    """The history as one session asks it. One thread at a time."""

    def __init__(
        self,
        data: Path,
        state: Path,
        counting: CountingRules,
        tokenizer: Callable[[str], float],
        now: Callable[[], float],
    ) -> None:
        """Args:
        data: The user's data folder.
        state: The user's state folder.
        counting: What the server counts against a budget.
        tokenizer: Tokens of a model for the same text, relative to a common one.
        now: The clock, in seconds since 1970.
        """
        self._data, self._state = data, state
        self._counting, self._tokenizer, self._now = counting, tokenizer, now
        self._stopped = Event()
        self._runs: Sequence[TaskRun] | None = None
        self._verbs: Mapping[str, TaskKind] = {}

    def kind_of(self, prompt: str) -> TaskKind | None:
        """The kind of task that a prompt is; None before the history was read."""
        return None if self._runs is None else guess_before(prompt, self._verbs).kind

    def findings(self, work: WorkBegun) -> WorkFindings:
        """What the history says of work; the history is read once.

        Raises:
            StoreError: the history cannot be read.
        """
        if self._runs is None:
            self._read(work.session)
        kind, now = guess_before(work.prompt, self._verbs).kind, self._now()
        found = find_warnings(self._runs or (), kind, work, self._tokenizer, now)
        if DriftMemory(self._state).is_due(kind, found.drift_runs, now):
            return found
        return replace(found, drift=None, drift_runs=0)

    def note_drift_test(self, found: WorkFindings) -> None:
        """Keep that the kind was tested, if it was.

        Raises:
            OSError: that cannot be kept.
        """
        if found.drift_runs:
            DriftMemory(self._state).remember(found.kind, found.drift_runs, self._now())

    def stop(self) -> None:
        """Read no further: what is left is read the next time."""
        self._stopped.set()

    def _read(self, session: str) -> None:
        with HistoryStore(self._data) as store:
            refresh_own_runs(
                store,
                self._data,
                self._counting,
                state=self._state,
                stopped=self._stopped.is_set,
                but=session,
            )
            self._verbs = store.corrections.verbs
            self._runs = store.newest_runs()
