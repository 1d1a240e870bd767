"""Which of two models costs more, for settings that may only choose the cheaper one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tui.claude.catalogue import EFFORTS, Catalogue, CatalogueError, Model, Rates, load_catalogue
from tui.claude.model_names import find_model
from tui.claude.pricing import rates_for

_PRICE_FIELDS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")


@dataclass(frozen=True, slots=True)
class CataloguePriceComparison:
    """Compares models by the prices of a day; see `tui.settings.project_files.PriceComparison`."""

    catalogue: Catalogue
    day: date

    def costs_no_more(self, model: str, than: str, effort: str | None) -> bool:
        """Whether `model` has no higher price and works at no higher effort than the other.

        The prices count per text: a model that needs more tokens for it costs more. False if a
        price is unknown.

        Args:
            model: The model to judge.
            than: The model to compare it with.
            effort: The effort that is set; None for each model's own.
        """
        one, other = self._model(model), self._model(than)
        if one is None or other is None or _effort_rank(one, effort) > _effort_rank(other, effort):
            return False
        prices = list(self._prices(one, other))
        return bool(prices) and all(mine <= theirs for mine, theirs in prices)

    def price_ratio(self, model: str, than: str) -> Decimal | None:
        """Its output price divided by that of the other; None if unknown."""
        one, other = self._model(model), self._model(than)
        prices = list(self._prices(one, other)) if one and other else []
        if not prices or not prices[1][1]:
            return None
        mine, theirs = prices[1]
        return (mine / theirs).quantize(Decimal("0.1"), ROUND_HALF_UP)

    def default_effort(self, model: str) -> str | None:
        """The effort at which a model works if none is set; None where it has no levels."""
        found = self._model(model)
        return found.default_effort if found else None

    def _model(self, words: str) -> Model | None:
        return find_model(self.catalogue, words)

    def _prices(self, one: Model, other: Model) -> Iterator[tuple[Decimal, Decimal]]:
        """Price by price for short prompts and beyond every bound; nothing where one is unknown."""
        bounds = sorted({row.above for model in (one, other) for row in model.rates} | {0})
        for bound in bounds:
            mine, theirs = self._rates(one, bound), self._rates(other, bound)
            if mine is None or theirs is None:
                return
            for name in _PRICE_FIELDS:
                yield (
                    getattr(mine, name) * Decimal(str(one.tokenizer)),
                    getattr(theirs, name) * Decimal(str(other.tokenizer)),
                )

    def _rates(self, model: Model, bound: int) -> Rates | None:
        return rates_for(model, self.day, bound + 1)


def price_comparison(overrides: Mapping[str, Any]) -> CataloguePriceComparison:
    """The prices of today, with the user's corrections; without them where they are mistaken."""
    today = datetime.now(UTC).date()
    try:
        return CataloguePriceComparison(load_catalogue(overrides), today)
    except CatalogueError:
        return CataloguePriceComparison(load_catalogue(), today)


def _effort_rank(model: Model, wanted: str | None) -> int:
    """The rank of the effort that is sent for `wanted`, lowest first; -1 for none."""
    level = model.effort(wanted)
    return EFFORTS.index(level) if level else -1
