"""The same work on other models: how many tokens it takes there, and what it costs.

Prices and tokenizers only: another model may need more steps or fewer for the same task.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tui.budget.billed_mix import BilledMix
from tui.claude.catalogue import Catalogue, Model
from tui.claude.pricing import rates_for
from tui.history.effort_matrix import MatrixModel


@dataclass(frozen=True, slots=True)
class WorkOnModel:
    """The same work on one model, beside that on the model it is compared with."""

    model: Model
    tokens: float
    """Its tokens for one of the other's."""
    price: float | None
    """What a token costs, for one dollar of the other's; None where a price is unknown."""
    cost: float | None
    """What the work costs, for one dollar on the other: `tokens × price`."""


def mix_dollars(mix: BilledMix, model: Model, day: date) -> Decimal | None:
    """The dollars of a mix on a model at the prices of a day; None where they are unknown.

    The mean prompt picks the tier.

    Args:
        mix: The work, in common tokens.
        model: The model, with its rows of prices.
        day: The day whose prices hold.
    """
    rates = rates_for(model, day, round(mix.prompt * model.tokenizer))
    return None if rates is None else mix.dollars(rates, model.tokenizer)


def same_work(
    catalogue: Catalogue, compared: Model, mix: BilledMix, day: date
) -> list[WorkOnModel]:
    """The work on every model of the catalogue, the cheapest first, unknown prices last.

    Args:
        catalogue: The models.
        compared: The model that the factors are beside.
        mix: The work, in common tokens.
        day: The day whose prices hold.
    """
    base = mix_dollars(mix, compared, day)
    found = []
    for model in catalogue.models.values():
        dollars = mix_dollars(mix, model, day)
        tokens = model.tokenizer / compared.tokenizer
        cost = float(dollars / base) if dollars is not None and base else None
        found.append(WorkOnModel(model, tokens, None if cost is None else cost / tokens, cost))
    return sorted(found, key=lambda work: (work.cost is None, work.cost or 0.0))


def matrix_model(catalogue: Catalogue, model: Model, day: date) -> MatrixModel:
    """A model as the matrix of efforts needs it.

    Args:
        catalogue: All models, for their tokenizers.
        model: The model that the matrix is for.
        day: The day whose prices hold.
    """
    return MatrixModel(
        id=model.id,
        efforts=model.efforts,
        tokenizer=lambda id: catalogue.model(id).tokenizer,
        price=lambda mix: mix_dollars(mix, model, day),
    )
