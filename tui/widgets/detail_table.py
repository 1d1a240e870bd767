"""The entries behind a figure: a page of rows for a panel.

A page says its columns, and how a row reads in few cells follows: where the columns do not
fit side by side they go below the row, by name.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from tui.reports.detail_page import DetailPage, DetailRow
from tui.widgets.line_widget import MUTED, LineWidget, flatten, left_and_right

MIN_NAME_CELLS = 24
"""Cells of the first column below which the others go to a row of their own."""
MAX_COLUMN_CELLS = 20
"""Widest of the other columns."""
NAME_LIMIT = 300
"""Characters of a name worth cleaning; the row cuts it further."""
_GAP = "  "


_PageLine = DetailRow | str
"""One line of a page: that of a row, or muted words of a note or of columns below their row."""


def column_widths(page: DetailPage) -> tuple[int, ...]:
    """Cells of the columns of a page, the last one included."""
    filled = [row.cells for row in page.rows if row.cells]
    columns = [
        [column.name, *(cells[at] for cells in filled)] for at, column in enumerate(page.columns)
    ]
    columns.append([page.figure, *(row.figure for row in page.rows)])
    return tuple(min(MAX_COLUMN_CELLS, max(map(cell_len, column))) for column in columns)


def columns_fit(widths: Sequence[int], width: int) -> bool:
    """Whether columns of these widths fit side by side into `width` cells."""
    return sum(widths) + len(_GAP) * len(widths) + MIN_NAME_CELLS <= width


def _page_lines(page: DetailPage, width: int, *, fits: bool) -> Iterable[_PageLine]:
    """The lines of `page`, one below the other; `fits`: the columns fit side by side."""
    for row in page.rows:
        if row.kind == "note":
            yield from _wrapped(flatten(row.name, NAME_LIMIT), 2, width)
            continue
        yield row
        if not fits and any(row.cells):
            yield from _wrapped(_named(page, row), 4, width)


def _wrapped(words: str, indent: int, width: int) -> Iterable[str]:
    """`words` on as many lines as they need."""
    room = max(1, width - indent)
    pieces = [words] if cell_len(words) <= room else [p.plain for p in Content(words).wrap(room)]
    return (" " * indent + piece for piece in pieces)


def _named(page: DetailPage, row: DetailRow) -> str:
    """The cells of a row one after the other; numbers say what they count."""
    return " · ".join(
        f"{column.name} {cell}" if column.number else _clean(cell)
        for column, cell in zip(page.columns, row.cells, strict=True)
        if cell
    )


class DetailTable(LineWidget):
    """The rows of a page, those in view; the panel around it has the keys."""

    DEFAULT_CSS = "DetailTable { height: auto; max-height: 100%; padding: 0 1; }"
    WHEEL_ROWS = 3

    def __init__(self, source: Callable[[], DetailPage]) -> None:
        """Args: source: the page as it is now; asked again when figures change."""
        super().__init__()
        self._source = source
        self._page = page = source()
        self._widths = column_widths(page)
        self._top = 0
        self._laid: tuple[int, tuple[_PageLine, ...]] | None = None

    @property
    def title(self) -> str:
        """What the page is about, on one line."""
        return flatten(self._page.title, 200)

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """Summary, heading and the rows in view."""
        head, parts = self._head(width), self._parts(width)
        if not parts:
            return [*head, Content.styled(self._page.empty, MUTED)]
        room = len(parts) if height is None else max(1, height - len(head))
        self._top = min(max(0, self._top), max(0, len(parts) - room))
        shown = [self._drawn(part, width) for part in parts[self._top : self._top + room]]
        hidden = len(parts) - self._top - room
        if hidden > 0:
            shown[-1] = Content.styled(f"  ↓ {hidden + 1} more rows", MUTED)
        return [*head, *shown]

    def line_count(self, width: int) -> int | None:
        """Known without drawing thousands of rows."""
        parts = len(self._parts(width))
        return parts + len(self._head(width)) if parts else None

    def _parts(self, width: int) -> tuple[_PageLine, ...]:
        """All rows as they lie one below the other in `width` cells."""
        if self._laid is None or self._laid[0] != width:
            lines = _page_lines(self._page, width, fits=columns_fit(self._widths, width))
            self._laid = width, tuple(lines)
        return self._laid[1]

    def _head(self, width: int) -> list[Content]:
        page = self._page
        summary = [row for line in page.summary for row in Content(line).wrap(max(1, width))]
        if not page.rows:
            return summary
        fits = columns_fit(self._widths, width)
        cells = tuple(column.name for column in page.columns) if fits else ()
        heads = self._line(Content.styled(page.name, MUTED), cells, page.figure, width, MUTED)
        return [*summary, Content(""), heads]

    def _drawn(self, part: _PageLine, width: int) -> Content:
        if isinstance(part, str):
            return Content.styled(part, MUTED)
        name = flatten(part.name, NAME_LIMIT)
        if part.kind == "heading":
            return self._line(Content.styled(name, "bold"), (), part.figure, width, "bold")
        cells = part.cells if columns_fit(self._widths, width) else ()
        return self._line(Content(f"  {name}"), cells, part.figure, width)

    def _line(
        self, name: Content, cells: tuple[str, ...], figure: str, width: int, style: str = ""
    ) -> Content:
        """A row with its columns at the right."""
        *widths, last = self._widths
        right = "".join(
            _GAP + _in_cells(cell, wide, column.number)
            for column, cell, wide in zip(self._page.columns, cells, widths, strict=False)
        )
        end = Content.assemble((right, MUTED), _GAP, (figure.rjust(last), style))
        return left_and_right(name, end, width)

    def action_scroll(self, by: int) -> None:
        """Look `by` rows further down."""
        self._top += by
        self.rebuild()

    def refresh_content(self) -> None:
        """Show the page again if other entries are on it now."""
        page = self._source()
        if page != self._page:
            self._page, self._widths, self._laid = page, column_widths(page), None
            self.rebuild()

    def text_to_copy(self) -> str:
        """The whole page, a row a line, cells between tabs."""
        page = self._page
        head = (page.name, *(column.name for column in page.columns), page.figure)
        rows = ((row.name, *row.cells, row.figure) for row in page.rows)
        lines = ("\t".join(flatten(cell, NAME_LIMIT) for cell in row) for row in (head, *rows))
        return "\n".join((*page.summary, "", *lines))


@lru_cache(maxsize=256)
def _clean(text: str) -> str:
    """Foreign text of a cell, on one line: a few values fill thousands of cells."""
    return flatten(text, 100)


def _in_cells(text: str, wide: int, number: bool) -> str:
    """`text` in exactly `wide` cells."""
    clean = _clean(text)
    if cell_len(clean) > wide:
        return f"{set_cell_size(clean, wide - 1)}…"
    pad = " " * (wide - cell_len(clean))
    return pad + clean if number else clean + pad
