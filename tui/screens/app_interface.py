"""What the chat needs of the application above it."""

import asyncio
from typing import Protocol

from tui.settings.keymap import Keymap
from tui.settings.theme_spec import ThemeSpec


class AppInterface(Protocol):
    """The application, as screens and acts see it."""

    theme: str
    keymap_loaded: asyncio.Event
    """Set once the user's keys are known."""

    @property
    def keymap_in_use(self) -> Keymap:
        """The user's keys."""

    def run_command(self, command: str, args: str = "") -> None:
        """Run a command by its id."""

    def handle_input(self, text: str) -> None:
        """Take what the user sent: a command, or words for the model."""

    def use_theme(self, spec: ThemeSpec) -> None:
        """Paint with `spec` from now on."""

    def copy_to_clipboard(self, text: str) -> None:
        """Put `text` on the clipboard."""

    def action_suspend_process(self) -> None:
        """Back to the shell."""

    async def shut_down(self, code: int = 0) -> None:
        """Close everything and end the program."""
