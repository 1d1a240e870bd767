"""The plan at work: which subtasks it has, and whether the model knows of more work.

The checklist keeps the subtasks of a whole session. What is planned after a prompt that found none
of them open is a new plan, so that an earlier job of another kind tells nothing about this one. A
prompt that finds open ones goes on with theirs.

A report of the model names work beyond the plan if it names more open pieces than the plan has
open, or tokens to finish while nothing is open. That counts until the checklist changes.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tui.budget.forecast import Forecast, PlannedSubtask, forecast
from tui.budget.ledger import Ledger
from tui.session.checklist import Checklist, Subtask, SubtaskCounts, count_subtasks
from tui.session.wrapup import WrapUp


class _Reported(NamedTuple):
    """What the newest report says about open work."""

    pieces: int
    """Pieces of work it names as in progress or not started."""
    estimate: int
    """Tokens it says they take; 0 where it says nothing."""
    request: int


class PlanOutlook(NamedTuple):
    """How far a plan is, and what the rest of it takes."""

    counts: SubtaskCounts
    forecast: Forecast | None


class PlanProgress:
    """The plan at work, as far as the log of a session tells."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}
        """Ids of its subtasks, in order."""
        self._is_over = True
        """Whether the next subtasks are another plan's."""
        self._overhead_before = 0
        """Overhead of the ledger when the plan was made."""
        self._reported: _Reported | None = None

    def plan(self, checklist: Checklist) -> dict[str, Subtask]:
        """The subtasks of the plan, in the order of the checklist."""
        return {id: task for id, task in checklist.items() if id in self._ids}

    def on_prompt(self, checklist: Checklist) -> None:
        """A prompt comes: where nothing is open, what is planned for it is another plan."""
        self._is_over = not any(task.is_open for task in checklist.values())

    def on_checklist_change(
        self, before: Checklist, after: Checklist, *, overhead: int, request: int
    ) -> None:
        """The checklist changed; what an earlier report said is old now.

        Args:
            before: The subtasks as they were.
            after: The subtasks as they are.
            overhead: Overhead of the ledger.
            request: The request in which they changed.
        """
        planned = {id: None for id, task in after.items() if id not in before or task.is_open}
        if planned and self._is_over:
            self._ids, self._is_over, self._overhead_before = {}, False, overhead
        self._ids |= planned
        if self._reported is not None and self._reported.request != request:
            self._reported = None

    def on_report(self, report: WrapUp, *, request: int) -> None:
        """The model filed a report.

        Args:
            report: The report.
            request: The request in which the model filed it.
        """
        pieces = len(report.in_progress) + len(report.not_started)
        self._reported = _Reported(pieces, report.estimate_to_finish or 0, request)

    def outlook(
        self, checklist: Checklist, ledger: Ledger, done_with: Mapping[str, str]
    ) -> PlanOutlook:
        """How far the plan is, and what the rest of it takes.

        Args:
            checklist: All subtasks of the session.
            ledger: What they are charged with.
            done_with: Subtasks that were done with another one, by id.
        """
        plan = self.plan(checklist)
        works = [
            PlannedSubtask(task.id, task.estimate, not task.is_open, done_with.get(task.id))
            for task in plan.values()
            if task.state != "skipped"
        ]
        counts = count_subtasks(plan)
        return PlanOutlook(
            counts,
            forecast(
                works,
                ledger.by_subtask,
                overhead=max(0, ledger.overhead - self._overhead_before),
                beyond_plan=self._is_more_known(counts.open),
            ),
        )

    def _is_more_known(self, open_subtasks: int) -> bool:
        """Whether the newest report names more work than the open subtasks of the plan."""
        report = self._reported
        if report is None:
            return False
        return report.pieces > open_subtasks or (not open_subtasks and report.estimate > 0)
