"""The limit in minutes inside a request: stop what runs when the time of a turn is up.

Between two requests `tui.agent.limit_checks` checks the limit like the others. A request, a
command or a wait before the next try may take far longer than what is left, so a timer watches
the clock beside them. It stops what runs as the user would; then the program asks how to go on.
"""

import asyncio
from collections.abc import Awaitable, Callable

from tui.agent.concurrency import Interrupted
from tui.agent.limit_checks import LimitChecker

POLL_SECONDS = 5.0
"""Seconds until the next look at the clock, even if the limit is further away: a question may have
stopped the clock, and somebody may have changed the limit."""


class Deadline:
    """Watches the clock of one turn."""

    def __init__(self, limit_checker: LimitChecker) -> None:
        self._limit_checker = limit_checker
        self._inbox = limit_checker.ctx.services.inbox
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Watch from now on."""
        if self._timer is None:
            self._check_in(self._limit_checker.seconds_left())

    def stop(self) -> None:
        """Stop watching."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def cuts_off(self, step: Callable[[], Awaitable[None]]) -> bool:
        """Take a step of the turn; return whether the time was up before its end.

        The turn may go on after it: it checks the limit before the next request.

        Raises:
            Interrupted: the user stopped it, and not the time.
        """
        try:
            await step()
        except Interrupted:
            if not self._inbox.timed_out:
                raise
            self._inbox.timed_out = False
            self._inbox.interrupt.clear()
            return True
        return False

    def _check_in(self, seconds: float) -> None:
        wait = min(seconds, POLL_SECONDS) if seconds > 0 else POLL_SECONDS
        self._timer = asyncio.get_running_loop().call_later(wait, self._check)

    def _check(self) -> None:
        left = self._limit_checker.seconds_left()
        if left > 0 or self._limit_checker.state.awaits_user:
            self._check_in(left)
        else:
            self._timer = None
            self._inbox.time_out()
