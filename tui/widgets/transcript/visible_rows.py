"""The rows that the compositor asks for: finished strips of the visible lines."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from textual.geometry import Region
from textual.strip import Strip

from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.code_colouring import CodeColouring
from tui.widgets.transcript.entry_list import EntryList
from tui.widgets.transcript.item_marks import item_mark
from tui.widgets.transcript.line_overlay import LineOverlay
from tui.widgets.transcript.scroll_window import ScrollWindow
from tui.widgets.transcript.strip_cache import StripCache
from tui.widgets.transcript.styled_text import StyleSpan
from tui.widgets.transcript.transcript_blocks import TranscriptBlock


class VisibleRows:
    """Strips of the visible lines: the same objects as long as they look the same."""

    def __init__(
        self,
        entries: EntryList,
        painter: StripCache,
        window: ScrollWindow,
        colouring: CodeColouring,
        overlays: Sequence[LineOverlay],
        has_cursor: Callable[[int, int], bool],
    ) -> None:
        """Make it for one transcript.

        Args:
            entries: What is shown.
            painter: Makes strips of lines, once each.
            window: Which lines are visible.
            colouring: Hears of every block that was painted.
            overlays: What is shown over lines, the topmost last.
            has_cursor: Whether the cursor's bar is beside a block; its entry and its number.
        """
        self._entries = entries
        self._painter = painter
        self._window = window
        self._colouring = colouring
        self._overlays = overlays
        self._has_cursor = has_cursor
        self._rows: list[Strip] = []
        self._made_for: tuple[int, int] | None = None
        self._shown_overlays: Sequence[LineOverlay] = ()
        self._blank = Strip.blank(0)

    def crop(self, crop: Region) -> list[Strip]:
        """The rows of a part of the view."""
        wanted = (self._window.generation, self._window.top)
        if self._made_for != wanted or len(self._rows) < crop.bottom:
            self._rows = self._make(max(self._window.height, crop.bottom))
            self._made_for = wanted
        rows = self._rows[crop.y : crop.bottom]
        if crop.x > 0 or crop.right < self._painter.row:
            return [row.crop(crop.x, crop.right) for row in rows]
        return rows

    def _make(self, count: int) -> list[Strip]:
        """Strips of `count` lines from the top of the view on."""
        self._shown_overlays = [overlay for overlay in self._overlays if overlay.is_shown]
        self._blank = self._painter.blank()
        rows = list(islice(self._strips_from(self._window.top), count))
        return rows + [self._blank] * (count - len(rows))

    def _strips_from(self, line: int) -> Iterator[Strip]:
        """The strips from a line of the transcript on."""
        entries = self._entries
        if not len(entries) or line >= entries.heights.total:
            return
        index, within = entries.heights.entry_at(line)
        yield from self._entry_strips(index, within)
        for below in range(index + 1, len(entries)):
            yield from self._entry_strips(below, 0)

    def _entry_strips(self, index: int, within: int) -> Iterator[Strip]:
        """The strips of one entry, from its line `within` on."""
        self._entries.measure(index)
        blocks, tops = self._entries.blocks(index), self._entries[index].tops or []
        height = self._entries.heights[index]
        line = max(within, tops[0] if tops else height)
        for _ in range(within, line):
            yield self._blank
        for number in range(max(0, bisect_right(tops, within) - 1), len(tops)):
            block = blocks[number]
            start = tops[number] + block.gap
            end = tops[number + 1] if number + 1 < len(tops) else height
            for at in range(line, end):
                yield self._strip(index, number, block, at - start) if at >= start else self._blank
            line = max(line, end)

    def _strip(self, index: int, number: int, block: TranscriptBlock, line: int) -> Strip:
        """The strip of one line of a block."""
        bar = transcript_styles.CURSOR_BAR if self._has_cursor(index, number) else ""
        over = self._spans(index, number, block, line) if self._shown_overlays else ()
        mark = item_mark(self._entries[index].item, first=number == 0 and line == 0)
        strip = self._painter.overlaid_strip(block, line, mark, over, bar)
        self._colouring.note_painted(block)
        return strip

    def _spans(
        self, index: int, number: int, block: TranscriptBlock, line: int
    ) -> tuple[StyleSpan, ...]:
        """Styles over a line beside its own."""
        lines = self._painter.layout_of(block).lines
        if line >= len(lines):
            return ()
        return tuple(
            span
            for overlay in self._shown_overlays
            for span in overlay.spans(index, number, lines[line])
        )
