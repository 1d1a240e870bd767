"""How the application ends: because the user, the system or an error of ours says so."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from textual.app import App

from tui.signals import HANGUP, heed

if TYPE_CHECKING:
    from tui.agent.opened import Opener
    from tui.screens.chat import ChatScreen

log = logging.getLogger(__name__)


class LeavingApp(App[int]):
    """An application that leaves its session and the terminal in order."""

    opener: "Opener"
    chat: "ChatScreen"
    log_path: Path | None = None
    _takes_signals = False

    async def leave(self, code: int = 0) -> None:
        """Close the session, end what was started, and go; asked again, go without waiting."""
        try:
            await self.chat.leave()
            await self.opener.close()
        finally:
            self.exit(code, return_code=code)

    async def run_async(self, *, headless: bool = False, **options: Any) -> int | None:
        """Run in a terminal. See `App.run_async`; a test that runs the app does not call it."""
        self._takes_signals = not headless
        return await super().run_async(headless=headless, **options)

    def on_load(self) -> None:
        """From before the terminal is touched, signals are a way to leave as well."""
        # `is_headless` is not known yet.
        if self._takes_signals:
            heed(self._told)

    def _told(self, code: int) -> None:
        self.run_worker(self._leave_unseen(code), group="leave", exit_on_error=False)

    async def _leave_unseen(self, code: int) -> None:
        """Leave without painting: nobody looks, and there may be nothing left to paint on."""
        with self.batch_update():
            await self.leave(code)

    def _handle_exception(self, error: Exception) -> None:
        """Textual's last resort (private, 8.2.8): a traceback. Ours is a sentence and the log."""
        if self.is_headless:
            super()._handle_exception(error)
            return
        log.error("unexpected", exc_info=error)
        self._give_up(f"{type(error).__name__} inside the program")

    def panic(self, *renderables: RenderableType) -> None:
        """Textual's last resort where keys can no longer be read: a traceback as well."""
        if self.is_headless:
            super().panic(*renderables)
        elif sys.__stdin__ is None or not sys.__stdin__.isatty():
            self._told(HANGUP)
        else:
            self._give_up("its keys cannot be read any more")

    def _give_up(self, why: str) -> None:
        place = f" Details are in {self.log_path}." if self.log_path else ""
        self.exit(
            return_code=1,
            message=f"Glideslope had to stop: {why}.{place} "
            "The session is saved; glideslope -c continues it.",
        )
