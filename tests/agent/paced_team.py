"""Agents that share one account: real requests over HTTP, on a clock that only waits move."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.context import make_context
from tests.support.simulator import TOKEN, ServedSimulator
from tui.agent.model_request import send_request
from tui.agent.permissions import PermissionRules
from tui.agent.request_scheduler import PacedAgent, RequestScheduler, TellWait
from tui.agent.tools.base import ToolEnvironment
from tui.agent.turn_context import TurnContext
from tui.agent.turn_items import TurnItem
from tui.agent.turn_request import TurnRequest
from tui.agent.user_inbox import UserInbox
from tui.budget.rate_buckets import RateCost
from tui.budget.request_pacing import PacedLane
from tui.claude.api_client import ClaudeClient
from tui.claude.catalogue import load_catalogue
from tui.claude.request import Preamble
from tui.claude.request_errors import ApiError
from tui.claude.response import Response
from tui.claude.retry import REFUSALS, RetryPolicy
from tui.claude.stream_events import Retrying

CATALOGUE = load_catalogue()


class TeamClock:
    """A clock that stands still while an agent does anything but wait for its turn."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def __call__(self) -> float:
        return self.now

    def work(self, agents: int) -> None:
        """So many more agents are busy; fewer, where it is negative."""
        self._busy += agents
        self._idle.set() if not self._busy else self._idle.clear()

    async def sleep(self, seconds: float) -> None:
        """Let the time pass once all agents wait."""
        await self._idle.wait()
        self.now += seconds


class TeamScheduler(RequestScheduler):
    """A scheduler on the clock of a team."""

    def __init__(self, clock: TeamClock) -> None:
        super().__init__(clock, clock.sleep, lambda: 0.5)
        self._team = clock

    async def admit(
        self, lane: PacedLane, agent: str, weight: int, cost: RateCost, tell: TellWait
    ) -> int:
        self._team.work(-1)
        try:
            return await super().admit(lane, agent, weight, cost, tell)
        finally:
            self._team.work(1)


class TeamMember:
    """One agent: a client of its own at the scheduler of the team."""

    def __init__(
        self, server: ServedSimulator, scheduler: TeamScheduler, clock: TeamClock, name: str
    ) -> None:
        self.name, self.told = name, list[TurnItem]()
        self.refusals: list[Retrying] = []
        self.when_refused: Callable[[], object] = lambda: None
        """Called when the server refused a request."""
        self._clock = clock
        self.client = ClaudeClient(
            base_url=server.base_url,
            api_key=TOKEN,
            retry_policy=RetryPolicy(left_to_caller=REFUSALS),
        )
        self.ctx: TurnContext = make_context(
            client=self.client,
            catalogue=CATALOGUE,
            tools={},
            environment=ToolEnvironment(folder=Path("/"), variables={}, scratch_folder=Path("/")),
            rules=PermissionRules(folder=Path("/"), mode="ask"),
            inbox=UserInbox(),
            now=clock,
            random=lambda: 0.0,
            pacing=PacedAgent(scheduler, name, is_lead=name == "lead"),
        )

    async def _emit(self, *items: TurnItem) -> None:
        self.told += items
        refusals = [item for item in items if isinstance(item, Retrying)]
        self.refusals += refusals
        if refusals:
            self.when_refused()

    async def send(self, model: str = "claude-opus-5-5") -> Response | ApiError:
        """One request to `model`, with about ten tokens of input."""
        planned = TurnRequest(
            number=1,
            turn=1,
            model=CATALOGUE.model(model),
            effort=None,
            top_effort=None,
            budget=None,
            max_tokens=4_000,
            preamble=Preamble((), ()),
            messages=[{"role": "user", "content": f"Go on, {self.name}."}],
            new_input=10,
        )
        return await send_request(planned, planned.build(), self.ctx, self._emit)

    async def work(self, requests: int, model: str = "claude-opus-5-5") -> list[object]:
        """So many requests, one after the other."""
        self._clock.work(1)
        try:
            return [await self.send(model) for _ in range(requests)]
        finally:
            self._clock.work(-1)


async def work_together(members: Sequence[TeamMember], requests: int) -> list[object]:
    """All members send so many requests; returns what came of them."""
    found = await asyncio.gather(*(member.work(requests) for member in members))
    return [each for outcomes in found for each in outcomes]
