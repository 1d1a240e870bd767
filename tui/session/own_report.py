"""The program's own wrap-up report: what checklist, ledger and file changes say by themselves.

It can be made at any moment, because all of it is in the state. So a crash, an interrupt
or a model that files nothing leaves a report too, marked as the program's.
"""

from tui.budget.outlook import Outlook, Work, actual_ratio, outlook
from tui.session.state import SessionState
from tui.session.wrapup import WrapUp


def session_outlook(state: SessionState) -> Outlook | None:
    """How far the checklist is, and what the rest will take; None without a checklist."""
    return outlook(_works(state), state.ledger.by_subtask)


def _works(state: SessionState) -> list[Work]:
    return [
        Work(task.id, task.estimate, task.state in ("done", "skipped"))
        for task in state.checklist.values()
    ]


def to_finish(state: SessionState) -> int | None:
    """Tokens the rest of the work will take; None when nothing tells.

    By the checklist where it has estimates, else by the newest report; both are the model's,
    corrected by what its estimates were worth in this session so far.
    """
    ahead = session_outlook(state)
    if ahead is not None and ahead.to_finish is not None:
        return ahead.to_finish
    estimate = state.wrap_ups[-1].report.estimate_to_finish if state.wrap_ups else None
    if estimate is None:
        return None
    return round(estimate * actual_ratio(_works(state), state.ledger.by_subtask))


def own_report(state: SessionState) -> WrapUp | None:
    """The report of the current turn; None when there is nothing to report on."""
    if not state.checklist and not state.files:
        return None
    tasks = state.checklist.values()
    open_titles = [task.title for task in tasks if task.state in ("in_progress", "pending")]
    ahead = session_outlook(state)
    return WrapUp(
        done=tuple(task.title for task in tasks if task.state == "done"),
        in_progress=tuple(task.title for task in tasks if task.state == "in_progress"),
        not_started=tuple(task.title for task in tasks if task.state == "pending"),
        files=tuple(state.files),
        checks=tuple(state.commands),
        estimate_to_finish=ahead.to_finish if ahead else None,
        next_step=open_titles[0] if open_titles else "",
    )
