"""Tables: columns that measure themselves again as rows arrive.

A grid keeps the widest cell of each column, so a new row costs its own cells only; the
rows are blocks of at most forty. Where the columns do not fit, the widest give way and
their cells wrap; where there is no room for columns at all, each row becomes a short list
of `head: cell` lines.
"""

from collections.abc import Sequence
from typing import ClassVar, Final, Literal, TypeAlias

from typing_extensions import override

from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.styled_text import StyledText, StyleSpan, TextLink, clip_spans
from tui.widgets.transcript.transcript_blocks import BlockLine, TranscriptBlock
from tui.widgets.transcript.wrapping import Breaks, cell_width, wrap

Align: TypeAlias = Literal["left", "center", "right"]
Cells: TypeAlias = tuple[StyledText, ...]

ROWS: Final = 40
"""Rows of one block."""

NARROWEST: Final = 6
"""Cells below which a column is no column any more."""

_GAP: Final = "  "


class TableGrid:
    """All rows of one table and the widths of its columns."""

    def __init__(self, head: Cells, aligns: Sequence[Align]) -> None:
        self.aligns = tuple(aligns)
        self.rows: list[Cells] = []
        self.sources: list[tuple[int, int]] = []
        """Where each row is in the item's Markdown."""
        self.natural = [0] * len(head)
        """Cells of the widest cell of each column."""
        self.version = 0
        """Goes up when a column grew, so that finished rows have to be drawn again."""
        self.head = head
        self._grow(head)

    @property
    def columns(self) -> int:
        """How many columns the head has; rows are cut or filled to it."""
        return len(self.head)

    def add(self, row: Sequence[StyledText], source: tuple[int, int] = (-1, -1)) -> None:
        """Add a row at the end."""
        whole = (*row, *[StyledText()] * (self.columns - len(row)))[: self.columns]
        self.rows.append(whole)
        self.sources.append(source)
        self._grow(whole)

    def drop_last(self) -> None:
        """Take back the last row, which was half of one; its width stays counted."""
        self.rows.pop()
        self.sources.pop()

    def settle(self) -> None:
        """No more rows will come: forget what halves of rows were wide."""
        before, self.natural = self.natural, [0] * self.columns
        version = self.version
        for row in (self.head, *self.rows):
            self._grow(row)
        self.version = version + (self.natural != before)

    def _grow(self, row: Cells) -> None:
        for at, cell in enumerate(row):
            wide = max(map(cell_width, cell.text.split("\n")))
            if wide > self.natural[at]:
                self.natural[at] = wide
                self.version += 1

    def widths(self, room: int) -> list[int] | None:
        """Cells of each column within `room`; None when columns have no room at all."""
        room -= len(_GAP) * (self.columns - 1)
        if sum(self.natural) <= room:
            return self.natural
        if room < sum(min(NARROWEST, wide) for wide in self.natural):
            return None
        return share_width(self.natural, room)


def share_width(wanted: Sequence[int], room: int) -> list[int]:
    """`room` cells shared out: the narrow get what they want, the wide share the rest evenly."""
    widths = [0] * len(wanted)
    left = room
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    for done, at in enumerate(order):
        widths[at] = min(wanted[at], max(1, left // (len(order) - done)))
        left -= widths[at]
    if left > 0:
        widths[order[-1]] += min(left, wanted[order[-1]] - widths[order[-1]])
    return widths


class TableSlice(TranscriptBlock):
    """At most forty rows of a grid; the first slice has the head."""

    __slots__ = ("first", "grid", "indent", "last")

    needs_blank_lines: ClassVar[bool] = True

    def __init__(self, grid: TableGrid, first: int, last: int, indent: int) -> None:
        super().__init__()
        self.grid = grid
        self.first = first
        self.last = last
        self.indent = indent

    def _rows(self) -> list[Cells]:
        rows = self.grid.rows[self.first : self.last]
        return [self.grid.head, *rows] if self.first == 0 else rows

    @property
    @override
    def text(self) -> str:
        return "\n".join(_row_text(row) for row in self._rows())

    @property
    @override
    def links(self) -> tuple[TextLink, ...]:
        found: list[TextLink] = []
        at = 0
        for row in self._rows():
            for cell in row:
                found += [TextLink(a + at, b + at, href) for a, b, href in cell.links]
                at += len(cell.text) + 1
        return tuple(found)

    @override
    def height(self, width: int) -> int:
        widths = self.grid.widths(width - self.indent)
        rule = 1 if self.first == 0 else 0
        if widths is None:
            return len(self.lines(width))
        if widths is self.grid.natural and not any("\n" in c.text for r in self._rows() for c in r):
            return len(self._rows()) + rule
        return rule + sum(
            max(len(_cell_breaks(cell, wide)) for cell, wide in zip(row, widths, strict=True))
            for row in self._rows()
        )

    def row_ranges(self) -> list[tuple[int, int]]:
        """Where each row is in the text; the head of the first slice is its first row."""
        ranges, at = list[tuple[int, int]](), 0
        for row in self._rows():
            ranges.append((at, at + len(_row_text(row))))
            at = ranges[-1][1] + 1
        return ranges

    @override
    def lines(self, width: int) -> list[BlockLine]:
        widths = self.grid.widths(width - self.indent)
        if widths is None:
            return self._stacked(width)
        lines: list[BlockLine] = []
        offset = 0
        for number, row in enumerate(self._rows()):
            head = number == 0 == self.first
            whole = len(_row_text(row))
            lines += self._row_lines(
                row, widths, transcript_styles.TABLE_HEAD if head else "", offset, whole
            )
            if head:
                lines.append(self._rule(widths, offset, whole))
            offset += whole + 1
        return lines

    def _row_lines(
        self, row: Cells, widths: Sequence[int], style: str, offset: int, whole: int
    ) -> list[BlockLine]:
        """The lines of one row: as many as its highest cell needs."""
        broken = [_cell_breaks(cell, wide) for cell, wide in zip(row, widths, strict=True)]
        lines = []
        for level in range(max(map(len, broken))):
            text, spans = " " * self.indent, list[StyleSpan]()
            for at, cell in enumerate(row):
                start, end = broken[at][level] if level < len(broken[at]) else (0, 0)
                piece = cell.text[start:end]
                space = widths[at] - cell_width(piece)
                before = _before(self.grid.aligns[at], space)
                by = len(text) + before
                spans += clip_spans(cell.spans, start, end, by)
                after = 0 if at == len(row) - 1 else space - before
                text += " " * before + piece + " " * after + (_GAP if at < len(row) - 1 else "")
            if style:
                spans.insert(0, StyleSpan(self.indent, len(text), style))
            lines.append(BlockLine(text, spans, offset, 0, 0, atomic_length=whole))
        return lines

    def _rule(self, widths: Sequence[int], offset: int, whole: int) -> BlockLine:
        """A line below each heading; one across where a column has none."""
        complete = all(cell.text for cell in self.grid.head)
        drawn = (_GAP if complete else "─" * len(_GAP)).join("─" * wide for wide in widths)
        spans = [StyleSpan(self.indent, self.indent + len(drawn), transcript_styles.RULE)]
        return BlockLine(" " * self.indent + drawn, spans, offset, atomic_length=whole)

    def _stacked(self, width: int) -> list[BlockLine]:
        """Each row as `head: cell` lines."""
        room = max(4, width - self.indent)
        lines: list[BlockLine] = []
        offset = len(_row_text(self.grid.head)) + 1 if self.first == 0 else 0
        for row in self.grid.rows[self.first : self.last]:
            whole = len(_row_text(row))
            for head, cell in zip(self.grid.head, row, strict=True):
                lines += self._stacked_cell(head, cell, room, offset, whole)
            offset += whole + 1
        return lines or [BlockLine(" " * self.indent, [], 0, atomic_length=len(self.text))]

    def _stacked_cell(
        self, head: StyledText, cell: StyledText, room: int, offset: int, whole: int
    ) -> list[BlockLine]:
        name = StyledText(
            head.text + ": ", (StyleSpan(0, len(head.text) + 1, transcript_styles.TABLE_HEAD),)
        )
        entry = name + cell
        return [
            BlockLine(
                " " * self.indent + entry.text[a:b],
                clip_spans(entry.spans, a, b, self.indent),
                offset,
                atomic_length=whole,
            )
            for a, b in wrap(entry.text, room)
        ]

    @override
    def atomic_range(self, offset: int) -> tuple[int, int]:
        ranges = self.row_ranges()
        return next((each for each in ranges if each[1] >= offset), ranges[-1])

    @override
    def is_same_stop(self, above: TranscriptBlock) -> bool:
        return isinstance(above, TableSlice) and above.grid is self.grid


def _row_text(row: Cells) -> str:
    return "\t".join(cell.text for cell in row)


def _cell_breaks(cell: StyledText, wide: int) -> Breaks:
    if len(cell.text) <= wide and cell.text.isascii() and "\n" not in cell.text:
        return [(0, len(cell.text))]
    return wrap(cell.text, max(1, wide))


def _before(align: Align, space: int) -> int:
    """Cells left of a cell's text."""
    if space <= 0 or align == "left":
        return 0
    return space if align == "right" else space // 2


def table_slices(grid: TableGrid, indent: int, first: int = 0) -> list[TableSlice]:
    """Blocks for the rows from `first`, a multiple of `ROWS`, on."""
    count = max(1, len(grid.rows))
    return [
        TableSlice(grid, at, min(at + ROWS, len(grid.rows)), indent)
        for at in range(first, count, ROWS)
    ]
