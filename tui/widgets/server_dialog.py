"""Typing the address of another server: `ServerDialog` is a modal screen that gives it, or None."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.claude.server_address import AddressRefused, connection_problem, read_server_address
from tui.widgets.line_widget import MUTED
from tui.widgets.one_line_input import OneLineInput

EXPLANATION = """\
A server that speaks the Messages API: a gateway, a proxy, a model of your own. It is for this \
run; to use one always, set ANTHROPIC_BASE_URL in your shell. It gets your key, if you have one."""


class ServerDialog(ModalScreen[str | None]):
    """A line for an address; Enter checks and takes it, Escape leaves everything as it was."""

    DEFAULT_CSS = """
    ServerDialog { align: center middle; background: $background 60%; }
    #server-box {
        width: 90%; max-width: 84; height: auto; max-height: 100%;
        border: round $accent; padding: 0 1; background: $background;
    }
    #server-box Static { color: $muted; margin-bottom: 1; }
    #server-box #server-problem { color: $error; margin: 0; }
    #server-box Input { background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave", show=False)]

    def __init__(self) -> None:
        super().__init__()
        self._line = OneLineInput(placeholder="https://host or http://host:8080", compact=True)
        self._line.cursor_blink = False
        self._problem = Static("", id="server-problem", markup=False)
        self._unanswered = ""
        """The address at which nobody answered: Enter again takes it."""

    def compose(self) -> ComposeResult:
        """What a server is for, and the line."""
        box = Vertical(
            Static(EXPLANATION, markup=False), self._line, self._problem, id="server-box"
        )
        box.border_title = Content("Another server for this run")
        box.border_subtitle = Content.styled("enter checks and uses it · esc closes", MUTED)
        yield box

    def on_mount(self) -> None:
        """Let letters go into the line."""
        self._line.focus()

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter takes the address, if somebody answers there."""
        event.stop()
        try:
            address = read_server_address(event.value)
        except AddressRefused as refusal:
            self._problem.update(str(refusal))
            return
        self._problem.update("checking …")
        self.run_worker(self._check(address), exclusive=True, exit_on_error=False)

    async def _check(self, address: str) -> None:
        problem = "" if address == self._unanswered else await connection_problem(address)
        self._unanswered = address
        if problem:
            self._problem.update(problem)
        else:
            self.dismiss(address)

    def action_leave(self) -> None:
        """Take no address."""
        self.dismiss(None)
