"""Fences and tables that are still open: they take new lines without the Markdown reader.

Loaded after the first frame.
"""

import re
from typing import Any

from tui.widgets.screen_text import cut_long_lines, expand_tabs
from tui.widgets.transcript.inline_markdown import parse_inline
from tui.widgets.transcript.markdown_reader import RestartPoint
from tui.widgets.transcript.preformatted import SLICE_ROWS, CodeText, PreformattedSlice
from tui.widgets.transcript.table_blocks import ROWS, TableGrid, table_slices
from tui.widgets.transcript.transcript_blocks import TranscriptBlock

_ENDS_TABLE = re.compile(
    r" {4}| {0,3}(?:>|#{1,6}(?: |$)|```|~~~|[-+*](?: |$)|\d{1,9}[.)](?: |$)"
    r"|(?:\* *){3,}$|(?:- *){3,}$|(?:_ *){3,}$)"
)
_CELL = re.compile(r"(?:[^\\|]|\\.?)*")
_INDENT = re.compile(" *")


class OpenFence:
    """Lines of code until the closing marks, or the end of the list item around them."""

    def __init__(
        self, leaf: RestartPoint, code: CodeText, begin: int, at: int, column: int
    ) -> None:
        assert leaf.token is not None
        self.code = code
        self.begin = begin
        self.at = at
        """Offset of the first line that is not in the sheet for good."""
        self.first = 0
        """Blocks before the first slice."""
        self.gap = 1
        self._indent = leaf.indent
        self._column = column
        self._strip = 0
        self._marks = leaf.token.markup
        self._closing = re.compile(
            rf" {{0,3}}{re.escape(self._marks[0])}{{{len(self._marks)},}}[ \t]*"
        )
        self._half = False
        self._marked = False
        """Whether the closing marks were seen, not only the end of what is around."""
        self._offsets: list[int] = []

    @property
    def version(self) -> int:
        """Never goes up: finished rows stay."""
        return 0

    @classmethod
    def of(cls, leaf: RestartPoint, text: str, begin: int, column: int) -> "OpenFence | None":
        """The open fence at `begin` of `text`; None when it is closed, or no fence."""
        if (
            leaf.token is None
            or not leaf.token.markup
            or not isinstance(leaf.rows_of_block, CodeText)
        ):
            return None
        lines = text[begin:].split("\n")
        if len(lines) < 2:
            return None
        opened = cls(leaf, CodeText(leaf.rows_of_block.language, open=True), begin, begin, column)
        first = expand_tabs(lines[0])
        where = first.find(opened._marks)
        if first[:where].strip():
            # It opens on the line of a list mark: the reader knows better what is inside.
            return None
        opened._strip = max(0, where - column)
        opened.at = begin + len(lines[0]) + 1
        if any(opened._is_closing(line) for line in lines[1:]):
            return None
        if any(opened._is_outside(expand_tabs(line)) for line in lines[1:-1]):
            return None
        return opened

    def _is_closing(self, line: str) -> bool:
        return self._closing.fullmatch(expand_tabs(line)[self._column :]) is not None

    def _is_outside(self, line: str) -> bool:
        """Whether `line` is not in the list item around the fence any more."""
        indent = _INDENT.match(line)
        assert indent is not None
        return indent.end() < min(self._column, len(line))

    def take(self, text: str, final: bool) -> bool:
        """Move new lines of `text` into the sheet; whether the fence is closed."""
        code = self.code
        if self._half:
            code.rows.pop()
            self._half = False
        while True:
            end = text.find("\n", self.at)
            if end < 0:
                break
            if self._put(text[self.at : end]):
                return self._close(end + 1)
            self.at = end + 1
        rest = text[self.at :]
        if final:
            if rest and self._put(rest):
                return self._close(len(text))
            self.at = len(text)
            return self._close(self.at)
        if rest and rest.strip(f" {self._marks[0]}") and not self._is_outside(rest):
            self._offsets.append(self.at)
            code.rows.append(self._inside(rest))
            self._half = True
        return False

    def _put(self, line: str) -> bool:
        """One whole line; whether it ended the fence."""
        if self._is_closing(line) and not self._is_outside(expand_tabs(line)):
            self._marked = True
            return True
        if self._is_outside(expand_tabs(line)):
            return True
        self._offsets = self._offsets[: len(self.code.rows)]
        self._offsets.append(self.at)
        self.code.rows.append(self._inside(line))
        return False

    def _close(self, after: int) -> bool:
        """End the fence with the line before `after`, if that line is its end mark."""
        if self._marked:
            self.at = after
        self.code.close()
        return True

    def _inside(self, line: str) -> str:
        line = cut_long_lines(expand_tabs(line))[self._column :]
        strip = 0
        while strip < self._strip and line[strip : strip + 1] == " ":
            strip += 1
        return line[strip:]

    def blocks(self, kept: int, text: str) -> list[TranscriptBlock]:
        """Slices from number `kept` on."""
        slices = self.code.slices(self._indent, kept * SLICE_ROWS)
        for block in slices:
            self._locate(block, text)
        return list(slices)

    def _locate(self, block: PreformattedSlice, text: str) -> None:
        rows = self.code.rows
        block.begin = self._offsets[block.first] if block.first and rows else self.begin
        end = self.at if block.last == len(rows) else self._offsets[block.last]
        block.end = end_without_space(text, block.begin, end)


class OpenTable:
    """Rows of a table until an empty line, or one that begins something else."""

    def __init__(
        self, leaf: RestartPoint, grid: TableGrid, begin: int, at: int, env: dict[str, Any]
    ) -> None:
        self.grid = grid
        self.begin = begin
        self.at = at
        self.first = 0
        self.gap = 1
        self._indent = leaf.indent
        self._env = env
        self._half = False

    @property
    def version(self) -> int:
        """Goes up when columns grew, so that finished rows have to be drawn again."""
        return self.grid.version

    @classmethod
    def of(
        cls, leaf: RestartPoint, text: str, begin: int, env: dict[str, Any]
    ) -> "OpenTable | None":
        """The table at `begin` of `text`, if its head is complete; its rows are read again."""
        if not isinstance(leaf.rows_of_block, TableGrid):
            return None
        head = text.find("\n", begin)
        rule = text.find("\n", head + 1)
        if head < 0 or rule < 0:
            return None
        grid = TableGrid(leaf.rows_of_block.head, leaf.rows_of_block.aligns)
        return cls(leaf, grid, begin, rule + 1, env)

    def take(self, text: str, final: bool) -> bool:
        """Move new lines of `text` into the grid; whether the table has ended."""
        ended = self._take(text, final)
        if ended:
            self.grid.settle()
        return ended

    def _take(self, text: str, final: bool) -> bool:
        if self._half:
            self.grid.drop_last()
            self._half = False
        while True:
            end = text.find("\n", self.at)
            if end < 0:
                break
            line = expand_tabs(text[self.at : end])
            if not line.strip() or _ENDS_TABLE.match(line):
                return True
            self._add(line, end)
            self.at = end + 1
        rest = expand_tabs(text[self.at :])
        if final:
            if rest.strip() and not _ENDS_TABLE.match(rest):
                self._add(rest, len(text))
                self.at = len(text)
            return True
        if rest.lstrip().startswith("|"):
            self._add(rest, len(text))
            self._half = True
        return False

    def _add(self, line: str, end: int) -> None:
        cells = [parse_inline(cell, self._env) for cell in split_table_row(line)]
        self.grid.add(cells, (self.at, end))

    def blocks(self, kept: int, text: str) -> list[TranscriptBlock]:
        """Slices from number `kept` on."""
        sources = self.grid.sources
        slices = table_slices(self.grid, self._indent, kept * ROWS)
        for block in slices:
            block.begin = sources[block.first][0] if block.first else self.begin
            end = sources[block.last - 1][1] if block.last else self.at
            block.end = end_without_space(text, block.begin, end)
        return list(slices)


def end_without_space(text: str, begin: int, end: int) -> int:
    """Where what begins at `begin` ends, when white space before `end` is left out."""
    while end > begin and text[end - 1].isspace():
        end -= 1
    return end


def split_table_row(line: str) -> list[str]:
    """The cells of one row of a GitHub table: bars that are not escaped part them."""
    text = line.strip()
    parts: list[str] = []
    at = 0
    while True:
        match = _CELL.match(text, at)
        assert match is not None
        parts.append(match.group().replace("\\|", "|").strip())
        at = match.end()
        if at >= len(text):
            break
        at += 1
    if parts and not parts[0]:
        parts.pop(0)
    if parts and not parts[-1]:
        parts.pop()
    return parts
