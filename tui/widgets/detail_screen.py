"""The entries behind a figure: a page of rows over the chat, scrolled and left by a key.

A page says its columns, and how a row reads in few cells follows: where the columns do not
fit side by side they go below the row, by name.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

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


class DetailTable(LineWidget, can_focus=True):
    """The rows of a page, those in view."""

    DEFAULT_CSS = "DetailTable { height: auto; max-height: 70vh; }"
    WHEEL_ROWS = 3
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("pageup", "scroll(-12)", "Page up", show=False),
        Binding("pagedown,space", "scroll(12)", "Page down", show=False),
        Binding("home,g", "scroll(-1000000)", "To the first", show=False),
        Binding("end,G", "scroll(1000000)", "To the last", show=False),
    ]

    def __init__(self, page: DetailPage) -> None:
        super().__init__()
        self._page = page
        self._widths = column_widths(page)
        self._top = 0
        self._laid: tuple[int, tuple[_PageLine, ...]] | None = None

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


class DetailScreen(ModalScreen[None]):
    """Shows a page; Escape, q or Enter leaves it."""

    DEFAULT_CSS = """
    DetailScreen { align: center middle; background: $background 60%; }
    #figure-box {
        width: 100%; max-width: 110; height: auto; max-height: 100%;
        border: round $accent; padding: 0 1; background: $background;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "leave", "Leave", show=False),
    ]

    def __init__(self, page: DetailPage) -> None:
        super().__init__()
        self._page = page

    def compose(self) -> ComposeResult:
        """The rows in their box."""
        box = Vertical(DetailTable(self._page), id="figure-box")
        box.border_title = Content(flatten(self._page.title, 200))
        box.border_subtitle = Content.styled("↑ ↓ scroll · esc closes", MUTED)
        yield box

    def on_click(self, event: events.Click) -> None:
        """A click beside the box leaves."""
        if event.widget is self:
            self.action_leave()

    def action_leave(self) -> None:
        """Close the page and go back to the chat."""
        self.dismiss(None)
