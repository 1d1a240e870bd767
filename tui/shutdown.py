"""How the application ends: by the user, by a signal, or by an error of ours."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from textual.app import App
from textual.driver import Driver

from tui.signals import HANGUP, handle_exit_signals
from tui.widgets.input_guard import guard_input
from tui.widgets.output_guard import guard_output

if TYPE_CHECKING:
    from tui.agent.open_session import SessionOpener
    from tui.screens.chat import ChatScreen
    from tui.widgets.terminal_driver import TerminalDriver

KEYS_OF_BORROWER = frozenset({130, 131})
"""Exit codes for SIGINT and SIGQUIT: the terminal makes them of ctrl+c and ctrl+backslash, which
are meant for the program that has it."""

log = logging.getLogger(__name__)


class CleanExitApp(App[int]):
    """An application that leaves its session and the terminal in order."""

    opener: "SessionOpener"
    chat: "ChatScreen"
    log_path: Path | None = None
    farewell = ""
    """What to print once the terminal is given back; empty for nothing."""
    _takes_signals = False

    def get_driver_class(self) -> type[Driver]:
        """The terminal's driver: reads pastes as what they are, and goes on whatever happens."""
        found = super().get_driver_class()
        guard_input()
        guard_output()
        if found.__name__ != "LinuxDriver":
            return found
        from tui.widgets.terminal_driver import TerminalDriver

        return TerminalDriver

    @property
    def terminal(self) -> "TerminalDriver | None":
        """The driver of the terminal (private in Textual 8.2.8); None on other systems."""
        driver: Any = self._driver
        return driver if hasattr(driver, "lend") else None

    async def shut_down(self, code: int = 0, sentence: str = "") -> None:
        """Close the session and the simulator, then exit; called again, exit without waiting.

        Args:
            code: The exit code.
            sentence: What is said in the terminal then, on the error output.
        """
        if self.terminal is not None:
            self.terminal.leave()
        if (session := self.chat.session) is not None:
            from tui.reports.farewell import farewell_line

            self.farewell = farewell_line(session.state, simulated=session.simulated)
        try:
            await self.chat.close_session()
            await self.opener.close()
        finally:
            self.exit(code, return_code=code, message=sentence or None)

    async def run_async(self, *, headless: bool = False, **options: Any) -> int | None:
        """Run in a terminal. See `App.run_async`; a test that runs the app does not call it."""
        self._takes_signals = not headless
        return await super().run_async(headless=headless, **options)

    def on_load(self) -> None:
        """Let signals end the program in order, before it changes the terminal."""
        # `is_headless` is not known yet.
        if self._takes_signals:
            handle_exit_signals(self._exit_on_signal)

    def _exit_on_signal(self, code: int) -> None:
        if code in KEYS_OF_BORROWER and self.terminal is not None and self.terminal.is_lent:
            return
        if self.terminal is not None:
            self.terminal.leave()  # at once: a program that was stopped goes on right after this
        self.run_worker(self._shut_down_without_painting(code), group="leave", exit_on_error=False)

    async def _shut_down_without_painting(self, code: int) -> None:
        """Leave without painting: there may be no terminal left to paint on."""
        with self.batch_update():
            await self.shut_down(code)

    def _handle_exception(self, error: Exception) -> None:
        """Textual's last resort (private, 8.2.8): a traceback. Ours is a sentence and the log."""
        if self.is_headless:
            super()._handle_exception(error)
            return
        log.error("unexpected", exc_info=error)
        self._exit_with_error(f"{type(error).__name__} inside the program")

    def panic(self, *renderables: RenderableType) -> None:
        """Textual's last resort where keys can no longer be read: a traceback as well."""
        if self.is_headless:
            super().panic(*renderables)
        elif sys.__stdin__ is None or not sys.__stdin__.isatty():
            self._exit_on_signal(HANGUP)
        else:
            self._exit_with_error("its keys cannot be read any more")

    def _exit_with_error(self, why: str) -> None:
        place = f" Details are in {self.log_path}." if self.log_path else ""
        self.exit(
            return_code=1,
            message=f"Glideslope had to stop: {why}.{place} "
            "The session is saved; glideslope -c continues it.",
        )
