"""The models to choose from: prices, and what this session costs on each.

The newest model of each family comes first; the others are behind one row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tui.agent.budget_visibility import accepts_task_budget
from tui.claude.catalogue import Model
from tui.claude.model_names import find_model, short_name
from tui.claude.pricing import rates_for
from tui.claude.session_on_model import PriceOnModel, SessionTokens
from tui.number_format import format_dollars, format_tokens, mark_estimate
from tui.session.usage_details import BillLine

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession

_FAMILIES = {
    "opus": "everyday, hard tasks",
    "sonnet": "routine work",
    "haiku": "quick answers",
    "fable": "the largest",
}
"""What each family is for, in the order of the list."""

BY_NOTES = "told its budget by notes"
"""Of a model that the API tells nothing of a budget: the program does."""


class ModelRow(NamedTuple):
    """One model as the list shows it."""

    id: str
    name: str
    notes: tuple[str, ...]
    """Whether it is the default, who tells it its budget, what it is for."""
    prices: str
    """Dollars per million tokens, input and output: `$4 / $20`."""
    session: str
    """What this session cost so far, or would have cost on it; empty where unknown."""
    window: str
    """Tokens of the context window."""


@dataclass(frozen=True, slots=True)
class ModelList:
    """All models, in their order."""

    newest: tuple[ModelRow, ...]
    """The newest of each family, and the one in use."""
    others: tuple[ModelRow, ...]
    """Older ones, and those not open to everybody."""


def model_list(opened: "OpenSession", lines: Sequence[BillLine]) -> ModelList:
    """The models of the catalogue, and the one in use.

    Args:
        opened: The session.
        lines: Its bill.
    """
    models = list(opened.catalogue.models.values())
    if not any(each.id == opened.model.id for each in models):
        models.insert(0, opened.model)
    first = _newest_ids(models) | {opened.model.id}
    default = find_model(opened.catalogue, opened.resolved.settings.model)
    tokens = SessionTokens(lines, opened.catalogue)
    day = datetime.fromtimestamp(opened.now(), UTC).date()
    run = opened.runner.ctx.run

    def row(model: Model) -> ModelRow:
        # What tells models apart most comes first: the others give way where there is little room.
        notes = ["default"] if default is not None and default.id == model.id else []
        notes += ["by invitation"] if model.restricted else []
        notes += [] if accepts_task_budget(model, run) else [BY_NOTES]
        notes += [_FAMILIES.get(_family(model), "")]
        rates = rates_for(model, day, 0)
        return ModelRow(
            model.id,
            model.name,
            tuple(filter(None, notes)),
            f"{_rate(rates.input)} / {_rate(rates.output)}" if rates else "price unknown",
            _session_words(tokens.price_on(model, day)),
            mark_estimate(format_tokens(model.context).replace(".0M", "M"), model.window_assumed),
        )

    order = list(_FAMILIES)
    newest = sorted(
        (each for each in models if each.id in first),
        key=lambda each: order.index(_family(each)) if _family(each) in order else len(order),
    )
    return ModelList(
        tuple(map(row, newest)), tuple(row(each) for each in models if each.id not in first)
    )


def _newest_ids(models: Iterable[Model]) -> set[str]:
    """The first model of each family in the catalogue that is open to everybody."""
    found: dict[str, str] = {}
    for model in models:
        if not model.restricted:
            found.setdefault(_family(model), model.id)
    return set(found.values())


def _family(model: Model) -> str:
    return short_name(model).split("-")[0]


def _rate(dollars: Decimal) -> str:
    """Dollars per million tokens: `$4`, `$0.10`."""
    whole = dollars == dollars.to_integral_value()
    return f"${int(dollars)}" if whole else f"${dollars:.2f}"


def _session_words(price: PriceOnModel | None) -> str:
    if price is None:
        return ""
    return mark_estimate(format_dollars(price.dollars), price.estimated)
