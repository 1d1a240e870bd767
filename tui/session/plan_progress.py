"""How much work the model's newest report names, and when that counts.

Usually the open subtasks of the checklist tell how much work is left, by estimates that this
session's own ratio corrects. A report adds to that only if it knows of more work: if it names
more open pieces than the checklist, or names work while the checklist has none. It counts until
the checklist changes, less the tokens charged since.
"""

from typing import NamedTuple

from tui.budget.forecast import Forecast, PlannedSubtask, forecast
from tui.budget.ledger import Ledger
from tui.session.checklist import Checklist
from tui.session.wrapup import WrapUp


class _Reported(NamedTuple):
    """What a report said would be needed to finish."""

    estimate: int
    """Tokens."""
    pieces: int
    """Pieces of work it names as in progress or not started."""
    charged: int
    """Tokens charged in the session when it was filed."""
    request: int


class PlanProgress:
    """What the plan and the last report of a session tell about the work that is left."""

    def __init__(self) -> None:
        self._reported: _Reported | None = None

    def on_checklist_change(self, request: int) -> None:
        """The checklist changed in this request; what an earlier report said is old now."""
        if self._reported is not None and self._reported.request != request:
            self._reported = None

    def on_report(self, report: WrapUp, *, charged: int, request: int) -> None:
        """The model filed a report; one without an estimate is ignored.

        Args:
            report: The report.
            charged: Tokens charged in the session so far.
            request: The request in which the model filed it.
        """
        self._reported = None
        if report.estimate_to_finish is not None:
            pieces = len(report.in_progress) + len(report.not_started)
            estimate = report.estimate_to_finish
            self._reported = _Reported(estimate, pieces, charged, request)

    def on_report_charge(self, charged: int) -> None:
        """The report is still being written: so far nothing was done of what it says is left.

        Args:
            charged: Tokens charged in the session so far.
        """
        if self._reported is not None:
            self._reported = self._reported._replace(charged=charged)

    def forecast(self, checklist: Checklist, ledger: Ledger) -> Forecast | None:
        """How far the work is, and what the rest will take; None while nothing tells of any."""
        works = [
            PlannedSubtask(task.id, task.estimate, not task.is_open, task.state == "skipped")
            for task in checklist.values()
        ]
        open_subtasks = sum(task.is_open for task in checklist.values())
        return forecast(
            works,
            ledger.by_subtask,
            overhead=ledger.overhead,
            reported=self._reported_rest(ledger.charged, open_subtasks),
        )

    def _reported_rest(self, charged: int, open_subtasks: int) -> int | None:
        """Tokens to finish by a report that knows of more work than the checklist; else None.

        Args:
            charged: Tokens charged in the session so far.
            open_subtasks: Subtasks of the checklist that are open.
        """
        report = self._reported
        if report is None or (open_subtasks and report.pieces <= open_subtasks):
            return None
        return max(0, report.estimate - (charged - report.charged))
