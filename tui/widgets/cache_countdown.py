"""One line under a question: how long the prompt cache stays warm, what going on costs then."""

from collections.abc import Callable, Iterator, Sequence

from textual.content import Content

from tui.number_format import format_countdown
from tui.reports.cache_cost_text import CacheStake, without_count
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
        """What is at stake, in words: on one row, if the prices alone fit there."""
        if self._stake is None:
            return []
        forms = [_drawn(*form) for form in self._forms(self._stake)]
        fitting = next((form for form in forms if form.cell_length <= width), None)
        return [fitting] if fitting else forms[-1].wrap(max(1, width))

    def _forms(self, stake: CacheStake) -> Iterator[tuple[str, str]]:
        """What is loud and what is not, the longest form first."""
        price, extending = stake.price, stake.extending
        if not self._seconds_left:
            yield "Cache cold.", f" Going on costs {price}."
            yield "Cache cold.", f" Going on: {without_count(price)}."
            return
        warm = f"Cache warm for {format_countdown(self._seconds_left)}."
        if extending == price:
            yield "", f"{warm} After that, or if you extend: {price}."
            yield "", f"{warm} After that, or if you extend: {without_count(price)}."
            return
        sooner = f" If you extend before: {extending}." if extending else ""
        yield "", f"{warm} After that: {price}.{sooner}"
        sooner = f" If you extend: {without_count(extending)}." if extending else ""
        yield "", f"{warm} After that: {without_count(price)}.{sooner}"

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


def _drawn(loud: str, words: str) -> Content:
    return Content.assemble((loud, "$text-warning"), (words, MUTED))
