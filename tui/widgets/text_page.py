"""A page of foreign text as it is: whole files, to be read before they are used.

The text is data and never markup: what nobody would see of it is written out, line by line as it
comes into view, whatever its size.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from tui.sanitize import spell_out_invisible
from tui.widgets.line_widget import MUTED, LineWidget

CHUNK_CHARACTERS = 400
"""Characters of a line that are laid out at once: a line may be a whole file."""


class Section(NamedTuple):
    """One text with a heading."""

    title: str
    """Already clean."""
    text: str
    """Foreign text."""


class _LineChunk(NamedTuple):
    """A part of a line."""

    text: str
    style: str = ""


class PagePosition(NamedTuple):
    """A row of the page."""

    piece: int
    row: int
    """Of the rows of that piece."""


def _chunks(sections: Sequence[Section]) -> Iterator[_LineChunk]:
    for at, section in enumerate(sections):
        if at:
            yield _LineChunk("")
        yield _LineChunk(section.title, "bold")
        for line in section.text.replace("\r\n", "\n").removesuffix("\n").split("\n"):
            for start in range(0, max(1, len(line)), CHUNK_CHARACTERS):
                yield _LineChunk(line[start : start + CHUNK_CHARACTERS])


class TextRows(LineWidget, can_focus=True):
    """Shows the lines that fit, and scrolls."""

    DEFAULT_CSS = "TextRows { height: 1fr; }"
    WHEEL_ROWS = 3
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("pageup,b", "page(-1)", "Page up", show=False),
        Binding("pagedown,space", "page(1)", "Page down", show=False),
        Binding("home,g", "first", "To the first", show=False),
        Binding("end,G", "last", "To the last", show=False),
    ]

    def __init__(self, sections: Sequence[Section]) -> None:
        super().__init__()
        self._chunks = list(_chunks(sections))
        self._top = PagePosition(0, 0)

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The rows from the first in view on, and how many lines end below them."""
        room = self._room(height)
        # A window that grew shows what is above before it shows nothing.
        self._top = min(self._top, self._last_top(width, room))
        rows = self._rows(self._top.piece, width)[self._top.row :]
        at = self._top.piece + 1
        while at < len(self._chunks) and len(rows) < room:
            rows += self._rows(at, width)
            at += 1
        below = len(self._chunks) - at + (len(rows) > room)
        rows = rows[:room] + [Content("")] * (room - len(rows))
        place = "the end" if not below else f"↓ {below:,} more line{'s' if below > 1 else ''}"
        return [*rows, Content.styled(place, MUTED)]

    def _room(self, height: int | None = None) -> int:
        """Rows of text in view."""
        return max(1, (self.size.height if height is None else height) - 1)

    def _rows(self, at: int, width: int) -> list[Content]:
        """The rows of one piece."""
        piece = self._chunks[at]
        text = spell_out_invisible(piece.text).replace("\t", "    ")
        return list(Content.styled(text, piece.style).wrap(max(1, width))) or [Content("")]

    def _last_top(self, width: int, room: int) -> "PagePosition":
        """The first row in view when the last one is."""
        at = len(self._chunks)
        while at and room > 0:
            at -= 1
            room -= len(self._rows(at, width))
        return PagePosition(at, max(0, -room))

    def line_count(self, width: int) -> int | None:
        """As many as there is room for."""
        return self.size.height or None

    def action_scroll(self, by: int) -> None:
        """Look `by` rows further down."""
        piece, row = self._top
        width = self.size.width
        row += by
        while row < 0 and piece:
            piece -= 1
            row += len(self._rows(piece, width))
        while piece < len(self._chunks) - 1 and row >= (rows := len(self._rows(piece, width))):
            piece, row = piece + 1, row - rows
        self._top = PagePosition(piece, max(0, row))
        self.rebuild()

    def action_first(self) -> None:
        """Scroll to the first line."""
        self._top = PagePosition(0, 0)
        self.rebuild()

    def action_last(self) -> None:
        """Scroll to the last line."""
        self._top = PagePosition(len(self._chunks), 0)
        self.rebuild()

    def action_page(self, by: int) -> None:
        """Look a page further down or up."""
        self.action_scroll(by * max(1, self._room() - 1))


class TextPage(ModalScreen[None]):
    """Shows texts over the whole screen; Escape, q or Enter leaves them."""

    DEFAULT_CSS = """
    TextPage { align: center middle; background: $background; }
    #text-box { width: 100%; height: 100%; border: round $accent; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "leave", "Leave", show=False),
    ]

    def __init__(self, title: str, sections: Sequence[Section]) -> None:
        """Args: title: of the page, already clean."""
        super().__init__()
        self._heading = title
        self._sections = sections

    def compose(self) -> ComposeResult:
        """The texts in their box."""
        box = Vertical(TextRows(self._sections), id="text-box")
        box.border_title = Content(self._heading)
        box.border_subtitle = Content.styled("↑ ↓ space scroll · esc closes", MUTED)
        yield box

    def action_leave(self) -> None:
        """Back to where it was opened."""
        self.dismiss(None)
