"""An agent at work, as its crew knows it: what was ordered, what it has, what it does."""

import asyncio
from dataclasses import dataclass, field

from tui.agent.team.child_session import ChildSession
from tui.agent.team.hand_over import HandedOver
from tui.agent.team.spawn_rules import AgentOrder
from tui.agent.tools.base import ProgressCallback, ToolOutcome
from tui.number_format import format_tokens
from tui.session import events as ev

SETTLE_SECONDS = 2.0
"""Seconds between two settlements of one agent, at least."""
CUT_SHORT = frozenset({"interrupted", "paused", "stopped", "crashed"})
"""How a turn ends that could go on."""


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
    has_call: bool = True
    """Whether a call of the lead waits for its end; that call then tells what it changed."""
    settled_at: float = 0.0
    keeps_reservation: bool = False
    """Whether it goes on when the session is opened again, if it is interrupted now."""

    @property
    def goes_on_later(self) -> bool:
        """Whether it was interrupted with work left, to go on when the session is opened again."""
        if not self.keeps_reservation or self.child is None or not self.interrupt.is_set():
            return False
        state = self.child.state
        end = None if state.turn_open else state.last_end
        return end is not None and end.reason in CUT_SHORT

    @property
    def is_paused(self) -> bool:
        """Whether none of its requests begins until the user lets it go on."""
        return self.child is not None and not self.child.may_go_on.is_set()

    def may_settle(self, now: float) -> bool:
        """Whether its last settlement was long enough ago; `now` is that of the next one then."""
        if self.settled_at and now - self.settled_at < SETTLE_SECONDS:
            return False
        self.settled_at = now
        return True

    def tell(self, waits: str = "") -> None:
        """Say in a line what it used and does, or what it waits for."""
        used = format_tokens(self.child.state.charged if self.child is not None else 0)
        doing = f" · {waits or self.doing}" if waits or self.doing else ""
        self.progress(f"{self.name} · {used} of {format_tokens(self.reserved)} used{doing}")

    def raise_by(self, by: int) -> None:
        """Its reservation is `by` tokens larger now."""
        self.reserved += by
        self.tell()

    def outcome(self, finished: ev.AgentFinished, content: str) -> ToolOutcome:
        """What the call returns that ordered it, which has ended.

        Args:
            finished: Its end.
            content: The text for the lead.
        """
        summary = f"{finished.end.replace('_', ' ')} · {format_tokens(finished.charged)} used"
        return ToolOutcome(
            content=content,
            status="error" if finished.end in ("failed", "crashed") else "done",
            summary=f"partial: {summary}" if finished.partial else summary,
            changes=tuple(self.changes),
        )

    def ask_for_report(self, why: str) -> None:
        """Stop it, after a report of what it has; at once where it has not begun.

        Args:
            why: What stops it, as a sentence.
        """
        if self.child is None or not self.child.state.turn_open:
            self.stop(why)
            return
        self.why = self.why or why
        self.child.may_go_on.set()
        self.child.runner.ask_for_report(self.why)

    def stop(self, why: str) -> None:
        """Stop it as soon as it can stop."""
        self.why = self.why or why
        self.interrupt.set()
        if self.child is not None:
            self.child.runner.interrupt(self.why)
