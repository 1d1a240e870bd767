"""The hard limits: the program enforces them between requests, and minutes in them too.

The budget is the soft limit, which the model sees and may overshoot. A hard limit is
checked before each request: what the request will cost at least is projected, and its
`max_tokens` is clamped to what may still be spent, so overshoot is bounded by one request.
Zero is never "unlimited": only None is no limit.
"""

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Literal, Self, get_args

HardLimitName = Literal["over_budget", "dollars", "requests", "minutes"]
HARD_LIMITS: tuple[HardLimitName, ...] = get_args(HardLimitName)

MIN_OUTPUT = 1_024
"""Output tokens below which a request is not worth sending: the limit counts as reached."""

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class HardLimits:
    """The hard limits in force; None where there is none."""

    over_budget: int | None = None
    """Tokens charged beyond the grant."""
    dollars: Decimal | None = None
    """Dollars at list price, over the whole session."""
    requests: int | None = None
    """Requests of one turn."""
    minutes: Decimal | None = None
    """Minutes of working time of one turn."""

    def __bool__(self) -> bool:
        return any(self.value(name) is not None for name in HARD_LIMITS)

    def value(self, name: HardLimitName) -> Decimal | int | None:
        """The value of one limit."""
        found: Decimal | int | None = getattr(self, name)
        return found

    def with_value(self, name: HardLimitName, value: Decimal | int | None) -> Self:
        """The same with another limit for one of them."""
        number = int if name in ("over_budget", "requests") else Decimal
        change: dict[str, Any] = {name: None if value is None else number(value)}
        return replace(self, **change)

    def overlaid_on(self, below: "HardLimits") -> "HardLimits":
        """These, with those of `below` where these say nothing."""
        laid = below
        for name in HARD_LIMITS:
            if self.value(name) is not None:
                laid = laid.with_value(name, self.value(name))
        return laid

    def capped_by(self, most: "HardLimits") -> "HardLimits":
        """These, each at most as high as in `most`; one that is not set is as high as that."""
        held = self
        for name in HARD_LIMITS:
            own, cap = self.value(name), most.value(name)
            if cap is not None and (own is None or own > cap):
                held = held.with_value(name, cap)
        return held


@dataclass(frozen=True, slots=True)
class LimitUsage:
    """What a session and its turn have used before a request."""

    left: int | None
    """`L`, tokens left of the budget, negative in overrun; None without a budget."""
    dollars: Decimal
    requests: int
    """Of this turn."""
    minutes: Decimal
    """Of this turn."""


@dataclass(frozen=True, slots=True)
class RequestPrice:
    """What the next request costs; None where the model's price is unknown."""

    input: Decimal
    """Dollars its input costs, as far as can be told: cached where it should be."""
    output_token: Decimal
    """Dollars of one output token."""

    @property
    def minimum(self) -> Decimal:
        """Dollars that the smallest request worth sending costs."""
        return self.input + MIN_OUTPUT * self.output_token


@dataclass(frozen=True, slots=True)
class LimitExceeded:
    """A limit that forbids another request."""

    name: HardLimitName
    sentence: str
    """For people: which limit, and how far; whether it is reached, or would be passed."""


def limit_text(name: HardLimitName, value: Decimal | int) -> str:
    """A limit in words: `$5.00`, `40 requests a turn`, `5,000 tokens over the budget`."""
    match name:
        case "over_budget":
            return f"{value:,} tokens over the budget"
        case "dollars":
            return f"${value:,.2f}"
        case "requests":
            return f"{value:,} request{'' if value == 1 else 's'} a turn"
        case "minutes":
            return f"{value:,} minute{'' if value == 1 else 's'} a turn"


def first_exceeded(
    limits: HardLimits, spent: LimitUsage, prices: RequestPrice | None
) -> LimitExceeded | None:
    """The first limit that forbids another request; None when one may be sent.

    Args:
        limits: The hard limits in force.
        spent: What the session and the turn have used.
        prices: What the next request will cost; None where the model has no price.
    """
    if limits.requests is not None and spent.requests >= limits.requests:
        return LimitExceeded(
            "requests", _exceeded_sentence("requests", limits.requests, f"{spent.requests:,} made")
        )
    if limits.minutes is not None and spent.minutes >= limits.minutes:
        worked = f"{spent.minutes:.1f} minutes worked"
        return LimitExceeded("minutes", _exceeded_sentence("minutes", limits.minutes, worked))
    tokens, dollars = _token_room(limits, spent), _dollar_room(limits, spent, prices)
    if limits.over_budget is not None and tokens is not None and tokens < MIN_OUTPUT:
        return LimitExceeded("over_budget", _token_sentence(limits.over_budget, -(spent.left or 0)))
    if limits.dollars is not None and dollars is not None and dollars < MIN_OUTPUT:
        return LimitExceeded("dollars", _dollar_sentence(limits.dollars, spent.dollars, prices))
    return None


def _exceeded_sentence(name: HardLimitName, limit: Decimal | int, spent: str) -> str:
    return f"The limit of {limit_text(name, limit)} is reached: {spent}."


def _token_sentence(limit: int, over: int) -> str:
    """Args: over: tokens beyond the budget; negative while some are left."""
    if over >= limit:
        beyond = f", {over - limit:,} more than allowed" if over > limit else ""
        return _exceeded_sentence("over_budget", limit, f"{over:,} over{beyond}")
    words = limit_text("over_budget", limit)
    spent = f"{over:,} over" if over >= 0 else f"{-over:,} left of the budget"
    return f"Another request would pass the limit of {words}: {spent}."


def _dollar_sentence(limit: Decimal, spent: Decimal, prices: RequestPrice | None) -> str:
    words = f"${spent:,.2f} spent"
    if spent >= limit:
        beyond = f", {_amount(spent - limit)} more than allowed" if spent > limit else ""
        return _exceeded_sentence("dollars", limit, f"{words}{beyond}")
    cost = "" if prices is None else f" (≈ ${prices.minimum.quantize(_CENT, ROUND_CEILING):,})"
    return f"Another request{cost} would pass the limit of {limit_text('dollars', limit)}: {words}."


def _amount(dollars: Decimal) -> str:
    return f"${dollars:,.2f}" if dollars >= _CENT else "less than a cent"


def raised_limit(name: HardLimitName, value: Decimal | int, spent: LimitUsage) -> Decimal | int:
    """A limit that lets the work go on: half of itself more than what is used.

    Args:
        name: Which.
        value: The limit that is reached.
        spent: What is used; the last request may have passed the limit.
    """
    half = Decimal(value) / 2
    match name:
        case "dollars":
            return (max(Decimal(value), spent.dollars) + half).quantize(_CENT, ROUND_CEILING)
        case "requests":
            return int(max(int(value), spent.requests) + half) + 1
        case "minutes":
            most = max(Decimal(value), spent.minutes) + half
            return most.quantize(Decimal("0.1"), ROUND_CEILING)
        case "over_budget":
            return int(value)


def output_room(limits: HardLimits, spent: LimitUsage, prices: RequestPrice | None) -> int | None:
    """Output tokens the next request may have; None where no hard limit says.

    Args:
        limits: The hard limits in force.
        spent: What the session and the turn have used.
        prices: What the next request will cost; None where the model has no price.
    """
    rooms = [_token_room(limits, spent), _dollar_room(limits, spent, prices)]
    return min((room for room in rooms if room is not None), default=None)


def _token_room(limits: HardLimits, spent: LimitUsage) -> int | None:
    if limits.over_budget is None or spent.left is None:
        return None
    return max(0, spent.left + limits.over_budget)


def _dollar_room(limits: HardLimits, spent: LimitUsage, prices: RequestPrice | None) -> int | None:
    """A limit in dollars limits nothing on a model without a known price."""
    if limits.dollars is None or prices is None:
        return None
    rest = limits.dollars - spent.dollars - prices.input
    if rest <= 0 or prices.output_token <= 0:
        return 0 if rest <= 0 else None
    return int((rest / prices.output_token).to_integral_value(ROUND_FLOOR))
