"""What a turn tells its session while it works: events to commit, and progress to show.

The turn and its parts are plain coroutines that call `emit`. It returns when an event is on disk
and in the state, so what the next line reads from the state is what the log holds.
"""

from dataclasses import dataclass
from typing import Protocol

from tui.budget.request_pacing import PacedWait
from tui.claude.stream_events import StreamEvent
from tui.session import events as ev


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """Output of a running tool, for the screen only."""

    tool_use: str
    text: str


TurnItem = ev.Event | StreamEvent | ToolOutput | PacedWait
"""Events are committed; everything else is progress, which is shown and never stored."""


class Emit(Protocol):
    """Takes what a turn has to tell: `tui.agent.session_runner.SessionRunner.emit`."""

    async def __call__(self, *items: TurnItem) -> None:
        """Commit, apply and publish each event, one after the other; publish progress.

        Raises:
            StoreError: an event could not be written; it was neither applied nor published.
        """
        ...
