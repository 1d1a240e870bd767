"""One line under a question: how long the prompt cache stays warm, what going on costs then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.content import Content

from tui.widgets.lines import MUTED, Lines
from tui.widgets.numbers import clock
from tui.widgets.ticker import Ticker


@dataclass(frozen=True, slots=True)
class CacheStake:
    """What waiting costs."""

    until: float
    """When the cache goes cold, in seconds of the line's clock."""
    price: str
    """What going on costs then: `≈ $0.20 more (41k tokens written again)`."""
    extending: str = ""
    """What an extension costs even before that; empty where it costs nothing."""


class CacheLine(Lines):
    """Counts down while the cache is warm, and stands still once it is cold."""

    DEFAULT_CSS = "CacheLine { height: auto; max-height: 2; padding: 0 2; }"

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
        self._follow()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """What is at stake, in words."""
        stake = self._stake
        if stake is None:
            return []
        if not self._left:
            return _wrapped("Cache cold.", f" Going on costs {stake.price}.", width)
        warm = f"Cache warm for {clock(self._left)}."
        if stake.extending == stake.price:
            return _wrapped("", f"{warm} After that, or if you extend: {stake.price}.", width)
        sooner = f" If you extend before: {stake.extending}." if stake.extending else ""
        return _wrapped("", f"{warm} After that: {stake.price}.{sooner}", width)

    @property
    def _left(self) -> int:
        """Started seconds until it is cold."""
        return max(0, -int(-(self._stake.until - self._now()) // 1)) if self._stake else 0

    def _follow(self) -> None:
        self._seconds = self._left
        if not self.is_attached:
            return
        if self._seconds:
            Ticker.of(self.app).join(self._tick)
        else:
            Ticker.of(self.app).leave(self._tick)

    def _tick(self) -> None:
        """Draw only when another second has begun."""
        if self._left != self._seconds:
            self._follow()
            self.rebuild()

    def on_mount(self) -> None:
        """Begin to count."""
        self._follow()

    def on_unmount(self) -> None:
        """Leave nothing running."""
        Ticker.of(self.app).leave(self._tick)


def _wrapped(loud: str, words: str, width: int) -> Sequence[Content]:
    return Content.assemble((loud, "$text-warning"), (words, MUTED)).wrap(max(1, width))
