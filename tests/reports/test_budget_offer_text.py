"""The row that offers a budget says what holds, which key changes it, and where it comes from."""

from decimal import Decimal

import pytest

from tui.budget.budget_suggestion import BudgetSuggestion
from tui.reports.budget_offer_text import budget_offer_text

FIX = BudgetSuggestion(50_000, 10_000, 40_000, work="a small fix")
HERE = BudgetSuggestion(78_000, 31_000, 52_000, runs=6)
LITTLE = BudgetSuggestion(20_000, 900, 4_000, runs=5)

ROWS = [
    (FIX, False, None, "50k", "tab changes · a small fix: 10k–40k, published"),
    (HERE, False, None, "78k", "tab changes · 6 finished sessions here: 31k–52k"),
    (HERE, False, Decimal("0.00001"), "78k ≈ $0.78",
     "tab changes · 6 finished sessions here: 31k–52k"),
    (LITTLE, False, None, "20k",
     "tab changes · 5 finished sessions here: 900–4k; 20k is the least"),
    (FIX, True, None, "50k", "given with your prompt · tab changes"),
]  # fmt: skip


@pytest.mark.parametrize(("suggestion", "chosen", "price", "amount", "note"), ROWS)
def test_what_the_row_says(
    suggestion: BudgetSuggestion, chosen: bool, price: Decimal | None, amount: str, note: str
):
    text = budget_offer_text(suggestion, chosen=chosen, key="tab", price=price)
    assert text.answers == ("none", amount, "other")
    assert text.answers[text.chosen] == (amount if chosen else "none")
    assert text.notes[0] == note


def test_no_key_is_named_where_none_changes_it():
    text = budget_offer_text(FIX, chosen=True, key="")
    assert text.notes == ("given with your prompt",)


def test_the_key_of_the_advisor_is_the_first_to_go_where_cells_are_few():
    text = budget_offer_text(FIX, chosen=False, key="tab", advisor="alt+a")
    assert text.notes == (
        "tab changes · alt+a advises · a small fix: 10k–40k, published",
        "tab changes · alt+a advises · 10k–40k, published",
        "tab changes · a small fix: 10k–40k, published",
        "tab changes",
    )
