"""The agentic loop: one turn, from the user's prompt until the model yields.

`run` takes the prompt and makes one step after the other; a `step` prepares a request, sends it
(`query`) and handles what came of it: tool calls, an end, a pause, an error. The turn tells what
happened with `emit`, which returns when the event is on disk and in `state`; so each line reads a
state that the log holds. The loop knows no screen and no database.
"""

from collections.abc import Collection, Sequence

from tui.agent import model_notes
from tui.agent.concurrency import Interrupted
from tui.agent.fault_recovery import FaultRecovery
from tui.agent.landing import Landing
from tui.agent.limit_checks import LimitChecker
from tui.agent.loop_detection import LoopDetector
from tui.agent.model_request import send_request
from tui.agent.plan_mode import files_plan, plan_was_filed
from tui.agent.request_gate import RequestGate
from tui.agent.request_notes import RequestNotes
from tui.agent.request_planner import RequestPlanner
from tui.agent.tool_calls import ToolCallRunner
from tui.agent.turn_context import TurnContext
from tui.agent.turn_end import end_by_model, end_refused, end_turn, is_at_reserve, read_response
from tui.agent.turn_items import Emit, TurnItem
from tui.agent.turn_opening import open_turn
from tui.agent.unfinished_answers import UnfinishedAnswers
from tui.agent.window_guard import WindowGuard
from tui.claude.error_conversion import api_error
from tui.claude.request_errors import ApiError, ErrorFacts
from tui.claude.response import Response
from tui.session import events as ev
from tui.session.state import SessionState
from tui.session.stop_reasons import stop_kind, unexpected_stop


class Turn:
    """One turn of a session."""

    def __init__(self, state: SessionState, ctx: TurnContext, sink: Emit) -> None:
        """Args: sink: takes events and progress."""
        self.state, self.ctx, self.sink = state, ctx, sink
        model = ctx.services.catalogue.model(state.model)
        before, first = state.work_clock.seconds, state.request + 1
        self.limit_checker = LimitChecker(state, ctx, model, before, first)
        self.loop_detector = LoopDetector(ctx.settings.loop_thresholds)
        self.tool_calls = ToolCallRunner(state, ctx, self.emit)
        self.landing = Landing(self.limit_checker, self.tool_calls.run, self.emit)
        self.request_gate = RequestGate(self.landing, self.loop_detector, self.emit)
        self.window_guard = WindowGuard(state, ctx, self.emit)
        self.planner = RequestPlanner(ctx, model, self.landing, self.window_guard)
        self.unfinished_answers = UnfinishedAnswers(self.landing, self.window_guard, self.emit)
        self.fault_recovery = FaultRecovery(state, ctx, self.emit)
        self.notes = RequestNotes(state, ctx, model, self.emit)
        self.timed_out = False
        """Whether the limit in minutes cut off the last step."""
        self.output_clamped = False
        """Whether a hard limit was what limited the last answer."""

    async def emit(self, *items: TurnItem) -> None:
        """Tell the session what happened; see `tui.agent.turn_items.Emit`."""
        for item in items:
            if isinstance(item, ev.Event):
                self.loop_detector.observe(item)
            await self.sink(item)

    # The loop --------------------------------------------------------------------

    async def run(self, prompt: str, content: Sequence[ev.JSON] = ()) -> None:
        """Work on `prompt` until the model yields, a limit ends the turn, or the user stops it.

        Args:
            prompt: What the user typed.
            content: The content blocks to send; by default the prompt as text.
        """
        try:
            await open_turn(self.state, self.ctx, self.emit, prompt, content)
            await self.tool_calls.check_broken_off_command()
            while self.state.turn_open:
                self.timed_out = await self.request_gate.deadline.cuts_off(self.step)
        except Interrupted:
            why = self.ctx.services.inbox.interrupted_by or "You interrupted."
            said = f"{why} What was done stays done."
            await self.emit(*end_turn(self.state, "interrupted", said))
        finally:
            self.request_gate.deadline.stop()

    async def step(self) -> None:
        """One request, and what comes of it; nothing is sent where the turn ends before."""
        await self.request_gate.wait_until_free()
        await self.prepare()
        if not self.state.turn_open:
            return
        outcome = await self.query()
        await self.notes.after_request(outcome)
        if isinstance(outcome, Response):
            await self.handle_response(outcome)
        elif outcome.kind == "context_exceeded":
            await self.emit(*self.window_guard.on_too_long(outcome))
        else:
            await self.fault_recovery.recover(outcome)

    async def prepare(self) -> None:
        """Ask at every limit, make room in the window, and add the notes that are due."""
        await self.request_gate.check_all()
        if not self.state.turn_open:
            return
        if await self.window_guard.make_room():
            await self.request_gate.check_limits()
        if self.state.turn_open:
            self.planner.pool_room = await self.request_gate.hold_tokens(self.planner.output_wish)
            if self.timed_out and self.state.partial_text:
                await self.emit(model_notes.cut_off(self.state.partial_text))
            await self.notes.pending_grant()

    async def query(self) -> Response | ApiError:
        """Send the next request; its progress is shown while it arrives."""
        try:
            planned = self.planner.plan()
            request = planned.build()
        except ValueError as mistake:
            return api_error(ErrorFacts(kind="defect", detail=str(mistake)))
        self.output_clamped = planned.clamped
        return await send_request(planned, request, self.ctx, self.emit)

    # What came of it -------------------------------------------------------------

    async def handle_response(self, response: Response) -> None:
        """An answer arrived whole: run its tools, go on from it, or end the turn."""
        self.fault_recovery.on_answer()
        self.window_guard.on_answer()
        calls = response.tool_calls
        odd = unexpected_stop(response.stop_reason, has_calls=bool(calls))
        match stop_kind(response.stop_reason):
            case _ if response.usage.only_compacted:
                await self.window_guard.on_server_compaction(response)
            case "refused":
                await self.emit(*end_refused(self.state, response))
            case "truncated" | "window_full" as kind:
                await self.unfinished_answers.on_truncated(
                    calls, window_full=kind == "window_full", clamped=self.output_clamped
                )
            case _ if odd:
                await self.unfinished_answers.on_odd_stop(calls, odd)
            case _ if calls:
                self.unfinished_answers.reset()
                await self.handle_calls(calls, response.invalid_inputs)
            case "paused":
                await self.unfinished_answers.on_paused(response)
            case _:
                await self.handle_yield(response)

    async def handle_calls(self, calls: Sequence[ev.JSON], unreadable: Collection[str]) -> None:
        """Run the tools that an answer asks for; at the reserve the user decides whether."""
        told_to_land = False
        at_reserve = is_at_reserve(self.state, self.ctx.settings.thresholds)
        files = self.state.mode == "plan" and files_plan(calls)
        if self.landing.cause or (at_reserve and not files):
            told_to_land = await self.landing.at_reserve(calls, unreadable)
        else:
            self.landing.cancel()
            await self.tool_calls.run(calls, unreadable)
        if not self.state.turn_open:
            return
        steering = self.ctx.services.inbox.drain_steering()
        if plan_was_filed(self.state) and not steering:
            await self.emit(*end_turn(self.state, "completed"))
            return
        await self.emit(*map(model_notes.steering, steering))
        await self.emit(*self.request_gate.loop_warnings())
        await self.window_guard.cut_pending()
        if not told_to_land:  # that note says what is left, and takes a few tokens itself
            await self.notes.countdown()
        await self.notes.stage()

    async def handle_yield(self, response: Response) -> None:
        """The model is done: go on with what the user wrote meanwhile, or end the turn."""
        await self.tool_calls.check_background_jobs()
        words = await read_response(self.state, response)
        if steering := self.ctx.services.inbox.drain_steering():
            await self.emit(*map(model_notes.steering, steering))
            return
        if self.landing.cause:
            await self.emit(*self.landing.end())
            return
        ends = end_by_model(
            self.state,
            response,
            words,
            self.ctx.settings,
            first_request=self.limit_checker.first_request,
            left_at_landing=self.landing.left_at_start,
            denied_without_user=self.tool_calls.denied_without_user,
        )
        await self.emit(*ends)
