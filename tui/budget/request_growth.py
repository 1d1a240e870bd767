"""Whether requests of a session have grown dear because each reads the history again.

A budget is never charged for history that is sent again, so its gauge says nothing of it; the
bill does. The prompt cache makes reading it cheap (Messages API, "prompt caching"): so the share
is counted in dollars at the rates that were applied, and what the cache had lost at those of
writing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

from tui.budget.ledger import Usage

COMPARED = 5
"""The first requests of a session, and the last ones, that are compared by their medians."""
GROWN = Decimal(2)
"""How many times the first requests the last ones must cost."""
HISTORY_SHARE = Decimal("0.5")
"""Part of the last requests' dollars that must go on history read again."""
NEXT_REQUESTS = 20
"""Requests ahead over which a shorter history is weighed against what shortening costs."""
LEAST_GAIN = Decimal("0.10")
"""Dollars that shortening must save over those requests, beyond what it costs."""
LEAST_RETURN = 2
"""How many times its price shortening must save over those requests."""
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class RequestCost:
    """What one request cost, at list price."""

    dollars: Decimal
    history: Decimal
    """The part for history that was sent before: read from the cache, or written again."""


@dataclass(frozen=True, slots=True)
class RequestCosts:
    """The first requests of a session, and the last ones since its history was last cut."""

    first: tuple[RequestCost, ...] = ()
    last: tuple[RequestCost, ...] = ()

    def added(self, cost: RequestCost) -> "RequestCosts":
        """With one more request."""
        first = self.first if len(self.first) == COMPARED else (*self.first, cost)
        return RequestCosts(first, (*self.last, cost)[-COMPARED:])

    def after_cut(self) -> "RequestCosts":
        """Once the history was shortened: what requests cost before says nothing any more."""
        return RequestCosts(self.first)


@dataclass(frozen=True, slots=True)
class RequestGrowth:
    """How much dearer requests have become, and what shortening the history would change."""

    now: Decimal
    """Dollars of a request now."""
    first: Decimal
    """Dollars of one of the first."""
    share: Decimal
    """Part of the last requests' dollars that went on history, 0..1."""
    shortening: Decimal = Decimal(0)
    """Dollars that shortening the history costs once."""
    saved_each: Decimal = Decimal(0)
    """Dollars that each request costs less with the history shortened."""

    @property
    def times(self) -> Decimal:
        """How many times the first ones a request costs now."""
        return self.now / self.first

    @property
    def saved(self) -> Decimal:
        """Dollars saved over the next `NEXT_REQUESTS`, without what shortening costs."""
        return self.saved_each * NEXT_REQUESTS

    @property
    def pays_off(self) -> bool:
        """Whether shortening saves clearly more over the next requests than it costs."""
        enough = self.saved - self.shortening >= LEAST_GAIN
        return enough and self.saved >= LEAST_RETURN * self.shortening


def history_cost(
    usage: Usage, *, history: int, fixed: int, rates: Mapping[str, Any] | None
) -> Decimal:
    """Dollars of a request for history that was sent before; 0 where no rates are known.

    The cache holds a prefix: system text and tools first, then the history.

    Args:
        usage: Of the request.
        history: Tokens of it that were sent or written before, without the fixed part.
        fixed: Tokens of system text, tools and memory files: no shortening changes them.
        rates: The rates applied, as logged: dollars for a million tokens.
    """
    if not rates:
        return Decimal(0)
    read = min(history, max(0, usage.cache_read - fixed))
    again = history - read
    cached = "cache_write_5m" if usage.cache_write_5m else "input"
    dollars = read * _rate(rates, "cache_read") + again * _rate(rates, cached)
    return dollars * _rate(rates, "factor", "1") / _MILLION


def request_growth(costs: RequestCosts) -> RequestGrowth | None:
    """How much dearer requests have become; None while they have not, or too few tell."""
    if len(costs.first) < COMPARED or len(costs.last) < COMPARED:
        return None
    first, now = _median(costs.first), _median(costs.last)
    total = sum((cost.dollars for cost in costs.last), Decimal(0))
    if first <= 0 or now < GROWN * first:
        return None
    share = sum((cost.history for cost in costs.last), Decimal(0)) / total
    return RequestGrowth(now, first, share) if share >= HISTORY_SHARE else None


def _median(costs: Sequence[RequestCost]) -> Decimal:
    return median(cost.dollars for cost in costs)


def _rate(rates: Mapping[str, Any], name: str, usual: str = "0") -> Decimal:
    return Decimal(str(rates.get(name, usual)))
