"""Pauses one agent: none of its requests begins, nor of those below it, until it goes on.

A request under way and a running tool come to their end. A pause costs nothing and takes none of
the agent's minutes; only its prompt cache may go cold.
"""

from collections.abc import Mapping

from tui.agent.session_runner import SessionRunner
from tui.agent.team.working_agent import WorkingAgent
from tui.session import events as ev
from tui.session.state import SessionState


class TeamPause:
    """The pauses of one session's agents."""

    def __init__(self, runner: SessionRunner, agents: Mapping[str, WorkingAgent]) -> None:
        """Args:
        runner: Runs the session.
        agents: Those at work, by name.
        """
        self._runner = runner
        self._agents = agents

    def is_paused(self, name: str) -> bool:
        """Whether an agent at work is paused."""
        agent = self._agents.get(name)
        return agent is not None and agent.is_paused

    async def begin(self, name: str) -> str:
        """Pause an agent; a sentence where that cannot be."""
        agent = self._agents.get(name)
        if agent is None:
            return f"{name} is not at work."
        if agent.child is None:
            return f"{name} has not begun yet: it waits its turn."
        if not agent.is_paused:
            agent.child.may_go_on.clear()
            await self._runner.commit(ev.AgentPaused(agent=name, paused=True))
        return ""

    async def end(self, name: str) -> str:
        """Let an agent go on; returns what its pause costs where its prompt cache went cold."""
        agent = self._agents[name]
        assert agent.child is not None, "only who has begun is paused"
        now = self._runner.ctx.services.now()
        await self._runner.commit(ev.AgentPaused(agent=name, paused=False))
        agent.child.may_go_on.set()
        return cold_cache_sentence(agent.child.state, now)

    async def on_turn_ended(self) -> None:
        """A turn of the lead is over: whoever works on without it is not held by that."""
        members = self._runner.state.team.agents
        for name, agent in list(self._agents.items()):
            member = members[name]
            if member.held and not member.paused and not agent.keeps_reservation:
                await self._runner.commit(ev.AgentPaused(agent=name, paused=False))


def cold_cache_sentence(state: SessionState, now: float) -> str:
    """That the next request of an agent writes again what its prompt cache lost; else empty.

    Args:
        state: Of the agent.
        now: Seconds since the Unix epoch.
    """
    cache = state.prompt_cache
    lost = cache.lost(now) if cache.cached_tokens else "nothing"
    if lost == "nothing":
        return ""
    tokens = cache.cached_tokens - (cache.preamble if lost == "messages" else 0)
    return (
        f"Its prompt cache went cold meanwhile: its next request writes ≈ {tokens:,} tokens again."
    )
