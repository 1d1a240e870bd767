"""The program's own wrap-up report, made from checklist, ledger and file changes.

It can be made at any moment, because all of it is in the state. So a crash, an interrupt
or a model that files nothing leaves a report too, marked as the program's.
"""

from itertools import takewhile

from tui.budget.forecast import Forecast, extension_to_finish, suggested_extension
from tui.budget.stages import StageThresholds, reserve
from tui.session.checklist import SubtaskCounts
from tui.session.landing_figures import LandingFigures
from tui.session.state import SessionState
from tui.session.wrapup import WrapUp


def session_forecast(state: SessionState) -> Forecast | None:
    """What the rest of the plan will take; None without a plan."""
    return state.plan_outlook.forecast


def tokens_to_finish(state: SessionState) -> int | None:
    """Tokens the rest of the plan will take; None while it is too early to say.

    The one figure of what is needed: landing block, sidebar, checklist, JSON, handoff and the
    result of the tool `wrap_up` show this and no other. `tui.budget.forecast` says how it is
    computed.
    """
    ahead = session_forecast(state)
    return ahead.to_finish if ahead else None


def suggested_more(state: SessionState, thresholds: StageThresholds) -> int:
    """Tokens that an extension of the budget adds, as a suggestion.

    While too little is measured to say what the rest takes, an agreed quote says it.
    """
    rest, bill = tokens_to_finish(state), state.quote_bill
    if rest is None and bill is not None and bill.is_open:
        rest = bill.open_quoted
    return suggested_extension(
        rest, left=state.left or 0, grant=state.grant or 0, thresholds=thresholds
    )


def more_to_finish_work(state: SessionState, thresholds: StageThresholds) -> int:
    """Tokens to add to the budget so that the next prompt can finish the work; 0 if it can.

    Where nothing tells what the rest takes, only a budget that is down to its reserve needs more.
    """
    envelope, rest = state.envelope, tokens_to_finish(state)
    if envelope is None:
        return 0
    fresh = envelope.scope == "turn"
    left = envelope.base if fresh else state.left or 0
    if rest is not None:
        return extension_to_finish(rest, left=left, grant=_next_grant(state), thresholds=thresholds)
    down = left <= reserve(envelope.grant, thresholds)
    return suggested_more(state, thresholds) if down and not fresh else 0


def sufficient_budget(
    state: SessionState, thresholds: StageThresholds, most: int | None
) -> int | None:
    """The whole budget with which the next prompt can finish; None where none helps or is needed.

    It is what the landing block offers, and `end.budget` of a headless run.

    Args:
        state: The session.
        thresholds: What is kept for the wrap-up.
        most: The most tokens that may be granted; None where nobody caps it.
    """
    grant = _next_grant(state)
    enough = grant + more_to_finish_work(state, thresholds)
    enough = enough if most is None else min(enough, most)
    return enough if enough > grant else None


def _next_grant(state: SessionState) -> int:
    """What the next prompt is granted."""
    envelope = state.envelope
    if envelope is None:
        return 0
    return envelope.base if envelope.scope == "turn" else envelope.grant


def fallback_report(state: SessionState, *, include_talk: bool = False) -> WrapUp | None:
    """The report of the current turn; None when there is nothing to report on: mere talk.

    Args:
        state: The session.
        include_talk: Whether there is a report of mere talk, too, because work is left.
    """
    plan = state.plan
    if not (include_talk or plan or state.touched_files or _has_worked(state)):
        return None
    tasks = plan.values()
    open_titles = [task.title for task in tasks if task.is_open]
    return WrapUp(
        done=tuple(task.title for task in tasks if task.state == "done"),
        in_progress=tuple(task.title for task in tasks if task.state == "in_progress"),
        not_started=tuple(task.title for task in tasks if task.state == "pending"),
        files=tuple(state.touched_files),
        checks=tuple(state.commands),
        estimate_to_finish=tokens_to_finish(state),
        next_step=open_titles[0] if open_titles else _last_request_text(state),
    )


def _has_worked(state: SessionState) -> bool:
    """Whether a tool was called in this turn, run or not."""
    lately = takewhile(
        lambda entry: entry.turn == state.turn, reversed(state.ledger.entries.values())
    )
    return any(entry.kind == "results" for entry in lately)


def _last_request_text(state: SessionState) -> str:
    """What to go on with where no plan says it."""
    first = state.prompts[-1].strip().partition("\n")[0] if state.prompts else ""
    return f"go on with “{first}”" if first and not state.plan else ""


def landing_figures(state: SessionState, report: WrapUp) -> LandingFigures:
    """The figures of a session as it is now.

    Args:
        state: The session.
        report: The report of its last turn.
    """
    counts, plan = state.plan_outlook.counts, state.plan.values()
    if not any(counts):
        counts = SubtaskCounts(len(report.done), len(report.in_progress), len(report.not_started))
    working = [task.title for task in plan if task.state == "in_progress"]
    waiting = [task.title for task in plan if task.state == "pending"]
    reported = report.in_progress + report.not_started
    files = state.changed_lines.files()
    return LandingFigures(
        used=state.ledger.charged if state.grant is None else state.charged,
        estimated=bool(state.unsettled),
        grant=state.grant,
        dollars=state.bill.dollars,
        counts=counts,
        # A report may know of more work than was planned.
        open_pieces=(*working, *waiting) or reported,
        next_step=report.next_step.strip(),
        to_finish=tokens_to_finish(state),
        files=len(files),
        added=sum(file.added for file in files),
        removed=sum(file.removed for file in files),
        lines_are_sums=not all(file.exact for file in files),
    )
