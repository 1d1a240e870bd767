"""What copying gives: the Markdown the model wrote, without the line breaks of the screen.

Blocks that are covered whole give their source as it came, and so do the rows of a table. A
paragraph that is covered in part gives its words, with new marks around what is emphasised. Code
comes without the marks of its fence, unless more is copied than this code.
"""

import re
from itertools import pairwise

from tui.reports.transcript_items import AnswerItem
from tui.widgets.screen_text import excerpt_source
from tui.widgets.transcript.entry_list import EntryList, TextPosition, TranscriptEntry
from tui.widgets.transcript.preformatted import CodeText, PreformattedSlice
from tui.widgets.transcript.table_blocks import TableSlice
from tui.widgets.transcript.tool_output import MoreRows
from tui.widgets.transcript.transcript_blocks import ProseBlock, TranscriptBlock

_OPENING = re.compile(
    r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)*(?:#{1,6}[ \t]+)?"
)
"""What makes a line an item, a task, a quote or a heading."""


def range_to_markdown(entries: EntryList, start: TextPosition, end: TextPosition) -> str:
    """What is between two places, `end` not included."""
    first, last = max(0, start.entry), min(end.entry, len(entries) - 1)
    parts: list[tuple[int, str]] = []
    for index in range(first, last + 1):
        entry = entries[index]
        if start.entry < index < end.entry and isinstance(entry.item, AnswerItem):
            part = entry.written
        else:
            begin = start if index == start.entry else TextPosition(index, 0, 0)
            stop = end if index == end.entry else None
            part = _entry_to_markdown(entry, entries.blocks(index), begin, stop, first == last)
        if part.strip():
            parts.append((entry.gap, part))
    if len(parts) == 1:
        return parts[0][1]
    apart = [("\n" * (gap + 1)) + part.strip("\r\n") for gap, part in parts]
    return "".join(apart).lstrip("\n")


def _entry_to_markdown(
    entry: TranscriptEntry,
    blocks: list[TranscriptBlock],
    start: TextPosition,
    end: TextPosition | None,
    alone: bool,
) -> str:
    """What is copied of one entry.

    Args:
        entry: The entry.
        blocks: Its blocks.
        start: Where the copied part begins.
        end: Where it ends; None for its end.
        alone: Whether nothing of another entry is copied.
    """
    stop = len(blocks) - 1 if end is None else min(end.block, len(blocks) - 1)
    covered = [
        (
            blocks[at],
            start.offset if at == start.block else 0,
            end.offset if end is not None and at == end.block else len(blocks[at].text),
        )
        for at in range(start.block, stop + 1)
    ]
    if isinstance(entry.item, AnswerItem):
        excerpt = AnswerExcerpt(entry, blocks)
        for each in _runs(covered):
            excerpt.add(each, only=alone and len(each) == len(covered))
        return excerpt.finish()
    pieces = [
        ("\n" * (1 + block.gap), block.excerpt_markdown(a, b))
        for block, a, b in covered
        if b > a and not isinstance(block, MoreRows)
    ]
    return "".join((gap if at else "") + piece for at, (gap, piece) in enumerate(pieces))


CoveredBlock = tuple[TranscriptBlock, int, int]
"""A block and the part of its text that is copied."""


def _runs(covered: list[CoveredBlock]) -> list[list[CoveredBlock]]:
    """The blocks, with slices of the same code or table together."""
    runs = [covered[:1]] if covered else []
    for above, each in pairwise(covered):
        if isinstance(each[0], PreformattedSlice | TableSlice) and each[0].is_same_stop(above[0]):
            runs[-1].append(each)
        else:
            runs.append([each])
    return runs


class AnswerExcerpt:
    """Parts of one answer, put together from its source."""

    def __init__(self, entry: TranscriptEntry, blocks: list[TranscriptBlock]) -> None:
        self._blocks = blocks
        self._text = entry.source
        self._lines = entry.written.split("\n")
        self._pieces: list[str] = []
        self._whole: tuple[int, int] | None = None
        """Where blocks that are covered whole and follow each other begin and end."""

    def add(self, run: list[CoveredBlock], *, only: bool) -> None:
        """Add some blocks that belong together; `only`: nothing else is copied."""
        block = run[0][0]
        is_code = isinstance(block, PreformattedSlice)
        if _is_whole(run) and not (is_code and only):
            begin = self._whole[0] if self._whole else block.begin
            if self._whole is None:
                self._part(block)
            self._whole = begin, run[-1][0].end
            return
        self._end_whole()
        before = len(self._pieces)
        self._part(block)
        piece = self._excerpt(run, after_others=before > 0)
        if piece:
            self._pieces.append(piece)
        else:
            del self._pieces[before:]

    def finish(self) -> str:
        """All of it."""
        self._end_whole()
        return "".join(self._pieces)

    def code(self, block: PreformattedSlice, start: int, end: int) -> str:
        """A part of the code of a slice, as it is in the source.

        Args:
            block: The slice.
            start: Where the part begins, in characters of the rows of the slice as drawn.
            end: Where it ends.
        """
        sheet = block.sheet
        first = next(
            each
            for each in self._blocks
            if isinstance(each, PreformattedSlice) and each.sheet is sheet
        )
        fenced = isinstance(sheet, CodeText) and sheet.fenced
        top = self._line_of(first.begin) + fenced
        rows = slice(block.first, block.last)
        lines = self._lines[top + block.first : top + block.last]
        return excerpt_source(sheet.rows[rows], lines, start, end)

    def between(self, begin: int, end: int) -> str:
        """The source between two offsets, with the line ends that the model wrote."""
        first, last = self._line_of(begin), self._line_of(end)
        lines = self._lines[first : last + 1]
        lines[-1] = lines[-1][: end - self._line_start(end)]
        lines[0] = lines[0][begin - self._line_start(begin) :]
        return "\n".join(lines)

    def _part(self, block: TranscriptBlock) -> None:
        """Begin another part, apart from the one before."""
        if self._pieces:
            self._pieces.append("\n" * (1 + block.gap))

    def _end_whole(self) -> None:
        if self._whole is not None:
            self._pieces.append(self.between(*self._whole))
            self._whole = None

    def _excerpt(self, run: list[CoveredBlock], *, after_others: bool) -> str:
        """What is copied of blocks that are not covered whole."""
        block, start, end = run[0]
        if isinstance(block, PreformattedSlice):
            return "\n".join(
                self.code(each, a, b)
                for each, a, b in run
                if isinstance(each, PreformattedSlice) and (b > a or not each.text)
            )
        if isinstance(block, TableSlice):
            return "\n".join(self._table_lines(run))
        words = block.excerpt_markdown(start, end) if end > start else ""
        if words and after_others and start <= 0 and isinstance(block, ProseBlock):
            opening = _OPENING.match(self._lines[self._line_of(block.begin)])
            words = (opening[0] if opening else "") + words
        return words

    def _table_lines(self, run: list[CoveredBlock]) -> list[str]:
        """The lines of the rows of a table that are covered."""
        found: list[int] = []
        for block, start, end in run:
            assert isinstance(block, TableSlice)
            top = self._line_of(block.begin)
            for number, (first, last) in enumerate(block.row_ranges()):
                if first < end and last > start:
                    # Below the head there is the line that makes it one.
                    found.append(top + number + (block.first == 0 and number > 0))
            if block.first == 0 and found[:1] == [top] and len(found) > 1:
                found.insert(1, top + 1)
        return [self._lines[line].removesuffix("\r") for line in found]

    def _line_of(self, offset: int) -> int:
        return self._text.count("\n", 0, offset)

    def _line_start(self, offset: int) -> int:
        return self._text.rfind("\n", 0, offset) + 1


def _is_whole(run: list[CoveredBlock]) -> bool:
    """Whether all of the blocks is copied, and of code or a table all its slices."""
    first, last = run[0][0], run[-1][0]
    if run[0][1] > 0 or run[-1][2] < len(last.text) or first.begin < 0:
        return False
    if isinstance(first, PreformattedSlice) and isinstance(last, PreformattedSlice):
        return first.first == 0 and last.last == len(last.sheet.rows)
    if isinstance(first, TableSlice) and isinstance(last, TableSlice):
        return first.first == 0 and last.last == len(last.grid.rows)
    return True


def stop_to_markdown(entries: EntryList, index: int, first: int, last: int) -> str:
    """What the block cursor copies: the code of a fence, the source of anything else."""
    blocks, entry = entries.blocks(index), entries[index]
    if not isinstance(entry.item, AnswerItem):
        from tui.widgets.transcript.item_blocks import item_source

        return item_source(entry.item)
    excerpt = AnswerExcerpt(entry, blocks)
    code = [each for each in blocks[first : last + 1] if isinstance(each, PreformattedSlice)]
    if code:
        return "\n".join(excerpt.code(each, 0, len(each.text)) for each in code)
    return excerpt.between(blocks[first].begin, blocks[last].end)
