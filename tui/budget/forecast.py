"""The forecast: how many tokens the rest of a plan will take, and whether the budget has them.

The rule is that of earned value (estimate to complete = work left ÷ cost performance): the
subtasks that are done earn their estimates, and what they took over what they earned corrects
the estimates of the others.

- No figure before `MIN_MEASURED` subtasks of the plan are measured: one or two tell little.
- A few measurements may mislead, so the model's own estimates count as much as `ESTIMATE_WEIGHT`
  measured subtasks. With k of them the ratio is (k × measured + 2) ÷ (k + 2).
- Tokens that belong to no subtask go on as they did. They count as the cost of half the plan at
  least: reading at the beginning happens once and is not multiplied.
- Work that is in no plan is in no figure; while the model knows of some, the answer is that it is
  too early to say.

Every figure here is an estimate, and the screen marks it with `≈`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tui.budget.stages import StageThresholds, reserve

MIN_MEASURED = 3
"""Subtasks that are measured before there is a figure."""
ESTIMATE_WEIGHT = 2
"""Measured subtasks that the model's own estimates count as."""
EXTENSION_STEP = 5_000
"""Tokens to which a suggested extension is rounded up."""
MIN_EXTENSION = 20_000
"""Tokens of the smallest extension that is suggested: the API's smallest budget."""
MIN_LEFT_SHARE = 0.1
"""Part of what an open subtask is expected to take that it needs at least until it is done."""
DEFAULT_SUBTASK_TOKENS = 10_000
"""Tokens by which an extension leaves the reserve behind."""


@dataclass(frozen=True, slots=True)
class PlannedSubtask:
    """One subtask of the plan, as far as arithmetic needs it; a skipped one is no part of it."""

    id: str
    estimate: int | None
    """Tokens; None or 0 where the model did not say."""
    done: bool
    done_with: str | None = None
    """The subtask it was done with, which has the tokens of both."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the rest of a plan will take."""

    to_finish: int | None
    """Tokens the open rest will take; None while it is too early to say."""
    by_subtask: Mapping[str, int] = field(default_factory=dict, compare=False)
    """What each open subtask has in `to_finish`, by its id; empty while it is too early."""
    measured: int = 0
    """Subtasks done whose tokens are known."""
    beyond_plan: bool = False
    """Whether the model knows of work that is in no plan, and in no figure."""


def forecast(
    works: Sequence[PlannedSubtask],
    charged: Mapping[str | None, int],
    *,
    overhead: int = 0,
    beyond_plan: bool = False,
) -> Forecast | None:
    """What the rest of the plan will take; None where there is neither a plan nor other work.

    Args:
        works: The subtasks. One without an estimate counts as much as they do on average; where
            none has one, all count the same.
        charged: Tokens charged so far, by subtask id.
        overhead: Tokens charged while the plan was open, and to none of its subtasks.
        beyond_plan: Whether the model knows of work that is in no plan.
    """
    if not works:
        return Forecast(None, beyond_plan=True) if beyond_plan else None
    measured = [work for work in works if _is_measured(work, charged)]
    known = [work.estimate for work in works if work.estimate]
    usual = sum(known) / len(known) if known else 1.0
    weights = {work.id: work.estimate or usual for work in works}
    still_open = [work for work in works if not work.done]
    rest: dict[str, int] = {}
    if still_open and len(measured) < MIN_MEASURED:
        return Forecast(None, measured=len(measured), beyond_plan=beyond_plan)
    if still_open:
        took = sum(charged.get(work.id, 0) for work in measured)
        ratio = corrected_ratio(
            took / sum(weights[work.id] for work in measured),
            len(measured),
            estimated=bool(known),
        )
        earned = sum(weights[work.id] for work in works if work.done)
        each = ratio + overhead / max(earned, sum(weights.values()) / 2)
        rest = {
            work.id: _remaining(weights[work.id] * each, charged.get(work.id, 0))
            for work in still_open
        }
    tokens = sum(rest.values())
    unknown = beyond_plan and not still_open
    return Forecast(None if unknown else tokens, rest, len(measured), beyond_plan)


def _is_measured(work: PlannedSubtask, charged: Mapping[str | None, int]) -> bool:
    """Whether the subtask is done, and it is known what it took: alone or with another one."""
    return work.done and any(charged.get(id, 0) for id in (work.id, work.done_with) if id)


def corrected_ratio(measured: float, count: int, *, estimated: bool) -> float:
    """Tokens that an estimated token takes.

    Args:
        measured: Tokens taken for each estimated token, over the measured subtasks.
        count: How many those are.
        estimated: Whether the model estimated anything; else only the measured ones count.
    """
    weight = ESTIMATE_WEIGHT if estimated else 0
    return (count * measured + weight) / (count + weight)


def _remaining(expected: float, charged: int) -> int:
    """What a subtask still takes that was expected to take so much, and took so much already."""
    return round(max(expected - charged, expected * MIN_LEFT_SHARE))


Verdict = Literal["fits", "short", "too_early"]
"""Whether the rest of a plan fits what is left of the budget."""


@dataclass(frozen=True, slots=True)
class BudgetFit:
    """Whether the rest of the plan and the wrap-up fit what is left of the budget.

    It changes at the boundary of a request only, never while its answer streams.
    """

    verdict: Verdict
    short_by: int = 0
    """Tokens that are missing; 0 unless it is short."""
    more: int | None = None
    """Tokens to add so that it fits, in whole steps; None where it is not short, or a cap
    allows none."""


def budget_fit(
    ahead: Forecast,
    *,
    left: int,
    grant: int,
    most: int | None = None,
    thresholds: StageThresholds = StageThresholds(),
) -> BudgetFit:
    """Whether the rest fits above the reserve: below it the work lands.

    Args:
        ahead: The forecast.
        left: Tokens left of the budget; negative in overrun.
        grant: Tokens granted.
        most: The most tokens that may be granted; None where nobody caps it.
        thresholds: What is kept for the wrap-up.
    """
    rest = ahead.to_finish
    missing = rest + reserve(grant, thresholds) - left if rest else 0
    if rest and missing > 0:
        more = extension_to_finish(rest, left=left, grant=grant, thresholds=thresholds)
        more = more if most is None else min(more, most - grant)
        return BudgetFit("short", missing, more if more > 0 else None)
    return BudgetFit("too_early" if rest is None or ahead.beyond_plan else "fits")


def extension_to_finish(
    to_finish: int, *, left: int, grant: int, thresholds: StageThresholds = StageThresholds()
) -> int:
    """Tokens to add to a budget so that the rest of the work and the reserve fit; 0 if they do.

    Args:
        to_finish: Tokens the rest is expected to take.
        left: Tokens left of the budget.
        grant: Tokens granted.
        thresholds: What is kept for the wrap-up.
    """
    missing = to_finish + reserve(grant, thresholds) - left
    if missing <= 0:
        return 0
    missing = to_finish + reserve(grant + missing, thresholds) - left
    return -(-missing // EXTENSION_STEP) * EXTENSION_STEP


def suggested_extension(
    to_finish: int | None, *, left: int, grant: int, thresholds: StageThresholds = StageThresholds()
) -> int:
    """Tokens that an extension adds, as a suggestion.

    A quarter of the grant, `MIN_EXTENSION` at least, and enough for the rest of the work; it leaves
    the reserve well behind, however far the budget is overrun.

    Args:
        to_finish: Tokens the rest is expected to take; None where nothing tells.
        left: Tokens left of the budget; negative in overrun.
        grant: Tokens granted.
        thresholds: What is kept for the wrap-up.
    """
    behind = (
        -(-(reserve(grant, thresholds) - left + DEFAULT_SUBTASK_TOKENS) // EXTENSION_STEP)
        * EXTENSION_STEP
    )
    rest = extension_to_finish(to_finish or 0, left=left, grant=grant, thresholds=thresholds)
    return max(MIN_EXTENSION, grant // 4_000 * 1_000, behind, rest)
