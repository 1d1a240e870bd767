"""What usage of the past would cost at list price, for reports over imported runs too."""

from collections.abc import Iterable, Iterator
from datetime import date

from tui.claude.catalogue import Catalogue
from tui.history.price_sql import CLASSES, TokenPrice

_EPOCH = date(1970, 1, 1)
_HOURS_A_DAY = 24


def list_prices(catalogue: Catalogue, models: Iterable[str]) -> Iterator[TokenPrice]:
    """The price list of these models, for sums over many hours.

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
