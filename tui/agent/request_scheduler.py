"""The scheduler of requests: every agent of the process asks it before it sends one.

It keeps a lane for each model (`tui.budget.request_pacing`) and wakes those whose turn has come.
Without limits from the server or the settings nobody waits.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from random import random

from tui.budget.meters import LimitMeter
from tui.budget.rate_buckets import BucketGroup, RateCost, RateKind, expected_output
from tui.budget.request_order import AGENT_WEIGHT, LEAD_WEIGHT, WaitingRequest
from tui.budget.request_pacing import PacedLane, PacedWait

OUTPUTS = 20
"""Last answers of an agent from which the length of its next one is expected."""
LEAST_TOLD = 1.0
"""Seconds of a wait from which on the user is told of it."""

TellWait = Callable[[PacedWait], Awaitable[None]]
"""Takes a wait that the next request has to make; also when it has become longer or shorter."""


@dataclass(frozen=True, slots=True)
class RateAllowance:
    """What the settings say about rate limits, in a minute."""

    paced: bool = True
    """Whether requests wait at all."""
    own: Mapping[RateKind, int] = field(default_factory=dict)
    """What the user allows, for all models together."""
    assumed: Mapping[RateKind, int] = field(default_factory=dict)
    """What the server is taken to allow each model until it says so."""


@dataclass(slots=True, eq=False)
class _Waiter:
    """An agent that waits for its request to be let go."""

    request: WaitingRequest
    news: "asyncio.Queue[PacedWait | None]" = field(default_factory=asyncio.Queue)
    """Waits to tell; None: the request may go."""
    told_until: float = -1.0


class RequestScheduler:
    """Paces the requests to one account; for one event loop."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        random: Callable[[], float] = random,
    ) -> None:
        """Args:
        clock: Seconds; what `sleep` sleeps by.
        sleep: Sleeps so many seconds.
        random: Gives numbers from 0 up to 1.
        """
        self._clock, self._sleep, self._random = clock, sleep, random
        self._allowance = RateAllowance()
        self._timer: asyncio.Task[None] | None = None
        self._own, self._numbers = BucketGroup(), count(1)
        self._lanes: dict[str, PacedLane] = {}
        self._waiters: dict[PacedLane, dict[int, _Waiter]] = {}

    def forget(self) -> None:
        """Another key or server: what is known of the limits does not hold any more.

        Who waits is let go, and asks the new server.
        """
        for waiter in (each for waiters in self._waiters.values() for each in waiters.values()):
            waiter.news.put_nowait(None)
        self._own, self._numbers = BucketGroup(), count(1)
        self._lanes.clear()
        self._waiters.clear()
        self.allow(self._allowance)

    def allow(self, allowance: RateAllowance) -> None:
        """Go on with other settings."""
        if not allowance.paced:
            allowance = RateAllowance(paced=False)
        self._allowance, now = allowance, self._clock()
        self._own.assume(allowance.own, now)
        for lane in self._lanes.values():
            lane.assume(allowance.assumed, now)
        self.update()

    def lane(self, model: str) -> PacedLane:
        """The lane of a model's requests."""
        if model not in self._lanes:
            lane = self._lanes[model] = PacedLane(self._own, self._numbers)
            lane.assume(self._allowance.assumed, self._clock())
            self._waiters[lane] = {}
        return self._lanes[model]

    async def admit(
        self, lane: PacedLane, agent: str, weight: int, cost: RateCost, tell: TellWait
    ) -> int:
        """Wait until a request may be sent.

        Args:
            lane: Of its model.
            agent: Whose it is.
            weight: `LEAD_WEIGHT` or `AGENT_WEIGHT`.
            cost: What it is expected to take.
            tell: Told of a wait that is worth telling.

        Returns:
            The number of the request, for `finish` and the like.

        Raises:
            asyncio.CancelledError: the caller gave up; nothing is set aside for it.
        """
        request = lane.join(agent, weight, cost, self._random())
        waiter = self._waiters[lane][request.number] = _Waiter(request)
        try:
            self.update()
            while (wait := await waiter.news.get()) is not None:
                await tell(wait)
        except BaseException:
            lane.leave(request)
            lane.finish(request.number, None, self._clock())
            self._waiters.get(lane, {}).pop(request.number, None)
            self.update()
            raise
        return request.number

    def update(self) -> None:
        """Let every request go whose turn has come, and look again when the next one's comes."""
        soonest = min(map(self._let_go, self._lanes.values()), default=None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if soonest is not None and soonest < float("inf"):
            self._timer = asyncio.ensure_future(self._look_again(soonest))

    def _let_go(self, lane: PacedLane) -> float:
        """Let the requests of a lane go that may; returns the seconds until the next look."""
        now, waiters = self._clock(), self._waiters[lane]
        while (gone := lane.send_next(now)) is not None:
            waiters.pop(gone.number).news.put_nowait(None)
        wait = lane.wait(now)
        if wait is None:
            return float("inf")
        for waiter in waiters.values():
            until = now + wait.seconds
            if wait.seconds >= LEAST_TOLD and abs(until - waiter.told_until) >= LEAST_TOLD:
                waiter.told_until = until
                waiter.news.put_nowait(wait)
        return wait.seconds

    async def _look_again(self, seconds: float) -> None:
        await self._sleep(seconds)
        self._timer = None
        self.update()

    # What became of a request ----------------------------------------------------

    def observe(self, lane: PacedLane, request: int, readings: Iterable[LimitMeter]) -> None:
        """The answer to a request began: its headers say what is left."""
        if self._allowance.paced:
            lane.observe(request, readings, self._clock())
            self.update()

    def finish(self, lane: PacedLane, request: int, used: RateCost | None) -> None:
        """A request ended; `used` is None where the server took nothing."""
        lane.finish(request, used, self._clock())
        self.update()

    def refuse(self, lane: PacedLane, request: int, pause: float) -> bool:
        """The server refused a request; returns whether no other one told that just now."""
        news = lane.refuse(request, pause, self._clock())
        self.update()
        return news


class PacedAgent:
    """One agent's place at the scheduler: its weight, and how long its answers were."""

    def __init__(
        self, scheduler: RequestScheduler, name: str = "main", *, is_lead: bool = True
    ) -> None:
        """Args:
        scheduler: That of the process.
        name: Of the agent; no two that work at once have the same.
        is_lead: Whether its requests go first.
        """
        self.scheduler, self.name = scheduler, name
        self.weight = LEAD_WEIGHT if is_lead else AGENT_WEIGHT
        self._outputs: deque[int] = deque(maxlen=OUTPUTS)

    @classmethod
    def alone(cls) -> "PacedAgent":
        """An agent that shares its limits with no other one of this process."""
        return cls(RequestScheduler())

    def child(self, name: str) -> "PacedAgent":
        """The place of an agent that this one has begun: at the same scheduler, after the lead."""
        return PacedAgent(self.scheduler, f"{self.name}/{name}", is_lead=False)

    def expected_cost(self, new_input: int, most_output: int) -> RateCost:
        """What its next request is expected to take.

        Args:
            new_input: Tokens that the prompt cache does not hold, estimated.
            most_output: The most tokens that it may answer.
        """
        return RateCost(new_input, min(most_output, expected_output(self._outputs)))

    def note_output(self, tokens: int) -> None:
        """It answered with so many tokens."""
        self._outputs.append(tokens)
