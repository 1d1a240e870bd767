"""How the three events of a request change the state: it starts, and it finishes or fails."""

from collections.abc import Iterable
from dataclasses import replace

from tui.budget.ledger import Usage
from tui.budget.request_growth import RequestCost, history_cost
from tui.budget.settled_weights import RequestBaseline
from tui.budget.token_estimate import estimate_tokens
from tui.session import events as ev
from tui.session.charging import charge
from tui.session.conversation import ends_in_a_call, summary_index
from tui.session.ledger_keys import message_key, question_key, summary_key
from tui.session.settlement import MAX_DENSITY
from tui.session.state import SessionState
from tui.session.stop_reasons import is_truncated, stop_kind

TOO_LONG_ERRORS = ("context_exceeded", "too_large")
"""Kinds of errors that say that a request is too long; older programs wrote the second one."""


def on_request_started(state: SessionState, event: ev.RequestStarted) -> None:
    """The program sends a request: the parts that waited join the conversation."""
    state.request = event.request
    if event.turn > state.turn:  # its prompt is lost
        state.turn, state.turn_open = event.turn, True
    state.requests.append(event)
    state.attribution.on_request(event, state.checklist)
    state.open_request = event
    state.sent_model = event.model
    if event.purpose == "compaction":
        state.compaction_history.on_summary_request(state.context_used)
        _ask_for_summary(state, event)
    else:
        state.conversation.commit_pending()
        state.announced_effort = event.effort
        state.top_effort = event.top_effort or event.effort


def _ask_for_summary(state: SessionState, event: ev.RequestStarted) -> None:
    """The question beside results that wait is charged like any text beside results."""
    if not event.question:
        return
    key = question_key(event.request)
    if state.conversation.continues_turn:
        charge(state, key, "beside", event.question, settled=False)
    state.budget_account.settlement.add_estimate(key, event.question)


def on_request_finished(state: SessionState, event: ev.RequestFinished) -> None:
    """A response arrived whole: it settles the estimates, and its tokens are charged."""
    started, state.open_request = state.open_request, None
    usage = event.usage
    footing = RequestBaseline(
        usage.window,
        usage.budget_output,
        event.model,
        budgeted=bool(started and started.budget),
    )
    asked_to = started is not None and started.purpose == "compaction"
    compacting = asked_to or usage.only_compacted
    if not compacting:
        state.budget_account.settle(footing, transformed=event.transformed)
        state.window_limits.on_answer(event.model, usage.window)
        state.compaction_history.on_measured(usage.window)
    elif asked_to:
        _measure_by_summary(state, event, footing)
    else:
        state.compaction_history.on_summary_request(state.context_used)
    before = state.ledger.charged
    _charge_message(state, event)
    if compacting:
        # Seen by nobody, unless the summary takes the place of the conversation.
        state.budget_account.dropped_tokens += state.ledger.charged - before
    state.bill.add(usage, event.dollars, event.model, rates=event.rates)
    state.rate_limit_headers = event.limits or state.rate_limit_headers
    state.charge_history.append((state.work_clock.seconds, state.ledger.charged))
    if not compacting:
        _note_request_cost(state, event)
        _add_answer(state, event, footing)


def _note_request_cost(state: SessionState, event: ev.RequestFinished) -> None:
    """What the request cost, and how much of that went on what was sent or written before."""
    if event.dollars is None:
        return
    told = estimate_tokens(state.preamble.context) if state.preamble else 0
    fixed = (state.prompt_cache.preamble or state.preamble_tokens) + told
    before = min(event.usage.window, state.context)
    history = history_cost(
        event.usage, history=max(0, before - fixed), fixed=fixed, rates=event.rates
    )
    state.request_costs = state.request_costs.added(RequestCost(event.dollars, history))


def _measure_by_summary(
    state: SessionState, event: ev.RequestFinished, footing: RequestBaseline
) -> None:
    """Results that wait were in the request that asked for a summary, and its question."""
    if event.usage.reported and footing.context and not _sent_a_copy(state, event.request):
        state.budget_account.settlement.measure(
            state.ledger,
            footing,
            transformed=event.transformed,
            left_out=state.conversation.pending.text_keys,
        )
    _drop_question(state, event.request)


def _sent_a_copy(state: SessionState, request: int) -> bool:
    """Whether the request had a shortened copy of the conversation."""
    last = state.requests[-1] if state.requests else None
    return last is not None and last.request == request and last.shortened


def _drop_question(state: SessionState, request: int) -> None:
    """The question for a summary is no part of the conversation."""
    key = question_key(request)
    state.budget_account.settlement.drop(key)
    state.budget_account.dropped_tokens += state.ledger.tokens(key)


def _charge_message(state: SessionState, event: ev.RequestFinished) -> None:
    """Charge what the model wrote, a summary within it as an entry of its own."""
    usage, settled = event.usage, event.usage.reported
    calls = state.attribution.on_response(event.blocks)
    charge(state, event.message, "output", usage.budget_output, settled=settled, calls=calls)
    state.budget_account.thinking[event.message] = min(usage.thinking, usage.budget_output)
    if summary_index(event.blocks) is not None:
        tokens = usage.output - usage.budget_output
        charge(state, summary_key(event.message), "summary", tokens, settled=settled)


def _add_answer(state: SessionState, event: ev.RequestFinished, footing: RequestBaseline) -> None:
    """The message joins the conversation, unless the API would not take it back."""
    usage, refused = event.usage, stop_kind(event.stop_reason) == "refused"
    cut: str | None = None
    state.partial_text = ""
    summary = (summary_key(event.message),) if summary_index(event.blocks) is not None else ()
    if not refused and state.conversation.add_answer(event.blocks, event.message, *summary):
        cut = event.message if _was_truncated(event) else None
    else:
        state.budget_account.dropped_tokens += usage.budget_output
        footing = replace(footing, output=0)
        state.partial_text = "" if refused else _text(event.blocks)
    state.budget_account.settlement.set_baseline(footing if usage.reported else None, cut)
    state.context = footing.context + footing.output
    state.context_estimated = not usage.reported


def on_request_failed(state: SessionState, event: ev.RequestFailed) -> None:
    """A request got no whole response: the part of it that arrived is charged."""
    started, state.open_request = state.open_request, None
    if event.output:
        key = message_key(event.message, event.request)
        if key not in state.ledger.entries:
            state.budget_account.dropped_tokens += event.output
        charge(state, key, "output", event.output, settled=False)
    model = started.model if started else state.model
    if event.message is None:  # nobody read it
        state.ledger.reestimate(question_key(event.request), 0)
    _drop_question(state, event.request)
    if event.error in TOO_LONG_ERRORS:
        _refused_as_too_long(state, event, model)
    if event.usage is not None:
        state.bill.add(event.usage, event.dollars, model, rates=event.rates, whole=False)
    elif event.output:
        # Nobody saw its end, so what it took beside its words is not known.
        state.bill.add(Usage(output=event.output, reported=False), None, model)
    if started is None or started.purpose != "compaction":
        state.partial_text = _text(event.partial) or state.partial_text


def _refused_as_too_long(state: SessionState, event: ev.RequestFailed, model: str) -> None:
    """Nothing of it was read: what it brought waits again, and can still be cut."""
    state.window_limits.on_too_long(model, state.context_used, event.window)
    if event.needed is not None and event.needed > state.context_used:
        _weigh_refused(state, event.needed)
    state.conversation.return_to_pending()


def _weigh_refused(state: SessionState, needed: int) -> None:
    """A request weighs more than this program knew: what was not measured, or all of it."""
    if not state.context:  # nothing was measured yet: system text and tools count otherwise too
        state.preamble_tokens = state.preamble_tokens * needed // state.context_used
    else:
        least = needed - int(state.unmeasured * MAX_DENSITY)
        if least > state.context:  # another server, or another tokenizer
            state.context, state.context_estimated = least, True
    state.budget_account.settlement.on_too_long(state.context or state.preamble_tokens, needed)


def _was_truncated(event: ev.RequestFinished) -> bool:
    return is_truncated(event.stop_reason) and ends_in_a_call(event.blocks)


def _text(blocks: Iterable[ev.JSON]) -> str:
    return "".join(block.get("text", "") for block in blocks if block.get("type") == "text")
