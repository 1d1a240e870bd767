"""The agentic loop: one turn, from the user's prompt until the model yields.

An async iterator of events. It knows no screen and no database: its driver commits each
event and applies it to the state before it asks for the next, so what the loop reads from
the state is what is on disk.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator, Sequence

from tui.agent import model_notes
from tui.agent.budget_requests import pending_dollar_grant
from tui.agent.budget_visibility import api_announces_budget, minimum_budget
from tui.agent.cache_cost import (
    cache_diagnostics_parameter,
    cache_miss_events,
    can_announce_effort,
    change_cost_sentence,
    dropped_tokens_notices,
    previous_message_id,
)
from tui.agent.compaction_policy import server_threshold
from tui.agent.concurrency import Interrupted
from tui.agent.effective_limits import max_grant
from tui.agent.fault_recovery import FaultRecovery
from tui.agent.final_message import FinalMessage
from tui.agent.landing import Landing
from tui.agent.limit_checks import LimitChecker
from tui.agent.loop_detection import LoopDetector
from tui.agent.model_request import send_request
from tui.agent.model_switch import rewrite_for_model
from tui.agent.request_gate import RequestGate
from tui.agent.tool_calls import check_background_changes, run_tool_calls, skipped_call_results
from tui.agent.tools.tool_estimate import estimate_tokens
from tui.agent.tools.wrap_up_tool import REPORT, with_outlook
from tui.agent.truncated_answers import TruncatedAnswers
from tui.agent.turn_context import ToolOutput, TurnContext
from tui.agent.turn_end import (
    ASK_AGAIN,
    classify_end,
    end_turn,
    is_at_reserve,
    read_response,
    refusal_sentence,
)
from tui.agent.usage_warnings import usage_warnings
from tui.agent.window_guard import WindowGuard
from tui.budget.image_tokens import image_tokens
from tui.budget.stages import Stage
from tui.budget.wire_budget import WireBudget
from tui.claude.error_conversion import api_error
from tui.claude.request import Preamble, Request, RequestOptions, build_request, default_max_tokens
from tui.claude.request_errors import ApiError, ErrorFacts
from tui.claude.response import Response
from tui.claude.stream_events import StreamEvent
from tui.session import events as ev
from tui.session.checklist import current_subtask
from tui.session.fallback_report import session_forecast
from tui.session.meter_readings import current_stage
from tui.session.state import SessionState
from tui.session.stop_reasons import PAUSED, unexpected_stop

Item = ev.Event | StreamEvent | ToolOutput
"""What a turn yields: events to commit, and progress that only the screen sees."""

MAX_PAUSES = 10
"""How often in a row a message may stop for a pause."""


class Turn:
    """One turn of a session."""

    def __init__(self, state: SessionState, ctx: TurnContext) -> None:
        self.state = state
        self.ctx = ctx
        self.model = ctx.catalogue.model(state.model)
        self.effort = self.model.effort(state.effort)
        """Frozen with the model for the turn: a change in mid-turn would miss the cache."""
        self.limit_checker = LimitChecker(
            state, ctx, self.model, state.active_seconds, state.request + 1
        )
        self.fault_recovery = FaultRecovery(state, ctx)
        self.window_guard = WindowGuard(state, ctx)
        self.pauses_in_a_row = 0
        self.denied_without_user = False
        self.landing = Landing(self.limit_checker, self._run_calls)
        self.truncated_answers = TruncatedAnswers(self.landing, self.window_guard)
        self.loop_detector = LoopDetector(ctx.loop_thresholds)
        self.request_gate = RequestGate(self.landing, self.loop_detector)
        self.timed_out = False
        """Whether the limit in minutes cut off what was done last."""
        self.output_clamped = False

    async def run(self, prompt: str, content: Sequence[ev.JSON] = ()) -> AsyncGenerator[Item, None]:
        """Work on `prompt` until the model yields.

        Args:
            prompt: What the user typed.
            content: The content blocks to send; by default the prompt as text.
        """
        vanished = self.state.dropped_tokens
        for opening in self._opening_events(prompt, content):
            yield opening
        for told in dropped_tokens_notices(self.state, self.ctx, vanished):
            yield told
        try:
            async for event in rewrite_for_model(self.state, self.ctx):
                yield event
            while self.state.turn_open:
                async for item in self._step_until_deadline():
                    self.loop_detector.observe(item)
                    yield item
        except Interrupted:
            why = self.ctx.inbox.interrupted_by or "You interrupted."
            for event in end_turn(self.state, "interrupted", f"{why} What was done stays done."):
                yield event
        finally:
            self.request_gate.deadline.stop()

    async def _step_until_deadline(self) -> AsyncIterator[Item]:
        """One step; the limit in minutes may cut it off, and is asked about in the next one."""
        try:
            async for item in self._step():
                yield item
        except Interrupted:
            if not self.request_gate.deadline.passed():
                raise
            self.timed_out = True

    def _opening_events(self, prompt: str, content: Sequence[ev.JSON]) -> list[ev.Event]:
        state = self.state
        blocks = tuple(content) or ({"type": "text", "text": prompt},)
        estimate = sum(_block_tokens(block) for block in blocks)
        opening: list[ev.Event] = []
        if self._announces_effort():
            opening.append(ev.EffortTold(effort=str(self.effort)))
        if state.partial_text:
            opening.append(model_notes.cut_off(state.partial_text))
        opening.append(
            ev.PromptSubmitted(turn=state.turn + 1, text=prompt, content=blocks, estimate=estimate)
        )
        if state.grant is not None and not self._api_announces_budget():
            left = state.grant if state.envelope and state.envelope.scope == "turn" else state.left
            opening.append(model_notes.countdown(left or 0, state.grant))
        return opening

    def _announces_effort(self) -> bool:
        """Whether a changed effort can be told in the conversation, so that the cache holds."""
        changed = self.state.announced_effort != self.effort
        return changed and can_announce_effort(self.state, self.model)

    async def _step(self) -> AsyncIterator[Item]:
        """What stands before a request, the request, and what comes of it."""
        async for item in self._prepare_request():
            yield item
        if not self.state.turn_open:
            return
        for event in self._quote_timed_out_answer():
            yield event
        for event in self._pending_dollar_grant():
            yield event
        outcome: Response | ApiError | None = None
        async for part in self._send_request():
            if isinstance(part, (Response, ApiError)):
                outcome = part
            else:
                yield part
        if isinstance(outcome, Response):
            for notice in usage_warnings(outcome, self.ctx):
                yield notice
            if not _tool_calls(
                outcome
            ):  # else before the results are sent: nothing of them is cached
                for event in self._pending_dollar_grant():
                    yield event
        for missed in cache_miss_events(self.state, self.ctx):
            yield missed
        for event in self._stage_events():
            yield event
        if isinstance(outcome, Response):
            async for item in self._handle_response(outcome):
                yield item
        elif outcome is not None:
            async for item in self._handle_fault(outcome):
                yield item

    # Before a request ------------------------------------------------------------

    async def _prepare_request(self) -> AsyncIterator[Item]:
        async for event in self.request_gate.check_progress():
            yield event
        async for event in self.request_gate.check_limits():
            yield event
        if self.state.turn_open and self.landing.output_room == 0:
            for event in self.landing.end():
                yield event
        if not self.state.turn_open:
            return
        requests = self.state.request
        async for item in self.window_guard.make_room():
            yield item
        if self.state.request > requests:  # a summary was paid for
            async for event in self.request_gate.check_limits():
                yield event

    def _pending_dollar_grant(self) -> Iterator[ev.Event]:
        """The token budget that a limit in dollars owes, as soon as its price is measured.

        It changes what is sent, so it comes before new results are written to the prompt cache,
        and behind a summary: then the least is in the cache.
        """
        state, ctx = self.state, self.ctx
        events = pending_dollar_grant(
            state, ctx.caps, self.model, minimum=minimum_budget(state, ctx)
        )
        grants = [event for event in events if isinstance(event, ev.BudgetGranted)]
        price = change_cost_sentence(state, ctx, *grants) if grants else ""
        yield from events
        if price:
            yield ev.NoticeShown(sentence=price)
        if grants and not self._api_announces_budget() and state.conversation.pending:
            yield model_notes.countdown(state.left or 0, state.grant or 0)

    def _quote_timed_out_answer(self) -> list[ev.Event]:
        """Quote what an answer had said when the time was up, if the turn goes on all the same."""
        cut, self.timed_out = self.timed_out, False
        return (
            [model_notes.cut_off(self.state.partial_text)]
            if cut and self.state.partial_text
            else []
        )

    async def _send_request(self) -> AsyncIterator[Item | Response | ApiError]:
        state = self.state
        try:
            request = self._build_request()
        except ValueError as mistake:
            yield api_error(ErrorFacts(kind="defect", detail=str(mistake)))
            return
        subtask = current_subtask(state.checklist)
        started = ev.RequestStarted(
            request=state.request + 1,
            turn=state.turn,
            model=self.model.id,
            effort=self.effort,
            top_effort=self._top_effort(),
            max_tokens=request.max_tokens,
            budget=self._task_budget(),
            messages=len(request.params["messages"]),
            subtask=subtask.id if subtask else None,
            purpose="landing" if self.landing.underway else "turn",
            shape=request.cache_key(),
            follows=previous_message_id(state, self.ctx),
        )
        self.ctx.recent_requests.append(request)
        yield started
        async for item in send_request(request, started.request, self.model.id, self.ctx):
            yield item

    def _build_request(self) -> Request:
        state = self.state
        assert state.preamble is not None, "a session has its preamble before its first turn"
        usual = min(default_max_tokens(self.model, self.effort), self.window_guard.answer_room)
        if (landing := self.landing.output_room) is not None:
            usual = min(usual, landing)
        room = self.limit_checker.output_room()
        self.output_clamped = room is not None and room < usual
        return build_request(
            self.model,
            Preamble(state.preamble.system, state.preamble.tools),
            state.conversation.sendable(),
            RequestOptions(
                effort=self._top_effort(),
                budget=self._task_budget(),
                max_tokens=room if self.output_clamped else usual,
                compact_above=self.window_guard.compact_above(),
                extra=cache_diagnostics_parameter(state, self.ctx),
            ),
        )

    def _top_effort(self) -> str | None:
        """The effort in the parameters: the old one while a system message says otherwise."""
        told = self.state.announced_effort == self.effort and self.state.top_effort is not None
        return self.state.top_effort if told else self.effort

    def _api_announces_budget(self) -> bool:
        """Whether the API itself tells the model what is left."""
        return api_announces_budget(self.state, self.ctx, self.model)

    def _task_budget(self) -> WireBudget | None:
        by_server = server_threshold(self.state, self.ctx) is not None
        return self.state.wire_budget(by_server=by_server) if self._api_announces_budget() else None

    # What came of it -------------------------------------------------------------

    async def _handle_response(self, response: Response) -> AsyncIterator[Item]:
        self.fault_recovery.on_answer()
        self.window_guard.on_answer()
        calls = _tool_calls(response)
        match response.stop_reason:
            case _ if response.usage.only_compacted:
                async for event in self.window_guard.on_server_compaction(response):
                    yield event
            case "refusal":
                for event in end_turn(self.state, "refused", refusal_sentence(response)):
                    yield event
            case "max_tokens" | "model_context_window_exceeded" as reason:
                full = reason != "max_tokens"
                cut = self.truncated_answers.handle(
                    calls, window_full=full, clamped=self.output_clamped
                )
                async for step in cut:
                    yield step
            case reason if odd := unexpected_stop(reason, has_calls=bool(calls)):
                for event in skipped_call_results(
                    self.state.request, calls, model_notes.NOT_RUN_ODD_STOP
                ):
                    yield event
                for event in end_turn(self.state, "error", f"{odd} {ASK_AGAIN}"):
                    yield event
            case _ if calls:
                self.pauses_in_a_row = 0
                self.truncated_answers.reset()
                async for item in self._handle_calls(calls, response.invalid_inputs):
                    yield item
            case reason if reason in PAUSED:
                for event in self._pause(response):
                    yield event
            case _:
                async for event in check_background_changes(self.ctx, self.state.request):
                    yield event
                said = await read_response(self.state, response)
                for event in self._end_or_steer(response, said):
                    yield event

    def _end_or_steer(self, response: Response, words: FinalMessage) -> list[ev.Event]:
        """The model yields: to what the user wrote meanwhile, or to the user."""
        if said := self.ctx.inbox.drain_steering():
            return [model_notes.steering(text) for text in said]
        end = classify_end(
            self.state,
            response,
            words,
            self.ctx.thresholds,
            self.limit_checker.first_request,
            left_at_landing=self.landing.left_at_start,
            denied_without_user=self.denied_without_user,
            max_grant=max_grant(self.ctx.caps),
            screen=self.ctx.interactive,
        )
        doubt = [ev.NoticeShown(sentence=end.question)] if end.question else []
        return [
            *doubt,
            *end_turn(self.state, end.reason, end.sentence, budget=end.suggested_budget),
        ]

    def _pause(self, response: Response) -> list[ev.Event]:
        """The model paused: what the server goes on from is sent back as it is."""
        self.pauses_in_a_row += 1
        if self.pauses_in_a_row > MAX_PAUSES:
            sentence = f"The model paused {MAX_PAUSES} times in a row. Say “continue” to go on."
            return end_turn(self.state, "error", sentence)
        return [] if _server_continues(response) else [model_notes.paused()]

    async def _handle_fault(self, fault: ApiError) -> AsyncIterator[Item]:
        """No answer arrived whole."""
        if fault.kind == "context_exceeded":
            for event in self.window_guard.on_too_long(fault):
                yield event
            return
        async for item in self.fault_recovery.recover(fault):
            yield item

    async def _handle_calls(
        self, calls: Sequence[ev.JSON], unreadable: Collection[str]
    ) -> AsyncIterator[Item]:
        if is_at_reserve(self.state, self.ctx.thresholds):
            todo = self.landing.at_reserve(calls, unreadable)
        else:
            self.landing.cancel()
            todo = self._run_calls(calls, unreadable)
        landing = False
        async for item in todo:
            landing = landing or (isinstance(item, ev.NoteSent) and item.reason == "landing")
            yield item
        if not self.state.turn_open:
            return
        for text in self.ctx.inbox.drain_steering():
            yield model_notes.steering(text)
        for warning in self.request_gate.loop_warnings():
            yield warning
        async for event in self.window_guard.cut_pending():
            yield event
        # The note of a landing says what is left, and takes a few tokens itself.
        if self.state.grant is not None and not landing and not self._api_announces_budget():
            yield model_notes.countdown(self.state.left or 0, self.state.grant)
        for event in self._stage_events():
            yield event

    async def _run_calls(
        self, calls: Sequence[ev.JSON], unreadable: Collection[str]
    ) -> AsyncIterator[ev.Event | ToolOutput]:
        state = self.state
        async for item in run_tool_calls(calls, unreadable, state.request, state.turn, self.ctx):
            if isinstance(item, ev.PermissionAsked) and not self.ctx.interactive:
                self.denied_without_user = True
            if isinstance(item, ev.ToolFinished) and item.name == REPORT and item.outcome == "done":
                item = with_outlook(item, session_forecast(state))
            yield item

    # Stages ----------------------------------------------------------------------

    def _stage_events(self) -> list[ev.Event]:
        stage = current_stage(self.state, self.ctx.thresholds)
        known = Stage[self.state.stage.upper()] if self.state.stage else Stage.CRUISE
        if stage is None or stage <= known:
            return []
        grant, charged = self.state.grant or 0, self.state.charged
        return [ev.StageCrossed(stage=stage.word, charged=charged, grant=grant)]


def _tool_calls(response: Response) -> list[ev.JSON]:
    """The tools that an answer wants called."""
    return [block for block in response.blocks if block.get("type") == "tool_use"]


def _block_tokens(block: ev.JSON) -> int:
    if block.get("type") == "image":
        return image_tokens(block)
    return estimate_tokens(block.get("text", ""))


def _server_continues(response: Response) -> bool:
    """Whether the server goes on from the message, sent back as it is; else it is a prefill."""
    last = str(response.blocks[-1].get("type")) if response.blocks else ""
    return last.startswith("server_tool") or last.endswith("_tool_result")
