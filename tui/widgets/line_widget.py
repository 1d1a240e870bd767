"""A widget that is a list of lines, and repaints only the ones that changed.

Panels of this program say what they show as `Content` lines for a width. A new view is
compared line by line with the old one: equal lines cost nothing, a changed line dirties
one row, and only another *number* of lines lays the screen out again.
"""

import re
from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual
from textual.widget import Widget

from tui.sanitize import clean, spell_out_invisible

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")

MUTED = "$muted"
"""Style of what explains: the theme's own colour, whose contrast is tested."""


class LineWidget(Widget):
    """A widget drawn from `Content` lines; subclasses say which."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "LineWidget { height: auto; }"
    WHEEL_ROWS: ClassVar[int] = 0
    """How far one notch of the mouse wheel scrolls; with 0 the wheel is left to others."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: list[Content] = []
        self._strips: dict[int, Strip] = {}
        self._measured_rows = 0
        self._wanted_rows = 0
        self._outdated = False
        self._drawn_for: tuple[Size, Style] | None = None

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """What to draw, one `Content` a row.

        Args:
            width: Cells of a row.
            height: Rows there are; None while the widget asks how many it needs.
        """
        raise NotImplementedError

    def action_scroll(self, by: int) -> None:
        """Look `by` rows further down; for widgets with `WHEEL_ROWS`."""
        raise NotImplementedError

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down, where the widget scrolls."""
        self._turn_wheel(event, self.WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up, where the widget scrolls."""
        self._turn_wheel(event, -self.WHEEL_ROWS)

    def _turn_wheel(self, event: events.MouseEvent, rows: int) -> None:
        if rows:
            event.stop()
            self.action_scroll(rows)

    def line_count(self, width: int) -> int | None:
        """How many lines there are, where that is known without making them; else None."""
        return None

    def rebuild(self) -> None:
        """Draw again what `lines` now says; dirties the rows that differ."""
        if not self._is_displayed:
            self._outdated = True
            return
        width, height = self.size
        if self._drawn_for is None or not width:  # shown again, and not laid out yet
            self._drawn_for = None
            self.refresh(layout=self.styles.is_auto_height)
            return
        before, after = self._shown, self._fitting_lines()
        self._shown = after
        dirty = [y for y in range(height) if _differs(before, after, y)]
        for y in dirty:
            self._strips.pop(y, None)
        if self.styles.is_auto_height and self._wanted_rows != self._measured_rows:
            self.refresh(layout=True)
        elif dirty:
            self.refresh(*(Region(0, y, width, 1) for y in dirty))

    @property
    def _is_displayed(self) -> bool:
        """Whether styles let the widget be seen: while they do not, nothing is laid out for it."""
        return all(node.display for node in self.ancestors_with_self if isinstance(node, Widget))

    def _on_show(self, event: events.Show) -> None:
        """Draw what changed while it was hidden."""
        if self._outdated:
            self._outdated, self._drawn_for = False, None
            self.refresh(layout=True)

    def _fitting_lines(self) -> list[Content]:
        """The lines for the size there is; notes how many rows were wanted."""
        width, height = self.size
        count = self.line_count(width)
        if count is not None and count > height:
            self._wanted_rows = count
            return list(self.lines(width, height))
        every = list(self.lines(width, None))
        self._wanted_rows = len(every)
        return every if len(every) <= height else list(self.lines(width, height))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """How many rows the widget needs at `width`."""
        count = self.line_count(width)
        self._measured_rows = len(self.lines(width, None)) if count is None else count
        return self._measured_rows

    def render_line(self, y: int) -> Strip:
        """Row `y`, from the cache where nothing changed."""
        drawn_for = (self.size, self.visual_style)
        if drawn_for != self._drawn_for:
            self._drawn_for = drawn_for
            self._strips.clear()
            self._shown = self._fitting_lines()
        strip = self._strips.get(y)
        if strip is None:
            strip = self._strips[y] = self._draw(y)
        return strip

    def notify_style_update(self) -> None:
        """Strips hold colours: a new theme draws them again."""
        self._drawn_for = None
        super().notify_style_update()

    def _draw(self, y: int) -> Strip:
        width, style = self.size.width, self.visual_style
        if y >= len(self._shown):
            return Strip.blank(width, style.rich_style)
        line = _drawable(self._shown[y]).truncate(width, ellipsis=True)
        strips = Visual.to_strips(self, line, width, 1, style)
        strip = strips[0] if strips else Strip.blank(width)
        return strip.adjust_cell_length(width, style.rich_style)


def _drawable(line: Content) -> Content:
    """The line with a blank for each character that would leave its row."""
    if _CONTROL.search(line.plain) is None:
        return line
    return Content(_CONTROL.sub(" ", line.plain), spans=list(line.spans))


def _differs(before: Sequence[Content], after: Sequence[Content], y: int) -> bool:
    """Whether row `y` looks different."""
    if y >= len(before) or y >= len(after):
        return y < len(before) or y < len(after)
    return not before[y].is_same(after[y])


def flatten(text: str, limit: int) -> str:
    """Foreign `text` as one clean line of at most `limit` characters."""
    # Nothing far beyond the limit can get into it: a huge text is not cleaned whole.
    return " ".join(clean(text[: limit * 8]).split())[:limit]


def flatten_revealed(text: str, limit: int) -> str:
    """Foreign `text` on one line as it is, for a decision: what would be unseen is written out.

    Beyond `limit` characters it says how many are left out.
    """
    line = " ".join(spell_out_invisible(text[: limit * 8]).split())
    more = max(len(line), len(text)) - limit
    return line if len(line) <= limit else f"{line[:limit]} … {more:,} more characters"


def left_and_right(left: Content, right: Content, width: int) -> Content:
    """`left` and `right` at the ends of a row of `width` cells; `left` gives way."""
    room = width - right.cell_length - 1 if right else width
    left = left.truncate(max(0, room), ellipsis=True)
    gap = width - left.cell_length - right.cell_length
    return Content.assemble(left, " " * max(0, gap), right)


def first_fitting(width: int, *candidates: Content) -> Content:
    """The first of `candidates` that fits into `width` cells, else the last, cut."""
    for candidate in candidates:
        if candidate.cell_length <= width:
            return candidate
    return candidates[-1].truncate(width, ellipsis=True)
