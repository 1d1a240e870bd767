"""Stops the agents of a session: each reports what it has, or all end at once.

Who is stopped with a report has its reserve for it, and a time. Whoever takes longer is stopped as
if somebody had asked again, and the program writes the report.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from tui.agent.team.working_agent import WorkingAgent

REPORT_SECONDS = 60.0
"""Seconds that agents have for their reports when all are stopped."""
STOPPED = "You stopped it."


class TeamBelow(Protocol):
    """The agents of an agent: `tui.agent.team.crew.Crew`."""

    @property
    def stopping(self) -> "TeamStop":
        """Stops them."""
        ...


class TeamStop:
    """Stops the agents of one session, or the session alone."""

    def __init__(
        self, agents: Mapping[str, WorkingAgent], close_questions: Callable[[str], object]
    ) -> None:
        """Args:
        agents: Those at work, by name.
        close_questions: Nothing that the agent of a name asked waits for an answer any more.
        """
        self._agents = agents
        self._close_questions = close_questions
        self._late: asyncio.TimerHandle | None = None

    @property
    def reports_are_due(self) -> bool:
        """Whether agents were stopped that still report what they have."""
        return self._late is not None and bool(self._agents)

    def with_reports(self) -> None:
        """Stop each agent at work, after a report from its reserve; see `REPORT_SECONDS`."""
        self._end_wait()
        self._late = asyncio.get_running_loop().call_later(REPORT_SECONDS, self.at_once)
        for agent in list(self._agents.values()):
            if (below := _team_below(agent)) is not None:
                below.stopping.with_reports()
            self._close_questions(agent.name)
            agent.ask_for_report(STOPPED)

    def at_once(self) -> None:
        """Stop each agent at work; the program reports for those that have not done it."""
        self._end_wait()
        for agent in list(self._agents.values()):
            agent.stop(STOPPED)
            if (below := _team_below(agent)) is not None:
                below.stopping.at_once()

    def leave_to_themselves(self) -> None:
        """The session alone is about to be stopped: whoever works goes on to its end."""
        for agent in self._agents.values():
            agent.has_call = False

    def on_end(self) -> None:
        """An agent ended: nothing is waited for when it was the last."""
        if not self._agents:
            self._end_wait()

    def _end_wait(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def _team_below(agent: WorkingAgent) -> TeamBelow | None:
    team = None if agent.child is None else agent.child.runner.ctx.services.team
    return team if hasattr(team, "stopping") else None  # type: ignore[return-value]
