"""The line of a headless run that says how long the server has been silent.

Shown only where standard error is a terminal: it is written over every second, and gone when
anything else is printed.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TextIO

from tui.agent.session_runner import Published
from tui.agent.turn_items import ToolOutput
from tui.budget.request_pacing import PacedWait
from tui.claude.stream_events import Retrying
from tui.session import events as ev

SILENCE_SECONDS = 10.0
"""Seconds without a byte of an answer after which the line is shown; the API sends pings."""
_TICK_SECONDS = 1.0


class SilenceLine:
    """`no answer for 14 s`, while a request waits for its answer."""

    def __init__(self, err: TextIO, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._err = err
        self._now = monotonic
        self._last_heard: float | None = None
        """In seconds of the clock, in the future during a pause; None: no answer is expected."""
        self._shown = 0
        """Characters on the line; 0 while it is empty."""

    def note(self, item: Published) -> None:
        """Something was published: whether an answer is expected, and when the server spoke."""
        if isinstance(item, ToolOutput):
            return
        if not isinstance(item, ev.Record):
            pause = item.seconds if isinstance(item, Retrying | PacedWait) else 0.0
            self._last_heard = self._now() + pause
        elif isinstance(item.event, ev.RequestStarted):
            self._last_heard = self._now()
        elif isinstance(item.event, ev.RequestFinished | ev.RequestFailed):
            self._last_heard = None

    def update(self) -> None:
        """Show the seconds as they are now, or nothing."""
        silent = 0.0 if self._last_heard is None else self._now() - self._last_heard
        if silent < SILENCE_SECONDS:
            self.clear()
            return
        words = f"glideslope: no answer for {int(silent)} s"
        self._write(f"\r{words.ljust(self._shown)}")
        self._shown = len(words)

    def clear(self) -> None:
        """Leave the line empty for other output."""
        if self._shown:
            self._write(f"\r{' ' * self._shown}\r")
            self._shown = 0

    def _write(self, text: str) -> None:
        self._err.write(text)
        self._err.flush()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the line up to date, where it can be seen."""
        if not self._err.isatty():
            yield
            return
        ticking = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            ticking.cancel()
            self.clear()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            self.update()
