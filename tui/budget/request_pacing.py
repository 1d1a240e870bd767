"""Pacing: when the next request may be sent, so that the server need not refuse it.

One lane for each model of an account; a limit of one model delays no other. A lane has the buckets
of what the server allows, from its headers, and shares those of what the user's settings allow. A
refusal (429, 529) closes the lane for all its agents until the server wants to be asked again,
halves the rate, and lets it recover by a tenth of the limit a minute.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from tui.budget.meters import LimitMeter
from tui.budget.rate_buckets import BucketGroup, RateCost, RateKind
from tui.budget.request_order import WaitingRequest, next_request, note_passed

RECOVERY = 0.1
"""Part of a limit by which the rate recovers in a minute."""
SLOWEST = 1 / 16
"""Part of a limit below which refusals do not lower the rate."""
SPREAD = 0.25
"""Part of the server's pause over which the agents come back, each at a time of its own."""
SPREAD_MOST = 5.0
"""Seconds of it, at most."""


@dataclass(frozen=True, slots=True)
class PacedWait:
    """How long the next request of a lane waits, and for what."""

    seconds: float
    """0: it may be sent now."""
    kind: RateKind | None = None
    """The limit it waits for; None while the server has asked for a pause."""
    left: int = 0
    """What is left of that limit in this minute; 0 also where it is overdrawn."""
    limit: int = 0
    """What may be used in a minute."""


class Slowdown:
    """The part of the limits that is used after refusals."""

    def __init__(self) -> None:
        self._share, self._at = 1.0, 0.0

    def share(self, now: float) -> float:
        """The part, 0..1, at `now` in seconds."""
        return min(1.0, self._share + RECOVERY * max(0.0, now - self._at) / 60)

    def halve(self, now: float) -> None:
        """The server refused a request at `now`."""
        self._share, self._at = max(SLOWEST, self.share(now) / 2), now


class PacedLane:
    """The requests of one account to one model: who waits, who is underway, what is left.

    All times are seconds of one clock of the caller's.
    """

    def __init__(
        self, own: BucketGroup | None = None, numbers: Iterator[int] | None = None
    ) -> None:
        """Args:
        own: What the user allows, whatever the server allows; all lanes of an account share it.
        numbers: Numbers for requests, from 1; lanes that share buckets share them, too.
        """
        self._own = BucketGroup() if own is None else own
        self._server = BucketGroup()
        self._waiting: list[WaitingRequest] = []
        self._sent_after: dict[int, int] = {}
        """Refusals before each request underway was sent."""
        self._numbers = count(1) if numbers is None else numbers
        self._slowdown = Slowdown()
        self._refusals = 0
        self._closed_until, self._spread = -math.inf, 0.0
        self._server_spoke = False
        self.served = 0
        """Requests that the server took."""

    # Limits ----------------------------------------------------------------------

    def assume(self, limits: Mapping[RateKind, int], now: float) -> None:
        """Take these as the server's limits until it tells its own.

        Args:
            limits: What may be used in a minute.
            now: Seconds.
        """
        if not self._server_spoke:
            self._server.assume(limits, now)

    def observe(self, request: int, readings: Iterable[LimitMeter], now: float) -> None:
        """The headers of a response say what is left.

        Args:
            request: The number of the request that was answered, or refused.
            readings: The limits in its headers.
            now: Seconds.
        """
        found = [each for each in readings if each.limit > 0]
        if found and not self._server_spoke:
            self._server_spoke = True
            self._server.assume({}, now)
        self._server.observe(request, found, now, self._slowdown.share(now))

    # Waiting ---------------------------------------------------------------------

    def join(self, agent: str, weight: int, cost: RateCost, jitter: float = 0.0) -> WaitingRequest:
        """A request wants to be sent.

        Args:
            agent: Whose it is.
            weight: `LEAD_WEIGHT` or `AGENT_WEIGHT`.
            cost: What it is expected to take.
            jitter: A number by chance, 0..1.
        """
        request = WaitingRequest(next(self._numbers), agent, weight, cost, jitter)
        self._waiting.append(request)
        return request

    def leave(self, request: WaitingRequest) -> None:
        """It does not want to be sent any more; nothing happens where it was sent."""
        if request in self._waiting:
            self._waiting.remove(request)

    def wait(self, now: float) -> PacedWait | None:
        """How long the next request waits; None where nobody wants to send one."""
        if not self._waiting:
            return None
        request = next_request(self._waiting)
        opens = self._closed_until + request.jitter * self._spread
        if opens > now:
            return PacedWait(opens - now)
        return self._wait_for_buckets(request.cost, now)

    def send_next(self, now: float) -> WaitingRequest | None:
        """Let the next request go, if it may go now; None where none may."""
        wait = self.wait(now)
        if wait is None or wait.seconds > 0:
            return None
        request = next_request(self._waiting)
        self._waiting.remove(request)
        note_passed(request, self._waiting)
        for group in (self._server, self._own):
            group.reserve(request.number, request.cost)
        self._sent_after[request.number] = self._refusals
        return request

    def _wait_for_buckets(self, cost: RateCost, now: float) -> PacedWait:
        longest = PacedWait(0.0)
        for group, share in ((self._server, self._slowdown.share(now)), (self._own, 1.0)):
            left = group.left(now, share)
            for kind, seconds in group.waits(cost, now, share).items():
                if seconds > longest.seconds:
                    room = max(0, int(left[kind]))
                    longest = PacedWait(seconds, kind, room, group.limit(kind))
        return longest

    # Ends ------------------------------------------------------------------------

    def finish(self, request: int, used: RateCost | None, now: float) -> None:
        """A request ended, by an answer, a fault or an interrupt.

        Args:
            request: Its number.
            used: What it really took; None where the server took nothing.
            now: Seconds.
        """
        if self._sent_after.pop(request, None) is not None and used is not None:
            self.served += 1
        self._server.settle(request, used, now, self._slowdown.share(now))
        self._own.settle(request, used, now, 1.0)

    def refuse(self, request: int, pause: float, now: float) -> bool:
        """The server refused a request (429, 529): everybody waits, and then goes slower.

        Requests that were underway together are one refusal: the rate is halved once.

        Args:
            request: Its number.
            pause: Seconds after which the server wants to be asked again.
            now: Seconds.

        Returns:
            Whether it was the first of those that were underway together.
        """
        is_news = self._sent_after.get(request, -1) == self._refusals
        self.finish(request, None, now)
        if is_news:
            self._slowdown.halve(now)
            self._refusals += 1
        if now + pause >= self._closed_until:
            self._closed_until = now + pause
            self._spread = min(SPREAD * pause, SPREAD_MOST)
        return is_news
