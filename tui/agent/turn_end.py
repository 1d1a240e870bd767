"""How a turn ends: the reason, the sentence, and the report of the program.

A turn that leaves work is never `completed`, with or without a budget, and one that leaves work
near the end of its budget has landed on it. `end_reason` decides from facts alone;
`tui.agent.final_message` reads the words of the model. docs/endings.md has the rules and how
often they are right.
"""

import asyncio
from dataclasses import dataclass, field

from tui.agent.agent_ends import partial_agents_sentence
from tui.agent.bigger_budget import bigger_budget, ended_immediately
from tui.agent.continue_hints import budget_command, whole_budget_hint
from tui.agent.effective_limits import max_grant
from tui.agent.final_message import FinalMessage, KnownBudget, read_final_message
from tui.agent.run_result import answer_text
from tui.agent.turn_settings import TurnSettings
from tui.budget.stages import Stage, StageThresholds
from tui.claude.response import Response
from tui.session import events as ev
from tui.session.fallback_report import fallback_report, tokens_to_finish
from tui.session.meter_readings import current_stage
from tui.session.state import SessionState

ENDS_WITH_REPORT: frozenset[ev.TurnEndReason] = frozenset(
    {
        "landed",
        "wrapped_up",
        "hard_limit",
        "no_progress",
        "interrupted",
        "error",
        "paused",
        "stopped",
        "refused",
        "crashed",
    }
)
"""Ends with a report, whoever wrote it."""
REPORTS_ON_TALK = frozenset({"landed", "wrapped_up"})
"""Ends with a report even where the turn was mere talk."""

ASK_AGAIN = "The answer may be incomplete. Send “continue” to go on."
LANDED = "Landed on the budget"
WRAPPED_UP = "Wrapped up with work left"
MAX_QUOTED_CHARACTERS = 160
"""Characters of the model's words that a sentence quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEndFacts:
    """What the reason of an end follows from, where the model ended the turn by itself."""

    stage: Stage | None = None
    """Of the budget; None without one."""
    landing_announced: bool = False
    open_items: bool = False
    """Subtasks of the checklist, or of the report that the model filed, are not done."""
    final_message: FinalMessage = field(default_factory=FinalMessage)
    ended_immediately: bool = False
    """The turn took few requests and little of a budget most of which is left."""
    changed_files: bool = False
    """A tool changed a file in this turn."""
    denied_without_user: bool = False
    """The turn needed a permission, and nobody was there to give it."""

    @property
    def work_is_left(self) -> bool:
        """By the checklist, by the report, or in the model's own words."""
        return self.open_items or bool(self.final_message.work_left)


def end_reason(facts: TurnEndFacts) -> ev.TurnEndReason:
    """Why a turn that the model ended by itself is over."""
    said, stage = facts.final_message, facts.stage
    if stage is not None and (facts.landing_announced or _has_landed(facts, stage)):
        return "landed"
    if facts.denied_without_user:
        return "denied"
    if said.declines and facts.ended_immediately and not (facts.changed_files or facts.open_items):
        return "declined"
    if facts.work_is_left or (said.refuses and not facts.changed_files):
        return "wrapped_up"
    return "completed"


def _has_landed(facts: TurnEndFacts, stage: Stage) -> bool:
    """Whether the budget is why the turn ended: little is left, and work is, or words blame it."""
    said = facts.final_message
    if stage >= Stage.APPROACH:
        return facts.work_is_left or bool(said.declines or said.runs_low)
    return stage is Stage.DESCENT and bool(said.declines)


def end_turn(
    state: SessionState,
    reason: ev.TurnEndReason,
    sentence: str = "",
    *,
    budget: int | None = None,
    prompt_unsent: bool = False,
) -> list[ev.Event]:
    """The events that end the turn: the program's own report where none was filed, and the end.

    Args:
        state: The session.
        reason: Why it ends.
        sentence: For people. What was used beyond the budget is added, where it does not say so.
        budget: Tokens that should do, where the budget was too small.
        prompt_unsent: Whether the prompt was never answered and leaves the conversation.
    """
    events: list[ev.Event] = []
    report = (
        fallback_report(state, include_talk=reason in REPORTS_ON_TALK)
        if reason in ENDS_WITH_REPORT
        else None
    )
    if report is not None and state.last_wrap_up is None:
        events.append(ev.WrappedUp(turn=state.turn, report=report, by="client"))
    over = max(0, -(state.left or 0))
    beyond = f"{over:,} tokens over the budget of {state.grant or 0:,}"
    # The sentence of an unsent prompt names what was over before it.
    if over and reason != "error" and not prompt_unsent and beyond not in sentence:
        sentence = f"{sentence} {beyond}.".strip()
    events.append(
        ev.TurnEnded(
            turn=state.turn,
            reason=reason,
            sentence=sentence,
            over=over,
            budget=budget,
            unsent=prompt_unsent,
        )
    )
    return events


def end_by_model(
    state: SessionState,
    response: Response,
    words: FinalMessage,
    settings: TurnSettings,
    *,
    first_request: int,
    left_at_landing: int | None,
    denied_without_user: bool,
) -> list[ev.Event]:
    """The events of an end that the model chose.

    Args:
        state: The session, with the last response in it.
        response: That response.
        words: What its words say.
        settings: Where the stages begin, what is capped, whether there is a screen.
        first_request: Number of the turn's first request.
        left_at_landing: Tokens left when the program told the model to land; None if it did not.
        denied_without_user: Whether a permission was needed and nobody was there.
    """
    facts = TurnEndFacts(
        stage=current_stage(state, settings.thresholds),
        landing_announced=left_at_landing is not None,
        open_items=_has_open_items(state),
        final_message=words,
        ended_immediately=_ended_immediately(state, requests=state.request - first_request + 1),
        changed_files=state.changed_files,
        denied_without_user=denied_without_user,
    )
    more, screen = None, settings.interactive
    if words.declines:
        more = _sufficient_budget(state, words, max_grant(settings.caps))
    sentence, question = "", ""
    match reason := end_reason(facts):
        case "landed":
            sentence = landing_sentence(state, left_at_landing=left_at_landing)
            sentence = f"{sentence} {partial_agents_sentence(state)}".strip()
            sentence = _with_bigger_budget(sentence, more, screen)
        case "wrapped_up":
            sentence = _with_bigger_budget(_wrap_up_sentence(state, words), more, screen)
        case "denied":
            sentence, more = "The turn needed a permission, and nobody was there to give it.", None
        case "declined":
            sentence = _declined_sentence(state, more, screen)
        case _:
            sentence = (
                ""
                if answer_text(response.blocks)
                else "The model ended the turn without an answer."
            )
            question, more = _budget_question(more, screen), None
    asked = [ev.NoticeShown(sentence=question)] if question else []
    return [*asked, *end_turn(state, reason, sentence, budget=more)]


async def read_response(state: SessionState, response: Response) -> FinalMessage:
    """What the words of a response say; in a thread, because reading a long one takes a while."""
    budget = None if state.grant is None else KnownBudget(state.grant, max(0, state.left or 0))
    changed = state.changed_files
    text = answer_text(response.blocks)
    return await asyncio.to_thread(read_final_message, text, budget, changed_files=changed)


def _ended_immediately(state: SessionState, *, requests: int) -> bool:
    """Whether the turn ended before it had begun, with most of its budget unspent."""
    charged = state.ledger.by_turn.get(state.turn, 0)
    grant = state.grant or 0
    return ended_immediately(grant=grant, used=state.charged, charged=charged, requests=requests)


def _declined_sentence(state: SessionState, more: int | None, screen: bool) -> str:
    grant = state.grant or 0
    why = f"The model stopped at once: the budget of {grant:,} tokens is probably too small."
    if more is None:
        return why
    return f"{why} Give it more with {budget_command(more, screen=screen)}, then ask again."


def _budget_question(more: int | None, screen: bool) -> str:
    """The question that is left open by words about the budget at the end of finished work."""
    if more is None:
        return ""
    way = budget_command(more, screen=screen)
    again = f"If so, set {way} and ask again." if screen else f"If so, ask again with {way}."
    return f"Did the model stop because of the budget? {again}"


def _sufficient_budget(state: SessionState, said: FinalMessage, most: int | None) -> int | None:
    """A budget that should do, for a model that calls its own too small."""
    grant, charged = state.grant or 0, state.ledger.by_turn.get(state.turn, 0)
    before = max(0, state.charged - charged)
    rest = tokens_to_finish(state) or 0
    return _within_cap(
        bigger_budget(said.needed_tokens, grant, before=before, rest=rest), most, grant
    )


def _wrap_up_sentence(state: SessionState, said: FinalMessage) -> str:
    """The sentence of an end with work left; it quotes the model where only its words tell."""
    sentence = f"{_mention_report(state, WRAPPED_UP)} {partial_agents_sentence(state)}".strip()
    words = said.work_left or said.refuses
    if _has_open_items(state) or not words:
        return sentence
    quoted = (
        words
        if len(words) <= MAX_QUOTED_CHARACTERS
        else f"{words[: MAX_QUOTED_CHARACTERS - 1].rstrip()}…"
    )
    return f"{sentence} The model says: “{quoted}”."


def _with_bigger_budget(sentence: str, more: int | None, screen: bool) -> str:
    """The sentence with a bigger budget to go on with, where the model calls its own too small."""
    if more is None:
        return sentence
    why = f"{sentence} The model says that the rest needs more tokens."
    return f"{why} {whole_budget_hint(more, screen=screen)}"


def _within_cap(tokens: int, most: int | None, grant: int) -> int | None:
    """A suggestion within a cap; None where that is no help."""
    tokens = tokens if most is None else min(tokens, most)
    return tokens if tokens > grant else None


def reserve_sentence(did: str, state: SessionState) -> str:
    """Where the budget is, behind what was done there, as a sentence.

    Args:
        did: `Stopped`, `Paused`: what was done at the reserve.
        state: The session.
    """
    left, grant = state.left or 0, state.grant or 0
    if left < 0:
        return f"{did} {-left:,} tokens over the budget of {grant:,}."
    return f"{did} at the reserve: {left:,} of {grant:,} tokens left."


def landing_sentence(state: SessionState, *, left_at_landing: int | None) -> str:
    """How a turn landed on its budget, as a sentence.

    Args:
        state: The session.
        left_at_landing: Tokens left when the program told the model to land; None if it did not.
    """
    over = -(state.left or 0)
    if over <= 0:
        return _mention_report(state, LANDED)
    if left_at_landing is None or left_at_landing < 0:
        why = "the last message took more than was left"
    elif state.last_wrap_up is not None:
        why = "the report took more than the reserve"
    else:
        why = "the last messages took more than the reserve"
    return f"Landed {over:,} tokens over the budget of {state.grant or 0:,}: {why}."


def _mention_report(state: SessionState, words: str) -> str:
    """The words as a sentence, which points to the report where there is one."""
    report = state.last_wrap_up or fallback_report(state, include_talk=True)
    return f"{words}: the wrap-up report says what is left." if report else f"{words}."


def _has_open_items(state: SessionState) -> bool:
    """Whether subtasks of the checklist, of the model's report or of an agent are not done."""
    report = state.last_wrap_up
    reported = report is not None and bool(report.in_progress or report.not_started)
    reported = reported or bool(partial_agents_sentence(state))
    return reported or any(task.is_open for task in state.checklist.values())


def is_at_reserve(state: SessionState, thresholds: StageThresholds) -> bool:
    """Whether the budget is down to its reserve."""
    stage = current_stage(state, thresholds)
    return stage is not None and stage >= Stage.LANDING


def end_refused(state: SessionState, response: Response) -> list[ev.Event]:
    """The end of a turn whose prompt the model refused."""
    return end_turn(state, "refused", refusal_sentence(response))


def refusal_sentence(response: Response) -> str:
    """The sentence for a refusal of the model."""
    details = response.stop_details or {}
    why = details.get("explanation") or details.get("category")
    if not isinstance(why, str) or not why.strip():
        return "The model refused to go on with this."
    return with_full_stop(f"The model refused: {why.strip()}")


def with_full_stop(sentence: str) -> str:
    """The sentence with one full stop, or what it ends with in its place."""
    bare = sentence.rstrip()
    if bare.endswith(("!", "?", "。", "！", "？")):
        return bare
    return f"{bare.rstrip('.… ')}."
