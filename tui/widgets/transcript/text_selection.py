"""Selecting text with the mouse: a selection keeps its text, wherever that moves."""

from textual.geometry import Offset
from textual.selection import Selection
from textual.widget import Widget

from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.cursor_stops import stop_at
from tui.widgets.transcript.entry_list import EntryList, TextPosition
from tui.widgets.transcript.hit_test import HitTest, block_serial, position_of_offset
from tui.widgets.transcript.line_overlay import overlay_spans
from tui.widgets.transcript.markdown_copy import range_to_markdown
from tui.widgets.transcript.styled_text import StyleSpan
from tui.widgets.transcript.transcript_blocks import BlockLine
from tui.widgets.transcript.wrapping import grapheme_length

PAST_END = 1 << 23
"""A number of a block or character that is past every end."""


class TextSelection:
    """What is selected of a transcript: Textual keeps the selection, here it gets a meaning."""

    def __init__(self, widget: Widget, entries: EntryList, hit_test: HitTest) -> None:
        self._widget = widget
        self._entries = entries
        self._hit_test = hit_test

    @property
    def is_shown(self) -> bool:
        """Whether some text is selected."""
        return self._widget.text_selection is not None

    def spans(self, entry: int, block: int, shown: BlockLine) -> list[StyleSpan]:
        """The part of a line that is selected."""
        selection = self._widget.text_selection
        span = selection.get_span(block_serial(entry, block)) if selection is not None else None
        if span is None:
            return []
        start, end = span
        first, last = shown.covered_range()
        if end == -1:
            end = last
        if shown.atomic_length:
            reaches = start < last and end > first
            return [StyleSpan(0, len(shown.text), transcript_styles.SELECTED)] if reaches else []
        return overlay_spans(shown, start, end, transcript_styles.SELECTED)

    @property
    def text(self) -> str:
        """The Markdown that is selected; empty when nothing is."""
        selection = self._widget.text_selection
        return "" if selection is None else self.markdown(selection)

    def markdown(self, selection: Selection) -> str:
        """The Markdown under a selection."""
        start, end = selection
        first = TextPosition(0, 0, 0)
        last = TextPosition(max(0, len(self._entries) - 1), PAST_END, PAST_END)
        if start is not None:
            first = self._snapped(position_of_offset(*start), end=False)
        if end is not None:
            last = self._snapped(position_of_offset(*end), end=True)
        return range_to_markdown(self._entries, first, last)

    def _snapped(self, place: TextPosition, *, end: bool) -> TextPosition:
        """`place` moved to an edge of what can only be selected whole."""
        if not 0 <= place.entry < len(self._entries):
            return place
        blocks = self._entries.blocks(place.entry)
        if place.block >= len(blocks):
            return place
        block = blocks[place.block]
        at = max(0, place.offset - 1) if end else place.offset
        first, last = block.atomic_range(at)
        if first == last:
            first, last = at, at + grapheme_length(block.text, at)
        return place._replace(offset=last if end else first)

    def select_block_at(self, x: int, y: int) -> None:
        """Select the block at a cell of the view."""
        place = self._hit_test.position_at(x, y)
        if place is None:
            return
        stop = stop_at(self._entries, place.entry, place.block)
        last = self._entries.blocks(stop.entry)[stop.last]
        self._widget.screen.selections = {
            self._widget: Selection(
                Offset(0, block_serial(stop.entry, stop.first)),
                Offset(len(last.text), block_serial(stop.entry, stop.last)),
            )
        }
