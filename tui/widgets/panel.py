"""A panel: a page of the program's own, beside the chat or over it, that Escape closes.

How to show one: make a body, any widget that is a `PanelBody`, and open the panel with it:

    chat.open_panel(Panel("Usage", PanelText(lambda: usage_summary(chat.meters))))
    chat.open_panel(Panel("Changes", ChangeRows(changes), keys="enter unfolds"))

`PanelText` shows Markdown and can be searched and copied from; any `LineWidget` that scrolls will
do for other rows. The panel has the keys, not its body: a panel with keys of its own is a subclass
with `BINDINGS`. Nothing of it gets into the transcript, the log or what the model sees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, cast, runtime_checkable

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widget import Widget

from tui.widgets.line_widget import MUTED

_BESIDE_HINTS = 4
"""Cells of the frame's lower edge, without its corners, that words in it leave to the line."""
END_ROWS = 1_000_000
"""Rows that lead from anywhere in a page to its end."""


@runtime_checkable
class PanelBody(Protocol):
    """What a panel needs of the widget that it shows."""

    def action_scroll(self, by: int) -> None:
        """Look `by` rows further down, up where it is negative, as far as there is something."""

    def refresh_content(self) -> None:
        """Show what there is to show now: figures may have changed."""

    def text_to_copy(self) -> str:
        """What is selected of the page, or all of it, as text."""


class Panel(Vertical, can_focus=True):
    """The frame around a page, and the keys that scroll it."""

    DEFAULT_CSS = """
    Panel {
        height: auto; max-height: 100%;
        border: round $rule; border-title-align: left; border-subtitle-align: right;
    }
    Panel:focus { border: round $muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_body(-1)", "Up", show=False),
        Binding("down,j", "scroll_body(1)", "Down", show=False),
        Binding("pageup,b", "page_body(-1)", "Page up", show=False),
        Binding("pagedown,space", "page_body(1)", "Page down", show=False),
        Binding("home,g", f"scroll_body({-END_ROWS})", "To the first", show=False),
        Binding("end,G", f"scroll_body({END_ROWS})", "To the last", show=False),
        Binding("y", "copy_body", "Copy", show=False),
        Binding("q,enter", "leave", "Close", show=False),
    ]

    @dataclass
    class CloseRequested(Message):
        """The user is done with the panel."""

    def __init__(
        self,
        title: str,
        body: Widget,
        *,
        keys: str | Sequence[str] = "",
        brief: bool = False,
        escape: str = "closes",
    ) -> None:
        """Make a panel; `ChatScreen.open_panel` shows it.

        Args:
            title: Of the page, already clean.
            body: The page; a `PanelBody`.
            keys: Keys of the page beside those of every panel, for the frame: `enter unfolds`;
                shorter forms of it for less room, the longest first.
            brief: Whether it has a few rows only: it is below the transcript on every screen, and
                closes as soon as something else has the focus.
            escape: What Escape does, for the frame; see `back`. Empty where `keys` say it.
        """
        super().__init__(body)
        if not isinstance(body, PanelBody):
            raise TypeError(f"{type(body).__name__} cannot be shown in a panel")
        self.body = body
        self.brief = brief
        self.border_title = Content.styled(title, "bold")
        forms = (keys,) if isinstance(keys, str) else keys
        leave = f"esc {escape}" if escape else ""
        self._hints = [" · ".join(filter(None, (form, leave))) for form in forms]
        self.border_subtitle = Content.styled(self._hints[0], MUTED)

    def on_resize(self, event: Resize) -> None:
        """Name the keys at such length as there is room for."""
        if len(self._hints) > 1:
            room = self.size.width - _BESIDE_HINTS
            fitting = (each for each in self._hints if cell_len(each) <= room)
            self.border_subtitle = Content.styled(next(fitting, self._hints[-1]), MUTED)

    @property
    def _page(self) -> PanelBody:
        return cast(PanelBody, self.body)

    def refresh_content(self) -> None:
        """Show the figures as they are now."""
        self._page.refresh_content()

    def text_to_copy(self) -> str:
        """What is selected of the page, or all of it, as text."""
        return self._page.text_to_copy()

    def back(self) -> bool:
        """Escape: go one level back; False where there is none, and the panel is to be closed."""
        return False

    def action_scroll_body(self, by: int) -> None:
        """Look `by` rows further down."""
        self._page.action_scroll(by)

    def action_page_body(self, by: int) -> None:
        """Look `by` pages further down, less one row to read on from."""
        self._page.action_scroll(by * max(1, self.body.size.height - 1))

    def action_copy_body(self) -> None:
        """Copy what is selected of the page, or all of it."""
        self.app.copy_to_clipboard(self.text_to_copy())

    def action_leave(self) -> None:
        """Ask to be closed."""
        self.post_message(self.CloseRequested())
