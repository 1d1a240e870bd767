"""Styles over a line beside its own: what is found, selected, or chosen."""

from typing import Protocol

from tui.widgets.transcript.styled_text import StyleSpan
from tui.widgets.transcript.transcript_blocks import BlockLine


class LineOverlay(Protocol):
    """Something that is shown over lines."""

    @property
    def is_shown(self) -> bool:
        """Whether it is over any line at all."""

    def spans(self, entry: int, block: int, shown: BlockLine) -> list[StyleSpan]:
        """Styles over one line of a block; a span counts characters of the line."""


def overlay_spans(
    shown: BlockLine, start: int, end: int, style: str, query: str = ""
) -> list[StyleSpan]:
    """Marks over the part of a line that shows a range of its block.

    Args:
        shown: The line.
        start: First character of the range, counted in the block.
        end: The character behind it.
        style: How to mark it.
        query: What to mark in a line that represents a whole row, as in a table.
    """
    first, last = shown.covered_range()
    if end <= first or start >= last:
        return []
    if shown.atomic_length:
        at = shown.text.lower().find(query.lower()) if query else -1
        return [StyleSpan(at, at + len(query), style)] if at >= 0 else []
    a = shown.lead + max(start, first) - shown.start
    b = shown.lead + min(end, last) - shown.start
    return [StyleSpan(a, b, style)]
