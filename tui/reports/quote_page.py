"""A quote in words and as JSON: the items with their prices, the whole, and what it rests on.

Titles and names come from the model: they are cleaned here, once.
"""

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

from tui.budget.quote import Quote, TokenRange
from tui.budget.task_kinds import TYPICAL
from tui.history.plan_pricing import PlanPricing
from tui.number_format import (
    count_with_noun,
    format_dollars,
    format_tokens,
    mark_estimate,
)
from tui.sanitize import clean_line
from tui.session.filed_plan import FiledPlan, PlanItem

QUOTE_VERSION = 1
"""Version of the JSON; fields are only ever added under one version."""
TITLE = 200
"""Characters of a title."""


def item_title(item: PlanItem) -> str:
    """The title of an item, fit for the screen."""
    return clean_line(item.title, TITLE)


def item_details(item: PlanItem) -> str:
    """Files and checks of an item in one line, cleaned; empty where it names none."""
    files = ", ".join(name for name in item.files if name != item.title)
    parts = (files, f"check: {', '.join(item.checks)}" if item.checks else "")
    return clean_line(" · ".join(filter(None, parts)), TITLE)


def price_words(tokens: int, dollars: Decimal | None) -> str:
    """`≈ 12k tokens, ≈ $0.21`; without dollars where the price is unknown."""
    words = f"{mark_estimate(format_tokens(tokens))} tokens"
    return words if dollars is None else f"{words}, {mark_estimate(format_dollars(dollars))}"


def total_sentence(pricing: PlanPricing, quote: Quote) -> str:
    """The price of the whole with its range and the budget, in two sentences."""
    total = quote.total
    between = f"{format_tokens(total.low)} and {format_tokens(total.high)}"
    low, high = pricing.dollars(total.low), pricing.dollars(total.high)
    if low is not None and high is not None:
        between += f" tokens ({format_dollars(low)} and {format_dollars(high)})"
    else:
        between += " tokens"
    price = price_words(total.tokens, pricing.dollars(total.tokens))
    budget = f"A budget of {quote.budget:,} tokens fits 9 in 10 and the wrap-up."
    return f"{price}; 8 in 10 take between {between}. {budget}"


def effort_words(pricing: PlanPricing, dropped: Collection[str] = ()) -> list[tuple[str, str]]:
    """What the items take at each effort: `("high", "≈ 12k")`, the lowest first.

    Args:
        pricing: The plan.
        dropped: Ids of items that are left out.
    """
    return [
        (effort, mark_estimate(format_tokens(pricing.quote(dropped, effort).total.tokens)))
        for effort in pricing.effort_factors
    ]


def basis_sentences(pricing: PlanPricing) -> Iterator[str]:
    """What the price rests on, and what history says beside it."""
    yield _ratio_sentence(pricing)
    yield _history_sentence(pricing)
    yield _estimates_sentence(pricing)


def _estimates_sentence(pricing: PlanPricing) -> str:
    told, every = pricing.told, len(pricing.estimates)
    if told == every:
        return f"The plan estimates {sum(pricing.estimates.values()):,} tokens."
    if not told:
        return (
            f"The plan estimates nothing: its items share the {pricing.median:,.0f} tokens that "
            f"half of such tasks stay under."
        )
    missing = count_with_noun(every - told, "item")
    return f"{missing} without an estimate: the price takes the mean of the others."


def _ratio_sentence(pricing: PlanPricing) -> str:
    ratio = pricing.ratio
    if not ratio.plans:
        return (
            "No plan of yours was measured yet: the price takes the estimates as they are, and "
            "half to twice of them as the range."
        )
    kind = f" of this kind ({pricing.kind})" if pricing.ratio_is_of_kind else " of all kinds"
    few = ", so it is drawn towards 1" if ratio.plans < 10 else ""
    return (
        f"Your plans took × {ratio.middle:.2f} of their estimates, by "
        f"{count_with_noun(ratio.plans, 'plan')}{kind}{few}."
    )


def _history_sentence(pricing: PlanPricing) -> str:
    advice = pricing.history
    figures = (
        f"half stay under {format_tokens(round(pricing.median))} tokens, 9 in 10 under "
        f"{format_tokens(round(advice.tokens))}"
    )
    if not advice.runs:
        origin = "published" if TYPICAL[pricing.kind].is_published else "assumed"
        return f"The {origin} range of this kind ({pricing.kind}), beside it: {figures}."
    runs = count_with_noun(advice.runs, "run")
    return f"{runs} of this kind ({pricing.kind}), beside it: {figures}."


def quote_lines(pricing: PlanPricing) -> Iterator[str]:
    """Plan and quote as plain text."""
    quote = pricing.quote()
    if pricing.plan.goal:
        yield f"Plan: {clean_line(pricing.plan.goal, 300)}"
        yield ""
    for number, item in enumerate(pricing.plan.items, 1):
        price = quote.items[item.id]
        words = price_words(price.tokens, pricing.dollars(price.tokens))
        yield f"{number:>3}. {item_title(item)}  ·  {words}"
        if details := item_details(item):
            yield f"     {details}"
    yield ""
    yield f"Price: {total_sentence(pricing, quote)}"
    if len(pricing.effort_factors) > 1:
        yield "By effort: " + " · ".join(f"{name} {said}" for name, said in effort_words(pricing))
    yield from basis_sentences(pricing)


def quote_json(pricing: PlanPricing) -> dict[str, Any]:
    """Plan and quote as parts of one JSON object; tokens are whole numbers, dollars text."""
    quote = pricing.quote()
    return {
        "kind": pricing.kind,
        "effort": pricing.effort,
        "plan": plan_json(pricing.plan),
        "quote": {
            "items": [
                {"id": id, "estimate": pricing.estimates[id]} | _range_json(price, pricing)
                for id, price in quote.items.items()
            ],
            **_range_json(quote.total, pricing),
            "budget": quote.budget,
        },
        "efforts": [
            {"effort": effort}
            | _range_json((found := pricing.quote(effort=effort)).total, pricing)
            | {"budget": found.budget}
            for effort in pricing.effort_factors
        ],
        "ratio": {
            "middle": round(pricing.ratio.middle, 4),
            "low": round(pricing.ratio.low, 4),
            "high": round(pricing.ratio.high, 4),
            "plans": pricing.ratio.plans,
            "of_kind": pricing.ratio_is_of_kind,
        },
        "history": {
            "runs": pricing.history.runs,
            "certainty": pricing.history.certainty,
            "median": round(pricing.median),
            "p90": round(pricing.history.tokens),
            "budget": pricing.history.budget,
        },
    }


def plan_json(plan: FiledPlan) -> dict[str, Any]:
    """A plan as JSON, as it was filed; `--plan` takes it back."""
    return {
        "goal": plan.goal,
        "items": [
            {
                "id": item.id,
                "title": item.title,
                "estimate": item.estimate,
                "files": list(item.files),
                "checks": list(item.checks),
            }
            for item in plan.items
        ],
    }


def _range_json(price: TokenRange, pricing: PlanPricing) -> dict[str, Any]:
    def dollars(tokens: int) -> str | None:
        amount = pricing.dollars(tokens)
        return None if amount is None else f"{amount:.4f}"

    return {
        "tokens": price.tokens,
        "low": price.low,
        "high": price.high,
        "dollars": dollars(price.tokens),
        "dollars_low": dollars(price.low),
        "dollars_high": dollars(price.high),
    }
