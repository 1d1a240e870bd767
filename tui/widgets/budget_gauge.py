"""The budget gauge: what was granted, what is used, what is left, and at what price.

`BudgetPanel` is the sidebar's panel, `BudgetLine` its one-line form for narrow terminals.
Both take `Meters` as often as tokens stream in and repaint only the rows that changed.
"""

import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.content import Content
from textual.timer import Timer

from tui.budget.meters import Meters
from tui.widgets import budget_words as words
from tui.widgets.budget_bar import burndown
from tui.widgets.lines import Lines

CHART_ROWS = 3
"""Height of the burn-down, in rows."""


class BudgetPanel(Lines):
    """The sidebar's gauge; made for 28 to 40 cells."""

    DEFAULT_CSS = "BudgetPanel { height: auto; }"
    HELP: ClassVar[str | None] = "What this session was granted, used and paid."

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`clock` gives seconds since the Unix epoch: the prompt cache counts down by it."""
        super().__init__(id=id, classes=classes)
        self._meters = Meters()
        self._model = ""
        self._clock = clock
        self._cache_timer: Timer | None = None

    def show(self, meters: Meters, model: str = "") -> None:
        """Show `meters`; `model` is the short name for the title line."""
        self._meters, self._model = meters, model
        self.rebuild()
        self._watch_cache()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The panel, top to bottom."""
        meters = self._meters
        return [
            words.heading(meters, self._model, width),
            *self._gauge(width),
            words.billed_line(meters.billed, width),
            words.context_line(meters.context, self._clock(), width),
        ]

    def _gauge(self, width: int) -> list[Content]:
        budget, outlook = self._meters.budget, words.outlook_lines(self._meters.outlook, width)
        if budget is None:
            return [*words.no_budget_lines(self._meters, width), *outlook]
        return [
            words.bar_line(budget, width),
            words.figures_line(budget, width),
            words.stage_line(budget, width),
            *outlook,
            *words.teller_lines(budget),
            *burndown(budget, width, CHART_ROWS),
        ]

    def _watch_cache(self) -> None:
        """Keep a one-second timer exactly while the prompt cache is warm."""
        until = self._meters.context.cache_until
        warm = until is not None and until > self._clock()
        if warm and self._cache_timer is None and self.is_running:
            self._cache_timer = self.set_interval(1.0, self._cache_tick)
        elif not warm and self._cache_timer is not None:
            self._cache_timer.stop()
            self._cache_timer = None

    def _cache_tick(self) -> None:
        self.rebuild()
        self._watch_cache()

    def on_mount(self) -> None:
        """Meters may have been shown before the panel was mounted."""
        self._watch_cache()


class BudgetLine(Lines):
    """The gauge in one line: bar, share, figures, stage, price."""

    DEFAULT_CSS = "BudgetLine { height: 1; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._meters = Meters()

    def show(self, meters: Meters) -> None:
        """Show `meters`."""
        self._meters = meters
        self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The one line."""
        return [words.narrow_line(self._meters, width)]
