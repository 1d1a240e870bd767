"""Messages that were cut: by their output limit, or because the context window was full.

None of the calls in such a message is run, because the last one may not be whole. The model is
told to go on in smaller steps, a few times in a row; not where a hard limit cut the message, nor
where only the reserve of the budget is left: there the turn ends, or lands.
"""

from collections.abc import AsyncIterator, Sequence

from tui.agent import notes
from tui.agent.calls import not_run
from tui.agent.context_keeper import ContextKeeper
from tui.agent.endings import closing, is_landing
from tui.agent.landing import Item, Landing
from tui.session import events as ev

MOST = 3
"""How often in a row a message may be cut."""
OUTPUT_LIMIT = (
    f"The model ran into its output limit {MOST} times in a row. "
    "Ask for less at once, or choose a lower effort."
)
WINDOW_FULL = "The context window is full again and again. Choose a larger model."


class Truncation:
    """What becomes of the cut messages of one turn."""

    def __init__(self, landing: Landing, context: ContextKeeper) -> None:
        self._landing = landing
        self._context = context
        self._state = landing.state
        self._in_a_row = 0

    def over(self) -> None:
        """A whole message arrived."""
        self._in_a_row = 0

    async def after(
        self, calls: Sequence[ev.JSON], *, window_full: bool, clamped: bool
    ) -> AsyncIterator[Item]:
        """What is told and done after a message was cut.

        Args:
            calls: Its tool calls, verbatim.
            window_full: Whether the window was full; else it ran into its output limit.
            clamped: Whether that limit was one of the hard limits.
        """
        self._in_a_row += 1
        for event in not_run(self._state.request, calls, notes.NOT_RUN_TRUNCATED):
            yield event
        for event in self._end(window_full=window_full, clamped=clamped) or self._again(
            window_full
        ):
            yield event
        if self._state.turn_open and is_landing(self._state, self._landing.gate.means.thresholds):
            async for item in self._landing.at_reserve((), ()):
                yield item

    def _end(self, *, window_full: bool, clamped: bool) -> list[ev.Event]:
        """The end of the turn, where it does not go on."""
        if clamped and not window_full:
            fuse = self._landing.gate.blown()
            which = fuse.sentence if fuse else "A hard limit is reached."
            reached = f"{which} It cut the last message short, which is not asked for again."
            return closing(self._state, "fuse", reached)
        if self._landing.output_room is not None:
            return self._landing.over()
        if self._in_a_row >= MOST:
            return closing(self._state, "error", WINDOW_FULL if window_full else OUTPUT_LIMIT)
        return []

    def _again(self, window_full: bool) -> list[ev.Event]:
        """What the model is told, so that it goes on."""
        messages = self._state.conversation.messages
        kept = bool(messages) and messages[-1].role == "assistant"
        said: list[ev.Event] = [notes.truncated(not kept, self._state.partial_text)]
        return [*said, self._context.filled()] if window_full else said
