"""The fold over a log: how each event changes the state of a session.

`apply_record` takes one committed record and nothing else, so resuming is folding the log again
and a state can never know more than the log. The conversation folds over the live
branch; the ledger folds over the whole log, because money spent stays spent.
"""

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any

import msgspec

from tui.budget.token_estimate import tokens_of_bytes
from tui.budget.wire_budget import CountingRules
from tui.session import events as ev
from tui.session.checklist import merge_updates
from tui.session.conversation_fold import (
    note_changes,
    on_files_restored,
    on_note,
    on_prompt,
    on_results_cut,
    on_rewritten,
    on_shell_command,
    on_tool_finished,
    on_tool_started,
)
from tui.session.fallback_report import landing_figures
from tui.session.ledger_keys import prompt_key
from tui.session.log_gaps import CLOSES_GAP, close_gap, on_events_lost, on_unknown_event
from tui.session.prompt_queue_fold import (
    on_prompt_queued,
    on_prompt_taken_back,
    unqueue_note,
    unqueue_submitted,
)
from tui.session.request_fold import on_request_failed, on_request_finished, on_request_started
from tui.session.settlement import Settlement
from tui.session.state import BudgetBeforePlan, SessionState

EXTENSION_SOURCE = "/budget"
"""The source of a budget that was extended, wherever the user did it."""


def fold(records: Iterable[ev.Record], counting: CountingRules = CountingRules()) -> SessionState:
    """The state after `records`."""
    state = SessionState(counting)
    for record in records:
        apply_record(state, record)
    return state


def apply_record(state: SessionState, record: ev.Record) -> None:
    """Take one record; kinds this version does not know change nothing."""
    if record.at != state.at:
        # Step by step, so that a clock set back takes away no time and a later one is kept.
        worked = state.active_seconds_until(record.at) - state.work_clock.seconds
        state.work_clock.add(worked, state.turn)
    state.seq, state.at = record.seq, record.at
    if state.after_gap and isinstance(record.event, CLOSES_GAP):
        close_gap(state)
    handler = HANDLERS.get(type(record.event))
    if handler is not None:
        handler(state, record.event)
    state.spend_history.observe(record.at, state.tag, state.ledger, state.bill, state.team)
    state.prompt_cache = state.prompt_cache.applied(record)
    _add_rewind_point(state, record.event)


def preview(state: SessionState, *events: ev.Event) -> SessionState:
    """The state as it would be after a grant, another effort or model, or a rewind.

    The copy shares with `state` everything that these events do not replace. So nobody
    may change the copy.
    """
    after = copy(state)
    after.budget_account = copy(state.budget_account)
    if any(isinstance(event, ev.Rewritten) for event in events):
        after.conversation = after.budget_account.conversation = copy(state.conversation)
        after.budget_account.settlement = Settlement()
        after.rewind_points = copy(state.rewind_points)
    for event in events:
        apply_record(after, ev.Record(after.seq + 1, after.at, event))
    return after


def _add_rewind_point(state: SessionState, event: ev.Event) -> None:
    """Remember the place right after an answer that joined the conversation."""
    last = state.conversation.messages[-1:]
    if isinstance(event, ev.RequestFinished) and last and event.message in last[0].keys:
        state.rewind_points.add(event.message, state.context, state.prompt_cache)


def _started(state: SessionState, event: ev.SessionStarted) -> None:
    state.session, state.folder, state.created = event.session, event.folder, state.at
    state.branch, state.copy_of = event.branch, event.copy_of
    state.model, state.effort, state.mode = event.model, event.effort, event.mode
    state.parent, state.agent_of = event.parent, event.agent_of
    if event.parent is not None:
        state.team.leave_living(state.at)
    state.spend_history.begin_session()


def _prompt(state: SessionState, event: ev.PromptSubmitted) -> None:
    unqueue_submitted(state, event)
    on_prompt(state, event)


def _note(state: SessionState, event: ev.NoteSent) -> None:
    unqueue_note(state, event)
    on_note(state, event)
    if event.reason == "mode":
        state.told_mode = state.mode


def _error(state: SessionState, event: ev.ErrorShown) -> None:
    state.damage = event.sentence if event.damage else state.damage


def _preamble(state: SessionState, event: ev.PreambleSet) -> None:
    state.preamble = event
    state.preamble_tokens = tokens_of_bytes(
        len(msgspec.json.encode(event.system)) + len(msgspec.json.encode(event.tools))
    )


def _notice(state: SessionState, event: ev.NoticeShown) -> None:
    if event.once:
        state.notices_shown.add(event.once)
        if event.warning:
            state.open_warnings[event.once] = event.warning


def _warning_dismissed(state: SessionState, event: ev.WarningDismissed) -> None:
    state.open_warnings.pop(event.topic, None)


def _asked(state: SessionState, event: ev.PermissionAsked) -> None:
    state.open_questions[event.tool_use] = event
    if event.agent:
        state.team.on_question(event.agent, 1)


def _answered(state: SessionState, event: ev.PermissionAnswered) -> None:
    asked = state.open_questions.pop(event.tool_use, None)
    if asked is not None and asked.agent:
        state.team.on_question(asked.agent, -1)  # what it allows holds for that agent
        if event.answer != "team":
            return
    if event.answer in ("session", "team"):
        state.rules.extend(event.rules)


def _checklist(state: SessionState, event: ev.ChecklistChanged) -> None:
    before, state.checklist = state.checklist, merge_updates(state.checklist, event.updates)
    for key, owner in state.attribution.on_checklist_change(before, state.checklist):
        state.ledger.assign(key, owner.subtask, owner.shares)
    state.progress.on_checklist_change(
        before, state.checklist, overhead=state.ledger.overhead, request=state.request
    )


def _budget_before_plan(state: SessionState, event: ev.BudgetGranted) -> BudgetBeforePlan | None:
    """What a budget for the plan alone takes the place of; None for any other budget."""
    if event.purpose != "plan" or state.budget_before_plan is not None:
        return state.budget_before_plan if event.purpose == "plan" else None
    before = state.envelope
    if before is None:
        return BudgetBeforePlan(None, "session", state.budget_source)
    total = before.base if before.scope == "turn" else before.grant
    return BudgetBeforePlan(total, before.scope, state.budget_source)


def _granted(state: SessionState, event: ev.BudgetGranted) -> None:
    state.stage = ""
    if event.purpose == "work":
        state.pending_dollar_limit = None
    state.budget_before_plan = _budget_before_plan(state, event)
    lately = state.ledger.by_turn.get(state.turn, 0) if state.turn_open else 0
    state.budget_account.grant(event, state.work_clock.seconds, lately)
    state.budget_source = event.source


def _extended(state: SessionState, event: ev.BudgetExtended) -> None:
    state.budget_account.extend(event.by)
    state.budget_source = EXTENSION_SOURCE
    state.attribution.on_continuation()
    state.stage = ""


def _hard_limit_set(state: SessionState, event: ev.LimitSet) -> None:
    state.hard_limits = state.hard_limits.with_value(event.limit, event.value)
    if event.limit == "dollars":
        state.pending_dollar_limit = event if event.budget else None


def _wrapped_up(state: SessionState, event: ev.WrappedUp) -> None:
    state.wrap_ups.append(event)
    if event.by == "model":
        state.attribution.on_report()
        state.progress.on_report(event.report, request=state.request)


def _limit_reached(state: SessionState, event: ev.LimitReached) -> None:
    state.open_limit = state.last_limit = event


def _limit_answered(state: SessionState, event: ev.LimitAnswered) -> None:
    state.open_limit = None


def _effort_told(state: SessionState, event: ev.EffortTold) -> None:
    state.conversation.announce_effort(event.effort)
    state.announced_effort = event.effort


def _model(state: SessionState, event: ev.ModelChanged) -> None:
    state.model, state.effort = event.model, event.effort
    state.top_effort = None


def _window(state: SessionState, event: ev.WindowLearned) -> None:
    state.windows[event.model] = event


def _tagged(state: SessionState, event: ev.SessionTagged) -> None:
    state.tag = event.name


def _monthly_budget_raised(state: SessionState, event: ev.MonthlyBudgetRaised) -> None:
    state.raised_monthly_budgets[event.budget, event.month] = event.limit


def _turn_ended(state: SessionState, event: ev.TurnEnded) -> None:
    if event.reason == "crashed":  # nobody worked until the program was started again
        state.work_clock.take_back(state.turn)
    if event.unsent:
        state.budget_account.withdraw_prompt(prompt_key(event.turn))
        state.context_sent = bool(state.conversation.messages)
    state.turn_open = False
    state.last_end = event
    if (report := state.last_wrap_up) is not None:
        state.landings[state.turn] = landing_figures(state, report)
    state.team.on_turn_ended(event.turn)
    _keep_questions_of_agents(state, event)
    state.plan_quotes.on_turn_end(event.turn, state.checklist, state.ledger, state.bill)


def _keep_questions_of_agents(state: SessionState, event: ev.TurnEnded) -> None:
    """What agents asked that work on without their lead waits for its answer; nothing else does."""
    kept = {
        key: asked
        for key, asked in state.open_questions.items()
        if event.reason != "crashed" and state.team.lives(asked.agent)
    }
    state.open_questions.clear()
    state.open_questions.update(kept)
    for asked in kept.values():
        state.team.on_question(asked.agent, 1)


def _work_decided(state: SessionState, event: ev.AgentWorkDecided) -> None:
    state.team.on_work_decided(event)
    note_changes(state, event.changes)


def _agent_finished(state: SessionState, event: ev.AgentFinished) -> None:
    state.team.on_finished(event, state.at)
    note_changes(state, event.changes)


Handler = Callable[[SessionState, Any], None]


def _same_field(name: str) -> Handler:
    """A handler for events that hold a new value of the field of their name."""
    return lambda state, event: setattr(state, name, getattr(event, name))


HANDLERS: dict[type[ev.Event], Handler] = {
    ev.SessionStarted: _started,
    ev.PreambleSet: _preamble,
    ev.EventsLost: on_events_lost,
    ev.Unknown: on_unknown_event,
    ev.ErrorShown: _error,
    ev.PromptSubmitted: _prompt,
    ev.NoteSent: _note,
    ev.PromptQueued: on_prompt_queued,
    ev.PromptTakenBack: on_prompt_taken_back,
    ev.RequestPaced: lambda state, event: state.work_clock.stand_still(event.seconds, state.turn),
    ev.RequestStarted: on_request_started,
    ev.RequestFinished: on_request_finished,
    ev.RequestFailed: on_request_failed,
    ev.ToolStarted: on_tool_started,
    ev.ToolFinished: on_tool_finished,
    ev.ResultsCut: on_results_cut,
    ev.NoticeShown: _notice,
    ev.WarningDismissed: _warning_dismissed,
    ev.PermissionAsked: _asked,
    ev.PermissionAnswered: _answered,
    ev.ChecklistChanged: _checklist,
    ev.PlanFiled: lambda state, event: state.plan_quotes.on_filed(event, state.request),
    ev.QuoteAgreed: lambda state, event: state.plan_quotes.on_agreed(
        event.quote, state.ledger, state.bill
    ),
    ev.BudgetGranted: _granted,
    ev.BudgetExtended: _extended,
    ev.LimitSet: _hard_limit_set,
    ev.StageCrossed: _same_field("stage"),
    ev.Rewritten: on_rewritten,
    ev.WrappedUp: _wrapped_up,
    ev.LimitReached: _limit_reached,
    ev.LimitAnswered: _limit_answered,
    ev.EffortTold: _effort_told,
    ev.EffortChanged: _same_field("effort"),
    ev.ModelChanged: _model,
    ev.ModeChanged: _same_field("mode"),
    ev.WindowLearned: _window,
    ev.SessionNamed: _same_field("name"),
    ev.SessionTagged: _tagged,
    ev.MonthlyBudgetRaised: _monthly_budget_raised,
    ev.ShellRan: on_shell_command,
    ev.FilesRestored: on_files_restored,
    ev.TurnEnded: _turn_ended,
    ev.PoolSet: lambda state, event: state.team.on_pool_set(event),
    ev.AgentSpawned: lambda state, event: state.team.on_spawned(event, state.turn, state.at),
    ev.AgentSettled: lambda state, event: state.team.on_settled(event),
    ev.AgentAsked: lambda state, event: state.team.on_asked(event),
    ev.AgentExtended: lambda state, event: state.team.on_extended(event),
    ev.AgentPaused: lambda state, event: state.team.on_paused(event),
    ev.AgentFinished: _agent_finished,
    ev.AgentWorkDecided: _work_decided,
}
"""What each kind of event does; one that is not here only moves the number and the clock on."""
