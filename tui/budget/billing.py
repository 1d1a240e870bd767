"""Billed tokens and dollars: every token of every request, by class, summed as they come.

Dollars are `Decimal` at list price. The rates applied are in the event, so history never
reprices itself; a request without a known price is counted as unpriced, never guessed.

Some of the bill is paid once: the first request of a model writes system text, tools, memory
and the prompt to the prompt cache, and later ones read them from there. What the work costs
from here on is the rest of the bill.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from msgspec import structs

from tui.budget.ledger import Usage
from tui.budget.meters import BilledMeter

_MILLION = Decimal(1_000_000)
_WRITES = ("input", "cache_write_5m", "cache_write_1h")
"""Input that was not read from the cache: fields of `Usage`, and their rates."""
_SUMMED = (*_WRITES, "cache_read", "output", "thinking", "web_searches")
"""Fields of `Usage` that can be added up."""


@dataclass(frozen=True, slots=True)
class RecurringUsage:
    """What the priced requests of one model took, without what is paid once."""

    usage: Usage = field(default_factory=Usage)
    dollars: Decimal = Decimal(0)


class Bill:
    """The running sums of what is paid for."""

    def __init__(self) -> None:
        self.usage = Usage()
        """Tokens by class, over all requests."""
        self.dollars: Decimal | None = None
        """None while nothing was priced."""
        self.unpriced = 0
        """Requests whose price is unknown."""
        self.estimated = False
        """Whether some of the tokens are an estimate: broken off, or never reported."""
        self.recurring: dict[str, RecurringUsage] = {}
        """By model, of the requests that have a price."""
        self._model = ""
        """The model of the last request."""

    def add(
        self,
        usage: Usage,
        dollars: Decimal | None,
        model: str,
        *,
        rates: Mapping[str, Any] | None = None,
        whole: bool = True,
    ) -> None:
        """Count one response.

        Args:
            usage: Its tokens.
            dollars: Its price; None where that is unknown.
            model: The model that answered.
            rates: The rates applied, as logged.
            whole: False where it broke off: its output is an estimate.
        """
        self.estimated = self.estimated or not (usage.reported and whole)
        self.usage = added_usage(self.usage, usage)
        first, self._model = model != self._model, model
        if dollars is None:
            self.unpriced += 1
            return
        self.dollars = (self.dollars or Decimal(0)) + dollars
        once = one_time_input(usage, first=first)
        before = self.recurring.get(model, RecurringUsage())
        self.recurring[model] = replace(
            before,
            usage=added_usage(before.usage, _without_one_time_input(usage, once)),
            dollars=before.dollars + dollars - min(dollars, _price(once, rates)),
        )

    def meter(self) -> BilledMeter:
        """The figures for the screen."""
        return BilledMeter(
            input=self.usage.input,
            cache_write=self.usage.cache_write,
            cache_read=self.usage.cache_read,
            output=self.usage.output,
            dollars=self.dollars,
            unpriced=self.unpriced,
            estimated=self.estimated,
        )


def one_time_input(usage: Usage, *, first: bool) -> Usage:
    """The part of a request's input that is paid once.

    The cache keeps system text and tools for an hour, and only they are written for so long.

    Args:
        usage: Of the request.
        first: Whether another model answered the request before, or none: everything it was
            sent is new to its cache.
    """
    if not first:
        return Usage(cache_write_1h=usage.cache_write_1h)
    return Usage(**{name: getattr(usage, name) for name in _WRITES})


def _price(usage: Usage, rates: Mapping[str, Any] | None) -> Decimal:
    """Dollars of the input in `usage` at the rates of an event."""
    if not rates:
        return Decimal(0)
    factor = Decimal(str(rates.get("factor", "1"))) / _MILLION
    parts = (getattr(usage, name) * Decimal(str(rates.get(name, "0"))) for name in _WRITES)
    return sum(parts, Decimal(0)) * factor


def added_usage(one: Usage, other: Usage) -> Usage:
    """Billed tokens of both, by class."""
    return Usage(**{name: getattr(one, name) + getattr(other, name) for name in _SUMMED})


def _without_one_time_input(usage: Usage, once: Usage) -> Usage:
    """`usage` without the input that is paid once."""
    rest = {name: getattr(usage, name) - getattr(once, name) for name in _WRITES}
    return structs.replace(usage, **rest)
