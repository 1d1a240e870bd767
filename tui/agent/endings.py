"""How a turn ends: the reason, the sentence, and the report that always stands.

A turn that landed on its budget is never called completed, nor is one that was wrapped up
with work left. Where the model filed no report and work is open, the program's own stands,
marked as such.
"""

from tui.agent.declined import at_once, declines, mostly_unspent, suggestion
from tui.agent.report import answer_of
from tui.budget.stages import Stage, Thresholds
from tui.claude.progress import Response
from tui.session import events as ev
from tui.session.own_report import own_report, to_finish
from tui.session.readings import current_stage
from tui.session.state import SessionState

REPORTED: frozenset[ev.TurnEndReason] = frozenset(
    {
        "landed",
        "wrapped_up",
        "fuse",
        "no_progress",
        "interrupted",
        "error",
        "paused",
        "stopped",
        "refused",
        "crashed",
    }
)
"""Ends after which a report stands, whoever wrote it."""

ASK_AGAIN = "It may not be whole. Say “continue” to go on from it."
LANDED = "Landed on the budget"
WRAPPED_UP = "Wrapped up with work left"

End = tuple[ev.TurnEndReason, str, int | None]
"""Why a turn is over, the sentence for people, and a budget that should do."""


def closing(
    state: SessionState,
    reason: ev.TurnEndReason,
    sentence: str = "",
    *,
    budget: int | None = None,
    unsent: bool = False,
) -> list[ev.Event]:
    """The events that end the turn: the program's own report where none was filed, and the end.

    Args:
        state: The session.
        reason: Why it ends.
        sentence: For people. What was used beyond the budget is added, where it does not say so.
        budget: Tokens that should do, where the budget was too small.
        unsent: Whether the prompt was never answered and leaves the conversation.
    """
    events: list[ev.Event] = []
    if reason in REPORTED and state.last_wrap_up is None and (report := own_report(state)):
        events.append(ev.WrappedUp(turn=state.turn, report=report, by="client"))
    over = max(0, -(state.left or 0))
    beyond = f"{over:,} tokens over the budget of {state.grant or 0:,}"
    if over and reason != "error" and beyond not in sentence:
        sentence = f"{sentence} {beyond}.".strip()
    events.append(
        ev.TurnEnded(
            turn=state.turn,
            reason=reason,
            sentence=sentence,
            over=over,
            budget=budget,
            unsent=unsent,
        )
    )
    return events


def natural_end(
    state: SessionState,
    response: Response,
    thresholds: Thresholds,
    first_request: int,
    *,
    told_at: int | None,
    asked_nobody: bool,
    most: int | None = None,
) -> End:
    """Why a turn that the model ended by itself is over, and what budget would have done.

    Args:
        state: The session, with the last response in it.
        response: That response.
        thresholds: Where the stages begin.
        first_request: Number of the turn's first request.
        told_at: Tokens left when the model was told to land; None where it was not told.
        asked_nobody: Whether a permission was needed and nobody was there.
        most: The most tokens that may be granted; None where nobody caps it.
    """
    if _landed(state, thresholds, told=told_at is not None):
        return "landed", landed(state, told_at=told_at), None
    if asked_nobody:
        return "denied", "A permission was needed and nobody was there to give it.", None
    answer = answer_of(response.blocks)
    if state.grant is not None and declines(answer):
        requests = state.request - first_request + 1
        if ended := _for_its_budget(state, answer, requests, thresholds, most):
            return ended
    if _says_unfinished(state):
        return "wrapped_up", _with_report(state, WRAPPED_UP), None
    return "completed", "" if answer else "The model ended without a word.", None


def _landed(state: SessionState, thresholds: Thresholds, *, told: bool) -> bool:
    """Whether the budget made the turn stop: told to, or little is left and work is open."""
    if state.envelope is None:
        return False
    unfinished = _says_unfinished(state) and _is_at(Stage.APPROACH, state, thresholds)
    return told or unfinished or (is_landing(state, thresholds) and _has_open_tasks(state))


def _for_its_budget(
    state: SessionState, answer: str, requests: int, thresholds: Thresholds, most: int | None
) -> End | None:
    """The end of a turn whose last words decline work for the budget; None if none is left."""
    grant, used = state.grant or 0, state.charged
    charged = state.ledger.by_turn.get(state.turn, 0)
    if at_once(grant=grant, used=used, charged=charged, requests=requests):
        more = _at_most(suggestion(answer, grant, before=used - charged), most, grant)
        why = f"The model stopped at once: the budget of {grant:,} tokens is probably too small."
        return "declined", _with_more(why, more, "gives it room; then ask again."), more
    if mostly_unspent(grant, used) and not (_has_open_tasks(state) or _says_unfinished(state)):
        return None
    more = suggestion(answer, grant, before=max(0, used - charged), rest=to_finish(state) or 0)
    more = _at_most(more, most, grant)
    # Its own words blame the budget: it need not be all but used up for that to be true.
    low = _is_at(Stage.DESCENT, state, thresholds)
    reason: ev.TurnEndReason = "landed" if low else "wrapped_up"
    ended = _with_report(state, LANDED if low else WRAPPED_UP)
    why = f"{ended} The model says that the rest needs more."
    return reason, _with_more(why, more, "and another prompt go on."), more


def _at_most(tokens: int, most: int | None, grant: int) -> int | None:
    """A suggestion within a cap; None where that is no help."""
    tokens = tokens if most is None else min(tokens, most)
    return tokens if tokens > grant else None


def at_reserve(did: str, state: SessionState) -> str:
    """Where the budget is, behind what was done there, as a sentence.

    Args:
        did: `Stopped`, `Paused`: what was done at the reserve.
        state: The session.
    """
    left, grant = state.left or 0, state.grant or 0
    if left < 0:
        return f"{did} {-left:,} tokens over the budget of {grant:,}."
    return f"{did} at the reserve: {left:,} of {grant:,} tokens left."


def landed(state: SessionState, *, told_at: int | None) -> str:
    """How a turn landed on its budget, as a sentence.

    Args:
        state: The session.
        told_at: Tokens left when the model was told to land; None where it was not told.
    """
    over = -(state.left or 0)
    if over <= 0:
        return _with_report(state, LANDED)
    if told_at is None or told_at < 0:
        why = "the last message took more than was left"
    elif state.last_wrap_up is not None:
        why = "the report took more than the reserve"
    else:
        why = "the last messages took more than the reserve"
    return f"Landed {over:,} tokens over the budget of {state.grant or 0:,}: {why}."


def _with_report(state: SessionState, words: str) -> str:
    """The words as a sentence, which points to the report if one stands or will."""
    stands = state.last_wrap_up or own_report(state)
    return f"{words}: the wrap-up report says where things stand." if stands else f"{words}."


def _with_more(why: str, tokens: int | None, then: str) -> str:
    return why if tokens is None else f"{why} /budget {tokens // 1_000}k {then}"


def _says_unfinished(state: SessionState) -> bool:
    report = state.last_wrap_up
    return report is not None and bool(report.in_progress or report.not_started)


def _has_open_tasks(state: SessionState) -> bool:
    return any(task.is_open for task in state.checklist.values())


def is_landing(state: SessionState, thresholds: Thresholds) -> bool:
    """Whether the budget is down to its reserve."""
    return _is_at(Stage.LANDING, state, thresholds)


def _is_at(least: Stage, state: SessionState, thresholds: Thresholds) -> bool:
    stage = current_stage(state, thresholds)
    return stage is not None and stage >= least


def refusal(response: Response) -> str:
    """The sentence for a refusal of the model."""
    details = response.stop_details or {}
    why = details.get("explanation") or details.get("category")
    if not isinstance(why, str) or not why.strip():
        return "The model refused to go on with this."
    return ended(f"The model refused: {why.strip()}")


def ended(sentence: str) -> str:
    """The sentence with one full stop, or what it ends with in its place."""
    bare = sentence.rstrip()
    if bare.endswith(("!", "?", "。", "！", "？")):
        return bare
    return f"{bare.rstrip('.… ')}."
