"""What a plan costs: its own estimates, how such estimates turned out, and what history says.

The quote rests on the estimates of the plan. Beside it stands what tasks of the kind took, which
knows nothing of the plan. Where the plan has no estimate at all, its items share the median of the
kind.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tui.budget.budget_advice import BudgetAdvice, budget_advice
from tui.budget.quote import (
    EstimateOutcome,
    EstimateRatio,
    Quote,
    TokenRange,
    complete_estimates,
    estimate_ratio,
    make_quote,
    total_price,
)
from tui.budget.stages import StageThresholds
from tui.budget.task_kinds import TaskKind
from tui.history.advice_basis import effort_ratio
from tui.history.billed_totals import BilledTotal, billed_mix
from tui.history.effort_matrix import MatrixModel, dollars_of, spend_at_effort
from tui.history.task_run import TaskRun
from tui.session.filed_plan import AgreedItem, AgreedQuote, FiledPlan

OWN_KIND_PLANS = 3
"""Plans of a kind from which on those of other kinds do not count."""


@dataclass(frozen=True, slots=True)
class PlanPricing:
    """All that the price of a plan rests on; dropping items changes nothing of it."""

    plan: FiledPlan
    kind: TaskKind
    effort: str | None
    """The effort that the estimates are for; None where the model has no levels."""
    estimates: Mapping[str, int]
    """Tokens by item; those without an estimate have one put in its place."""
    told: int
    """Items with an estimate of their own."""
    ratio: EstimateRatio
    ratio_is_of_kind: bool
    """Whether the ratio rests on plans of this kind alone."""
    effort_factors: Mapping[str, float]
    """What the work takes at each effort of the model, in that at `effort`; the lowest first."""
    history: BudgetAdvice
    """What tasks of the kind took at `effort`."""
    median: float
    """Tokens that half of the tasks of the kind stay under."""
    token_price: Decimal | None
    """Dollars of a charged token; None where the price of the model is unknown."""
    thresholds: StageThresholds = StageThresholds()

    def quote(self, dropped: Collection[str] = (), effort: str | None = None) -> Quote:
        """The price of the items that are not dropped.

        Args:
            dropped: Ids of items to leave out.
            effort: The effort to work at; None: the one that the estimates are for.
        """
        return make_quote(
            {id: tokens for id, tokens in self.estimates.items() if id not in dropped},
            self.ratio,
            effort_factor=self.factor(effort),
            thresholds=self.thresholds,
        )

    def total(self, dropped: Collection[str] = (), effort: str | None = None) -> TokenRange:
        """The price of all items that are not dropped; as `quote(…).total`, and quicker."""
        kept = [tokens for id, tokens in self.estimates.items() if id not in dropped]
        return total_price(kept, self.ratio, effort_factor=self.factor(effort))

    def factor(self, effort: str | None) -> float:
        """What the work takes at an effort, in that at the effort of the estimates."""
        return 1.0 if effort is None else self.effort_factors.get(effort, 1.0)

    def dollars(self, tokens: int) -> Decimal | None:
        """What so many charged tokens cost; None where the price is unknown."""
        return None if self.token_price is None else self.token_price * tokens

    def agreed(
        self,
        dropped: Collection[str] = (),
        effort: str | None = None,
        *,
        budget: int | None = None,
        taken: Collection[str] = (),
    ) -> AgreedQuote:
        """The quote as it is agreed to.

        Args:
            dropped: Ids of items to leave out.
            effort: The effort to work at; None: the one that the estimates are for.
            budget: Tokens to give; None for what the quote says.
            taken: Ids of subtasks that the session has already: no item gets one of them.
        """
        quote = self.quote(dropped, effort)
        kept = [item for item in self.plan.items if item.id in quote.items]
        ids = _free_ids([item.id for item in kept], taken)
        items = tuple(
            AgreedItem(
                id=id,
                title=item.title,
                estimate=self.estimates[item.id],
                quoted=quote.items[item.id].tokens,
            )
            for id, item in zip(ids, kept, strict=True)
        )
        estimated = round(self.factor(effort) * sum(item.estimate for item in items))
        return AgreedQuote(
            items=items,
            low=quote.total.low,
            high=quote.total.high,
            estimated=max(1, estimated),
            budget=quote.budget if budget is None else budget,
            kind=self.kind,
            effort=effort or self.effort,
            dollars=self.dollars(quote.total.tokens),
            plans=self.ratio.plans,
        )


@dataclass(frozen=True, slots=True)
class PricingHistory:
    """What the user's history says, as far as quotes need it."""

    runs: Sequence[TaskRun] = ()
    """Oldest first."""
    totals: Sequence[BilledTotal] = ()
    """What they were billed for."""


def price_plan(
    plan: FiledPlan,
    kind: TaskKind,
    past: PricingHistory,
    model: MatrixModel,
    *,
    effort: str | None,
    token_price: Decimal | None = None,
    thresholds: StageThresholds = StageThresholds(),
    scale: float = 1.0,
) -> PlanPricing:
    """What the price of a plan rests on.

    Args:
        plan: The plan.
        kind: What kind of task it is.
        past: The user's history.
        model: The model that will do the work.
        effort: The effort at which the plan was made; None where the model has no levels.
        token_price: Dollars of a charged token as measured in this session; None for what the
            history says.
        thresholds: What is kept for the wrap-up.
        scale: Tokens of the model for one of the model that made the plan.
    """
    outcomes, of_kind = estimate_outcomes(past.runs, kind)
    distribution, _, _ = spend_at_effort(past.runs, kind, effort or "high", model)
    estimates = {
        item.id: max(1, round(item.estimate * scale)) if item.estimate else None
        for item in plan.items
    }
    median = distribution.quantile(0.5)
    if token_price is None:
        token_price = dollars_of(1.0, billed_mix(past.totals, model.tokenizer, kind), model)
    levels = model.efforts if effort is not None else ()
    return PlanPricing(
        plan=plan,
        kind=kind,
        effort=effort,
        estimates=complete_estimates(estimates, median),
        told=sum(bool(tokens) for tokens in estimates.values()),
        ratio=estimate_ratio(outcomes),
        ratio_is_of_kind=of_kind,
        effort_factors={to: effort_ratio(past.runs, effort or to, to) for to in levels},
        history=budget_advice(distribution),
        median=median,
        token_price=token_price,
        thresholds=thresholds,
    )


def estimate_outcomes(
    runs: Sequence[TaskRun], kind: TaskKind
) -> tuple[list[EstimateOutcome], bool]:
    """How the estimates of earlier plans turned out, and whether only those of the kind count.

    Args:
        runs: All runs, oldest first.
        kind: The kind of the plan; with few plans of it those of all kinds count.
    """
    every = [(run.kind, outcome) for run in runs if (outcome := run.outcome) is not None]
    own = [outcome for of, outcome in every if of == kind]
    if kind != "other" and len(own) >= OWN_KIND_PLANS:
        return own, True
    return [outcome for _, outcome in every], False


def _free_ids(wanted: Sequence[str], taken: Collection[str]) -> list[str]:
    """The ids as they are, or with a number behind them where the session has them already."""
    found: list[str] = []
    for id in wanted:
        free, number = id, 2
        while free in taken or free in found:
            free, number = f"{id}-{number}", number + 1
        found.append(free)
    return found
