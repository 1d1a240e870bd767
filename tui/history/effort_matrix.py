"""Effort and budget together: what each kind of task takes at each effort.

Where there are no runs of a kind, its published range counts, times the ratio of efforts: dated
defaults, drawn towards what the runs of other kinds show.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from tui.budget.billed_mix import BilledMix
from tui.budget.budget_advice import BudgetAdvice, Policy, budget_advice
from tui.budget.spend_distribution import SpendDistribution
from tui.budget.task_kinds import TYPICAL, TaskKind
from tui.history.advice_basis import advice_basis, effort_ratio, runs_of_kind
from tui.history.billed_totals import BilledTotal, billed_mix
from tui.history.task_run import TaskRun, measured_run

PUBLISHED_EFFORT = "high"
"""The effort that the published ranges are taken to be for."""


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """An effort and a budget that go together."""

    work: str
    effort: str
    policy: Policy


STARTING_POINTS = (
    StartingPoint("well-specified work", "high", "bounded"),
    StartingPoint("judgement", "xhigh", "complete"),
    StartingPoint("open exploration", "max", "generous"),
)
"""Combinations as published in September 2026."""


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """What one kind of task takes at one effort."""

    kind: TaskKind
    effort: str
    distribution: SpendDistribution
    """Charged tokens; without runs the published range times `default_factor`."""
    default_factor: float
    """The ratio of this effort to that of the published range; only used without runs."""
    rescaled: int
    """Of the runs, those at other efforts."""
    counted: int
    """Runs at this very effort that were finished or cut."""
    finished: int
    """Of `counted`, those that were finished."""
    minutes: float | None
    """What half of those finished stay under; None where there are none."""
    dollars: Decimal | None
    """What the median spend costs; None where the price is unknown."""

    @property
    def median(self) -> float:
        """The charged tokens that half of the tasks stay under."""
        return self.distribution.quantile(0.5)

    @property
    def completion(self) -> float | None:
        """The share of runs at this effort that were finished, 0..1; None without runs."""
        return self.finished / self.counted if self.counted else None


@dataclass(frozen=True, slots=True)
class EffortMatrix:
    """The cells of some kinds at every effort of a model, kind by kind."""

    cells: tuple[MatrixCell, ...]
    mix: BilledMix
    """What dollars rest on, over all kinds."""

    def starting_budget(self, point: StartingPoint, kind: TaskKind) -> BudgetAdvice | None:
        """The budget of a starting point for a kind; None where the model lacks its effort."""
        for cell in self.cells:
            if (cell.kind, cell.effort) == (kind, point.effort):
                return budget_advice(cell.distribution, point.policy)
        return None


@dataclass(frozen=True, slots=True)
class MatrixModel:
    """The model that a matrix is for."""

    id: str
    efforts: Sequence[str]
    """Lowest first."""
    tokenizer: Callable[[str], float]
    """Tokens of any model for the same text, relative to a common one."""
    price: Callable[[BilledMix], Decimal | None]
    """Dollars of a mix on this model; None where its price is unknown."""


def effort_matrix(
    runs: Sequence[TaskRun],
    totals: Sequence[BilledTotal],
    kinds: Sequence[TaskKind],
    model: MatrixModel,
) -> EffortMatrix:
    """The matrix of some kinds.

    Args:
        runs: All runs, oldest first.
        totals: What they were billed for.
        kinds: The rows.
        model: The model, with its efforts: the columns.
    """
    cells = (_cell(runs, totals, kind, effort, model) for kind in kinds for effort in model.efforts)
    return EffortMatrix(tuple(cells), billed_mix(totals, model.tokenizer, "other"))


def spend_at_effort(
    runs: Sequence[TaskRun], kind: TaskKind, effort: str, model: MatrixModel
) -> tuple[SpendDistribution, float, int]:
    """What a kind takes at an effort: distribution, default factor, runs at other efforts.

    Args:
        runs: All runs, oldest first.
        kind: The kind of task.
        effort: The effort.
        model: The model that it is for.
    """
    basis = advice_basis(runs, kind, model.tokenizer, model=model.id, effort=effort)
    factor = effort_ratio(runs, PUBLISHED_EFFORT, effort)
    if not basis.distribution.runs:
        return SpendDistribution([], TYPICAL[kind].scaled(factor)), factor, 0
    return basis.distribution, factor, sum(count for _, count, _ in basis.other_efforts)


def _cell(
    runs: Sequence[TaskRun],
    totals: Sequence[BilledTotal],
    kind: TaskKind,
    effort: str,
    model: MatrixModel,
) -> MatrixCell:
    distribution, factor, rescaled = spend_at_effort(runs, kind, effort, model)
    here = [run for run in runs_of_kind(runs, kind) if run.effort == effort]
    measured = [(run, each) for run in here if (each := measured_run(run)) is not None]
    done = [run for run, each in measured if each.finished]
    return MatrixCell(
        kind=kind,
        effort=effort,
        distribution=distribution,
        default_factor=factor,
        rescaled=rescaled,
        counted=len(measured),
        finished=len(done),
        minutes=median((run.ended - run.started) / 60 for run in done) if done else None,
        dollars=dollars_of(
            distribution.quantile(0.5), billed_mix(totals, model.tokenizer, kind), model
        ),
    )


def dollars_of(spend: float, mix: BilledMix, model: MatrixModel) -> Decimal | None:
    """What `spend` charged tokens of the model cost with the bill of the mix."""
    whole = model.price(mix)
    if whole is None:
        return None
    return whole * Decimal(spend / (mix.charged * model.tokenizer(model.id)))
