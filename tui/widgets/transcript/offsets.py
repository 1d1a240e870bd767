"""Cells and characters: what the mouse points at, and what a selection remembers.

A selection of Textual knows lines by number. Here the number names an entry and a block,
and the column counts characters of the block, so a selection means the same text after a
change of width, while text streams in, and when something above it unfolds.
"""

from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.widgets.transcript.transcript_blocks import BlockLine
from tui.widgets.transcript.transcript_entry import TextPosition
from tui.widgets.transcript.wrapping import grapheme_clusters, is_single

_BLOCK_BITS: Final = 24


def offset_strip(pieces: list[tuple[str, int]], serial: int) -> Strip:
    """A strip of pieces that each say which character of the block they begin with."""
    return Strip([Segment(text, Style.from_meta({"offset": (x, serial)})) for text, x in pieces])


def offset_line(shown: BlockLine, serial: int) -> Strip:
    """A line with the offsets of its characters; decoration counts as what it is beside."""
    if shown.atomic_length:
        return offset_strip([(each, shown.start) for each in f" {shown.text}"], serial)
    pieces = [(each, shown.start) for each in " " + shown.text[: shown.lead]]
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
