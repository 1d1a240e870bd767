"""One item of a transcript, and what is known of how it looks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tui.reports.transcript_items import (
    AnswerItem,
    CardItem,
    PromptItem,
    ThinkingItem,
    ToolItem,
    TranscriptItem,
)
from tui.sanitize import StreamCleaner
from tui.widgets.transcript.item_blocks import is_foldable, is_single_line, item_source
from tui.widgets.transcript.transcript_blocks import TranscriptBlock

if TYPE_CHECKING:
    from tui.widgets.transcript.markdown_stream import MarkdownStream


class TextPosition(NamedTuple):
    """A character in the transcript, at whatever width."""

    entry: int
    block: int
    offset: int


class LinePosition(NamedTuple):
    """A line of the transcript."""

    entry: int
    block: int
    line: int
    """Within the block; negative on the empty lines above it."""


@dataclass(slots=True, eq=False)
class TranscriptEntry:
    """One item and what is known of how it looks."""

    item: TranscriptItem
    gap: int
    """Empty lines above."""
    folded: bool
    blocks: list[TranscriptBlock] | None = None
    tops: list[int] | None = None
    """First line of each block with its own gap, counted from the entry's top."""
    width: int = 0
    """Cells it was measured at; 0 while its height is a guess."""
    stream: "MarkdownStream | None" = None
    cleaner: StreamCleaner | None = None
    unread_markdown: str = ""
    """What is left of a long answer that is read in parts."""
    arrived_text: str = ""
    """Text that has arrived and is not read yet."""
    sealed: bool = True
    """False while more text may arrive."""

    @property
    def source(self) -> str:
        """What the sources of its blocks are offsets into."""
        if self.stream is not None:
            return self.stream.text
        return item_source(self.item)


def gap_between_items(above: TranscriptEntry | None, item: TranscriptItem) -> int:
    """Empty lines between two items: lines of tools stand together while they are folded."""
    if above is None:
        return 0
    together = is_single_line(above.item) and is_single_line(item)
    return 0 if together and (above.folded or not is_foldable(above.item)) else 1


def starts_folded(item: TranscriptItem) -> bool:
    """What has more to show starts folded."""
    return isinstance(item, ThinkingItem | ToolItem | PromptItem)


def item_size(item: TranscriptItem) -> int:
    """Characters of an item, roughly."""
    match item:
        case AnswerItem():
            return len(item.markdown)
        case PromptItem() | ThinkingItem():
            return len(item.text)
        case ToolItem():
            return len(item.detail) + sum(len(change.diff) for change in item.changes)
        case _:
            return 100


def estimate_height(entry: TranscriptEntry, width: int) -> int:
    """The height of an entry nobody has measured."""
    match entry.item:
        case AnswerItem(markdown=text) | PromptItem(text=text):
            return text.count("\n") + len(text) // width + 1
        case CardItem(lines=lines):
            return len(lines) + 2
        case _:
            return 1
