"""Token buckets of a rate limit: what may be sent and received in a minute.

A bucket holds a minute's worth and fills up evenly. The API counts as input what it does not read
from the prompt cache (uncached input and cache writes), and as output what the model really wrote,
not `max_tokens` (Messages API, "rate limits"). The true figures of a request are known when it
ends, so a bucket sets the estimate aside before, and may be below zero afterwards.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, get_args

from tui.budget.meters import LimitMeter

RateKind = Literal["requests", "input-tokens", "output-tokens", "tokens"]
"""What a limit counts, by the names of the API's headers; `tokens` is input and output."""
RATE_KINDS: tuple[RateKind, ...] = get_args(RateKind)

FIRST_OUTPUT = 1_000
"""Output tokens expected of an agent that has not answered yet."""
SOON = 0.001
"""Seconds that are not worth a wait: clocks and sums are not more exact."""


class RateCost(NamedTuple):
    """What one request takes from the buckets, beside being one request."""

    input: int
    """Tokens: uncached input and cache writes."""
    output: int
    """Tokens the model writes."""

    def of(self, kind: RateKind) -> int:
        """What it takes from the bucket of this kind."""
        match kind:
            case "requests":
                return 1
            case "input-tokens":
                return self.input
            case "output-tokens":
                return self.output
        return self.input + self.output


def expected_output(outputs: Collection[int]) -> int:
    """Output tokens to set aside for the next answer: the 75th percentile of the last ones.

    Args:
        outputs: Tokens of the agent's last answers.
    """
    if not outputs:
        return FIRST_OUTPUT
    return sorted(outputs)[math.ceil(0.75 * len(outputs)) - 1]


@dataclass(frozen=True, slots=True)
class RateBucket:
    """One bucket at one moment."""

    limit: int
    """What may be used in a minute; above 0."""
    level: float
    """What was in it at `at`; below zero after a request that took more than was expected."""
    at: float
    """Seconds of a clock of the caller's."""

    def refilled(self, now: float, share: float = 1.0) -> "RateBucket":
        """The bucket at `now`.

        Args:
            now: Seconds of the same clock; one that was set back adds nothing.
            share: The part of the limit that is used, 0..1: size and speed of the bucket.
        """
        capacity = self.limit * share
        gained = max(0.0, now - self.at) * capacity / 60
        return replace(self, level=min(capacity, self.level + gained), at=now)


class BucketGroup:
    """The buckets of one model class, and what is set aside for requests underway."""

    def __init__(self) -> None:
        self._buckets: dict[RateKind, RateBucket] = {}
        self._reserved: dict[int, RateCost] = {}
        self._counted: set[int] = set()
        """Requests whose input the buckets already lack: the server said what is left."""
        self._before_zero: dict[int, dict[RateKind, float]] = {}
        """What was in a bucket before the server said zero with a request: it never says how far
        below zero it is, which is known when the request has told what it took."""

    def assume(self, limits: Mapping[RateKind, int], now: float) -> None:
        """Set the limits; what was used of a bucket stays used.

        Args:
            limits: All limits, above 0; a kind that is left out has none.
            now: Seconds.
        """
        held = self._refilled(now, 1.0)
        self._buckets = {
            kind: RateBucket(limit, limit - (old.limit - old.level if old else 0.0), now)
            for kind, limit in limits.items()
            for old in [held.get(kind)]
        }

    def observe(
        self, request: int, readings: Iterable[LimitMeter], now: float, share: float = 1.0
    ) -> None:
        """The server told with a response what is left: that goes before our own sums.

        While requests are let out slower (`share` below 1), a reading only lowers a bucket.

        Args:
            request: The request that was answered.
            readings: What its headers say; limits of other kinds are ignored.
            now: Seconds.
            share: The part of the limits that is used, 0..1.
        """
        held, known = self._refilled(now, share), False
        for reading in readings:
            kind = next((each for each in RATE_KINDS if each == reading.name), None)
            if kind is None or reading.limit <= 0:
                continue
            old, level = held.get(kind), float(reading.left)
            if old is not None and (share < 1.0 or not reading.left):
                level = min(level, old.level)
            if reading.left:
                for levels in self._before_zero.values():
                    levels.pop(kind, None)
            elif old is not None:
                self._before_zero.setdefault(request, {})[kind] = max(0.0, old.level)
            self._buckets[kind] = RateBucket(reading.limit, level, now)
            known = True
        if known and request in self._reserved:
            self._counted.add(request)

    def reserve(self, request: int, cost: RateCost) -> None:
        """Set aside what a request is expected to take."""
        self._reserved[request] = cost

    def settle(self, request: int, cost: RateCost | None, now: float, share: float) -> None:
        """A request ended: take what it really used.

        Args:
            request: The request.
            cost: What it used; None where the server refused it.
            now: Seconds.
            share: The part of the limits that is used, 0..1.
        """
        counted = request in self._counted
        self._counted.discard(request)
        before_zero = self._before_zero.pop(request, {})
        if self._reserved.pop(request, None) is None or cost is None:
            return
        for kind, bucket in self._refilled(now, share).items():
            taken = float(_still_to_come(cost, kind) if counted else cost.of(kind))
            if (before := before_zero.get(kind)) is not None:
                began = cost.of(kind) - _still_to_come(cost, kind)
                taken += max(0.0, began - before)
            self._buckets[kind] = replace(bucket, level=bucket.level - taken)

    def left(self, now: float, share: float) -> dict[RateKind, float]:
        """What is in each bucket and not set aside."""
        return {
            kind: bucket.level - self._set_aside(kind)
            for kind, bucket in self._refilled(now, share).items()
        }

    def waits(self, cost: RateCost, now: float, share: float) -> dict[RateKind, float]:
        """Seconds until each bucket holds a request of this cost; 0 where it does.

        A request that is larger than a bucket waits until that is full.
        """
        found = {}
        for kind, left in self.left(now, share).items():
            capacity = self._buckets[kind].limit * share
            missing = min(float(cost.of(kind)), capacity) - left
            seconds = missing * 60 / capacity
            found[kind] = seconds if seconds > SOON else 0.0
        return found

    def limit(self, kind: RateKind) -> int:
        """What may be used in a minute; 0 where no limit is known."""
        bucket = self._buckets.get(kind)
        return bucket.limit if bucket else 0

    def _set_aside(self, kind: RateKind) -> int:
        return sum(
            _still_to_come(cost, kind) if request in self._counted else cost.of(kind)
            for request, cost in self._reserved.items()
        )

    def _refilled(self, now: float, share: float) -> dict[RateKind, RateBucket]:
        return {kind: bucket.refilled(now, share) for kind, bucket in self._buckets.items()}


def _still_to_come(cost: RateCost, kind: RateKind) -> int:
    """What a request takes after its answer began: the server counts output as it is written."""
    return cost.output if kind in ("output-tokens", "tokens") else 0
