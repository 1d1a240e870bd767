"""What usage of the past would cost at list price, for reports over imported runs too."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

from tui.claude.catalogue import Catalogue
from tui.claude.pricing import rates_for
from tui.history.price_sql import CLASSES, TokenPrice
from tui.history.task_run import HourUsage

_MILLION = Decimal(1_000_000)
_HOUR = 3600
_EPOCH = date(1970, 1, 1)
_HOURS_A_DAY = 24


def hour_dollars(usage: HourUsage, catalogue: Catalogue) -> Decimal | None:
    """Dollars at the list price of the day; None where the model's price is unknown.

    The tier of long prompts is picked by the mean prompt of the hour.
    """
    model = catalogue.get(usage.model)
    if model is None:
        return None
    day = datetime.fromtimestamp(usage.hour * _HOUR, UTC).date()
    context = usage.input + usage.cache_write_5m + usage.cache_write_1h + usage.cache_read
    rates = rates_for(model, day, context // max(1, usage.requests))
    if rates is None:
        return None
    amounts = (getattr(usage, name) * getattr(rates, name) for name in CLASSES)
    return sum(amounts, Decimal(0)) / _MILLION


def list_prices(catalogue: Catalogue, models: Iterable[str]) -> Iterator[TokenPrice]:
    """The price list of these models, for sums over many hours; see `hour_dollars`.

    Args:
        catalogue: The models and their prices.
        models: Ids as the usage has them; those without a known price are left out.
    """
    for id in models:
        model = catalogue.get(id)
        rows = [row for row in model.rates if row.speed == "standard"] if model else []
        oldest = min((row.since for row in rows), default=_EPOCH)
        for row in rows:
            # The oldest shipped prices hold for the days before them, too.
            always = row.since == oldest and not (model and model.own_rates)
            since = 0 if always else (row.since - _EPOCH).days * _HOURS_A_DAY
            rates = tuple(getattr(row, name) for name in CLASSES)
            yield TokenPrice(id, since, row.above, rates)
