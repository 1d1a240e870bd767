"""What usage of the past would cost at list price, for reports over imported runs too."""

from datetime import UTC, datetime
from decimal import Decimal

from tui.claude.catalogue import Catalogue
from tui.claude.pricing import rates_for
from tui.history.task_run import HourUsage

_MILLION = Decimal(1_000_000)
_CLASSES = ("input", "cache_write_5m", "cache_write_1h", "cache_read", "output")
_HOUR = 3600


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
    amounts = (getattr(usage, name) * getattr(rates, name) for name in _CLASSES)
    return sum(amounts, Decimal(0)) / _MILLION
