"""The scroll bar of the transcript, which paints only those of its rows that changed.

It looks as Textual draws it. But Textual draws a bar again from end to end, by way of Rich,
whenever it moves: while text streams in, that cost more than the text.
"""

from itertools import zip_longest
from math import ceil
from typing import cast

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip
from typing_extensions import override


class TranscriptScrollBar(ScrollBar):
    """A vertical scroll bar of one cell."""

    def __init__(self) -> None:
        super().__init__(vertical=True, name="vertical", thickness=1)
        self._drawn: list[Segment] = []
        self._drawn_for: object = None

    def show_position(self, total: int, view: int, top: int) -> None:
        """Show where the view is; paints the rows that look different.

        Args:
            total: Lines there are.
            view: Lines that are visible.
            top: The first of them.
        """
        ends, before = self._ends, self._drawn
        self.set_reactive(ScrollBar.window_virtual_size, total)
        self.set_reactive(ScrollBar.window_size, view)
        self.set_reactive(ScrollBar.position, float(top))
        if self._ends == ends or self.parent is None:  # a last tick may come after the removal
            return
        pairs = enumerate(zip_longest(before, self._segments()))
        changed = [y for y, (old, new) in pairs if old != new]
        if changed:
            self.refresh(*(Region(0, y, 1, 1) for y in changed))

    @property
    def _ends(self) -> tuple[int, int]:
        return thumb_range(self.window_size, self.window_virtual_size, int(self.position))

    @override
    def render_line(self, y: int) -> Strip:
        segments = self._segments()
        return Strip([segments[y]], 1) if y < len(segments) else Strip.blank(1)

    def _segments(self) -> list[Segment]:
        """The bar from top to bottom, one segment a row."""
        bar, base = cast(ScrollBarRender, self.render()), self.rich_style
        wanted = (self.size, base, bar.style, bar.virtual_size, bar.window_size, bar.position)
        if wanted != self._drawn_for:
            self._drawn_for, self._drawn = wanted, _draw(bar, self.size.height, base)
        return self._drawn


def _draw(bar: ScrollBarRender, height: int, base: Style) -> list[Segment]:
    style = bar.style
    assert not isinstance(style, str) and style.bgcolor and style.color
    drawn = bar.render_bar(
        size=height,
        virtual_size=bar.virtual_size,
        window_size=bar.window_size,
        position=bar.position,
        back_color=style.bgcolor,
        bar_color=style.color,
    )
    return [Segment(text, base + style) for text, style, _ in drawn.segments if text != "\n"]


def thumb_range(view: int, total: int, top: int) -> tuple[int, int]:
    """Start and end of the scroll bar's thumb in eighths of a cell, as Textual draws it."""
    if not view or total <= view:
        return 0, 0
    size = max(1.0, view * view / total)
    start = int((view - size) * top / (total - view) * 8)
    return start, start + ceil(size * 8)
