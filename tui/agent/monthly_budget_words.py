"""Monthly budgets in words: which one, how far it is used, when it starts again."""

import math
from collections.abc import Sequence
from decimal import Decimal

from tui.budget.monthly_budget import BudgetStanding, BudgetUnit, MonthlyBudget
from tui.number_format import count_with_noun

MONTHLY_TOPIC = "monthly budget"
"""How the topics of warnings of monthly budgets begin."""
_MONTHS: Sequence[str] = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAY, _HOUR = 86_400, 3_600


def budget_title(budget: MonthlyBudget) -> str:
    """Such as `monthly budget of this project` or `monthly cap of Platform team`."""
    what = "monthly budget"
    if budget.is_cap:
        what = f"monthly cap of {budget.owner}"
    elif budget.owner:
        what = f"monthly budget of {budget.owner}"
    match budget.cover:
        case "month":
            return what
        case "project":
            return f"{what} for this project"
        case "tag":
            return f"{what} for tag {budget.tag}"


def amount_words(amount: Decimal, unit: BudgetUnit) -> str:
    """`$150.20`, `1,200,000 tokens`."""
    if unit == "tokens":
        return f"{int(amount):,} tokens"
    sign = "-" if amount < 0 else ""
    return f"{sign}${abs(amount):,.2f}"


def standing_words(standing: BudgetStanding) -> str:
    """`$150.20 of $200.00 used, $49.80 left`."""
    budget, unit = standing.budget, standing.budget.unit
    used = f"{int(standing.used):,}" if unit == "tokens" else amount_words(standing.used, unit)
    at_least = "at least " if standing.is_at_least else ""
    rest = f"{amount_words(standing.left, unit)} left"
    if standing.left < 0:
        rest = f"{amount_words(-standing.left, unit)} over it"
    return f"{at_least}{used} of {amount_words(budget.limit, unit)} used, {rest}"


def reset_words(standing: BudgetStanding) -> str:
    """`starts again on 1 January, in 9 days`."""
    first, seconds = standing.month.next_first, standing.month.ends - standing.at
    when = f"{first.day} {_MONTHS[first.month - 1]}"
    wait = count_with_noun(math.ceil(seconds / _DAY), "day")
    if seconds < _DAY:
        wait = count_with_noun(max(1, math.ceil(seconds / _HOUR)), "hour")
    return f"starts again on {when}, in {wait}"


def unpriced_words(standing: BudgetStanding) -> str:
    """That some requests have no known price, as a sentence; empty where all have one."""
    count = standing.spend.unpriced
    if standing.budget.unit != "dollars" or not count:
        return ""
    has = "has" if count == 1 else "have"
    return f"{count_with_noun(count, 'request')} {has} no known price, so more may be spent."


def warning_sentence(standing: BudgetStanding, percent: int) -> str:
    """That so many percent of a monthly budget are used."""
    title = budget_title(standing.budget)
    begin = f"{percent} % of the {title} is used" if percent < 100 else f"The {title} is used up"
    words = f"{begin}: {standing_words(standing)}. It {reset_words(standing)}."
    return f"{words} {unpriced_words(standing)}".strip()


def used_up_sentence(standing: BudgetStanding) -> str:
    """That a monthly budget forbids another request."""
    return warning_sentence(standing, 100)
