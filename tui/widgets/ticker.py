"""One clock for everything that moves on screen: ten ticks a second, only while needed.

Widgets that have something moving join and leave; the timer exists exactly while somebody
has joined, so an idle program wakes up for nothing. While the terminal has no focus,
only one tick in ten goes out: seconds still count, spinners rest.
"""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from textual.app import App
from textual.timer import Timer

TICK = 0.1
"""Seconds between two ticks."""


class Ticker:
    """The shared clock of one application."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._timer: Timer | None = None
        self._members: list[Callable[[], None]] = []
        self._ticks = 0

    @classmethod
    def of(cls, app: App[Any]) -> "Ticker":
        """The ticker of `app`, made on first use."""
        ticker = _TICKERS.get(app)
        if ticker is None:
            ticker = _TICKERS[app] = cls(app)
        return ticker

    @classmethod
    def use(cls, app: App[Any], ticker: "Ticker") -> None:
        """Let `ticker` be the clock of `app`: one that does not move, for a picture."""
        _TICKERS[app] = ticker

    @property
    def running(self) -> bool:
        """Whether the clock ticks: somebody has joined."""
        return self._timer is not None

    def join(self, on_tick: Callable[[], None]) -> None:
        """Call `on_tick` ten times a second from now on."""
        if on_tick in self._members:
            return
        self._members.append(on_tick)
        if self._timer is None:
            self._timer = self._app.set_interval(TICK, self.tick, name="ticker")

    def leave(self, on_tick: Callable[[], None]) -> None:
        """Stop calling `on_tick`; the last one out stops the clock."""
        if on_tick in self._members:
            self._members.remove(on_tick)
        if not self._members and self._timer is not None:
            self._timer.stop()
            self._timer = None

    def tick(self) -> None:
        """One tick, for all who joined."""
        self._ticks += 1
        if self._app.app_focus or self._ticks % 10 == 0:
            for on_tick in tuple(self._members):
                on_tick()


_TICKERS: WeakKeyDictionary[App[Any], Ticker] = WeakKeyDictionary()
