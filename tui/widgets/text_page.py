"""A page of foreign text as it is: whole files, to be read before they are used.

The text is data: cleaned line by line as it comes into view, never markup, whatever its size.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from tui.widgets.cleaning import clean
from tui.widgets.lines import MUTED, Lines

PIECE = 400
"""Characters of a line that are laid out at once: a line may be a whole file."""


class Section(NamedTuple):
    """One text with a heading."""

    title: str
    """Already clean."""
    text: str
    """Foreign text."""


class _Piece(NamedTuple):
    """A part of a line."""

    text: str
    style: str = ""


def _pieces(sections: Sequence[Section]) -> Iterator[_Piece]:
    for at, section in enumerate(sections):
        if at:
            yield _Piece("")
        yield _Piece(section.title, "bold")
        for line in section.text.splitlines():
            for start in range(0, max(1, len(line)), PIECE):
                yield _Piece(line[start : start + PIECE])


class TextRows(Lines, can_focus=True):
    """The lines in view."""

    DEFAULT_CSS = "TextRows { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("pageup,b", "page(-1)", "Page up", show=False),
        Binding("pagedown,space", "page(1)", "Page down", show=False),
        Binding("home,g", "scroll(-100000000)", "To the first", show=False),
        Binding("end,G", "scroll(100000000)", "To the last", show=False),
    ]

    def __init__(self, sections: Sequence[Section]) -> None:
        super().__init__()
        self._pieces = list(_pieces(sections))
        self._top = 0
        self._shown_pieces = 1

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """The lines from the first in view on, wrapped, and how many are below."""
        room = max(1, (self.size.height if height is None else height) - 1)
        rows: list[Content] = []
        at = self._top
        while at < len(self._pieces) and len(rows) < room:
            piece = self._pieces[at]
            text = Content.styled(clean(piece.text).replace("\t", "    "), piece.style)
            rows += text.wrap(max(1, width)) or [Content("")]
            at += 1
        self._shown_pieces = max(1, at - self._top)
        below = len(self._pieces) - at
        rows = rows[:room] + [Content("")] * (room - len(rows))
        place = f"↓ {below:,} more lines" if below else "the end"
        return [*rows, Content.styled(place, MUTED)]

    def count(self, width: int) -> int | None:
        """As many as there is room for."""
        return self.size.height or None

    def action_scroll(self, by: int) -> None:
        """Look `by` lines further down."""
        self._top = min(max(0, self._top + by), max(0, len(self._pieces) - 1))
        self.rebuild()

    def action_page(self, by: int) -> None:
        """Look a page further down or up."""
        self.action_scroll(by * max(1, self._shown_pieces - 1))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.stop()
        self.action_scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        event.stop()
        self.action_scroll(-3)


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
        """Args: title: already clean."""
        super().__init__()
        self._heading = title
        self._sections = sections

    def compose(self) -> ComposeResult:
        """The texts in their box."""
        box = Vertical(TextRows(self._sections), id="text-box")
        box.border_title = Content(self._heading)
        box.border_subtitle = Content.styled("↑ ↓ space scroll · esc leaves", MUTED)
        yield box

    def action_leave(self) -> None:
        """Back to where it was opened."""
        self.dismiss(None)
