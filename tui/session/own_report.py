"""The program's own wrap-up report: what checklist, ledger and file changes say by themselves.

It can be made at any moment, because all of it is in the state. So a crash, an interrupt
or a model that files nothing leaves a report too, marked as the program's.
"""

from itertools import takewhile

from tui.budget.outlook import Outlook, Work, extension, outlook
from tui.budget.stages import Thresholds
from tui.session.state import SessionState
from tui.session.wrapup import WrapUp


def session_outlook(state: SessionState) -> Outlook | None:
    """How far the checklist is, and what the rest will take; None without a checklist."""
    charged = state.ledger.by_subtask
    return outlook(
        _works(state),
        charged,
        overhead=state.progress.overhead(charged.get(None, 0)),
        told=state.progress.told(state.ledger.charged),
    )


def _works(state: SessionState) -> list[Work]:
    return [
        Work(task.id, task.estimate, task.state in ("done", "skipped"), task.state == "skipped")
        for task in state.checklist.values()
    ]


def to_finish(state: SessionState) -> int | None:
    """Tokens the rest of the work will take; None when nothing tells.

    By the checklist, whose estimates are corrected by what they were worth in this session so
    far; by the model's newest report, less what was charged since, where that says more.
    """
    ahead = session_outlook(state)
    return ahead.to_finish if ahead else state.progress.told(state.ledger.charged)


def enough_more(state: SessionState, thresholds: Thresholds) -> int:
    """Tokens that an extension of the budget adds, as a suggestion."""
    return extension(
        to_finish(state), left=state.left or 0, grant=state.grant or 0, thresholds=thresholds
    )


def own_report(state: SessionState) -> WrapUp | None:
    """The report of the current turn; None when there is nothing to report on: mere talk."""
    if not (state.checklist or state.files or _has_worked(state)):
        return None
    tasks = state.checklist.values()
    open_titles = [task.title for task in tasks if task.is_open]
    ahead = session_outlook(state)
    return WrapUp(
        done=tuple(task.title for task in tasks if task.state == "done"),
        in_progress=tuple(task.title for task in tasks if task.state == "in_progress"),
        not_started=tuple(task.title for task in tasks if task.state == "pending"),
        files=tuple(state.files),
        checks=tuple(state.commands),
        estimate_to_finish=ahead.to_finish if ahead else None,
        next_step=open_titles[0] if open_titles else _asked_for(state),
    )


def _has_worked(state: SessionState) -> bool:
    """Whether a tool was called in this turn, run or not."""
    lately = takewhile(
        lambda entry: entry.turn == state.turn, reversed(state.ledger.entries.values())
    )
    return any(entry.kind == "results" for entry in lately)


def _asked_for(state: SessionState) -> str:
    """What to go on with where no plan says it."""
    first = state.prompts[-1].strip().partition("\n")[0] if state.prompts else ""
    return f"go on with: {first}" if first and not state.checklist else ""
