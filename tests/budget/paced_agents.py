"""Agents that send requests through one lane, and a server that counts them, in virtual time."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from tui.budget.meters import LimitMeter
from tui.budget.rate_buckets import RateBucket, RateCost, RateKind
from tui.budget.request_order import AGENT_WEIGHT, LEAD_WEIGHT, WaitingRequest
from tui.budget.request_pacing import PacedLane


@dataclass(frozen=True)
class Exchange:
    """One request of an agent, and what became of it."""

    expected: RateCost
    used: RateCost
    pause: float = 0.0
    """Seconds before it is asked for."""
    seconds: float = 1.0
    """Seconds that it takes."""


@dataclass
class Sent:
    """A request that was sent."""

    agent: str
    asked: float
    at: float
    passed_by: list[str]
    """Agents whose requests were sent while it waited, one entry for each request."""


@dataclass
class PacedWorld:
    """Runs the exchanges of some agents; the agent `lead` is the lead."""

    lane: PacedLane
    limits: Mapping[RateKind, int]
    """What the server allows in a minute."""
    says_limits: bool
    """Whether its responses tell what is left."""
    refusal: tuple[int, float] | None = None
    """A request by its number, from 1, that the server refuses, and the pause it asks for."""
    sent: list[Sent] = field(default_factory=list)
    refused_at: float | None = None
    lowest: dict[RateKind, float] = field(default_factory=dict)
    """The lowest that each bucket of the server ever was."""

    def run(self, agents: Mapping[str, Sequence[Exchange]]) -> None:
        """Let all agents work to their end."""
        self._now, self._tie = 0.0, count()
        self._todo: list[tuple[float, int, Callable[[], None]]] = []
        self._buckets = {kind: RateBucket(n, float(n), 0.0) for kind, n in self.limits.items()}
        self._asked: dict[int, tuple[str, float, list[Exchange]]] = {}
        self._passed: dict[int, list[str]] = {}
        for name, exchanges in agents.items():
            self._ask_next(name, list(exchanges))
        for _ in range(5_000):
            self._send()
            if not self._todo:
                return
            self._now, _, act = heapq.heappop(self._todo)
            act()
        raise AssertionError("the agents never come to an end")

    def _at(self, seconds: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._todo, (self._now + seconds, next(self._tie), act))

    def _ask_next(self, name: str, left: list[Exchange]) -> None:
        if left:
            self._at(left[0].pause, lambda: self._ask(name, left))

    def _ask(self, name: str, left: list[Exchange]) -> None:
        weight = LEAD_WEIGHT if name == "lead" else AGENT_WEIGHT
        waiting = self.lane.join(name, weight, left[0].expected, jitter=len(name) % 3 / 3)
        self._asked[waiting.number] = (name, self._now, left)
        self._passed[waiting.number] = []

    def _send(self) -> None:
        while (gone := self.lane.send_next(self._now)) is not None:
            name, asked, left = self._asked.pop(gone.number)
            self.sent.append(Sent(name, asked, self._now, self._passed.pop(gone.number)))
            for others in self._passed.values():
                others.append(name)
            self._answer(gone, name, left)
        wait = self.lane.wait(self._now)
        if wait is not None:
            self._at(wait.seconds, lambda: None)

    def _answer(self, gone: WaitingRequest, name: str, left: list[Exchange]) -> None:
        exchange = left[0]
        if self.refusal is not None and len(self.sent) == self.refusal[0]:
            self.refused_at = self._now
            self.lane.refuse(gone.number, self.refusal[1], self._now)
            self._ask(name, left)
            return
        self._take(exchange.used, ("requests", "input-tokens"))
        if self.says_limits:
            said = [
                LimitMeter(kind, bucket.limit, max(0, int(bucket.level)))
                for kind, bucket in self._buckets.items()
            ]
            self.lane.observe(gone.number, said, self._now)

        def end() -> None:
            self._take(exchange.used, ("output-tokens",))
            self.lane.finish(gone.number, exchange.used, self._now)
            self._ask_next(name, left[1:])

        self._at(exchange.seconds, end)

    def _take(self, used: RateCost, kinds: Sequence[RateKind]) -> None:
        for kind, bucket in self._buckets.items():
            full = bucket.refilled(self._now)
            level = full.level - (used.of(kind) if kind in kinds else 0)
            self._buckets[kind] = RateBucket(bucket.limit, level, self._now)
            self.lowest[kind] = min(level, self.lowest.get(kind, level))
