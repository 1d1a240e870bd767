"""Selecting text with the mouse, by what it is and not by where it stands."""

from textual.geometry import Offset
from textual.selection import Selection
from typing_extensions import override

from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.block_cursor import stop_at
from tui.widgets.transcript.markdown_copy import range_to_markdown
from tui.widgets.transcript.offsets import block_serial, position_of_offset
from tui.widgets.transcript.search_navigation import SearchableTranscript, overlay_spans
from tui.widgets.transcript.styled_text import StyleSpan
from tui.widgets.transcript.transcript_blocks import BlockLine, TranscriptBlock
from tui.widgets.transcript.transcript_entry import TextPosition
from tui.widgets.transcript.wrapping import grapheme_length

PAST_END = 1 << 23
"""A number of a block or character that is past every end."""


class SelectableTranscript(SearchableTranscript):
    """A canvas that can be selected from."""

    @override
    def overlay(
        self, index: int, number: int, block: TranscriptBlock, line: int
    ) -> tuple[tuple[StyleSpan, ...], str]:
        over, bar = super().overlay(index, number, block, line)
        selection = self.text_selection
        if selection is None:
            return over, bar
        lines = self.painter.layout_of(block).lines
        if line >= len(lines):
            return over, bar
        return (
            *over,
            *_selection_overlay(selection, block_serial(index, number), lines[line]),
        ), bar

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The Markdown under a selection."""
        start, end = self._ends(selection)
        return range_to_markdown(self.entries, start, end), "\n"

    def _ends(self, selection: Selection) -> tuple[TextPosition, TextPosition]:
        start, end = selection
        last = max(0, len(self.entries) - 1)
        first = (
            TextPosition(0, 0, 0)
            if start is None
            else self._snapped(position_of_offset(*start), False)
        )
        if end is None:
            return first, TextPosition(last, PAST_END, PAST_END)
        return first, self._snapped(position_of_offset(*end), True)

    def _snapped(self, place: TextPosition, end: bool) -> TextPosition:
        """`place` moved to an edge of what can only be selected whole."""
        if not 0 <= place.entry < len(self.entries):
            return place
        blocks = self.entries.blocks(place.entry)
        if place.block >= len(blocks):
            return place
        block = blocks[place.block]
        at = max(0, place.offset - 1) if end else place.offset
        first, last = block.atomic_range(at)
        if first == last:
            first, last = at, at + grapheme_length(block.text, at)
        return place._replace(offset=last if end else first)

    def selection_updated(self, selection: Selection | None) -> None:
        """Show the selection."""
        self.repaint(self._top_line)

    def text_select_all(self) -> None:
        """A double click selects the block under the mouse."""
        offset = self.app.mouse_position - self.region.offset
        place = self.position_at(*offset)
        if place is None:
            return
        stop = stop_at(self.entries, place.entry, place.block)
        last = self.entries.blocks(stop.entry)[stop.last]
        self.screen.selections = {
            self: Selection(
                Offset(0, block_serial(stop.entry, stop.first)),
                Offset(len(last.text), block_serial(stop.entry, stop.last)),
            )
        }

    def selected_text(self) -> str:
        """The Markdown that is selected; empty when nothing is."""
        selection = self.text_selection
        found = None if selection is None else self.get_selection(selection)
        return found[0] if found is not None else ""


def _selection_overlay(selection: Selection, serial: int, shown: BlockLine) -> list[StyleSpan]:
    span = selection.get_span(serial)
    if span is None:
        return []
    start, end = span
    first, last = shown.covered_range()
    if end == -1:
        end = last
    if shown.atomic_length:
        reaches = start < last and end > first
        return [StyleSpan(0, len(shown.text), transcript_styles.SELECTED)] if reaches else []
    return overlay_spans(shown, start, end, transcript_styles.SELECTED, "")
