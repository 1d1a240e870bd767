"""How a turn ends: the reason, the sentence, and the report that always stands.

A turn that landed on its budget is never called completed. Where the model filed no report
and work is open, the program's own stands, marked as such.
"""

from tui.agent.declined import declined, suggestion
from tui.agent.report import answer_of
from tui.budget.stages import Stage, Thresholds
from tui.claude.progress import Response
from tui.session import events as ev
from tui.session.own_report import own_report
from tui.session.readings import current_stage
from tui.session.state import SessionState

REPORTED: frozenset[ev.TurnEndReason] = frozenset(
    {"landed", "fuse", "interrupted", "error", "paused", "refused", "crashed"}
)
"""Ends after which a report stands, whoever wrote it."""


def closing(
    state: SessionState,
    reason: ev.TurnEndReason,
    sentence: str = "",
    *,
    budget: int | None = None,
) -> list[ev.Event]:
    """The events that end the turn: the program's own report where none was filed, and the end.

    Args:
        state: The session.
        reason: Why it ends.
        sentence: For people; what was used beyond the budget is added to it.
        budget: Tokens that should do, where the budget was too small.
    """
    events: list[ev.Event] = []
    if reason in REPORTED and state.last_wrap_up is None and (report := own_report(state)):
        events.append(ev.WrappedUp(turn=state.turn, report=report, by="client"))
    over = max(0, -(state.left or 0))
    if over and reason != "error":
        sentence = f"{sentence} {over:,} tokens over the budget of {state.grant:,}.".strip()
    events.append(
        ev.TurnEnded(turn=state.turn, reason=reason, sentence=sentence, over=over, budget=budget)
    )
    return events


def natural_end(
    state: SessionState,
    response: Response,
    thresholds: Thresholds,
    first_request: int,
    *,
    landing: bool,
    asked_nobody: bool,
    most: int | None = None,
) -> tuple[ev.TurnEndReason, str, int | None]:
    """Why a turn that the model ended by itself is over, and what budget would have done.

    Args:
        state: The session, with the last response in it.
        response: That response.
        thresholds: Where the stages begin.
        first_request: Number of the turn's first request.
        landing: Whether the model was told to land.
        asked_nobody: Whether a permission was needed and nobody was there.
        most: The most tokens that may be granted; None where nobody caps it.
    """
    at_reserve = is_landing(state, thresholds)
    if landing or _says_unfinished(state) or (at_reserve and _has_open_tasks(state)):
        return "landed", "Landed on the budget: the wrap-up report says where things stand.", None
    if asked_nobody:
        return "denied", "A permission was needed and nobody was there to give it.", None
    grant, answer = state.grant, answer_of(response.blocks)
    requests = state.request - first_request + 1
    charged = state.ledger.by_turn.get(state.turn, 0)
    if grant and declined(answer, grant=grant, charged=charged, requests=requests):
        more = suggestion(answer, grant)
        more = more if most is None else min(more, most)
        why = f"The model stopped at once: the budget of {grant:,} tokens is probably too small."
        if more <= grant:
            return "declined", why, None
        how = f"{more // 1_000}k gives it room"
        return "declined", f"{why} /budget {how}; then ask again.", more
    return "completed", "" if answer else "The model ended without a word.", None


def _says_unfinished(state: SessionState) -> bool:
    report = state.last_wrap_up
    return report is not None and bool(report.in_progress or report.not_started)


def _has_open_tasks(state: SessionState) -> bool:
    return any(task.state in ("pending", "in_progress") for task in state.checklist.values())


def is_landing(state: SessionState, thresholds: Thresholds) -> bool:
    """Whether the budget is down to its reserve."""
    stage = current_stage(state, thresholds)
    return stage is not None and stage >= Stage.LANDING


def refusal(response: Response) -> str:
    """The sentence for a refusal of the model."""
    details = response.stop_details or {}
    why = details.get("explanation") or details.get("category")
    return f"The model refused: {why}." if why else "The model refused to go on with this."
