"""The window on the lines of a transcript: where it is, and how it moves.

Growing text changes no layout: the virtual size and the scroll position are set quietly,
and only the lines that changed are painted again.
"""

from typing import cast

from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.widget import Widget

from tui.widgets.transcript.height_index import HeightIndex
from tui.widgets.transcript.scroll_bar import TranscriptScrollBar


class ScrollWindow:
    """The visible lines of a widget that scrolls over entries of known heights."""

    def __init__(self, widget: ScrollView, heights: HeightIndex) -> None:
        self._widget = widget
        self._heights = heights
        self.generation = 0
        """Another number whenever visible lines may look different."""

    @property
    def height(self) -> int:
        """How many lines are visible."""
        return self._widget.scrollable_content_region.height

    @property
    def top(self) -> int:
        """The number of the first visible line."""
        return self._widget.scroll_offset.y

    @property
    def is_at_end(self) -> bool:
        """Whether the last line is visible."""
        return self.top >= self._heights.total - self.height

    @property
    def is_attached(self) -> bool:
        """Whether the widget is on a screen, or about to be."""
        return self._widget.is_attached

    def shows(self, line: int) -> bool:
        """Whether a line of the transcript is visible."""
        return self.top <= line < self.top + self.height

    def invalidate(self) -> None:
        """The visible lines may look different; whoever says so sees that they are painted."""
        self.generation += 1

    def repaint(self, first: int = 0) -> None:
        """Paint visible lines from line `first` of the transcript on again."""
        self.invalidate()
        start = max(0, first - self.top)
        width, height = self._widget.size.width, self.height
        if start == 0:
            self._widget.refresh(Region(0, 0, width, height))
        elif start < height:
            self._widget.refresh(Region(0, start, width, height - start))

    def repaint_visible(self) -> None:
        """Paint all visible lines again."""
        self.repaint(self.top)

    # -- moving ----------------------------------------------------------------------

    def move_to(self, line: int) -> None:
        """Put `line` at the top without a watcher, which would ask for another repaint."""
        position = float(max(0, line))
        if position != self._widget.scroll_y:
            self.invalidate()
        self._widget.set_reactive(Widget.scroll_y, position)
        self._widget.set_reactive(Widget.scroll_target_y, position)

    def move_to_end(self) -> None:
        """Put the last line at the bottom."""
        self.move_to(self._heights.total - self.height)

    def update_total(self) -> None:
        """Tell the scroll bar and the arithmetic of scrolling how high everything is."""
        widget = self._widget
        size = Size(widget.size.width, self._heights.total)
        if size != widget.virtual_size:
            widget.set_reactive(Widget.virtual_size, size)
        self.move_to(min(self.top, max(0, size.height - self.height)))
        if widget.show_vertical_scrollbar:
            bar = cast(TranscriptScrollBar, widget.vertical_scrollbar)
            bar.show_position(size.height, self.height, self.top)

    def scroll_to_line(self, line: int) -> None:
        """Put `line` at the top of the view, or as near as there is text for."""
        end = max(0, self._heights.total - self.height)
        self._widget.scroll_to(y=max(0, min(line, end)), animate=False, immediate=True)

    def scroll_pages(self, count: int) -> None:
        """Scroll down by `count` pages, up where it is negative, less one line to read on from."""
        self.scroll_to_line(self.top + count * max(1, self.height - 1))

    def show_lines(self, first: int, last: int) -> None:
        """Scroll as little as needed to see lines `first` to `last`, the first above all."""
        top, height = self.top, self.height
        if last >= top + height:
            top = last - height + 1
        self.scroll_to_line(min(top, first))
