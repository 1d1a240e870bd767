"""What one request thought, read and searched: one quiet line, or everything when unfolded."""

from typing import Final

from typing_extensions import override

from tui.reports.call_words import RowPart, group_parts
from tui.reports.transcript_items import CallDetail, CallGroupItem, ThinkingItem
from tui.sanitize import clean, clean_line
from tui.widgets.screen_text import prepare_for_screen
from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.styled_text import plain
from tui.widgets.transcript.tool_blocks import (
    BELOW,
    FOLDED,
    INDENT,
    UNFOLDED,
    is_tool_foldable,
    tool_blocks,
    tool_source,
)
from tui.widgets.transcript.transcript_blocks import (
    MAX_PROSE_CELLS,
    BlockLine,
    ProseBlock,
    TranscriptBlock,
)
from tui.widgets.transcript.wrapping import cell_width, truncate, truncate_middle

SEPARATOR: Final = " · "
_LEAST_NAMES: Final = 6
"""Cells that names get at least, however narrow the line."""


def is_group_foldable(item: CallGroupItem) -> bool:
    """Whether there is anything to unfold under the line."""
    if item.thought is not None and item.thought.text.strip():
        return True
    return len(item.calls) > 1 or any(is_tool_foldable(call) for call in item.calls)


def group_source(item: CallGroupItem) -> str:
    """What copying a group gives: what was thought, then each call with its result."""
    parts = [] if item.thought is None else [clean(item.thought.text).strip()]
    return "\n\n".join(filter(None, [*parts, *map(tool_source, item.calls)]))


def group_blocks(
    item: CallGroupItem, folded: bool, detail: CallDetail = "names"
) -> list[TranscriptBlock]:
    """One line while it is folded, or a line for each call; unfolded, all of it.

    Args:
        item: The group.
        folded: Whether the user has not unfolded it.
        detail: How much of folded calls is shown.
    """
    if folded and detail != "rows":
        return [GroupHead(item, detail, FOLDED if is_group_foldable(item) else "")]
    thought = CallGroupItem(item.key, (), item.thought)
    blocks: list[TranscriptBlock] = []
    if item.thought is not None:
        foldable = is_group_foldable(thought)
        blocks.append(GroupHead(thought, detail, _mark(folded) if foldable else ""))
        if foldable and not folded:
            blocks += thought_paragraphs(item.thought)
    for call in item.calls:
        blocks += tool_blocks(call, folded, detail)
    return blocks


def _mark(folded: bool) -> str:
    return FOLDED if folded else UNFOLDED


def thought_paragraphs(item: ThinkingItem) -> list[TranscriptBlock]:
    """Plain text between bars; empty lines keep the bar."""
    bar = plain(" " * BELOW + "▏ ", transcript_styles.RULE)
    rows = prepare_for_screen(clean(item.text).strip()).split("\n")
    return [
        ProseBlock(plain("\n".join(rows[at : at + 40]), transcript_styles.THINKING), bar, bar)
        for at in range(0, len(rows), 40)
    ]


class GroupHead(TranscriptBlock):
    """The line of a group: `read 5 files: cart tax … · 19.1k · thought 0.2k`."""

    __slots__ = ("_detail", "_item", "_mark")

    def __init__(self, item: CallGroupItem, detail: CallDetail, mark: str) -> None:
        """Args:
        item: The group.
        detail: How much of it is shown.
        mark: Says whether there is more to show.
        """
        super().__init__()
        self._item = item
        self._detail = detail
        self._mark = mark

    @property
    @override
    def text(self) -> str:
        return SEPARATOR.join(map(_whole, group_parts(self._item, self._detail)))

    @override
    def height(self, width: int) -> int:
        return 1

    @override
    def atomic_range(self, offset: int) -> tuple[int, int]:
        return 0, len(self.text)

    @override
    def lines(self, width: int) -> list[BlockLine]:
        mark = f" {self._mark}" if self._mark else ""
        room = min(width, MAX_PROSE_CELLS) - INDENT - cell_width(mark)
        drawn = " " * INDENT + fit_parts(group_parts(self._item, self._detail), room) + mark
        text = plain(truncate(drawn, width), transcript_styles.MUTED)
        return [BlockLine(text.text, [*text.spans], 0, 0, 0, atomic_length=len(self.text))]


def _whole(part: RowPart) -> str:
    return _one_line(part.words + part.between.join(map(clean_line, part.names)) + part.said)


def _one_line(words: str) -> str:
    return clean(words).replace("\n", " ")


def fit_parts(parts: list[RowPart], room: int) -> str:
    """The parts in one line of at most `room` cells: names give way, words and figures stay.

    What another place says too is the first to go.


    Args:
        parts: Of the line.
        room: Cells.
    """
    if len(parts) > 1 and cell_width(SEPARATOR.join(map(_whole, parts))) > room:
        parts = [part for part in parts if not part.may_go]
    names = [cell_width(part.between.join(map(clean_line, part.names))) for part in parts]
    fixed = sum(cell_width(_one_line(part.words + part.said)) for part in parts)
    space = room - fixed - len(SEPARATOR) * (len(parts) - 1)
    if sum(names) > space:
        # Names of files come last; patterns get what they leave, or a few cells.
        *others, last = [at for at, part in enumerate(parts) if part.names] or [0]
        names[last] = max(_LEAST_NAMES, min(names[last], space - _LEAST_NAMES * len(others)))
        for left, at in enumerate(others):
            share = (space - names[last]) // (len(others) - left)
            names[at] = min(names[at], max(_LEAST_NAMES, share))
    drawn = [
        _one_line(part.words) + _fit_names(part, names[at]) + _one_line(part.said)
        for at, part in enumerate(parts)
    ]
    return truncate(SEPARATOR.join(drawn), max(1, room))


def _fit_names(part: RowPart, room: int) -> str:
    """As many names as `room` cells hold, and how many more there are."""
    names = [clean_line(name) for name in part.names]
    whole = part.between.join(names)
    if cell_width(whole) <= room:
        return whole
    for count in range(len(names) - 1, 0, -1):
        some = f"{part.between.join(names[:count])}{part.between}+{len(names) - count}"
        if cell_width(some) <= room:
            return some
    if len(names) > 1:
        more = f"{part.between}+{len(names) - 1}"
        return truncate(names[0], max(1, room - len(more))) + more
    # A path has its name at the end; a pattern begins with what matters.
    is_path = part.words == "read "
    return (truncate_middle if is_path else truncate)(whole, max(1, room))
