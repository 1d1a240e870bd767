"""The entries of a transcript: one for each item, with its blocks while they are needed.

An entry out of view is its item and a number of lines. Blocks are made when an
entry is measured and let go when many others have been measured since; the heights stay.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from tui.reports.transcript_items import (
    AnswerItem,
    CallDetail,
    CallGroupItem,
    PromptItem,
    ThinkingItem,
    ToolItem,
    TranscriptItem,
    is_removed,
    is_same_request,
)
from tui.sanitize import StreamCleaner, clean, clean_keeping_line_ends
from tui.widgets.transcript.height_index import HeightIndex
from tui.widgets.transcript.item_blocks import blocks_for_item, is_foldable, item_source
from tui.widgets.transcript.tool_blocks import DIFF_ROWS, ENDS_MATTER
from tui.widgets.transcript.tool_output import LAST_ROWS
from tui.widgets.transcript.transcript_blocks import TranscriptBlock

if TYPE_CHECKING:
    from tui.widgets.transcript.markdown_stream import MarkdownStream

KEPT_CHARACTERS: Final = 600_000
"""Characters of items whose blocks are kept; those that were needed longest ago go first."""

READ_CHARACTERS: Final = 4_000
"""Characters of an answer that are read at a time."""


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
        """The text in which `begin` and `end` of its blocks count."""
        if self.stream is not None:
            return self.stream.text
        return item_source(self.item)

    @property
    def written(self) -> str:
        """Its source with the line ends that the model wrote."""
        if not isinstance(self.item, AnswerItem):
            return self.source
        kept = clean_keeping_line_ends(self.item.markdown)
        return kept if kept.replace("\r\n", "\n") == self.source else self.source


def gap_between_items(above: TranscriptItem | None, item: TranscriptItem) -> int:
    """Empty lines between two items: what one request says and does has none inside."""
    if above is None or is_removed(item):
        return 0
    two_answers = isinstance(above, AnswerItem) and isinstance(item, AnswerItem)
    return 0 if is_same_request(above, item) and not two_answers else 1


def starts_folded(item: TranscriptItem) -> bool:
    """What has more to show starts folded."""
    return isinstance(item, ThinkingItem | CallGroupItem | ToolItem | PromptItem)


def item_size(item: TranscriptItem) -> int:
    """Characters of an item, roughly."""
    match item:
        case AnswerItem():
            return len(item.markdown)
        case PromptItem() | ThinkingItem():
            return len(item.text)
        case ToolItem():
            return len(item.detail) + sum(len(change.diff) for change in item.changes)
        case CallGroupItem(calls=calls, thought=thought):
            return sum(item_size(call) for call in calls) + (item_size(thought) if thought else 0)
        case _:
            return 100


def estimate_height(entry: TranscriptEntry, width: int) -> int:
    """The height of an entry nobody has measured."""
    match entry.item:
        case AnswerItem(markdown=text) | PromptItem(text=text):
            return text.count("\n") + len(text) // width + 1
        case ToolItem(changes=(_, *_) as changes):
            return 1 + min(DIFF_ROWS, sum(change.added + change.removed for change in changes))
        case ToolItem(name=name, detail=detail) if name in ENDS_MATTER:
            return 1 + min(LAST_ROWS, detail.count("\n", 0, 400) + 1)
        case _:
            return 1


class EntryList:
    """All entries, top to bottom."""

    def __init__(self) -> None:
        self.all: list[TranscriptEntry] = []
        self.heights = HeightIndex()
        self._by_key: dict[str, int] = {}
        self._kept: OrderedDict[int, int] = OrderedDict()
        self._kept_size = 0
        self.width = 80
        """Cells there are for a line."""
        self.detail: CallDetail = "names"
        """How much of folded tool calls is shown."""

    def __len__(self) -> int:
        return len(self.all)

    def __getitem__(self, index: int) -> TranscriptEntry:
        return self.all[index]

    def index(self, key: str) -> int | None:
        """The index of the item with `key`; None where there is none."""
        return self._by_key.get(key)

    # -- items ---------------------------------------------------------------------

    def load(self, items: Iterable[TranscriptItem]) -> None:
        """Replace all entries by these items; their heights are guesses."""
        self.all = []
        self._by_key = {}
        self._kept.clear()
        self._kept_size = 0
        above: TranscriptItem | None = None
        for item in items:
            self._by_key[item.key] = len(self.all)
            self.all.append(
                TranscriptEntry(item, gap_between_items(above, item), starts_folded(item))
            )
            above = item
        width = max(20, self.width)
        self.heights.load(entry.gap + estimate_height(entry, width) for entry in self.all)

    def append(self, item: TranscriptItem) -> int:
        """One more item at the end."""
        index = len(self.all)
        gap = gap_between_items(self._shown_above(index), item)
        entry = TranscriptEntry(item, gap, starts_folded(item))
        self.all.append(entry)
        self._by_key[item.key] = index
        self.heights.append(entry.gap + estimate_height(entry, max(20, self.width)))
        return index

    def replace(self, index: int, item: TranscriptItem) -> None:
        """Put `item` in the place of another; its height is to be measured."""
        entry = self.all[index]
        grown_thought = isinstance(entry.item, ThinkingItem) and isinstance(item, CallGroupItem)
        if type(entry.item) is not type(item) and not grown_thought:
            entry.folded = starts_folded(item)
        entry.item = item
        self.discard_blocks(index)
        self._update_gap(index)
        self._update_gap(index + 1)

    def _shown_above(self, index: int) -> TranscriptItem | None:
        """The item above an entry, those left out that are shown no more."""
        for at in range(index - 1, -1, -1):
            if not is_removed(self.all[at].item):
                return self.all[at].item
        return None

    def fold(self, index: int, folded: bool) -> None:
        """Fold or unfold an entry; its height is to be measured, and that of the next."""
        self.all[index].folded = folded
        self.discard_blocks(index)
        self._update_gap(index + 1)

    def _update_gap(self, index: int) -> None:
        """Put as many empty lines above an entry as there should be now."""
        if index >= len(self.all):
            return
        entry = self.all[index]
        gap = gap_between_items(self._shown_above(index), entry.item)
        if gap != entry.gap:
            entry.gap = gap
            entry.width = 0

    def discard_blocks(self, index: int) -> None:
        """Let go of the blocks of an entry; its height stays until it is measured."""
        entry = self.all[index]
        entry.blocks = entry.tops = entry.stream = None
        entry.width, entry.unread_markdown = 0, ""
        self._kept_size -= self._kept.pop(index, 0)

    # -- blocks --------------------------------------------------------------------

    def blocks(self, index: int) -> list[TranscriptBlock]:
        """The blocks of an entry, made if they are not there."""
        entry = self.all[index]
        if entry.blocks is None:
            while not self._make_next_part(entry):
                pass
            self._keep(index)
        assert entry.blocks is not None
        return entry.blocks

    def _make_next_part(self, entry: TranscriptEntry) -> bool:
        """Make an entry's blocks, of a long answer those of its next part; whether that is all."""
        if isinstance(entry.item, AnswerItem):
            return self._read_answer(entry, entry.item.markdown)
        entry.blocks = blocks_for_item(entry.item, entry.folded, self.detail)
        for at, block in enumerate(entry.blocks):
            if at and block.needs_blank_lines and not block.is_same_stop(entry.blocks[at - 1]):
                block.gap = 1
        return True

    def _read_answer(self, entry: TranscriptEntry, markdown: str) -> bool:
        from tui.widgets.transcript.markdown_stream import MarkdownStream

        if entry.stream is None:
            entry.stream, entry.unread_markdown = MarkdownStream(), clean(markdown)
        entry.stream.feed(entry.unread_markdown[:READ_CHARACTERS])
        entry.unread_markdown = entry.unread_markdown[READ_CHARACTERS:]
        if entry.unread_markdown:
            return False
        entry.stream.finish()
        entry.blocks = entry.stream.blocks
        return True

    def measure_step(self, index: int) -> tuple[bool, int]:
        """Take one short step towards measuring an entry: whether it is done, and its growth.

        Once enough blocks are kept, those that were made for this only are let go again.
        """
        entry = self.all[index]
        made = entry.blocks is None
        if made and entry.width == self.width:
            return True, 0
        if made and not self._make_next_part(entry):
            return False, 0
        full = self._kept_size > KEPT_CHARACTERS // 2
        if made and not full:
            self._keep(index)
        grew = self.measure(index)
        if made and full:
            self._release_blocks(index)
        return True, grew

    def _keep(self, index: int) -> None:
        """Note that an entry has blocks, and let go of others if there are too many."""
        size = item_size(self.all[index].item) + 50
        self._kept[index] = size
        self._kept_size += size
        for oldest in list(self._kept) if self._kept_size > KEPT_CHARACTERS else ():
            if self._kept_size <= KEPT_CHARACTERS or oldest == index:
                break
            self._release_blocks(oldest)

    def _release_blocks(self, index: int) -> None:
        """Forget the blocks of an entry, which is as high as before."""
        entry = self.all[index]
        if entry.sealed:
            self._kept_size -= self._kept.pop(index, 0)
            entry.blocks = entry.tops = entry.stream = None

    def measure(self, index: int) -> int:
        """Measure an entry at the present width; by how many lines it grew."""
        entry = self.all[index]
        if index in self._kept:
            self._kept.move_to_end(index)
        if entry.width == self.width and entry.tops is not None:
            return 0
        known = entry.width == self.width
        blocks = self.blocks(index)
        entry.tops = []
        height = self._stack(entry, blocks, 0, entry.gap)
        entry.width = self.width
        return 0 if known else self.heights.change(index, height)

    def _stack(
        self, entry: TranscriptEntry, blocks: list[TranscriptBlock], first: int, top: int
    ) -> int:
        """Put the tops of blocks from `first` on below `top`; the height that makes."""
        assert entry.tops is not None
        del entry.tops[first:]
        for block in blocks[first:]:
            entry.tops.append(top)
            top += block.gap + block.height(self.width)
        return top

    def remeasure_from(self, index: int, first: int) -> int:
        """Measure the blocks of an entry from number `first` on; by how many lines it grew."""
        entry = self.all[index]
        blocks = self.blocks(index)
        if entry.tops is None or entry.width != self.width or not first:
            entry.width = 0
            return self.measure(index)
        above = blocks[first - 1]
        top = entry.tops[first - 1] + above.gap + above.height(self.width)
        return self.heights.change(index, self._stack(entry, blocks, first, top))

    # -- lines ---------------------------------------------------------------------

    def position_of_line(self, line: int) -> LinePosition:
        """Where `line` of the transcript is; its entry has to be measured."""
        index, within = self.heights.entry_at(line)
        entry = self.all[index]
        if not entry.tops:
            return LinePosition(index, 0, within - entry.gap)
        block = max(0, bisect_right(entry.tops, within) - 1)
        assert entry.blocks is not None
        return LinePosition(index, block, within - entry.tops[block] - entry.blocks[block].gap)

    def line_of(self, index: int, block: int) -> int:
        """The first line of a block, its gap not counted; its entry has to be measured."""
        entry = self.all[index]
        top = self.heights.top(index)
        if not entry.tops or not entry.blocks:
            return top + entry.gap
        block = min(block, len(entry.tops) - 1)
        return top + entry.tops[block] + entry.blocks[block].gap

    def foldable(self) -> Iterator[int]:
        """The entries that can be folded."""
        return (at for at in range(len(self.all)) if self.is_foldable(at))

    def is_foldable(self, index: int) -> bool:
        """Whether there is more of an entry than is shown while it is folded."""
        return is_foldable(self.all[index].item, self.detail)

    def last_answer(self) -> str:
        """The Markdown of the last answer of the model; empty where there is none."""
        for entry in reversed(self.all):
            if isinstance(entry.item, AnswerItem) and not entry.item.from_program:
                return entry.written
        return ""
