"""Preformatted text in slices: code, the output of tools, diffs.

A sheet holds all rows of one such thing; a slice is the block that shows at most forty of
them. Only the slice that is still growing is ever measured or coloured again, so a fence
of five hundred lines costs per frame what one of forty does.
"""

import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any, ClassVar, Final

from typing_extensions import override

from tui.widgets.screen_text import excerpt_source
from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.styled_text import StyledText, StyleSpan, clip_spans, plain
from tui.widgets.transcript.transcript_blocks import MAX_PROSE_CELLS, BlockLine, TranscriptBlock
from tui.widgets.transcript.wrapping import cell_width, is_single, wrap_at_cells

SLICE_ROWS: Final = 40
"""Rows of one slice."""

RowSpans = tuple[StyleSpan, ...]


class PreformattedText:
    """All rows of one preformatted text."""

    needs_blank_lines: ClassVar[bool] = False

    wraps: bool = True
    """Whether a row that is too long goes on in the next line; otherwise it is cut."""

    def __init__(self, rows: Iterable[str] = (), style: str = "") -> None:
        self.rows = list(rows)
        self.style = style

    gutter_width: int = 1
    """Cells before each row."""

    def row_gutter(self, row: int, first: bool) -> StyledText:
        """The cells before `row`; `first` is False where a long row goes on."""
        return StyledText(" ") if first else plain("┆", transcript_styles.RULE)

    def row_fill(self, row: int) -> str:
        """The style of the background of `row`."""
        return ""

    def row_spans(self, first: int, last: int) -> list[RowSpans]:
        """Styles over the rows from `first` to before `last`."""
        if not self.style:
            return [()] * (last - first)
        return [(StyleSpan(0, len(row), self.style),) for row in self.rows[first:last]]

    def source_row(self, row: int) -> str:
        """The line that `row` is drawn of; there may be something before it."""
        return self.rows[row]

    def slices(self, indent: int, first: int = 0) -> list["PreformattedSlice"]:
        """Blocks for the rows from `first`, a multiple of the slice, on."""
        count = max(1, len(self.rows))
        return [
            PreformattedSlice(self, at, min(at + SLICE_ROWS, len(self.rows)), indent)
            for at in range(first, count, SLICE_ROWS)
        ]


class PreformattedSlice(TranscriptBlock):
    """At most forty rows of a sheet."""

    __slots__ = ("first", "indent", "last", "sheet")

    def __init__(self, sheet: PreformattedText, first: int, last: int, indent: int) -> None:
        super().__init__()
        self.sheet = sheet
        self.first = first
        self.last = last
        self.indent = indent

    @property
    def needs_blank_lines(self) -> bool:  # type: ignore[override]  # what a sheet is decides, not the slice
        """Whether its text as a whole needs empty lines around it."""
        return self.sheet.needs_blank_lines

    @property
    @override
    def text(self) -> str:
        return "\n".join(self.sheet.rows[self.first : self.last])

    def _room(self, width: int) -> int:
        return max(1, width - self.indent - self.sheet.gutter_width)

    @override
    def height(self, width: int) -> int:
        room = self._room(width)
        rows = self.sheet.rows[self.first : self.last]
        if not self.sheet.wraps:
            return len(rows)
        return sum(
            max(1, -(-len(row) // room)) if is_single(row) else len(wrap_at_cells(row, room))
            for row in rows
        )

    @override
    def lines(self, width: int) -> list[BlockLine]:
        sheet, room = self.sheet, self._room(width)
        margin = " " * self.indent
        lines: list[BlockLine] = []
        offset = 0
        spans = sheet.row_spans(self.first, self.last)
        widest = max((cell_width(row) for row in sheet.rows[self.first : self.last]), default=0)
        band = max(MAX_PROSE_CELLS, min(width, self.indent + sheet.gutter_width + widest + 1))
        for row, over in zip(range(self.first, self.last), spans, strict=True):
            text = sheet.rows[row]
            breaks = wrap_at_cells(text, room)
            cut = "…" if len(breaks) > 1 and not sheet.wraps else ""
            for start, end in [(0, breaks[0][1] - 1)] if cut else breaks:
                gutter = sheet.row_gutter(row, not start)
                lead = margin + gutter.text
                by = len(lead)
                marks = [StyleSpan(a + self.indent, b + self.indent, s) for a, b, s in gutter.spans]
                marks += clip_spans(over, start, end, by) if over else ()
                shown = lead + text[start:end] + cut
                line = BlockLine(shown, marks, offset + start, by, end - start)
                line.fill, line.unfilled_length, line.min_fill_cells = (
                    sheet.row_fill(row),
                    self.indent,
                    band,
                )
                lines.append(line)
            offset += len(text) + 1
        return lines

    @override
    def excerpt_markdown(self, start: int, end: int) -> str:
        rows = range(self.first, self.last)
        sheet = self.sheet
        return excerpt_source(
            (sheet.rows[row] for row in rows), map(sheet.source_row, rows), start, end
        )

    @override
    def is_same_stop(self, above: TranscriptBlock) -> bool:
        return isinstance(above, PreformattedSlice) and above.sheet is self.sheet


_HIGHLIGHTING: Final = "tui.widgets.transcript.highlighting"

MAX_ROWS_AT_ONCE: Final = 120
"""Rows that may be coloured at once to reach the ones that are asked for."""

_LAG: Final = 6
"""Rows behind the last that may still change their colours while code grows."""

_OVER_LINES: Final = ("/*", "<!--", "{-", "(*", "=begin", '"""', "'''", "<<", "`", "--[[")
"""What begins something that lexers may match over several lines at once."""


def loaded_highlighting() -> ModuleType | None:
    """The module that colours code, once something has loaded it."""
    module = sys.modules.get(_HIGHLIGHTING)
    return module if hasattr(module, "LOADED") else None


class CodeText(PreformattedText):
    """The rows of one fence, coloured when they are painted."""

    needs_blank_lines = True

    def __init__(
        self,
        language: str,
        rows: Iterable[str] = (),
        *,
        open: bool = False,
        fenced: bool = True,
    ) -> None:
        """Args:
        language: Its name, as the fence says it.
        rows: The first rows.
        open: Whether more rows may come.
        fenced: Whether it is between marks; else it is code because it is indented.
        """
        super().__init__(rows)
        self.language = language
        self.fenced = fenced
        self.open = open
        """Whether more rows may come; the last one may be half of one."""
        self.version = 0
        """Goes up when rows that had colours get others."""
        self._colours: list[RowSpans] = []
        self._exact = 0
        self._stack: Any = None

    @override
    def row_fill(self, row: int) -> str:
        return transcript_styles.CODE_FILL

    @property
    def has_rough_colours(self) -> bool:
        """Whether some rows have colours that were guessed or are missing."""
        behind = len(self.rows) - self._exact
        return behind > (MAX_ROWS_AT_ONCE if self.open else 0) and self._lexer() is not None

    def _lexer(self) -> Any:
        module = loaded_highlighting()
        return None if module is None else module.at_hand(module.lexer_named, self.language)

    @override
    def row_spans(self, first: int, last: int) -> list[RowSpans]:
        if first >= last:  # the name of the language may be half of one yet
            return []
        lexer = self._lexer()
        if lexer is None:
            return [()] * (last - first)
        if last > self._exact:
            if last - self._exact <= MAX_ROWS_AT_ONCE:
                self._colour(lexer, self._exact, last)
            elif len(self._colours) < last or not any(self._colours[first:last]):
                self._guess(lexer, first, last)
        return self._colours[first:last]

    def colour_more_rows(self) -> None:
        """Colour some more rows as they must be."""
        lexer = self._lexer()
        if lexer is not None and self._exact < len(self.rows):
            self._colour(lexer, self._exact, min(len(self.rows), self._exact + SLICE_ROWS))
            self.version += 1

    def close(self) -> None:
        """No more rows will come: what spans lines is looked at once as a whole."""
        self.open = False
        if self._exact and any(mark in row for row in self.rows for mark in _OVER_LINES):
            self._exact, self._stack = 0, None

    def _colour(self, lexer: Any, first: int, last: int) -> None:
        """Colour rows from `first`, where the state is known."""
        module = loaded_highlighting()
        assert module is not None
        found, stacks = module.spans_of(lexer, self.rows[first:last], self._stack or module.ROOT)
        self._put(first, found)
        sure = last - _LAG if self.open and last == len(self.rows) else last
        if not module.resumable(lexer):
            boundary = sure // SLICE_ROWS * SLICE_ROWS if self.open else last
            self._exact, self._stack = max(self._exact, boundary), None
            return
        for row in range(sure, first, -1):
            if stacks[row - first - 1] is not None:
                self._exact, self._stack = row, stacks[row - first - 1]
                return
        if last - first >= MAX_ROWS_AT_ONCE // 2 or (last == len(self.rows) and not self.open):
            # One token over many rows: take it as it is rather than for ever again.
            self._exact, self._stack = last, self._stack

    def _guess(self, lexer: Any, first: int, last: int) -> None:
        """Colour rows as if the code began with them; they are settled in idle time."""
        module = loaded_highlighting()
        assert module is not None
        self._put(first, module.spans_of(lexer, self.rows[first:last])[0])

    def _put(self, first: int, found: list[RowSpans]) -> None:
        missing = first - len(self._colours)
        if missing > 0:
            self._colours.extend([()] * missing)
        self._colours[first : first + len(found)] = found
