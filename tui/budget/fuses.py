"""Fuses: hard limits the program enforces between requests.

The budget is the soft limit, which the model sees and may overshoot. A fuse is checked
before each request: what the request will cost at least is projected, and its
`max_tokens` is clamped to what may still be spent, so overshoot is bounded by one request.
Zero is never "unlimited": only None is no fuse.
"""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

FuseName = Literal["tokens", "dollars", "requests", "minutes"]

LEAST_OUTPUT = 1_024
"""Output tokens below which a request is not worth sending: its fuse blows instead."""


@dataclass(frozen=True, slots=True)
class Fuses:
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
        return any(
            each is not None
            for each in (self.over_budget, self.dollars, self.requests, self.minutes)
        )


@dataclass(frozen=True, slots=True)
class Spent:
    """Where a session and its turn stand before a request."""

    left: int | None
    """`L`, tokens left of the budget, negative in overrun; None without a budget."""
    dollars: Decimal
    requests: int
    """Of this turn."""
    minutes: Decimal
    """Of this turn."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What the next request costs; None where the model's price is unknown."""

    input: Decimal
    """Dollars its input costs, as far as can be told: cached where it should be."""
    output_token: Decimal
    """Dollars of one output token."""


@dataclass(frozen=True, slots=True)
class Blown:
    """A fuse that is reached."""

    fuse: FuseName
    limit: str
    """The limit in words: `$5.00`, `40 requests`."""
    spent: str
    """Where it stands, in words."""

    @property
    def sentence(self) -> str:
        """For people: which limit, and how far."""
        return f"The limit of {self.limit} is reached: {self.spent}."


def blown(fuses: Fuses, spent: Spent, prices: Prices | None) -> Blown | None:
    """The first fuse that forbids another request; None when one may be sent."""
    if fuses.requests is not None and spent.requests >= fuses.requests:
        return Blown("requests", f"{fuses.requests} requests a turn", f"{spent.requests} made")
    if fuses.minutes is not None and spent.minutes >= fuses.minutes:
        return Blown(
            "minutes", f"{fuses.minutes} minutes a turn", f"{spent.minutes:.1f} minutes worked"
        )
    room = output_room(fuses, spent, prices)
    if room is None or room >= LEAST_OUTPUT:
        return None
    token_room = _token_room(fuses, spent)
    if token_room is not None and token_room < LEAST_OUTPUT:
        over = fuses.over_budget or 0
        return Blown("tokens", f"{over:,} tokens over the budget", f"{-(spent.left or 0):,} over")
    return Blown("dollars", f"${fuses.dollars:.2f}", f"${spent.dollars:.2f} spent")


def output_room(fuses: Fuses, spent: Spent, prices: Prices | None) -> int | None:
    """Output tokens the next request may have; None where no fuse says."""
    rooms = [_token_room(fuses, spent), _dollar_room(fuses, spent, prices)]
    return min((room for room in rooms if room is not None), default=None)


def _token_room(fuses: Fuses, spent: Spent) -> int | None:
    if fuses.over_budget is None or spent.left is None:
        return None
    return max(0, spent.left + fuses.over_budget)


def _dollar_room(fuses: Fuses, spent: Spent, prices: Prices | None) -> int | None:
    """A dollar fuse on a model without a price is fiction: it says nothing there."""
    if fuses.dollars is None or prices is None:
        return None
    rest = fuses.dollars - spent.dollars - prices.input
    if rest <= 0 or prices.output_token <= 0:
        return 0 if rest <= 0 else None
    return int((rest / prices.output_token).to_integral_value(ROUND_FLOOR))
