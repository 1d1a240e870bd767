"""What it costs when the prompt cache cannot be read: tokens written again, and dollars.

One function answers it for every reason: time that passes, another effort, budget or model, an
image. Dollars are at list price, as the difference to reading the same tokens from the cache.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from tui.claude.catalogue import Model
from tui.claude.pricing import rates_for
from tui.session.prompt_cache import LostCache, PromptCacheState

_MILLION = Decimal(1_000_000)
_LOSS_ORDER: tuple[LostCache, ...] = ("nothing", "messages", "all")


@dataclass(frozen=True, slots=True)
class RewriteCost:
    """What a request writes to the cache that it could have read from there."""

    tokens: int = 0
    dollars: Decimal | None = Decimal(0)
    """What that costs more than reading it; None where no price is known."""
    estimated: bool = field(default=False, compare=False)
    """Whether the tokens are an estimate: another model counts them in its own way."""

    def __bool__(self) -> bool:
        return self.tokens > 0

    def minus(self, other: "RewriteCost") -> "RewriteCost":
        """What this costs more than `other`; nothing where it costs less."""
        tokens = max(0, self.tokens - other.tokens)
        if self.dollars is None or other.dollars is None:
            return RewriteCost(tokens, None if tokens else Decimal(0), self.estimated)
        return RewriteCost(tokens, max(Decimal(0), self.dollars - other.dollars), self.estimated)


def full_rewrite_cost(
    warmth: PromptCacheState,
    model: Model,
    now: float,
    loses: LostCache = "nothing",
    to: Model | None = None,
    *,
    thinking: int = 0,
) -> RewriteCost:
    """What the next request writes again, if it comes `now`.

    Args:
        warmth: The cache as the last request left it.
        model: The model that left it.
        now: Seconds since the Unix epoch; what has expired by then is lost anyway.
        loses: What a change makes unreadable: effort, budget and images the messages, another
            model everything (Messages API, "prompt caching").
        to: The model that reads next; None: the same.
        thinking: Tokens of thinking in the cache; another model is not sent them.
    """
    reader = to or model
    switched = reader.id != warmth.model
    if switched:
        loses = "all"
    lost = max(loses, warmth.lost(now), key=_LOSS_ORDER.index)
    messages = warmth.cached_tokens - warmth.preamble if lost != "nothing" else 0
    preamble = warmth.preamble if lost == "all" else 0
    ratio = Decimal(str(reader.tokenizer)) / Decimal(str(model.tokenizer))
    sent = max(0, messages - thinking) if switched else messages
    tokens = round((sent + preamble) * ratio)
    day = datetime.fromtimestamp(now, UTC).date()
    rates = rates_for(reader, day, round(warmth.cached_tokens * ratio))
    usual = rates_for(model, day, warmth.cached_tokens)
    if not tokens:
        return RewriteCost()
    if rates is None or usual is None:
        return RewriteCost(tokens, None, switched)
    writing = ratio * (sent * rates.cache_write_5m + preamble * rates.cache_write_1h)
    reading = (messages + preamble) * usual.cache_read
    return RewriteCost(tokens, max(Decimal(0), writing - reading) / _MILLION, switched)


def cold_cost(warmth: PromptCacheState, model: Model) -> RewriteCost:
    """The extra cost of the next request once the cached conversation has expired."""
    return full_rewrite_cost(warmth, model, warmth.last_used, "messages")


def cache_read_price(tokens: int, model: Model, warmth: PromptCacheState) -> Decimal | None:
    """Dollars for reading `tokens` from the cache with one request; None if unknown.

    Args:
        tokens: Tokens to read.
        model: The model that reads them.
        warmth: The prompt cache; its size and last use decide the rates.
    """
    day = datetime.fromtimestamp(warmth.last_used, UTC).date()
    rates = rates_for(model, day, warmth.cached_tokens)
    return None if rates is None else tokens * rates.cache_read / _MILLION


def missed_read_price(tokens: int, model: Model, now: float, prompt: int) -> Decimal | None:
    """Extra dollars for writing `tokens` of a prompt instead of reading them; None if unknown.

    Args:
        tokens: Tokens that the API writes.
        model: The model of the request.
        now: Seconds since the epoch.
        prompt: Length of the whole prompt in tokens, which decides the rates.
    """
    rates = rates_for(model, datetime.fromtimestamp(now, UTC).date(), prompt)
    return None if rates is None else tokens * (rates.cache_write_5m - rates.cache_read) / _MILLION
