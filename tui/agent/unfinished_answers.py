"""Messages that stopped before their end: cut, paused, or in a way that nobody knows.

The output limit cuts a message, or a full context window. The program runs none of its calls,
because the last one may not be whole. It tells the model to go on in smaller steps, a few times in
a row. Where a hard limit cut the message the turn ends; where only the reserve of the budget is
left it lands. After a pause the server expects another request with the message as it is.
"""

from collections.abc import Sequence

from tui.agent import model_notes
from tui.agent.landing import Landing
from tui.agent.tool_results import skipped_call_results
from tui.agent.turn_end import ASK_AGAIN, end_turn, is_at_reserve
from tui.agent.turn_items import Emit
from tui.agent.window_guard import WindowGuard
from tui.claude.response import Response
from tui.session import events as ev

MAX_CUTS = 3
"""How often in a row a message may be cut."""
MAX_PAUSES = 10
"""How often in a row a message may stop for a pause."""
TOO_MANY_PAUSES = f"The model paused {MAX_PAUSES} times in a row. Send “continue” to go on."
OUTPUT_LIMIT = (
    f"The model ran into its output limit {MAX_CUTS} times in a row. "
    "Ask for less at once, or choose a lower effort."
)
WINDOW_FULL = "The context window keeps filling up. Choose a model with a larger window."


class UnfinishedAnswers:
    """What becomes of the cut and the paused messages of one turn."""

    def __init__(self, landing: Landing, window_guard: WindowGuard, emit: Emit) -> None:
        self._landing = landing
        self._window_guard = window_guard
        self._state = landing.state
        self._emit = emit
        self._cuts = 0
        self._pauses = 0

    def reset(self) -> None:
        """The model asked for tools: count from zero."""
        self._cuts = self._pauses = 0

    async def on_truncated(
        self, calls: Sequence[ev.JSON], *, window_full: bool, clamped: bool
    ) -> None:
        """Tell the model how to go on after a message was cut, or end the turn.

        Args:
            calls: Its tool calls, verbatim.
            window_full: Whether the window was full; else it ran into its output limit.
            clamped: Whether that limit was one of the hard limits.
        """
        self._cuts += 1
        unrun = skipped_call_results(self._state.request, calls, model_notes.NOT_RUN_TRUNCATED)
        await self._emit(*unrun)
        ends = self._end(window_full=window_full, clamped=clamped)
        await self._emit(*(ends or self._continue_note(window_full)))
        if self._state.turn_open and is_at_reserve(
            self._state, self._landing.limit_checker.ctx.settings.thresholds
        ):
            await self._landing.at_reserve((), ())

    async def on_odd_stop(self, calls: Sequence[ev.JSON], sentence: str) -> None:
        """End the turn after a message that ended in a way that the program does not know.

        Args:
            calls: Its tool calls, verbatim; none of them runs.
            sentence: What was odd.
        """
        unrun = skipped_call_results(self._state.request, calls, model_notes.NOT_RUN_ODD_STOP)
        await self._emit(*unrun, *end_turn(self._state, "error", f"{sentence} {ASK_AGAIN}"))

    async def on_paused(self, response: Response) -> None:
        """Go on from a paused message, which is sent back as it is; too often, end the turn."""
        self._pauses += 1
        if self._pauses > MAX_PAUSES:
            await self._emit(*end_turn(self._state, "error", TOO_MANY_PAUSES))
        elif not _server_continues(response):
            await self._emit(model_notes.paused())

    def _end(self, *, window_full: bool, clamped: bool) -> list[ev.Event]:
        """The end of the turn, where it does not go on."""
        if clamped and not window_full:
            exceeded = self._landing.limit_checker.exceeded()
            which = exceeded.sentence if exceeded else "A hard limit is reached."
            reached = (
                f"{which} It cut the last message short; the program does not ask for it again."
            )
            return end_turn(self._state, "hard_limit", reached)
        if self._landing.output_room is not None:
            return self._landing.end()
        if self._cuts >= MAX_CUTS:
            return end_turn(self._state, "error", WINDOW_FULL if window_full else OUTPUT_LIMIT)
        return []

    def _continue_note(self, window_full: bool) -> list[ev.Event]:
        """The notes with which the model goes on."""
        messages = self._state.conversation.messages
        kept = bool(messages) and messages[-1].role == "assistant"
        said: list[ev.Event] = [model_notes.truncated(not kept, self._state.partial_text)]
        return [*said, self._window_guard.on_window_full()] if window_full else said


def _server_continues(response: Response) -> bool:
    """Whether the server goes on from the message, sent back as it is; else it is a prefill."""
    last = str(response.blocks[-1].get("type")) if response.blocks else ""
    return last.startswith("server_tool") or last.endswith("_tool_result")
