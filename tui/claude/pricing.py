"""What a response cost, in dollars at list price.

A price is computed once, when the response arrives, and logged with the rates applied, so
that history never reprices itself. Where any part of it is unknown there is no price at
all: never a guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tui.budget.ledger import Usage
from tui.claude.catalogue import Model, Rates
from tui.claude.response import JSON
from tui.claude.usage_parsing import iterations, total_input

_MILLION = Decimal(1_000_000)
_THOUSAND = Decimal(1_000)
_OWN = ("message", "compaction")
"""Iterations that the model of the conversation itself is billed for."""
_ANYWHERE = (None, "global", "not_available")
"""Values of `inference_geo` that cost the list price."""
_USUAL = (None, "standard")
"""Values of `service_tier` that cost the list price."""


@dataclass(frozen=True, slots=True)
class Priced:
    """The price of one response."""

    total: Decimal
    """Dollars."""
    by_class: dict[str, Decimal]
    """Dollars by class: input, cache_write, cache_read, output, web_search. Sums to `total`."""
    rates: JSON
    """The rates applied, as decimal strings, with the date of the table."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the price depends on beside the tokens."""

    day: date
    """Of the request, UTC."""
    prompt: int
    """Length of the prompt in tokens, cache reads and writes included: it picks the tier."""
    geo: str | None = None
    """`inference_geo`, as the usage reports it."""
    speed: str | None = None
    tier: str | None = None
    """`service_tier`."""
    others: bool = False
    """Whether another model took part: an advisor, a fallback."""


def rates_for(model: Model, day: date, prompt: int, speed: str | None = None) -> Rates | None:
    """The row of the price list for a prompt of `prompt` tokens on `day`; None if unknown.

    The newest row that has begun holds. A day before the oldest shipped row takes that row, so
    that a wrong clock switches no limit off; rows of the user hold from their day on only. A
    speed other than the standard one has rows of its own.

    Args:
        model: The model, with its rows.
        day: The day of the request.
        prompt: Length of the prompt in tokens, cache reads and writes included.
        speed: As the API reports it; None for the standard speed.
    """
    rows = [row for row in model.rates if row.speed == (speed or "standard")]
    if not rows:
        return None
    begun = [row.since for row in rows if row.since <= day]
    if not begun and model.own_rates:
        return None
    since = max(begun) if begun else min(row.since for row in rows)
    tiers = [row for row in rows if row.since == since]
    reached = [row for row in tiers if row.above == 0 or prompt > row.above]
    return max(reached, key=lambda row: row.above, default=None)


def has_price(model: Model, day: date) -> bool:
    """Whether the price list has a row for `model` on `day`."""
    return rates_for(model, day, 0) is not None


def price(usage: Usage, model: Model, terms: Terms) -> Priced | None:
    """The price of a response; None where any part of it is unknown.

    Args:
        usage: Tokens by class.
        model: The model, with its rows of prices.
        terms: Day, prompt length, geography, speed and tier.
    """
    rates = rates_for(model, terms.day, terms.prompt, terms.speed)
    factor = _price_factor(model, terms)
    if rates is None or factor is None or not usage.reported:
        return None
    if usage.web_searches and rates.web_search is None:
        return None
    by_class = _by_class(usage, rates, factor)
    total = sum(by_class.values(), Decimal(0))
    return Priced(total, by_class, _rates_json(rates, factor, usage))


def terms(raw_usage: Mapping[str, Any], usage: Usage, model: Model, day: date) -> Terms:
    """The terms a usage object tells.

    The tier is picked by the longest prompt among its iterations.

    Args:
        raw_usage: The usage object as the API sent it.
        usage: The same object, read.
        model: The model of the request.
        day: The day of the request.
    """
    entries = iterations(raw_usage)
    others = [each.get("model") for each in entries if each.get("type") not in _OWN]
    return Terms(
        day=day,
        prompt=max([total_input(each) for each in entries], default=usage.total_input),
        geo=_word(raw_usage.get("inference_geo")),
        speed=_word(raw_usage.get("speed")),
        tier=_word(raw_usage.get("service_tier")),
        others=any(isinstance(other, str) and other != model.id for other in others),
    )


def _word(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _price_factor(model: Model, terms: Terms) -> Decimal | None:
    """What the list price is multiplied with; None where that is unknown."""
    if terms.others:
        return None
    geo = Decimal(1) if terms.geo in _ANYWHERE else model.geo.get(terms.geo or "")
    tier = Decimal(1) if terms.tier in _USUAL else model.tiers.get(terms.tier or "")
    return None if geo is None or tier is None else geo * tier


def _by_class(usage: Usage, rates: Rates, factor: Decimal) -> dict[str, Decimal]:
    million = factor / _MILLION
    writes = usage.cache_write_5m * rates.cache_write_5m
    writes += usage.cache_write_1h * rates.cache_write_1h
    dollars = {
        "input": usage.input * rates.input * million,
        "cache_write": writes * million,
        "cache_read": usage.cache_read * rates.cache_read * million,
        "output": usage.output * rates.output * million,
    }
    if usage.web_searches and rates.web_search is not None:
        dollars["web_search"] = usage.web_searches * rates.web_search / _THOUSAND
    return dollars


def _rates_json(rates: Rates, factor: Decimal, usage: Usage) -> JSON:
    searched = bool(usage.web_searches) and rates.web_search is not None
    return {
        "since": rates.since.isoformat(),
        "above": rates.above,
        "input": str(rates.input),
        "output": str(rates.output),
        "cache_write_5m": str(rates.cache_write_5m),
        "cache_write_1h": str(rates.cache_write_1h),
        "cache_read": str(rates.cache_read),
        "factor": str(factor),
        **({"speed": rates.speed} if rates.speed != "standard" else {}),
        **({"web_search": str(rates.web_search)} if searched else {}),
    }
