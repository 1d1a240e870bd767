"""The budget in words of one line, for widgets and pages alike.

Every figure says whether it counts *used* or *left*, and carries ≈ while it is an estimate.
"""

from decimal import Decimal
from typing import NamedTuple

from tui.budget.forecast import BudgetFit, Forecast
from tui.budget.meters import BilledMeter, BudgetMeter, DollarMeter
from tui.number_format import (
    format_dollars,
    format_tokens,
    mark_estimate,
)
from tui.session.checklist import SubtaskCounts

NO_SUBTASK = "reading, planning"
"""What is charged to no subtask: before the plan, between its subtasks, and reports."""


class DollarWords(NamedTuple):
    """A limit in dollars, in words."""

    used: str
    """`$0.03`"""
    left: str
    """`$4.97`: what is left of the limit, or what is over it."""
    of: str
    """`left of $5.00`, or `over $5.00`."""


def dollar_words(meter: DollarMeter) -> DollarWords:
    """What is used of a limit in dollars, and what is left; rounded, they add up to the limit."""
    side = "left of" if meter.left >= 0 else "over"
    return DollarWords(
        used=mark_estimate(format_dollars(meter.used), meter.estimated),
        left=mark_estimate(format_dollars(abs(meter.left)), meter.estimated),
        of=f"{side} {format_dollars(meter.limit)}",
    )


def used_and_left(meter: BudgetMeter) -> str:
    """`≈ 124k used · ≈ 76k left of 200k`: the same where nothing streams, on one line."""
    used = mark_estimate(format_tokens(meter.used), meter.estimated)
    left = mark_estimate(format_tokens(abs(meter.left)), meter.estimated)
    side = "left" if meter.left >= 0 else "over"
    return f"{used} used · {left} {side} of {format_tokens(meter.grant)}"


def subtask_count_words(counts: SubtaskCounts) -> str:
    """`4 of 20 done · 2 skipped`; `4 skipped` where nothing else is left of a plan."""
    done = f"{counts.done} of {counts.total} done" if counts.total else ""
    skipped = f"{counts.skipped} skipped" if counts.skipped else ""
    return " · ".join(filter(None, (done, skipped)))


def fit_words(ahead: Forecast | None, fit: BudgetFit | None) -> str:
    """Whether the rest of the plan fits the budget, in one sentence: the only forecast there is.

    Without a budget: what the rest takes. Empty where there is nothing to tell.

    Args:
        ahead: The forecast.
        fit: How it compares with what is left; None without a budget.
    """
    if ahead is None:
        return ""
    rest = f"≈ {format_tokens(ahead.to_finish)} to finish" if ahead.to_finish else ""
    if fit is None:
        return rest
    if fit.verdict == "short":
        return f"≈ {format_tokens(fit.short_by)} short of the plan"
    if fit.verdict == "fits":
        return f"the plan fits: {rest}"
    if ahead.beyond_plan:
        return "too early: work beyond the plan"
    return "too early to say if the plan fits"


def price_words(meter: BilledMeter, limit: Decimal | None = None, *, priced: bool = True) -> str:
    """What was paid, of a hard limit if there is one; `+` where more was, at a price unknown.

    What agents cost is part of it. Before anything is paid: whether there is a price at all.

    Args:
        meter: What was billed.
        limit: The hard limit in dollars, if there is one: `$1.84 of $5.00`.
        priced: Whether the model of the next request has a known price.
    """
    of = "" if limit is None else f" of {format_dollars(limit)}"
    if meter.total_dollars is None:
        return ("price unknown" if meter.unpriced or not priced else "$0.00") + of
    paid = mark_estimate(format_dollars(meter.total_dollars), meter.estimated)
    return paid + ("+" if meter.unpriced else "") + of
