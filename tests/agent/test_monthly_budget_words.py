"""Monthly budgets in words: what it counts, used and left, and when it starts again."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tui.agent.monthly_budget_words import budget_title, reset_words, warning_sentence
from tui.budget.monthly_budget import BudgetStanding, BudgetUnit, MonthlyBudget, Spend, month_at


def at(words: str) -> float:
    return datetime.fromisoformat(words).replace(tzinfo=UTC).timestamp()


def standing(
    budget: MonthlyBudget, used: str, when: str = "2026-11-21 12:00", **more: bool
) -> BudgetStanding:
    month = month_at(at(when), UTC)
    return BudgetStanding(budget, Spend(int(Decimal(used)), Decimal(used)), month, at(when), **more)


def budget(unit: BudgetUnit = "dollars", **more: object) -> MonthlyBudget:
    return MonthlyBudget("month", unit, Decimal(2_000), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "title"),
    [
        (MonthlyBudget("month", "dollars", Decimal(1)), "monthly budget"),
        (MonthlyBudget("project", "tokens", Decimal(1)), "monthly budget for this project"),
        (MonthlyBudget("tag", "tokens", Decimal(1), "a"), "monthly budget for tag a"),
        (budget(owner="Ops"), "monthly budget of Ops"),
        (budget(owner="Ops", is_cap=True), "monthly cap of Ops"),
    ],
)
def test_a_title_says_what_is_covered_and_who_caps_it(found: MonthlyBudget, title: str):
    assert budget_title(found) == title


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("2026-11-01 00:00", "1 December, in 30 days"),
        ("2026-11-29 12:00", "1 December, in 2 days"),
        ("2026-11-30 00:00", "1 December, in 1 day"),
        ("2026-11-30 12:30", "1 December, in 12 hours"),
        ("2026-11-30 23:59", "1 December, in 1 hour"),
        ("2026-12-31 23:59", "1 January, in 1 hour"),
    ],
)
def test_a_reset_is_a_date_and_a_wait(when: str, words: str):
    assert reset_words(standing(budget(), "1", when)) == f"starts again on {words}"


@pytest.mark.parametrize(
    ("found", "percent", "sentence"),
    [
        (
            standing(budget(), "1500"),
            75,
            "75 % of the monthly budget is used: $1,500.00 of $2,000.00 used, $500.00 left. It "
            "starts again on 1 December, in 10 days.",
        ),
        (
            standing(budget("tokens"), "2100", is_complete=False),
            100,
            "The monthly budget is used up: at least 2,100 of 2,000 tokens used, 100 tokens over "
            "it. It starts again on 1 December, in 10 days.",
        ),
    ],
)
def test_a_warning_says_used_left_and_when(found: BudgetStanding, percent: int, sentence: str):
    assert warning_sentence(found, percent) == sentence
