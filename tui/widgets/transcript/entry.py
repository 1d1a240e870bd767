"""One item of a transcript, and what is known of how it looks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tui.widgets.cleaning import Cleaner
from tui.widgets.transcript.blocks import Block
from tui.widgets.transcript.items import Answer, Card, Item, Prompt, Thinking, ToolLine
from tui.widgets.transcript.shapes import folds, is_line, source_of

if TYPE_CHECKING:
    from tui.widgets.transcript.streams import Stream


class Place(NamedTuple):
    """A character in the transcript, at whatever width."""

    entry: int
    block: int
    offset: int


class Spot(NamedTuple):
    """A line of the transcript."""

    entry: int
    block: int
    line: int
    """Within the block; negative on the empty lines above it."""


@dataclass(slots=True, eq=False)
class Entry:
    """One item and what is known of how it looks."""

    item: Item
    gap: int
    """Empty lines above."""
    folded: bool
    blocks: list[Block] | None = None
    tops: list[int] | None = None
    """First line of each block with its own gap, counted from the entry's top."""
    width: int = 0
    """Cells it was measured at; 0 while its height is a guess."""
    stream: "Stream | None" = None
    cleaner: Cleaner | None = None
    unread: str = ""
    """What is left of a long answer that is read in parts."""
    waiting: str = ""
    """Text that has arrived and is not read yet."""
    sealed: bool = True
    """False while more text may arrive."""

    @property
    def source(self) -> str:
        """What the sources of its blocks are offsets into."""
        if self.stream is not None:
            return self.stream.text
        return source_of(self.item)


def gap_between(above: Entry | None, item: Item) -> int:
    """Empty lines between two items: lines of tools stand together while they are folded."""
    if above is None:
        return 0
    together = is_line(above.item) and is_line(item)
    return 0 if together and (above.folded or not folds(above.item)) else 1


def folded_at_first(item: Item) -> bool:
    """What has more to show starts folded."""
    return isinstance(item, Thinking | ToolLine | Prompt)


def size_of(item: Item) -> int:
    """Characters of an item, roughly."""
    match item:
        case Answer():
            return len(item.markdown)
        case Prompt() | Thinking():
            return len(item.text)
        case ToolLine():
            return len(item.detail) + sum(len(change.diff) for change in item.changes)
        case _:
            return 100


def guess(entry: Entry, width: int) -> int:
    """The height of an entry nobody has measured."""
    match entry.item:
        case Answer(markdown=text) | Prompt(text=text):
            return text.count("\n") + len(text) // width + 1
        case Card(lines=lines):
            return len(lines) + 2
        case _:
            return 1
