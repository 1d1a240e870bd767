"""Notes the figures of a session at work where other programs read them: in the index."""

import asyncio
from collections.abc import Callable

from tui.session import events as ev

PROGRESS_EVENTS = (
    ev.PromptSubmitted,
    ev.RequestFinished,
    ev.RequestFailed,
    ev.BudgetGranted,
    ev.BudgetExtended,
    ev.SessionNamed,
)
"""Events after which other programs should read other figures of a session in the index."""


class ProgressNotes:
    """Notes the figures of a session in the index while it works: one note waits at most."""

    def __init__(self, note: Callable[[], "asyncio.Future[None]"]) -> None:
        """Args: note: begins to note them."""
        self._note = note
        self._waiting: asyncio.Future[None] | None = None

    def follow(self, event: ev.Event) -> None:
        """Note the figures if an event changed them, unless that is about to be done."""
        waits = self._waiting is not None and not self._waiting.done()
        if isinstance(event, PROGRESS_EVENTS) and not waits:
            self._waiting = self._note()
