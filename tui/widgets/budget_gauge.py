"""The budget gauge: what is left of what, whether the rest fits, the price, what needs attention.

`BudgetPanel` is the sidebar's panel, `BudgetLine` its form for narrow terminals. Both take
`Meters` as often as tokens stream in and repaint only the rows that changed.
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
from tui.widgets.budget_bar import bar, burndown, dollar_bar
from tui.widgets.figure_rows import FIGURES, Figure, FigureRow
from tui.widgets.line_widget import LineWidget, first_fitting
from tui.widgets.narrow_gauge import (
    NO_WORK,
    NarrowWork,
    narrow_figures,
    narrow_line,
    narrow_work_line,
)
from tui.widgets.ticker import certain

TALL_ROWS = 30
"""Rows of the terminal from which on there is room for the burn-down."""
SECOND_ROW_ROWS = 16
"""Rows of the terminal from which on the narrow form has a second row."""
CLOCK_MARGIN = 0.05
"""Seconds that a timer is late on purpose: never before the moment it waits for."""


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
    """The top of the sidebar; made for 28 to 56 cells. Enter or a click opens a figure's entries.

    Nothing in it moves by itself, but for the row about the prompt cache, which comes and goes.
    """

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
        """`clock` gives seconds since the Unix epoch: the prompt cache expires by it."""
        super().__init__(id=id)
        self._meters = Meters()
        self._shows_burn_down = True
        self._clock = clock
        self._timer: Timer | None = None

    def show(self, meters: Meters, *, burn_down: bool = True) -> None:
        """Show `meters`, with or without the burn-down."""
        if (meters, burn_down) != (self._meters, self._shows_burn_down):
            self._meters, self._shows_burn_down = meters, burn_down
            self.rebuild()
            self._wait_for_attention()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The panel, top to bottom."""
        return [row.with_mark(self.marked_figure) for row in self._rows(width)]

    @property
    def _is_tall(self) -> bool:
        return self.app.size.height >= TALL_ROWS

    def _rows(self, width: int) -> list[FigureRow]:
        rows = [*self._gauge(width), *self._chart(width)]
        paid = words.paid_parts(self._meters)
        if paid:
            line = first_fitting(width, words.joined(*paid), paid[0])
            rows.append(FigureRow(line, "billed", self._meters.dollars is None))
        shown: set[Figure | None] = {row.figure for row in rows}
        for each in words.attentions(self._meters, self._clock()):
            rows.append(FigureRow(each.row(width), each.figure, each.figure not in shown))
            shown.add(each.figure)
        return rows

    def _gauge(self, width: int) -> list[FigureRow]:
        """What is left of what, and whether the rest fits."""
        meters, ahead = self._meters, words.fit_line(self._meters, width)
        outlook = [] if ahead is None else [FigureRow(ahead, "subtasks", True)]
        if meters.dollars is not None:
            return [
                FigureRow(words.dollars_left_line(meters.dollars, width), "billed", True),
                FigureRow(dollar_bar(meters.dollars, width), "billed"),
                *(FigureRow(line) for line in words.other_limit_lines(meters)),
                *outlook,
            ]
        if meters.budget is None:
            first, *others = words.no_budget_lines(meters, width)
            limits = [FigureRow(line) for line in others]
            return [FigureRow(first, "budget", True), *limits, *outlook]
        # Where there is room the sentence has its row before there is one: nothing moves then.
        air = [FigureRow(Content(""))] * self._is_tall
        return [
            FigureRow(words.left_line(meters.budget, width), "budget", True),
            FigureRow(bar(meters.budget, width), "budget"),
            *(outlook or air),
        ]

    def _chart(self, width: int) -> list[FigureRow]:
        """The burn-down, from the first request on, where there is room."""
        budget = self._meters.budget
        if budget is None or not (self._shows_burn_down and self._is_tall):
            return []
        if len(budget.burn_down) < 2:
            return []
        return [FigureRow(line, "budget") for line in burndown(budget, width)]

    def figures(self) -> list[Figure]:
        """See `MarkedFigures`."""
        return [row.figure for row in self._rows(self.size.width) if row.figure and row.first]

    # Rows that come and go by themselves -------------------------------------------

    def _wait_for_attention(self) -> None:
        """Wake up when a row comes or goes by itself; else sleep."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        seconds = words.seconds_to_other_attention(self._meters, self._clock())
        if seconds is not None and self.is_running:
            self._timer = certain(self.set_timer(seconds + CLOCK_MARGIN, self._attention_changed))

    def _attention_changed(self) -> None:
        self.rebuild()
        self._wait_for_attention()

    def on_mount(self) -> None:
        """Meters may have been shown before the panel was mounted."""
        self._wait_for_attention()


class BudgetLine(MarkedFigures):
    """The same in one or two rows, where there is no sidebar, under a line.

    Enter or a click opens a figure's entries.
    """

    DEFAULT_CSS = """
    BudgetLine { height: auto; border-top: solid $rule; }
    BudgetLine:focus { background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up", "move(-1)", "Left", show=False),
        Binding("right,down", "move(1)", "Right", show=False),
        Binding("enter,space", "open", "Entries behind the figure", show=False),
    ]

    def __init__(self, *, clock: Callable[[], float] = time.time, id: str | None = None) -> None:
        """`clock` gives seconds since the Unix epoch."""
        super().__init__(id=id)
        self._meters = Meters()
        self._work = NO_WORK
        self._clock = clock

    def show(self, meters: Meters, work: NarrowWork = NO_WORK) -> None:
        """Show `meters`, and in a second row the work under way."""
        if (meters, work) != (self._meters, self._work):
            self._meters, self._work = meters, work
            self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The gauge, and the work if there is a plan or something needs attention."""
        return self._drawn(width, self.marked_figure)

    def _drawn(self, width: int, marked: Figure | None) -> list[Content]:
        first = narrow_line(self._meters, width, marked)
        if self.app.size.height < SECOND_ROW_ROWS:
            return [first]
        second = narrow_work_line(self._meters, self._work, self._clock(), width, marked)
        return [first] if second is None else [first, second]

    def figures(self) -> list[Figure]:
        """See `MarkedFigures`."""
        found = (narrow_figures(line) for line in self._drawn(self.size.width, None))
        return list(dict.fromkeys(figure for row in found for figure in row))
