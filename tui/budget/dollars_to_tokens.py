"""How many tokens an amount of dollars buys, at the price this session was measured to have.

A budget counts what the model sees for the first time, a bill counts every token of every
request. So the price of a charged token is no list price: it holds all that is read again,
and differs from work to work. It is measured: dollars billed over tokens charged, without the
dollars that are paid once (`tui.budget.billing`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

STEP = 1_000
"""Tokens to which a computed budget is rounded down."""
MIN_CHARGED = 5_000
"""Charged tokens from which on a price is measured: fewer say little of the work to come."""


@dataclass(frozen=True, slots=True)
class MeasuredPrice:
    """What the work of a session cost so far, and what it was charged for that."""

    dollars: Decimal
    """At list price, without what is paid once; above zero."""
    charged: int
    """Tokens charged to a budget by the models that have a price; above zero."""

    @property
    def per_million(self) -> Decimal:
        """Dollars for a million charged tokens."""
        return self.dollars * 1_000_000 / self.charged

    def tokens_for(self, dollars: Decimal) -> int:
        """Charged tokens for `dollars`, in whole thousands; none for less than nothing."""
        tokens = max(Decimal(0), dollars) * self.charged / self.dollars
        return int((tokens / STEP).to_integral_value(ROUND_FLOOR)) * STEP


def measure_price(
    dollars: Mapping[str, Decimal], charged: Mapping[str, int]
) -> MeasuredPrice | None:
    """The price so far; None while fewer than `MIN_CHARGED` tokens tell it.

    Args:
        dollars: Cost of the work so far, by model, without what is paid once; models without a
            price are not in it.
        charged: Tokens charged so far, by model.
    """
    cost = sum(dollars.values(), Decimal(0))
    tokens = sum(charged.get(model, 0) for model in dollars)
    return MeasuredPrice(cost, tokens) if cost > 0 and tokens >= MIN_CHARGED else None


def budget_for_dollars(
    limit: Decimal, price: MeasuredPrice, *, spent: Decimal, charged: int
) -> int:
    """The grant that a limit in dollars comes to: what is charged, and what the rest buys.

    Args:
        limit: Dollars of the whole session.
        price: As measured.
        spent: Dollars of it that are billed.
        charged: Tokens the envelope is charged with already; 0 for one that is fresh.
    """
    whole = charged + price.tokens_for(limit - spent)
    return whole // STEP * STEP
