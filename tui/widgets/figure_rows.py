"""Rows of a panel that show figures: which figure a row shows, and the mark on it.

A key, a click and a typed word all open the entries of a figure by its name.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from textual.content import Content
from textual.style import Style

from tui.budget.meters import LimitMeter
from tui.number_format import format_percent
from tui.widgets.line_widget import MUTED, flatten

EntriesFigure = Literal["budget", "subtasks", "billed", "context", "limits", "time"]
"""A figure that has entries behind it."""
Figure = EntriesFigure | Literal["agents"]
"""A figure with something behind it: the entries it counts, or the agents."""
FIGURES: tuple[EntriesFigure, ...] = ("budget", "subtasks", "billed", "context", "limits", "time")
"""Those with entries, as the panel has them from top to bottom."""


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


def tightest_limit(limits: Sequence[LimitMeter], below: float, now: float) -> LimitMeter | None:
    """The limit of which the smallest part is left; None while more is left of all.

    Args:
        limits: The account's limits.
        below: Part of a limit that is left under which it is tight, 0..1.
        now: Seconds since the Unix epoch.
    """
    tight = [limit for limit in limits if limit.left_at(now) < limit.limit * below]
    return min(tight, key=lambda limit: limit.left / limit.limit, default=None)


def limit_attention(tight: LimitMeter) -> Content:
    """`account: 12 % of input tokens left`."""
    share = format_percent(tight.left / tight.limit)
    name = flatten(tight.name.replace("-", " "), 40)
    return Content.assemble(("account: ", MUTED), (share, "$warning"), (f" of {name} left", MUTED))
