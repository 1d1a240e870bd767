"""Agents that share the pool without slices: each of their requests holds what it may use before it
is sent, and gives the rest back when it is over.

What an agent's report takes stays held for it as long as it lives, so that each of them can land.
The look at the pool and the event that holds tokens are one step. An agent for which too few are
free waits while another has a request underway, which may leave some; where nobody has, it lands.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec import structs

from tui.agent.session_runner import SessionRunner
from tui.agent.team.agent_report import settled_event
from tui.agent.team.agent_settlement import kept_for_report, settled
from tui.agent.team.child_session import ChildSession
from tui.agent.team.working_agent import WorkingAgent
from tui.session import events as ev

LEAST_OUTPUT = 4_000
"""Output tokens below which a request is not worth sending: its answer would be cut."""


@dataclass(slots=True)
class PoolShares:
    """What the requests of one session's agents hold of the pool."""

    runner: SessionRunner
    """Runs the session that delegates."""
    lock: asyncio.Lock
    """Held by whoever reserves tokens of the pool, agents that begin included."""
    _underway: dict[str, int] = field(default_factory=dict)
    """Agents with a request underway, by name: which of the holds it is."""
    _holds: int = 0
    """Holds so far."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the pool may have more; another one takes its place then."""

    def join(self, agent: WorkingAgent, child: ChildSession) -> None:
        """Let an agent without a slice draw on the pool; does nothing for others."""
        if self.runner.state.team.agents[agent.name].shares_pool:
            child.runner.ctx.run.pool_share = AgentShare(self, agent, child)

    async def hold(
        self, agent: WorkingAgent, child: ChildSession, tokens: int, given_up: Callable[[], bool]
    ) -> int:
        """See `tui.agent.turn_context.PoolShare`.

        Args:
            agent: Who sends the request.
            child: Its session.
            tokens: Output tokens of it at most.
            given_up: Whether they are not wanted any more.
        """
        waits = False
        while True:
            async with self.lock:
                if got := await self._try(agent, child, tokens):
                    self._holds += 1
                    self._underway[agent.name] = self._holds
                    return got
                changed = self._changed
                if given_up() or not self._underway.keys() - {agent.name}:
                    return 0
                if not waits:
                    waits = True
                    await self.runner.commit(self._waiting(agent, child))
            agent.tell("waits for tokens of the pool")
            await changed.wait()

    async def _try(self, agent: WorkingAgent, child: ChildSession, tokens: int) -> int:
        """Hold tokens if enough are free; how many it were."""
        team, kept = self.runner.state.team, kept_for_report(self.runner, child.state)
        used = settled_event(agent.name, child.state).charged
        free = team.pool.free + team.books.leases[agent.name].held - used - kept
        wish = min(tokens, free)
        if wish < min(tokens, LEAST_OUTPUT):
            return 0
        holds = settled_event(agent.name, child.state, agent.doing, holds=kept + wish)
        await self.runner.commit(holds)
        # What others used beyond what they held, in the meantime, is theirs.
        return max(0, (team.agents[agent.name].holds or 0) - kept)

    def _waiting(self, agent: WorkingAgent, child: ChildSession) -> ev.AgentSettled:
        used = settled(self.runner, agent.name, child.state, agent.doing)
        return structs.replace(used, waits=True)

    async def give_back(self, agent: WorkingAgent, child: ChildSession) -> None:
        """A request is over: what it did not use is free again."""
        hold = self._underway.get(agent.name)
        try:
            await self.runner.commit(settled(self.runner, agent.name, child.state, agent.doing))
        finally:
            if self._underway.get(agent.name) == hold:
                self._underway.pop(agent.name, None)
            self.wake()

    def leave(self, name: str) -> None:
        """An agent is gone: nothing of it is underway."""
        self._underway.pop(name, None)
        self.wake()

    def wake(self) -> None:
        """Let those that wait look again: there may be more in the pool."""
        self._changed.set()
        self._changed = asyncio.Event()


@dataclass(frozen=True, slots=True)
class AgentShare:
    """The share of one agent; see `tui.agent.turn_context.PoolShare`."""

    shares: PoolShares
    agent: WorkingAgent
    child: ChildSession

    async def hold(self, tokens: int, given_up: Callable[[], bool]) -> int:
        """See `tui.agent.turn_context.PoolShare`."""
        return await self.shares.hold(self.agent, self.child, tokens, given_up)
