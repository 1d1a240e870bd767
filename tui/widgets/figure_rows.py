"""Rows of a panel that show figures: which figure a row shows, and the mark on it.

A key, a click and a typed word all open the entries of a figure by its name.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from textual.content import Content
from textual.style import Style

from tui.budget.meters import LimitMeter
from tui.number_format import format_percent
from tui.widgets.line_widget import MUTED, first_fitting, flatten

Figure = Literal["budget", "subtasks", "billed", "context", "limits", "time"]
"""A figure that has entries behind it."""
FIGURES: tuple[Figure, ...] = ("budget", "subtasks", "billed", "context", "limits", "time")
"""All of them, as the panel has them from top to bottom."""


class FigureRow(NamedTuple):
    """One row, and the figure it belongs to."""

    line: Content
    figure: Figure | None = None
    """None where there is nothing to open."""
    first: bool = False
    """Whether this row shows the mark of the figure."""

    def with_mark(self, marked: Figure | None) -> Content:
        """The row, told apart while its figure is marked; a click on it names the figure."""
        if self.figure is None:
            return self.line
        return clickable_figure(self.line, self.figure, marked if self.first else None)


def clickable_figure(line: Content, figure: Figure, marked: Figure | None = None) -> Content:
    """Words of a figure, told apart while it is marked; a click on them names it."""
    line = line.stylize(Style.from_meta({"figure": figure}))
    return line.stylize("reverse") if figure == marked else line


def limits_lines(limits: Sequence[LimitMeter], width: int) -> list[Content]:
    """`account: 62 % of input tokens left`: its tightest limit; none before one is named."""
    named = [limit for limit in limits if limit.limit > 0]
    if not named:
        return []
    tightest = min(named, key=lambda limit: limit.left / limit.limit)
    share = format_percent(tightest.left / tightest.limit)
    name = flatten(tightest.name.replace("-", " "), 40)
    ways = (("account: ", f" of {name}"), ("account ", f" of {name}"), ("account: ", ""))
    drawn = (Content.assemble((who, MUTED), share, (f"{of} left", MUTED)) for who, of in ways)
    return [first_fitting(width, *drawn)]
