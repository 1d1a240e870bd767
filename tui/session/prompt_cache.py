"""The state of the prompt cache, computed from the log: its size, its age, and its misses.

After a request the cache holds what the request read and wrote, up to its last breakpoint. The
next request, if it only appends, reads all of that (Messages API, "prompt caching"). If it reads
less, although the entries have not expired and this program changed nothing, the API missed the
cache. The program can ask the API for the reason ("cache diagnostics").
"""

from typing import Literal

import msgspec
from msgspec.structs import replace

from tui.budget.ledger import Usage
from tui.session import events as ev

CONVERSATION_SECONDS = 300.0
"""Seconds the conversation stays in the cache after the start of a request that used it."""
PREAMBLE_SECONDS = 3_600.0
"""Seconds that system text and tools stay."""
MARGIN_SECONDS = 15.0
"""Seconds before its end in which it may be missed for good reason: clocks, slow lines."""
MIN_MISSED_TOKENS = 1_000
"""Smallest miss that the user hears of, in tokens."""

LostCache = Literal["nothing", "messages", "all"]
"""What is not in the cache any more: nothing · the conversation · system text and tools too."""
SAME, PENDING, UNASKED = "same", "pending", "unasked"
"""Reasons of this module: the API found no difference · has not compared yet · was not asked."""


class CacheMiss(msgspec.Struct, frozen=True):
    """Tokens that the cache held and the API did not read."""

    request: int
    tokens: int
    follows: str | None
    """Id of the message whose request cached them, as sent to the API."""
    reason: str
    """What the API reports (`messages_changed` …), or a reason of this module."""


class PromptCacheState(msgspec.Struct, frozen=True):
    """The cache of the main conversation; each record makes a new value, so it is cheap to copy."""

    cached_tokens: int = 0
    """Tokens in the cache after the last request."""
    preamble: int = 0
    """The part of `cached_tokens` that is system text and tools, as far as known."""
    last_used: float = 0.0
    """When the request began that last used it, in seconds since the Unix epoch."""
    unused: float = 0.0
    """After a rewind: seconds before `last_used` in which no request used the kept part."""
    model: str = ""
    """Whose cache it is."""
    only_read: bool = False
    """Whether responses say that they read from a cache, and never that one wrote to it.

    That is another cache than the API's: nobody knows how long it keeps anything, or its price.
    """
    message: str = ""
    """Id of the last response; the next request should have its request as a prefix."""
    unreported_misses: tuple[CacheMiss, ...] = ()
    """Misses that the user has not seen yet."""
    pending: CacheMiss | None = None
    """A miss whose reason the program asks the API for again."""
    misses: int = 0
    """How often it was missed in this session."""
    missed: int = 0
    """Tokens of all misses."""
    emptied: float | None = None
    """When a server with an empty cache took its place, and nothing was written there since."""
    _wrote: bool = False
    _key: tuple[object, ...] = ()
    _started: ev.RequestStarted | None = None
    _began: float = 0.0

    @property
    def previous_message_id(self) -> str | None:
        """What the next request is to be compared with; None where nothing is."""
        wanted = self.pending.follows if self.pending else self.message
        return wanted if wanted and wanted.startswith("msg_") and "#" not in wanted else None

    def cold_at(self, now: float) -> float | None:
        """When the conversation goes cold, in seconds since the Unix epoch; None without one.

        A clock that was set back does not make it live longer.
        """
        if self.cached_tokens <= self.preamble or self.only_read:
            return None
        cold = min(self.last_used, now) - self.unused + CONVERSATION_SECONDS
        return cold if self.emptied is None else min(cold, self.emptied)

    def lost(self, now: float, margin: float = 0.0) -> LostCache:
        """What has expired by `now`."""
        if self.emptied is not None:
            return "all"
        age = now - self.last_used
        if age + self.unused < CONVERSATION_SECONDS - margin:
            return "nothing"
        return "messages" if age < PREAMBLE_SECONDS - margin else "all"

    def applied(self, record: ev.Record) -> "PromptCacheState":
        """The cache after one more record of the log."""
        match record.event:
            case ev.RequestStarted(agent="main") as started:
                return replace(self, _started=started, _began=record.at)
            case ev.RequestFinished(message=message, usage=usage, seconds=seconds) as event if (
                self._is_open(event.request)
            ):
                began = max(self._began, record.at - seconds)
                judged = usage.reported and not event.transformed
                return self._after_use(usage, began, message, _reason(event.diagnostics), judged)
            case ev.RequestFailed(request=request, usage=Usage() as usage, message=message) if (
                self._is_open(request)
            ):
                # The end that is lost held what the API told about the cache.
                again = self.pending
                used = self._after_use(usage, self._began, message or self.message, PENDING, True)
                return replace(used, pending=used.pending or again)
            case ev.Rewritten(reason="model"):
                return PromptCacheState(
                    misses=self.misses, missed=self.missed, unreported_misses=self.unreported_misses
                )
            case ev.Rewritten(reason="rewind"):
                return self  # what is left of it, its marks know
            case ev.Rewritten():
                return replace(
                    self, cached_tokens=min(self.cached_tokens, self.preamble), pending=None
                )
            case ev.CacheEmptied():
                return replace(self, emptied=record.at, message="", pending=None)
            case ev.CacheMissed(request=request):
                untold = tuple(miss for miss in self.unreported_misses if miss.request != request)
                return replace(self, unreported_misses=untold)
        return self

    def shared_with(self, before: "PromptCacheState") -> "PromptCacheState":
        """The part that the previous request had cached."""
        return replace(
            self,
            cached_tokens=min(self.cached_tokens, before.cached_tokens),
            message=before.message,
        )

    def rewound_to(self, then: "PromptCacheState") -> "PromptCacheState":
        """The cache of a conversation that was rewound.

        Args:
            then: The cache at the place where the conversation now ends. It does not help if
                budget, effort or model have changed since.
        """
        of_use = then._key == self._key and then.cached_tokens > self.preamble
        return replace(
            self,
            cached_tokens=min(self.cached_tokens, then.cached_tokens if of_use else self.preamble),
            unused=max(0.0, self.last_used - then.last_used) if of_use else 0.0,
            message=then.message if of_use else "",
            pending=None,
        )

    def _is_open(self, request: int) -> bool:
        """Whether this conversation waits for the answer to it: others have their own cache."""
        return self._started is not None and self._started.request == request

    def _after_use(
        self, usage: Usage, began: float, message: str, reason: str, judged: bool
    ) -> "PromptCacheState":
        """A response began: its request has read what it found and written the rest.

        Args:
            usage: Of the response.
            began: When the request began.
            message: Id of the response.
            reason: What the API says of a miss.
            judged: Whether what was read can be compared with what was there.
        """
        started = self._started
        if started is None:
            return self
        if started.purpose == "compaction":
            # What it adds to the conversation goes again; what it read is renewed.
            read_all = usage.cache_read >= self.cached_tokens > 0
            return replace(self, last_used=began, unused=0.0) if read_all else self
        key = _key(started)
        expected = self._expected(began) if judged and key == self._key else 0
        told = self._pending_resolved(started, reason)
        miss = None
        if expected - usage.cache_read >= MIN_MISSED_TOKENS:
            why = reason if started.follows else UNASKED
            miss = CacheMiss(started.request, expected - usage.cache_read, started.follows, why)
        wrote = self._wrote or usage.cache_write > 0
        return replace(
            self,
            cached_tokens=usage.cache_read + usage.cache_write,
            only_read=usage.cache_read > 0 and not wrote,
            _wrote=wrote,
            preamble=self._preamble(usage, started.model),
            last_used=began,
            unused=0.0,
            model=started.model,
            message=message,
            unreported_misses=(*self.unreported_misses, *told, *((miss,) if miss else ())),
            pending=miss if miss and miss.reason == PENDING else None,
            emptied=None,
            misses=self.misses + (miss is not None),
            missed=self.missed + (miss.tokens if miss else 0),
            _key=key,
        )

    def _expected(self, began: float) -> int:
        """Tokens that a request of now finds there, if it only appends."""
        if began < self.last_used or self.only_read:
            return 0  # the clock was set back, or it is another cache: nobody knows
        return {"nothing": self.cached_tokens, "messages": self.preamble, "all": 0}[
            self.lost(began, MARGIN_SECONDS)
        ]

    def _pending_resolved(self, started: ev.RequestStarted, reason: str) -> tuple[CacheMiss, ...]:
        """The pending miss with its reason, if this request asked for it."""
        miss = self.pending
        if miss is None or started.follows != miss.follows or reason == PENDING:
            return ()
        return (replace(miss, reason=reason),)

    def _preamble(self, usage: Usage, model: str) -> int:
        if usage.cache_write_1h:
            return usage.cache_write_1h
        if self.cached_tokens and self.model == model:
            return min(self.preamble, usage.cache_read + usage.cache_write)
        # The first request can only find what another session left: the same system and tools.
        return usage.cache_read


def _key(started: ev.RequestStarted) -> tuple[object, ...]:
    """What of a request decides which prefix the cache finds, its messages left aside."""
    return started.model, started.top_effort or started.effort, started.budget, started.shape


def _reason(diagnostics: ev.JSON | None) -> str:
    """What the API says of a miss; text from outside, cut to the length of a word."""
    if diagnostics is None:
        return SAME
    reason = diagnostics.get("cache_miss_reason")
    if not isinstance(reason, dict):
        return PENDING
    return str(reason.get("type") or "unavailable")[:60]
