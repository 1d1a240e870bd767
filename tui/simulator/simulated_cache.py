"""A prompt cache as the API keeps it, of which only the fingerprints are real.

A prompt is a row of pieces: tools, system blocks, content blocks. An entry is the
fingerprint of everything up to a breakpoint. A breakpoint finds the longest entry at its
own place or at one of the twenty places before it; what follows the hit, up to the last
breakpoint, is written. Entries live five minutes or an hour, renewed when they are read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

LOOKBACK = 20
"""How many earlier places a breakpoint checks."""
SECONDS = {"5m": 300.0, "1h": 3600.0}
"""How long an entry lives."""


@dataclass(frozen=True, slots=True)
class PrefixPiece:
    """A part of a prompt that may end a cached prefix."""

    fingerprint: bytes
    """Of the whole prompt up to and including this piece."""
    tokens: int
    ttl: str | None = None
    """`5m` or `1h` where there is a breakpoint."""


@dataclass(frozen=True, slots=True)
class CacheUse:
    """How the input of a request divides, in tokens."""

    read: int
    written_5m: int
    written_1h: int
    uncached: int
    entries: tuple[tuple[bytes, str], ...] = field(default=(), repr=False)
    """What is kept once the response has begun: fingerprints with their time to live."""

    @property
    def written(self) -> int:
        """Tokens written to the cache."""
        return self.written_5m + self.written_1h

    @property
    def total(self) -> int:
        """All input tokens."""
        return self.read + self.written + self.uncached


class SimulatedCache:
    """The entries of one workspace.

    Args:
        clock: Seconds, as a number that only grows.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._expires: dict[bytes, tuple[float, str]] = {}

    def find_prefix(self, pieces: Sequence[PrefixPiece], minimum: int, tail: int = 0) -> CacheUse:
        """How a request made now would divide; `tail` tokens follow all pieces, uncached."""
        sums = list(accumulate(piece.tokens for piece in pieces))
        marks = [at for at, piece in enumerate(pieces) if piece.ttl and sums[at] >= minimum]
        hit = max((self._hit(pieces, at) for at in marks), default=-1)
        written = {"5m": 0, "1h": 0}
        before = hit
        for at in (mark for mark in marks if mark > hit):
            written[pieces[at].ttl or "5m"] += sums[at] - (sums[before] if before >= 0 else 0)
            before = at
        read = sums[hit] if hit >= 0 else 0
        total = (sums[-1] if sums else 0) + tail
        return CacheUse(
            read=read,
            written_5m=written["5m"],
            written_1h=written["1h"],
            uncached=total - read - sum(written.values()),
            entries=tuple(self._renewed(pieces, marks, hit)),
        )

    def store_prefix(self, use: CacheUse, started: float) -> None:
        """The response has begun: from now on other requests can read what this one wrote."""
        for fingerprint, ttl in use.entries:
            until = started + SECONDS[ttl]
            old = self._expires.get(fingerprint, (0.0, ttl))
            self._expires[fingerprint] = max(old, (until, ttl))
        if len(self._expires) > 50_000:
            self._forget()

    def evict(self) -> None:
        """Lose every entry, as a cache under pressure may."""
        self._expires.clear()

    def _hit(self, pieces: Sequence[PrefixPiece], mark: int) -> int:
        for at in range(mark, max(-1, mark - LOOKBACK - 1), -1):
            if self._lives(pieces[at].fingerprint):
                return at
        return -1

    def _renewed(
        self, pieces: Sequence[PrefixPiece], marks: list[int], hit: int
    ) -> list[tuple[bytes, str]]:
        entries = [(pieces[at].fingerprint, pieces[at].ttl or "5m") for at in marks]
        if hit >= 0:
            fingerprint = pieces[hit].fingerprint
            entries.append((fingerprint, self._expires[fingerprint][1]))
        return entries

    def _lives(self, fingerprint: bytes) -> bool:
        until, _ = self._expires.get(fingerprint, (0.0, ""))
        return self._clock() < until

    def _forget(self) -> None:
        now = self._clock()
        self._expires = {key: kept for key, kept in self._expires.items() if kept[0] > now}
