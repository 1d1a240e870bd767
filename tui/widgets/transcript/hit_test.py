"""Cells and characters: what the mouse points at, and what a selection remembers.

A selection of Textual knows lines by number. Here the number names an entry and a block,
and the column counts characters of the block, so a selection means the same text after a
change of width, while text streams in, and when something above it unfolds.
"""

from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.cursor_stops import StopTarget
from tui.widgets.transcript.entry_list import EntryList, LinePosition, TextPosition
from tui.widgets.transcript.scroll_window import ScrollWindow
from tui.widgets.transcript.strip_cache import LEFT_MARGIN, StripCache
from tui.widgets.transcript.transcript_blocks import BlockLine
from tui.widgets.transcript.wrapping import cell_width, grapheme_clusters, is_single

_BLOCK_BITS: Final = 24
_MARGIN: Final = " " * LEFT_MARGIN


class HitTest:
    """Finds what the mouse points at."""

    def __init__(self, entries: EntryList, painter: StripCache, window: ScrollWindow) -> None:
        self._entries = entries
        self._painter = painter
        self._window = window

    def line_at(self, y: int) -> LinePosition | None:
        """The line in a row of the view; None above the first and below the last."""
        line = y + self._window.top
        if not len(self._entries) or not 0 <= line < self._entries.heights.total:
            return None
        return self._entries.position_of_line(line)

    def _shown_line(self, spot: LinePosition) -> BlockLine | None:
        """A line of a block; None for an empty line between two."""
        blocks = self._entries.blocks(spot.entry)
        if spot.line < 0 or spot.block >= len(blocks):
            return None
        lines = self._painter.layout_of(blocks[spot.block]).lines
        return lines[spot.line] if spot.line < len(lines) else None

    def position_at(self, x: int, y: int) -> TextPosition | None:
        """The character at a cell of the view; None beside and between text."""
        spot = self.line_at(y)
        shown = self._shown_line(spot) if spot is not None else None
        if spot is None or shown is None:
            return None
        column = x - LEFT_MARGIN - cell_width(shown.text[: shown.lead])
        at = character_at(shown.text[shown.lead : shown.lead + shown.own_length], column)
        return None if at is None else TextPosition(spot.entry, spot.block, shown.start + at)

    def link_at(self, x: int, y: int) -> StopTarget | None:
        """The link or action at a cell of the view."""
        place = self.position_at(x, y)
        if place is None:
            return self._link_in_row(x, y)
        for link in self._entries.blocks(place.entry)[place.block].links:
            if link.start <= place.offset < link.end:
                return StopTarget(place.block, *link)
        return None

    def _link_in_row(self, x: int, y: int) -> StopTarget | None:
        """The link at a cell of a line that represents a whole row, as in a table."""
        spot = self.line_at(y)
        shown = self._shown_line(spot) if spot is not None else None
        if spot is None or shown is None or not shown.atomic_length:
            return None
        block = self._entries.blocks(spot.entry)[spot.block]
        first, last = shown.covered_range()
        at = character_at(shown.text, x - LEFT_MARGIN)
        for start, end, style in shown.spans:
            if style == transcript_styles.LINK and at is not None and start <= at < end:
                for link in block.links:
                    inside = first <= link.start and link.end <= last
                    if inside and shown.text[start:end] in block.text[link.start : link.end]:
                        return StopTarget(spot.block, *link)
        return None

    def offset_row(self, y: int) -> Strip:
        """A row of the view with the offsets that a selection is made of."""
        line = y + self._window.top
        if not len(self._entries) or line < 0:
            return Strip.blank(self._painter.row)
        last = max(0, self._entries.heights.total - 1)
        spot = self._entries.position_of_line(min(line, last))
        if not self._entries.blocks(spot.entry):
            return Strip.blank(self._painter.row)
        serial = block_serial(spot.entry, spot.block)
        shown = self._shown_line(spot)
        return offset_strip([(_MARGIN, 0)], serial) if shown is None else offset_line(shown, serial)


def offset_strip(pieces: list[tuple[str, int]], serial: int) -> Strip:
    """A strip of pieces that each say which character of the block they begin with."""
    return Strip([Segment(text, Style.from_meta({"offset": (x, serial)})) for text, x in pieces])


def offset_line(shown: BlockLine, serial: int) -> Strip:
    """A line with the offsets of its characters; decoration counts as what it is beside."""
    if shown.atomic_length:
        return offset_strip([(each, shown.start) for each in _MARGIN + shown.text], serial)
    pieces = [(each, shown.start) for each in _MARGIN + shown.text[: shown.lead]]
    own = shown.text[shown.lead : shown.lead + shown.own_length]
    if is_single(own):
        return offset_strip([*pieces, (own, shown.start)] if own else pieces, serial)
    for start, _end, size in grapheme_clusters(own):
        pieces += [(" ", shown.start + start)] * size
    return offset_strip([*pieces, ("", shown.start + len(own))], serial)


def position_of_offset(x: int, serial: int) -> TextPosition:
    """The place that an offset of `render_line` means."""
    return TextPosition(serial >> _BLOCK_BITS, serial & (1 << _BLOCK_BITS) - 1, x)


def block_serial(entry: int, block: int) -> int:
    """The number a selection knows a block by."""
    return entry << _BLOCK_BITS | block


def character_at(text: str, column: int) -> int | None:
    """The character of `text` that is drawn at a cell."""
    if column < 0:
        return None
    used = 0
    for start, _end, size in grapheme_clusters(text):
        used += size
        if column < used:
            return start
    return None
