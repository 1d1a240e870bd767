"""Where reading Markdown may start again, and what is between two blocks.

Loaded after the first frame.
"""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from markdown_it.token import Token

from tui.widgets.transcript.preformatted import CodeText
from tui.widgets.transcript.table_blocks import Align, TableGrid
from tui.widgets.transcript.transcript_blocks import ProseBlock, TranscriptBlock

INDENT: Final = 2
"""Cells before the text of an answer."""

MARKER_LINES: Final = 2
"""Source lines that stand for one list item above the point where reading starts."""

_MARKER = re.compile(r" *(?:[-+*]|\d{1,9}[.)])(?: {1,4}(?=\S)|$)")

RestartKind = Literal["prose", "fence", "table"]


@dataclass(slots=True)
class RestartPoint:
    """The last block of what was read, which may still change."""

    kind: RestartKind
    line: int
    """Line of the source it starts on."""
    end: int
    """Line after its last."""
    block: int
    """How many blocks are before it."""
    stubs: tuple[str, ...]
    """Markers of the list items it is in that start on earlier lines."""
    quoted: bool
    rows_of_block: CodeText | TableGrid | None = None
    first: int = 0
    """How many blocks are before the first slice of `sheet`."""
    indent: int = INDENT
    token: Token | None = None


@dataclass(slots=True)
class MarkdownBlocks:
    """What some Markdown became."""

    blocks: list[TranscriptBlock] = field(default_factory=list)
    lines: list[tuple[int, int]] = field(default_factory=list)
    """First line and line after the last, of each block."""
    restart: RestartPoint | None = None


def item_opening(markers: tuple[str, ...]) -> str:
    """Source that opens the list items with these markers."""
    return "".join(f"{marker}x\n\n" for marker in markers)


def gap_between_blocks(above: TranscriptBlock | None, block: TranscriptBlock, blank: bool) -> int:
    """Empty lines between two blocks of one answer."""
    if above is None or (block.is_same_stop(above) and not isinstance(block, ProseBlock)):
        return 0
    if (
        isinstance(above, ProseBlock)
        and above.spaced
        and isinstance(block, ProseBlock)
        and not block.spaced
    ):
        return 0
    spaced = isinstance(block, ProseBlock) and block.spaced
    return 1 if blank or spaced or block.needs_blank_lines or above.needs_blank_lines else 0


def column_alignment(style: str) -> Align:
    """A column's alignment as the parser writes it."""
    if style == "right":
        return "right"
    return "center" if style == "center" else "left"


def list_markers(line: str, count: int) -> str | None:
    """The first `count` list markers of `line`, as they stand there."""
    at = 0
    for _ in range(count):
        match = _MARKER.match(line, at)
        if match is None:
            return None
        at = match.end()
    marker = line[:at]
    return marker if marker.endswith(" ") else f"{marker} "
