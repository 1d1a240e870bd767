"""A quote: what a plan will take, from its own estimates and from how such estimates turned out.

The model that plans estimates the tokens of each item. The program multiplies that by the ratio of
actual to estimated tokens that this user's plans of the same kind had. One ratio holds for a whole
plan: it is learnt from whole plans, and holds what belongs to no item as well (reading at the
beginning, reports). So each item's price has its share of that.

The ratio is estimated as the spend of a task is (`tui.budget.spend_distribution`): a plan that was
cut counts as cut, and a dated assumption counts as two plans, so that the ratio of few plans is
drawn towards 1. The range of a price is where the ratio of the next plan lies 8 times in 10.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tui.budget.budget_advice import rounded_budget
from tui.budget.spend_distribution import INTERVAL, MeasuredRun, SpendDistribution
from tui.budget.stages import StageThresholds, reserve
from tui.budget.task_kinds import PublishedRange

ESTIMATED = 1_000
"""Estimated tokens that a ratio is given for."""
ASSUMED_RATIO = PublishedRange(500, 2_000, 2_000, is_published=False)
"""Tokens that 1,000 estimated ones take where nothing is measured: an assumption of December 2026,
right on average, and off by a factor of two at most 8 times in 10."""
_MARGIN = (1 - INTERVAL) / 2


@dataclass(frozen=True, slots=True)
class EstimateOutcome:
    """How the estimate of one plan turned out."""

    estimated: float
    """Tokens that its items were estimated to take, at the effort they were done at; above zero."""
    spent: int
    """Tokens charged from the agreement until the last item was closed, or the work was cut."""
    finished: bool
    """Whether no item was left; a plan that was cut would have taken more."""


@dataclass(frozen=True, slots=True)
class EstimateRatio:
    """Tokens taken for each estimated token."""

    middle: float
    """As many plans take more as take less."""
    low: float
    high: float
    """Between `low` and `high` it lies 8 times in 10."""
    plans: int = 0
    """Finished and cut plans it rests on; 0 for the assumption alone."""


@dataclass(frozen=True, slots=True)
class TokenRange:
    """A number of tokens that is not known yet."""

    tokens: int = 0
    low: int = 0
    high: int = 0
    """Between `low` and `high` it lies 8 times in 10."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of a plan in tokens."""

    items: Mapping[str, TokenRange]
    """Of each item, by its id, its share of reading and reports included."""
    total: TokenRange
    """The sum of the items."""
    budget: int
    """Tokens to give: the upper end of the range fits, and the wrap-up; 0 without items."""


def estimate_ratio(outcomes: Iterable[EstimateOutcome]) -> EstimateRatio:
    """The ratio of actual to estimated tokens; without plans the assumption.

    Args:
        outcomes: How earlier plans of the kind turned out, oldest first.
    """
    runs = [
        MeasuredRun(ESTIMATED * each.spent / each.estimated, each.finished)
        for each in outcomes
        if each.spent > 0 and each.estimated > 0
    ]
    found = SpendDistribution(runs, ASSUMED_RATIO)
    low, middle, high = (found.quantile(p) / ESTIMATED for p in (_MARGIN, 0.5, 1 - _MARGIN))
    return EstimateRatio(middle, low, high, len(found.runs))


def complete_estimates(estimates: Mapping[str, int | None], whole: float) -> dict[str, int]:
    """An estimate for each item.

    An item without one counts as much as the others do on average. Where none has one, the items
    share what such a task takes.

    Args:
        estimates: Tokens by item; None or 0 where the plan does not say.
        whole: Tokens that a task of this kind takes.
    """
    known = [tokens for tokens in estimates.values() if tokens]
    usual = sum(known) / len(known) if known else whole / max(1, len(estimates))
    return {id: tokens or max(1, round(usual)) for id, tokens in estimates.items()}


def make_quote(
    estimates: Mapping[str, int],
    ratio: EstimateRatio,
    *,
    effort_factor: float = 1.0,
    thresholds: StageThresholds = StageThresholds(),
) -> Quote:
    """The price of the items that are left in a plan.

    Without an item the price is never higher, the order of items does not matter, and twice the
    estimates make twice the price, up to rounding to whole tokens.

    Args:
        estimates: Tokens by item, those that are dropped left out.
        ratio: How estimates turn out.
        effort_factor: What the work takes at the effort it will be done at, in that of the
            effort that the estimates are for.
        thresholds: What is kept for the wrap-up.
    """
    items = {id: _price(tokens * effort_factor, ratio) for id, tokens in estimates.items()}
    total = total_price(estimates.values(), ratio, effort_factor=effort_factor)
    return Quote(items, total, budget_for(total.high, thresholds))


def total_price(
    estimates: Iterable[float], ratio: EstimateRatio, *, effort_factor: float = 1.0
) -> TokenRange:
    """The total of `make_quote`, without the price of each item.

    Args:
        estimates: Tokens of the items.
        ratio: How estimates turn out.
        effort_factor: See `make_quote`.
    """
    scaled = [tokens * effort_factor for tokens in estimates]
    middle, low, high = (
        sum(round(tokens * by) for tokens in scaled) for by in (ratio.middle, ratio.low, ratio.high)
    )
    return TokenRange(middle, low, high)


def budget_for(tokens: int, thresholds: StageThresholds = StageThresholds()) -> int:
    """The budget in which so many tokens of work and the wrap-up fit; 0 for no work.

    Args:
        tokens: What the work takes.
        thresholds: What is kept for the wrap-up.
    """
    if not tokens:
        return 0
    budget = rounded_budget(tokens + reserve(tokens, thresholds))
    return rounded_budget(tokens + reserve(budget, thresholds))


def _price(tokens: float, ratio: EstimateRatio) -> TokenRange:
    middle, low, high = (round(tokens * by) for by in (ratio.middle, ratio.low, ratio.high))
    return TokenRange(middle, low, high)
