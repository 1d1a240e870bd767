"""The program's own wrap-up report: what checklist, ledger and file changes say by themselves.

It can be made at any moment, because all of it is in the state. So a crash, an interrupt
or a model that files nothing leaves a report too, marked as the program's.
"""

from itertools import takewhile

from tui.budget.outlook import Outlook, extension, more_to_finish
from tui.budget.stages import Thresholds, reserve
from tui.session.state import SessionState
from tui.session.wrapup import WrapUp


def session_outlook(state: SessionState) -> Outlook | None:
    """How far the work is, and what the rest will take; None while nothing tells of any."""
    return state.progress.outlook(state.checklist, state.ledger)


def to_finish(state: SessionState) -> int | None:
    """Tokens the rest of the work will take; None when nothing tells.

    The one figure "to finish": card, sidebar, checklist, JSON, handoff and the result of the
    tool `wrap_up` show this and no other. docs/meters.md says how it is computed.
    """
    ahead = session_outlook(state)
    return ahead.to_finish if ahead else None


def enough_more(state: SessionState, thresholds: Thresholds) -> int:
    """Tokens that an extension of the budget adds, as a suggestion."""
    return extension(
        to_finish(state), left=state.left or 0, grant=state.grant or 0, thresholds=thresholds
    )


def more_to_continue(state: SessionState, thresholds: Thresholds) -> int:
    """Tokens to add to the budget so that the next prompt can finish the work; 0 if it can.

    Where nothing tells what the rest takes, only a budget that is down to its reserve needs more.
    """
    envelope, rest = state.envelope, to_finish(state)
    if envelope is None:
        return 0
    fresh = envelope.scope == "turn"
    left = envelope.base if fresh else state.left or 0
    if rest is not None:
        return more_to_finish(rest, left=left, grant=_next_grant(state), thresholds=thresholds)
    down = left <= reserve(envelope.grant, thresholds)
    return enough_more(state, thresholds) if down and not fresh else 0


def enough_in_all(state: SessionState, thresholds: Thresholds, most: int | None) -> int | None:
    """The whole budget with which the next prompt can finish; None where none helps or is needed.

    It is what the wrap-up card offers, and `end.suggested_budget` of a headless run.

    Args:
        state: The session.
        thresholds: What is kept for the wrap-up.
        most: The most tokens that may be granted; None where nobody caps it.
    """
    grant = _next_grant(state)
    enough = grant + more_to_continue(state, thresholds)
    enough = enough if most is None else min(enough, most)
    return enough if enough > grant else None


def _next_grant(state: SessionState) -> int:
    """What the next prompt is granted."""
    envelope = state.envelope
    if envelope is None:
        return 0
    return envelope.base if envelope.scope == "turn" else envelope.grant


def own_report(state: SessionState, *, of_talk: bool = False) -> WrapUp | None:
    """The report of the current turn; None when there is nothing to report on: mere talk.

    Args:
        state: The session.
        of_talk: Whether there is a report of mere talk, too, because work is left.
    """
    if not (of_talk or state.checklist or state.files or _has_worked(state)):
        return None
    tasks = state.checklist.values()
    open_titles = [task.title for task in tasks if task.is_open]
    return WrapUp(
        done=tuple(task.title for task in tasks if task.state == "done"),
        in_progress=tuple(task.title for task in tasks if task.state == "in_progress"),
        not_started=tuple(task.title for task in tasks if task.state == "pending"),
        files=tuple(state.files),
        checks=tuple(state.commands),
        estimate_to_finish=to_finish(state),
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
    return f"go on with “{first}”" if first and not state.checklist else ""
