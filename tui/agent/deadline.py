"""The limit in minutes inside a request: what runs is stopped when the time of a turn is up.

Between two requests the limit is checked like the others (`tui.agent.limits`). A request, a
command or a wait before the next try may take far longer than what is left, so the clock is
watched beside them. What runs is stopped as by the user; then it is asked how to go on.
"""

import asyncio

from tui.agent.limits import Gate

LOOK_AGAIN = 5.0
"""Seconds after which the clock is looked at again, even if the limit is further away: a question
may have stopped it, and the limit may be another one by now."""


class Deadline:
    """Watches the clock of one turn."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._desk = gate.means.desk
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Watch from now on."""
        if self._timer is None:
            self._look_in(self._gate.seconds_left())

    def stop(self) -> None:
        """Stop watching."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def passed(self) -> bool:
        """Whether the time stopped what ran, and not the user; what comes next may run again."""
        was_it = self._desk.out_of_time
        if was_it:
            self._desk.out_of_time = False
            self._desk.interrupt.clear()
        return was_it

    def _look_in(self, seconds: float) -> None:
        wait = min(seconds, LOOK_AGAIN) if seconds > 0 else LOOK_AGAIN
        self._timer = asyncio.get_running_loop().call_later(wait, self._look)

    def _look(self) -> None:
        left = self._gate.seconds_left()
        if left > 0 or self._gate.state.waits:
            self._look_in(left)
        else:
            self._timer = None
            self._desk.run_out_of_time()
