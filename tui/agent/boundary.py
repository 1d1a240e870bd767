"""What stands between a turn and its next request: a lack of progress, a hard limit, the time."""

from collections.abc import AsyncIterator

from tui.agent import notes
from tui.agent.deadline import Deadline
from tui.agent.landing import Landing
from tui.agent.progress_watch import ProgressWatch
from tui.session import events as ev


class Boundary:
    """Asks, before each request of one turn, whether it may be sent."""

    def __init__(self, landing: Landing, watch: ProgressWatch) -> None:
        self._landing = landing
        self._gate = landing.gate
        self._state = landing.state
        self._watch = watch
        self.deadline = Deadline(landing.gate)

    async def at_standstill(self) -> AsyncIterator[ev.Event]:
        """Ask whether a turn goes on that makes no progress; a landing ends by itself."""
        found = None if self._landing.underway else self._watch.found()
        if found is not None:
            async for event in self._landing.at_standstill(found):
                yield event
            self._watch.restart()

    async def at_limits(self) -> AsyncIterator[ev.Event]:
        """Ask at each limit that forbids the next request, until none does or the turn is over.

        The budget is no such limit, but for a prompt that begins when nothing is left of it.
        """
        while self._state.turn_open and self._gate.is_overrun:
            async for event in self._landing.at_overrun():
                yield event
        while self._state.turn_open and (fuse := self._gate.blown()) is not None:
            self.deadline.stop()
            async for event in self._landing.at_fuse(fuse):
                yield event
        if self._state.turn_open:
            self.deadline.start()

    def warned(self) -> list[ev.Event]:
        """What the model is told shortly before it is asked whether the turn goes on."""
        warning = "" if self._landing.underway else self._watch.warning()
        return [notes.note(warning, "reminder")] if warning else []
