"""The same work on other models, in words and as JSON."""

from collections.abc import Iterator, Sequence

from tui.budget.billed_mix import CLASSES, BilledMix
from tui.claude.catalogue import Model
from tui.claude.work_on_models import WorkOnModel

SAME_WORK_VERSION = 1
"""Version of the JSON; fields are only ever added under one version."""
_CLASS_WORDS = {
    "input": "sent without the cache",
    "cache_write_5m": "written to the cache for 5 minutes",
    "cache_write_1h": "written to the cache for an hour",
    "cache_read": "read from the cache",
    "output": "written by the model",
}
_PER = 1_000


def same_work_lines(rows: Sequence[WorkOnModel], compared: Model, mix: BilledMix) -> Iterator[str]:
    """A line for each model, then what the factors rest on.

    Args:
        rows: The models, in order.
        compared: The model that the factors are beside.
        mix: The work that was priced.
    """
    yield f"The same work on other models, beside {compared.name}"
    yield ""
    yield f"{'model':<14} {'tokens':>8} {'price':>8}   the same work costs"
    for row in rows:
        name = f"{row.model.name:<14} {_factor(row.tokens):>8}"
        if row.price is None or row.cost is None:
            yield f"{name} {'–':>8}   price unknown"
        else:
            here = "  (compared with)" if row.model.id == compared.id else ""
            yield f"{name} {_factor(row.price):>8}   ≈ {_factor(row.cost)}{here}"
    yield ""
    yield "tokens: what its tokenizer makes of the same text. price: of a token, at list price of"
    yield "today. Another model may need more steps or fewer; that is not in here."
    yield from mix_lines(mix)


def mix_lines(mix: BilledMix) -> Iterator[str]:
    """What dollars are made from: the billed classes, and whether they are the user's own."""
    source = (
        "an assumed mix of billed tokens" if mix.is_assumed else "what your runs were billed for"
    )
    yield f"Dollars rest on {source}."
    yield f"Billed for {_PER:,} charged tokens:"
    for name in CLASSES:
        if tokens := getattr(mix, name) / mix.charged * _PER:
            yield f"  {tokens:>9,.0f}  {_CLASS_WORDS[name]}"


def same_work_json(
    rows: Sequence[WorkOnModel], compared: Model, mix: BilledMix
) -> dict[str, object]:
    """The factors as one JSON object; null is an unknown price.

    Args:
        rows: The models, in order.
        compared: The model that the factors are beside.
        mix: The work that was priced.
    """
    return {
        "type": "same_work",
        "version": SAME_WORK_VERSION,
        "compared_with": compared.id,
        "mix": mix_json(mix),
        "models": [
            {
                "model": row.model.id,
                "name": row.model.name,
                "tokens": round(row.tokens, 4),
                "price": None if row.price is None else round(row.price, 4),
                "cost": None if row.cost is None else round(row.cost, 4),
            }
            for row in rows
        ],
    }


def mix_json(mix: BilledMix) -> dict[str, object]:
    """Billed tokens for a charged token, by class; `from` tells whose they are."""
    classes = {name: round(getattr(mix, name) / mix.charged, 4) for name in CLASSES}
    return {"from": "assumption" if mix.is_assumed else "own runs", **classes}


def _factor(factor: float) -> str:
    """`0.5 ×`, `0.026 ×`: two digits that count."""
    return f"{factor:.2g} ×" if factor < 1 else f"{factor:.2f} ×"
