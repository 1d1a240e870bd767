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
AGENT_EVENTS = (ev.AgentSettled, ev.AgentFinished)
"""Those of agents: many agents have many of them."""
DELAY = 0.3
"""Seconds until a note is made: of several events in a moment there is one, out of the way of
what is written right after the first."""
AGENTS_DELAY = 2.0
"""The same for what agents used."""


class ProgressNotes:
    """Notes the figures of a session in the index while it works."""

    def __init__(self, note: Callable[[], object]) -> None:
        """Args: note: begins to note them."""
        self._note = note
        self._timer: asyncio.TimerHandle | None = None

    def follow(self, event: ev.Event) -> None:
        """Note the figures in a moment, if an event changed them."""
        if isinstance(event, (*PROGRESS_EVENTS, *AGENT_EVENTS)) and self._timer is None:
            delay = AGENTS_DELAY if isinstance(event, AGENT_EVENTS) else DELAY
            self._timer = asyncio.get_running_loop().call_later(delay, self._begin)

    def stop(self) -> None:
        """Note nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self) -> None:
        self._timer = None
        self._note()
