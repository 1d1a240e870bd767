"""List prices inside SQL: what an hour of usage costs, as a whole number of tiny units.

The database can then add up dollars as it adds up tokens, and nothing is lost to floating point.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

CLASSES = ("input", "cache_write_5m", "cache_write_1h", "cache_read", "output")
"""The classes of billed tokens, in the order of `TokenPrice.rates`."""
_PROMPT = (
    "(usage.input + usage.cache_write_5m + usage.cache_write_1h + usage.cache_read)"
    " / MAX(1, usage.requests)"
)
"""The mean prompt of an hour, which picks the tier of its price."""
_MOST_DECIMALS = 6
"""A price per million tokens is rounded to so many decimals."""
_MILLION = 1_000_000


class TokenPrice(NamedTuple):
    """A row of the price list of one model."""

    model: str
    """As the usage names it."""
    since: int
    """The first hour in which it holds, in hours since 1970, UTC."""
    above: int
    """Tokens of a prompt above which it holds."""
    rates: tuple[Decimal, ...]
    """Dollars for a million tokens, by `CLASSES`."""


@dataclass(frozen=True, slots=True)
class PriceSql:
    """Two expressions over the columns of `usage`."""

    cost: str
    """The price of the row in units; NULL where it is unknown."""
    unpriced: str
    """The requests of the row that have no known price."""
    units: int
    """Units of a dollar."""

    def dollars(self, units: int) -> Decimal:
        """The dollars of a sum of `cost`."""
        return Decimal(units) / self.units


def price_sql(prices: Iterable[TokenPrice]) -> PriceSql:
    """A price list as SQL."""
    known = list(prices)
    scale = 10 ** max((_decimals(rate) for price in known for rate in price.rates), default=0)

    def cost(price: TokenPrice) -> str:
        amounts = (
            f"usage.{name} * {round(rate * scale)}"
            for name, rate in zip(CLASSES, price.rates, strict=True)
        )
        return f"({' + '.join(amounts)})"

    return PriceSql(
        cost=_by_model(known, cost, "NULL"),
        unpriced=_by_model(known, lambda _: "0", "usage.requests"),
        units=scale * _MILLION,
    )


def _decimals(rate: Decimal) -> int:
    exponent = rate.normalize().as_tuple().exponent
    return min(_MOST_DECIMALS, max(0, -exponent)) if isinstance(exponent, int) else 0


def _by_model(
    prices: Sequence[TokenPrice], expression: Callable[[TokenPrice], str], unknown: str
) -> str:
    """The expression of the price that holds for a row.

    Args:
        prices: The price list.
        expression: What to make of a price.
        unknown: The expression where no price holds.
    """
    if not prices:
        return unknown
    cases = []
    for model in dict.fromkeys(price.model for price in prices):
        ours = [price for price in prices if price.model == model]
        cases.append(f"WHEN {quoted(model)} THEN {_by_hour(ours, expression, unknown)}")
    return f"CASE usage.model {' '.join(cases)} ELSE {unknown} END"


def _by_hour(
    prices: Sequence[TokenPrice], expression: Callable[[TokenPrice], str], unknown: str
) -> str:
    found = unknown
    for since in sorted({price.since for price in prices}):
        tiers = [price for price in prices if price.since == since]
        now = _by_prompt(tiers, expression, unknown)
        begun = f"CASE WHEN usage.hour >= {since} THEN {now} ELSE {found} END"
        found = begun if since > 0 else now
    return found


def _by_prompt(
    prices: Sequence[TokenPrice], expression: Callable[[TokenPrice], str], unknown: str
) -> str:
    found = unknown
    for price in sorted(prices, key=lambda each: each.above):
        now = expression(price)
        if price.above == 0 or now == found:
            found = now
        else:
            found = f"CASE WHEN {_PROMPT} > {price.above} THEN {now} ELSE {found} END"
    return found


def quoted(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''").replace("\0", "") + "'"
