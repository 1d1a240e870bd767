"""What the requests of a session would have cost on another model: the list price of its tokens.

An estimate: another model may think longer or shorter, and counts the same text differently
(`Model.tokenizer`).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tui.budget.billing import added_usage
from tui.budget.ledger import Usage
from tui.claude.catalogue import Catalogue, Model
from tui.claude.pricing import Terms, price
from tui.session.usage_details import BillLine

LONG_PROMPT = 200_000
"""Tokens of a prompt from which on some models have another price."""


@dataclass(frozen=True, slots=True)
class PriceOnModel:
    """What a session cost, or would have cost, on one model."""

    dollars: Decimal
    estimated: bool
    """False where this model answered every request, and the server counted all tokens."""


class SessionTokens:
    """The tokens of all requests of a session, by the model that answered."""

    def __init__(self, lines: Iterable[BillLine], catalogue: Catalogue) -> None:
        """Args: lines: the bill of the session; catalogue: the models that answered."""
        self._catalogue = catalogue
        self._usages: dict[tuple[str, bool], Usage] = {}
        self._billed: defaultdict[str, Decimal] = defaultdict(Decimal)
        self._unpriced: set[str] = set()
        self._estimated: set[str] = set()
        for line in lines:
            self._add(line)

    def _add(self, line: BillLine) -> None:
        key = (line.model, line.usage.total_input > LONG_PROMPT)
        self._usages[key] = added_usage(self._usages.get(key, Usage()), line.usage)
        if line.dollars is None:
            self._unpriced.add(line.model)
        else:
            self._billed[line.model] += line.dollars
        if line.estimated:
            self._estimated.add(line.model)

    def price_on(self, model: Model, day: date) -> PriceOnModel | None:
        """What all of it costs on `model`.

        Args:
            model: The model, with its rows of prices.
            day: The day whose prices hold.

        Returns:
            None where nothing was sent yet, or a price is unknown.
        """
        total, estimated = Decimal(0), False
        for (answered, long), usage in self._usages.items():
            if answered == model.id:
                if answered in self._unpriced:
                    return None
                estimated = estimated or answered in self._estimated
                continue
            share = model.tokenizer / self._catalogue.model(answered).tokenizer
            terms = Terms(day, LONG_PROMPT + 1 if long else 0)
            priced = price(_scaled(usage, share), model, terms)
            if priced is None:
                return None
            total, estimated = total + priced.total, True
        total += self._billed.get(model.id, Decimal(0))
        return PriceOnModel(total, estimated) if self._usages else None


def _scaled(usage: Usage, share: float) -> Usage:
    """The tokens of the same text as another model counts them."""
    return Usage(
        input=round(usage.input * share),
        cache_write_5m=round(usage.cache_write_5m * share),
        cache_write_1h=round(usage.cache_write_1h * share),
        cache_read=round(usage.cache_read * share),
        output=round(usage.output * share),
        web_searches=usage.web_searches,
    )
