"""The row that offers a budget with the first prompt of a session.

`budget ▸ none   50k   other      tab changes · a small fix: 10k–40k, published`
"""

from dataclasses import dataclass
from decimal import Decimal

from tui.budget.budget_suggestion import BudgetSuggestion
from tui.budget.wire_budget import MIN_TASK_BUDGET
from tui.number_format import format_dollars, format_tokens


@dataclass(frozen=True, slots=True)
class BudgetOfferText:
    """The words of the row."""

    answers: tuple[str, ...]
    """What can be chosen, from left to right."""
    chosen: int
    """Place of what holds when the prompt is sent."""
    notes: tuple[str, ...]
    """Explanations, longest first: the row shows the first one that fits."""


def budget_offer_text(
    suggestion: BudgetSuggestion,
    *,
    chosen: bool,
    key: str,
    advisor: str = "",
    price: Decimal | None = None,
) -> BudgetOfferText:
    """The words of the row.

    Args:
        suggestion: The budget on offer.
        chosen: Whether it is chosen; else the session goes on without one.
        key: The key that changes it; empty where it does not now.
        advisor: The key that asks the advisor; empty where none does.
        price: Dollars for a charged token in earlier sessions of this folder; None if unknown.
    """
    amount = format_tokens(suggestion.tokens)
    if price is not None:
        amount += f" ≈ {format_dollars(price * suggestion.tokens)}"
    changes = [f"{key} changes"] if key else []
    advises = [f"{advisor} advises"] if advisor else []
    if chosen:
        given = "given with your prompt"
        notes = [[given, *changes, *advises], [given, *changes], [given]]
    else:
        why = _reason(suggestion)
        notes = [[*changes, *advises, why], [*changes, why], changes]
        if changes and advises:
            notes.insert(1, [*changes, *advises, why.removeprefix(f"{suggestion.work}: ")])
    return BudgetOfferText(
        answers=("none", amount, "other"),
        chosen=1 if chosen else 0,
        notes=tuple(dict.fromkeys(" · ".join(each) for each in notes)),
    )


def _reason(suggestion: BudgetSuggestion) -> str:
    """Where the suggestion comes from."""
    span = f"{format_tokens(suggestion.least)}–{format_tokens(suggestion.most)}"
    if not suggestion.runs:
        return f"{suggestion.work}: {span}, published"
    least = f"; {format_tokens(MIN_TASK_BUDGET)} is the least" if suggestion.is_minimum else ""
    return f"{suggestion.runs} finished sessions here: {span}{least}"
