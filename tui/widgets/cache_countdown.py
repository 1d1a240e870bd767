"""One line under a question: how long the prompt cache stays warm, what going on costs then."""

from collections.abc import Callable, Sequence

from textual.content import Content

from tui.number_format import format_countdown
from tui.reports.cache_cost_text import CacheStake
from tui.widgets.line_widget import MUTED, LineWidget
from tui.widgets.ticker import Ticker


class CacheCountdown(LineWidget):
    """Counts down while the cache is warm, and stops once it is cold."""

    DEFAULT_CSS = "CacheCountdown { height: auto; max-height: 2; padding: 0 2; }"

    def __init__(self, clock: Callable[[], float]) -> None:
        """Args: clock: in seconds; stakes are read by it."""
        super().__init__()
        self._now = clock
        self._stake: CacheStake | None = None
        self._seconds = 0

    def show(self, stake: CacheStake | None) -> None:
        """Show `stake`; nothing without one."""
        self._stake = stake
        self.display = stake is not None
        self.rebuild()
        self._start_or_stop_ticking()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """What is at stake, in words."""
        stake = self._stake
        if stake is None:
            return []
        if not self._seconds_left:
            return _wrapped("Cache cold.", f" Going on costs {stake.price}.", width)
        warm = f"Cache warm for {format_countdown(self._seconds_left)}."
        if stake.extending == stake.price:
            return _wrapped("", f"{warm} After that, or if you extend: {stake.price}.", width)
        sooner = f" If you extend before: {stake.extending}." if stake.extending else ""
        return _wrapped("", f"{warm} After that: {stake.price}.{sooner}", width)

    @property
    def _seconds_left(self) -> int:
        """Started seconds until it is cold."""
        return max(0, -int(-(self._stake.until - self._now()) // 1)) if self._stake else 0

    def _start_or_stop_ticking(self) -> None:
        self._seconds = self._seconds_left
        if not self.is_attached:
            return
        if self._seconds:
            Ticker.of(self.app).join(self._tick)
        else:
            Ticker.of(self.app).leave(self._tick)

    def _tick(self) -> None:
        """Draw only when another second has begun."""
        if self._seconds_left != self._seconds:
            self._start_or_stop_ticking()
            self.rebuild()

    def on_mount(self) -> None:
        """Start counting down, if there is anything to count."""
        self._start_or_stop_ticking()

    def on_unmount(self) -> None:
        """Leave the shared clock."""
        Ticker.of(self.app).leave(self._tick)


def _wrapped(loud: str, words: str, width: int) -> Sequence[Content]:
    return Content.assemble((loud, "$text-warning"), (words, MUTED)).wrap(max(1, width))
