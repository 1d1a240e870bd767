"""What the chat needs of the application above it."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tui.settings.amounts import Amount
from tui.settings.keymap import Keymap
from tui.settings.theme_spec import ThemeSpec

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.desktop_notifications import DesktopNotifications
    from tui.widgets.terminal_driver import TerminalDriver


class AppInterface(Protocol):
    """The application, as screens and commands see it."""

    theme: str
    notifications: "DesktopNotifications"
    """What tells the user who looks elsewhere."""
    keymap_loaded: asyncio.Event
    """Set once the user's keys are known."""

    @property
    def keymap_in_use(self) -> Keymap:
        """The keys of all commands, as the user has set them."""

    @property
    def terminal(self) -> "TerminalDriver | None":
        """The driver of the terminal; None where it cannot be lent."""

    def run_command(self, command: str, args: str = "") -> None:
        """Run a command by its id."""

    def handle_input(self, text: str, *, pasted: bool = False) -> None:
        """Take what the user sent: a command, or words for the model; say whether it begins
        with a paste.
        """

    def handle_command(self, text: str) -> None:
        """Follow a slash line."""

    async def change_budget(self, session: "OpenSession", amount: Amount) -> bool:
        """Give, extend or take away the budget of a session, as `/budget` does.

        Returns:
            Whether it was changed.
        """

    def show_subtask(self, subtask: str | None) -> None:
        """Open the entries of one subtask; None: of what is charged to none."""

    def use_theme(self, spec: ThemeSpec) -> None:
        """Paint with `spec` from now on."""

    def end_chord(self) -> None:
        """The last key did its work: the next one is no second key of a chord."""

    def copy_to_clipboard(self, text: str) -> None:
        """Put `text` on the clipboard, and say in the status line where it went."""

    def action_suspend_process(self) -> None:
        """Stop the program until the shell continues it."""

    async def move_to(self, folder: Path, session: str) -> None:
        """Leave this folder, and open a session of another one in this terminal."""

    async def shut_down(self, code: int = 0, sentence: str = "") -> None:
        """Close everything and end the program, with a sentence in the terminal."""
