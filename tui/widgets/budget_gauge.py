"""The budget gauge: what was granted, what is used, what is left, and at what price.

`BudgetPanel` is the sidebar's panel, `BudgetLine` its one-line form for narrow terminals.
Both take `Meters` as often as tokens stream in and repaint only the rows that changed.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.timer import Timer

from tui.budget.meters import Meters
from tui.widgets import budget_text as words
from tui.widgets.budget_bar import burndown
from tui.widgets.figure_rows import FIGURES, Figure, FigureRow, limits_lines
from tui.widgets.line_widget import LineWidget
from tui.widgets.narrow_gauge import narrow_figures, narrow_line

CHART_ROWS = 3
"""Height of the burn-down, in rows; one more where there is room."""

ROOMY_ROWS = 36
"""Rows of the terminal from which on there is room for air and for what the chart shows."""


class MarkedFigures(LineWidget, can_focus=True):
    """Figures of which keys mark one; Enter or a click opens the entries behind it."""

    FOCUS_ON_CLICK = False  # whoever clicks on a figure goes on writing afterwards

    @dataclass
    class FigureChosen(Message):
        """The user wants to see what is behind a figure."""

        figure: Figure

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._marked: Figure = FIGURES[0]

    def figures(self) -> list[Figure]:
        """The figures there are now, in the order in which keys go through them."""
        raise NotImplementedError

    @property
    def marked_figure(self) -> Figure | None:
        """The figure that is marked; None where keys go elsewhere."""
        return self._marked if self.has_focus else None

    def on_focus(self) -> None:
        """The mark is seen while keys move it."""
        self.rebuild()

    def on_blur(self) -> None:
        """Without keys there is no mark."""
        self.rebuild()

    def action_move(self, by: int) -> None:
        """Mark the figure `by` places further on."""
        there = self.figures()
        at = there.index(self._marked) if self._marked in there else 0
        self._marked = there[min(max(0, at + by), len(there) - 1)]
        self.rebuild()

    def action_open(self) -> None:
        """Open what is behind the marked figure."""
        self.action_move(0)  # what was marked may be gone
        self.post_message(self.FigureChosen(self._marked))

    def on_click(self, event: events.Click) -> None:
        """A click opens what is behind the figure under it."""
        figure = event.style.meta.get("figure")
        if figure is not None:
            event.stop()
            self.post_message(self.FigureChosen(figure))


class BudgetPanel(MarkedFigures):
    """The sidebar's gauge; made for 28 to 40 cells. Enter or a click opens a figure's entries."""

    DEFAULT_CSS = """
    BudgetPanel { height: auto; }
    BudgetPanel:focus { background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("enter,space", "open", "Entries behind the figure", show=False),
    ]

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        id: str | None = None,
    ) -> None:
        """`clock` gives seconds since the Unix epoch: the prompt cache counts down by it, and
        the working time goes on by it.
        """
        super().__init__(id=id)
        self._meters = Meters()
        self._model = ""
        self._clock = clock
        self._seconds: Timer | None = None

    def show(self, meters: Meters, model: str = "") -> None:
        """Show `meters`; `model` is the short name for the title line."""
        if (meters, model) != (self._meters, self._model):
            self._meters, self._model = meters, model
            self.rebuild()
        self._start_or_stop_timer()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The panel, top to bottom."""
        return [row.with_mark(self.marked_figure) for row in self._rows(width)]

    @property
    def _has_room(self) -> bool:
        return self.app.size.height >= ROOMY_ROWS

    @property
    def _air(self) -> list[FigureRow]:
        """An empty row, where there is room: between groups, and for a row that may come later."""
        return [FigureRow(Content(""))] if self._has_room else []

    def _rows(self, width: int) -> list[FigureRow]:
        rows = [FigureRow(words.budget_heading(self._meters, self._model, width))]
        groups = [self._gauge(width), self._chart(width), self._paid(width)]
        for at, group in enumerate(group for group in groups if group):
            rows += self._air + group if at else group
        return rows

    def _paid(self, width: int) -> list[FigureRow]:
        meters, now = self._meters, self._clock()
        limits = [FigureRow(line, "limits", True) for line in limits_lines(meters.limits, width)]
        limit = None if meters.dollars else meters.hard_limits.dollars  # else the gauge says it
        billed = words.billed_line(meters.billed, width, limit, priced=meters.priced)
        context = words.context_line(meters.context, now, width)
        return [
            FigureRow(billed, "billed", True),
            FigureRow(context, "context", True),
            *(limits or self._air),
            *(
                [FigureRow(words.time_line(meters.worked_until(now)), "time", True)]
                * self._has_room
            ),
        ]

    def _gauge(self, width: int) -> list[FigureRow]:
        budget, ahead = self._meters.budget, words.fit_line(self._meters, width)
        outlook = [] if ahead is None else [FigureRow(ahead, "subtasks", True)]
        if self._meters.dollars is not None:
            bar, *figures = words.dollar_lines(self._meters.dollars, width)
            return [
                FigureRow(bar, "billed"),
                *(FigureRow(line, "billed") for line in figures),
                *(FigureRow(line) for line in words.other_limit_lines(self._meters, width)),
                FigureRow(words.spent_line(self._meters), "budget", True),
                *outlook,
            ]
        if budget is None:
            *none, spent = words.no_budget_lines(self._meters, width)
            limits = [FigureRow(line) for line in none]
            return [*limits, FigureRow(spent, "budget", True), *outlook]
        return [
            FigureRow(words.bar_line(budget, width), "budget"),
            FigureRow(words.figures_line(budget, width), "budget", True),
            FigureRow(words.stage_line(budget, width), "budget"),
            *(outlook or self._air),
            *(FigureRow(line) for line in words.countdown_source_lines(budget)),
        ]

    def _chart(self, width: int) -> list[FigureRow]:
        """The burn-down, and where there is room what it shows."""
        budget, roomy = self._meters.budget, self._has_room
        if budget is None:
            return []
        lines = [*burndown(budget, width, CHART_ROWS + roomy)]
        if roomy:
            lines.append(words.pace_line(budget, width))
        return [FigureRow(line, "budget") for line in lines]

    def figures(self) -> list[Figure]:
        """See `MarkedFigures`."""
        return [row.figure for row in self._rows(self.size.width) if row.figure and row.first]

    # What goes on by the clock ---------------------------------------------------

    def _start_or_stop_timer(self) -> None:
        """Keep a one-second timer exactly while the prompt cache is warm, or somebody works."""
        until = self._meters.context.cache_until
        warm = until is not None and until > self._clock()
        moves = warm or self._meters.working_since is not None
        if moves and self._seconds is None and self.is_running:
            self._seconds = self.set_interval(1.0, self._tick)
        elif not moves and self._seconds is not None:
            self._seconds.stop()
            self._seconds = None

    def _tick(self) -> None:
        self.rebuild()
        self._start_or_stop_timer()

    def on_mount(self) -> None:
        """Meters may have been shown before the panel was mounted."""
        self._start_or_stop_timer()


class BudgetLine(MarkedFigures):
    """The gauge in one line: bar, share, figures, stage, scope, price, context.

    Enter or a click opens a figure's entries.
    """

    DEFAULT_CSS = """
    BudgetLine { height: 1; }
    BudgetLine:focus { background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up", "move(-1)", "Left", show=False),
        Binding("right,down", "move(1)", "Right", show=False),
        Binding("enter,space", "open", "Entries behind the figure", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._meters = Meters()

    def show(self, meters: Meters) -> None:
        """Draw the line for `meters`."""
        if meters != self._meters:
            self._meters = meters
            self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The gauge as one line."""
        return [narrow_line(self._meters, width, self.marked_figure)]

    def figures(self) -> list[Figure]:
        """See `MarkedFigures`."""
        return narrow_figures(narrow_line(self._meters, self.size.width))
