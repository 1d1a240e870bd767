"""One clock for everything that moves on screen: ten ticks a second, only while needed.

Spinners turn and figures follow with the ticks; text that streams in is shown at the next frame,
which is a tick or half way between two. So what changes in a frame is painted once. Widgets that
have something moving join and leave; the timer exists exactly while somebody has joined or
waits, so an idle program wakes up for nothing. While the terminal has no focus, only one tick
in ten goes out to those who joined: seconds still count, spinners rest.

Timers that go off once are made certain here, too.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from textual.app import App
from textual.timer import Timer

TICK = 0.1
"""Seconds between two ticks."""
FRAME = TICK / 2
"""Seconds between two frames."""


def certain(timer: Timer) -> Timer:
    """A timer that was just set, which goes off late rather than never.

    Textual (8.2.8) leaves out a time of a timer that has passed when its task first runs, be the
    timer one that goes off only once: on a busy machine what waits for it then waits for ever.
    """
    timer._skip = False
    return timer


class Ticker:
    """The shared clock of one application."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._timer: Timer | None = None
        self._ticked_at = 0.0
        self._frame_timer: Timer | None = None
        """Runs until the frame between two ticks, while somebody waits for it."""
        self._members: list[Callable[[], None]] = []
        self._ticks = 0
        self._at_frame: list[Callable[[], None]] = []
        self._at_tick: list[Callable[[], None]] = []

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
        """Whether the clock ticks: somebody has joined, or waits."""
        return self._timer is not None

    def join(self, on_tick: Callable[[], None]) -> None:
        """Call `on_tick` ten times a second from now on."""
        if on_tick not in self._members:
            self._members.append(on_tick)
            self._start()

    def leave(self, on_tick: Callable[[], None]) -> None:
        """Stop calling `on_tick`; the last one out stops the clock."""
        if on_tick in self._members:
            self._members.remove(on_tick)
        self._stop_if_unused()

    def at_next_tick(self, act: Callable[[], None]) -> None:
        """Call `act` once, at the next tick."""
        self._at_tick.append(act)
        self._start()

    def at_next_frame(self, act: Callable[[], None]) -> None:
        """Call `act` once, at the next frame."""
        self._at_frame.append(act)
        self._start()
        until = self._ticked_at + FRAME - monotonic()
        if until > 0 and self._frame_timer is None:
            frame_timer = self._app.set_timer(until, self._half_way, name="frame")
            self._frame_timer = certain(frame_timer)

    def _start(self) -> None:
        if self._timer is None:
            self._ticked_at = monotonic()
            self._timer = self._app.set_interval(TICK, self.tick, name="ticker")

    def _stop_if_unused(self) -> None:
        used = self._members or self._at_frame or self._at_tick
        if not used and self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _half_way(self) -> None:
        """The frame between two ticks."""
        self._frame_timer = None
        _call_all(self._at_frame)
        self._stop_if_unused()

    def tick(self) -> None:
        """One tick: for all that waits, and for all who joined."""
        self._ticked_at = monotonic()
        self._ticks += 1
        _call_all(self._at_frame)
        _call_all(self._at_tick)
        if self._app.app_focus or self._ticks % 10 == 0:
            for on_tick in tuple(self._members):
                on_tick()
        self._stop_if_unused()


def _call_all(waiting: list[Callable[[], None]]) -> None:
    """Call all that waits; what they ask for meanwhile waits for the next time."""
    acts = tuple(waiting)
    waiting.clear()
    for act in acts:
        act()


_TICKERS: WeakKeyDictionary[App[Any], Ticker] = WeakKeyDictionary()
