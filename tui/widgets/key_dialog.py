"""Typing a key: a box with a masked line.

`KeyDialog` is a modal screen that gives the key, or None. The key is in no message, no history and
no clipboard; what the line shows are dots, as many as there are characters.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.claude.run_key import WHERE_A_KEY_COMES_FROM, KeyRefused, read_typed_key
from tui.widgets.line_widget import MUTED
from tui.widgets.one_line_input import OneLineInput

EXPLANATION = f"""\
A key that you type here is for this run only: it is kept in memory, never in a file or a log. To \
use one always, set ANTHROPIC_API_KEY in your shell. The Console makes keys: \
{WHERE_A_KEY_COMES_FROM}"""


class KeyDialog(ModalScreen[str | None]):
    """A masked line for a key; Enter takes it, Escape leaves everything as it was."""

    DEFAULT_CSS = """
    KeyDialog { align: center middle; background: $background 60%; }
    #key-box {
        width: 90%; max-width: 84; height: auto; max-height: 100%;
        border: round $accent; padding: 0 1; background: $background;
    }
    #key-box Static { color: $muted; margin-bottom: 1; }
    #key-box #key-problem { color: $error; margin: 0; }
    #key-box Input { background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]

    def __init__(self, now: str = "") -> None:
        """Args: now: which key is used now, as one sentence; empty for nothing to say."""
        super().__init__()
        self._explanation = f"{now} {EXPLANATION}".strip()
        self._line = OneLineInput(placeholder="sk-ant-…", password=True, compact=True)
        self._line.cursor_blink = False
        self._problem = Static("", id="key-problem", markup=False)

    def compose(self) -> ComposeResult:
        """What a key is for, and the line."""
        box = Vertical(
            Static(self._explanation, markup=False), self._line, self._problem, id="key-box"
        )
        box.border_title = Content("A key for this run")
        box.border_subtitle = Content.styled("enter uses it · esc closes", MUTED)
        yield box

    def on_mount(self) -> None:
        """Let letters go into the line."""
        self._line.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter takes the key; what can be none is refused."""
        event.stop()
        try:
            key = read_typed_key(event.value)
        except KeyRefused as refusal:
            self._problem.update(str(refusal))
        else:
            self.dismiss(key)

    def action_leave(self) -> None:
        """Take no key."""
        self.dismiss(None)
