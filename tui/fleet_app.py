"""`glideslope fleet` in a terminal: the list of all sessions, without a session of its own."""

import asyncio
import gc
import os
import sys

from tui.app import FALLBACK_COLOUR, textual_theme
from tui.commands import COMMANDS
from tui.screens.clipboard import copy_text
from tui.screens.fleet_screen import FleetHost, FleetScreen
from tui.session.fleet import FleetSession
from tui.settings.keymap import load_keymap
from tui.settings.last_theme import first_theme
from tui.settings.theme_spec import VARIABLES, ThemeSpec
from tui.settings.user_folders import user_folders
from tui.shutdown import CleanExitApp


class FleetApp(CleanExitApp, inherit_bindings=False):
    """The list as a program of its own."""

    TITLE = "Glideslope"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, host: FleetHost, theme: ThemeSpec | None = None) -> None:
        """Args:
        host: What the list needs.
        theme: What to paint with; None for the theme of the last run.
        """
        super().__init__()
        self.chosen: FleetSession | None = None
        """The session that the user opens from the list."""
        keymap = load_keymap(COMMANDS, user_folders().keybindings)
        single = {id: [key for key in keys if " " not in key] for id, keys in keymap.keys.items()}
        self.set_keymap({id: ",".join(keys) for id, keys in single.items() if keys})
        self._list = FleetScreen(host, keymap.labels)
        if spec := theme or first_theme(None, user_folders()):
            self.register_theme(textual_theme(spec))
            self.theme = spec.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours for a theme that has none of ours."""
        return dict.fromkeys(VARIABLES, FALLBACK_COLOUR)

    def on_mount(self) -> None:
        """Show the list; the program ends with it."""
        self.push_screen(self._list, self._leave)
        gc.freeze()
        gc.enable()

    def _leave(self, chosen: FleetSession | None) -> None:
        self.chosen = chosen
        self.exit(0)

    async def shut_down(self, code: int = 0, sentence: str = "") -> None:
        """End the program; there is no session to close."""
        if self.terminal is not None:
            self.terminal.leave()
        self.exit(code, return_code=code, message=sentence or None)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy with the platform's own tool, with tmux, or with the terminal."""
        self.run_worker(self._copy(text), group="copy", exit_on_error=False)

    async def _copy(self, text: str) -> None:
        result = await asyncio.to_thread(copy_text, text, os.environ, sys.platform)
        if result.sequence and self._driver is not None:
            self._driver.write(result.sequence)
