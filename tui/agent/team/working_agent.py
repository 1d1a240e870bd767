"""An agent at work, as its crew knows it: what was ordered, what it has, what it does."""

import asyncio
from dataclasses import dataclass, field

from tui.agent.team.child_session import ChildSession
from tui.agent.team.hand_over import HandedOver
from tui.agent.team.spawn_rules import AgentOrder
from tui.agent.tools.base import ProgressCallback
from tui.session import events as ev


@dataclass(slots=True)
class WorkingAgent:
    """One agent at work."""

    name: str
    order: AgentOrder
    progress: ProgressCallback
    reserved: int = 0
    interrupt: asyncio.Event = field(default_factory=asyncio.Event)
    """Set to stop it before it has a session."""
    why: str = ""
    """What stops it, as a sentence."""
    child: ChildSession | None = None
    doing: str = ""
    """Its last act in one line."""
    handed: HandedOver = field(default_factory=HandedOver)
    """What was decided about its work, where it had a worktree."""
    changes: list[ev.FileChange] = field(default_factory=list)
    """What its tools changed."""
    settled_at: float = 0.0

    def stop(self, why: str) -> None:
        """Stop it as soon as it can stop."""
        self.why = self.why or why
        self.interrupt.set()
        if self.child is not None:
            self.child.runner.interrupt(self.why)
