"""Rate limits: token buckets that fill up again by the minute, told in every response."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from tui.simulator.refused_request import RequestRefused


@dataclass(frozen=True, slots=True)
class RateLimitTier:
    """What an organisation may use of one model in a minute."""

    requests: int
    input_tokens: int
    """Uncached input and cache writes."""
    output_tokens: int

    @classmethod
    def read(cls, text: str) -> "RateLimitTier":
        """A tier by its name, or by three numbers such as `50,30000,8000`.

        Raises:
            ValueError: It is neither.
        """
        if text in TIERS:
            return TIERS[text]
        numbers = text.split(",")
        if len(numbers) != 3 or not all(each.isascii() and each.isdigit() for each in numbers):
            raise ValueError(f"{', '.join(TIERS)} or REQUESTS,INPUT,OUTPUT a minute, not {text!r}")
        requests, input_tokens, output_tokens = map(int, numbers)
        if not min(requests, input_tokens, output_tokens):
            raise ValueError("every limit is above zero")
        return cls(requests, input_tokens, output_tokens)


TIERS = {
    "start": RateLimitTier(1_000, 2_000_000, 400_000),
    "build": RateLimitTier(5_000, 5_000_000, 1_000_000),
    "scale": RateLimitTier(10_000, 10_000_000, 2_000_000),
}
"""Tiers by name."""


class TokenBucket:
    """A bucket that holds a minute's worth and refills evenly."""

    def __init__(self, capacity: int, clock: Callable[[], float]) -> None:
        self.capacity = capacity
        self._clock = clock
        self._level = float(capacity)
        self._at = clock()

    def take(self, amount: float) -> None:
        """Use some; it may go below zero, and then has to fill up first."""
        self._level = self.level - amount

    @property
    def level(self) -> float:
        """What is in it now."""
        now = self._clock()
        self._level = min(self.capacity, self._level + (now - self._at) * self.capacity / 60)
        self._at = now
        return self._level

    def wait(self, amount: float) -> float:
        """Seconds until `amount` is there."""
        return max(0.0, (amount - self.level) * 60 / self.capacity)


class RateLimits:
    """The limits of one organisation: each model has buckets of its own."""

    def __init__(self, tier: RateLimitTier, clock: Callable[[], float]) -> None:
        self._tier, self._clock = tier, clock
        self._models: dict[str, RateLimitBuckets] = {}

    def of(self, model: str) -> "RateLimitBuckets":
        """The buckets of a model."""
        if model not in self._models:
            self._models[model] = RateLimitBuckets(self._tier, self._clock)
        return self._models[model]


class RateLimitBuckets:
    """The buckets of one model.

    Args:
        tier: What may be used in a minute.
        clock: Seconds since the epoch.
    """

    def __init__(self, tier: RateLimitTier, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets = {
            "requests": TokenBucket(tier.requests, clock),
            "input-tokens": TokenBucket(tier.input_tokens, clock),
            "output-tokens": TokenBucket(tier.output_tokens, clock),
        }

    def admit(self) -> None:
        """Let one request in.

        Raises:
            RequestRefused: A bucket is empty (429, with `retry-after`).
        """
        for name, bucket in self._buckets.items():
            seconds = bucket.wait(1)
            if seconds > 0:
                raise RequestRefused(
                    "This request would exceed your organization's rate limit of "
                    f"{bucket.capacity:,} {name.replace('-', ' ')} per minute.",
                    status=429,
                    headers={"retry-after": str(ceil(seconds)), **self.headers()},
                )
        self._buckets["requests"].take(1)

    def use(self, *, input_tokens: int = 0, output_tokens: int = 0) -> None:
        """Count what a request used."""
        self._buckets["input-tokens"].take(input_tokens)
        self._buckets["output-tokens"].take(output_tokens)

    def headers(self) -> dict[str, str]:
        """The `anthropic-ratelimit-*` headers."""
        rows = {
            name: (bucket.capacity, bucket.level, bucket.wait(bucket.capacity))
            for name, bucket in self._buckets.items()
        }
        both = [rows["input-tokens"], rows["output-tokens"]]
        rows["tokens"] = (both[0][0] + both[1][0], both[0][1] + both[1][1], max(b[2] for b in both))
        headers = {}
        for name, (limit, level, seconds) in rows.items():
            prefix = f"anthropic-ratelimit-{name}"
            headers[f"{prefix}-limit"] = str(limit)
            headers[f"{prefix}-remaining"] = str(max(0, int(level)))
            headers[f"{prefix}-reset"] = self._stamp(seconds)
        return headers

    def _stamp(self, seconds: float) -> str:
        at = datetime.fromtimestamp(self._clock() + seconds, UTC)
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")
