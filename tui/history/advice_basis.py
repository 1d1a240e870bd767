"""Which runs advice rests on, and how they are made comparable.

Runs of other models are rescaled by the tokenizers. With enough finished runs at the wanted
effort only those count; otherwise all count, each times the ratio of efforts that this history
shows, drawn towards dated defaults.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from tui.budget.spend_distribution import MeasuredRun, SpendDistribution
from tui.budget.task_kinds import TYPICAL, TaskKind
from tui.history.history_warnings import HistoryWarning, history_warnings
from tui.history.task_run import TaskRun, measured_run, without_short_cuts

EFFORT_RATIOS = {"low": 0.6, "medium": 0.8, "high": 1.0, "xhigh": 1.2, "max": 1.5}
"""Spend at an effort beside that at `high`: assumptions of September 2026; published is only 1 to
1.35 for xhigh."""
OWN_EFFORT_RUNS = 5
"""Finished runs at the wanted effort from which on no other effort counts."""
RATIO_WEIGHT = 5
"""Weight of the default ratio beside what the history shows."""
OTHER_AGENTS = ("codex",)
"""Sources with other tokens and other habits: they count only while there are few others."""
FEW_OWN_RUNS = 5


@dataclass(frozen=True, slots=True)
class AdviceBasis:
    """What advice for a kind rests on."""

    distribution: SpendDistribution
    rescaled: int = 0
    """Runs of models with another tokenizer."""
    tokenizer_factors: tuple[float, ...] = ()
    """By what they were multiplied; each once."""
    other_efforts: tuple[tuple[str, int, float], ...] = ()
    """Effort, runs and factor of those at another effort."""
    left_out: int = 0
    """Runs that repeated themselves, or were cut too early to say anything."""
    from_other_agents: int = 0
    """Runs of agents with other tokens and habits."""
    warnings: tuple[HistoryWarning, ...] = ()


def advice_basis(
    runs: Sequence[TaskRun],
    kind: TaskKind,
    tokenizer: Callable[[str], float],
    *,
    model: str,
    effort: str | None = None,
) -> AdviceBasis:
    """The runs of a kind, in the tokens of a model and at an effort.

    Args:
        runs: All runs, oldest first.
        kind: The kind of task; "other" takes the runs of all kinds.
        tokenizer: Tokens of a model for the same text, relative to a common one.
        model: The model that the advice is for.
        effort: The effort that it is for; None: efforts are not told apart.
    """
    used = runs_of_kind(runs, kind)
    target = tokenizer(model)
    scaled = [(run, _tokenizer_factor(run, tokenizer, target)) for run in used]
    factors: dict[str, float] = {}
    if effort is not None:
        scaled, factors = _at_effort(scaled, runs, effort)
    found = [measured_run(run, by * factors.get(run.effort, 1.0)) for run, by in scaled]
    measured = [run for run in found if run is not None]
    kept = without_short_cuts(measured)
    by_effort = Counter(run.effort for run, _ in scaled if run.effort in factors)
    return AdviceBasis(
        distribution=SpendDistribution(kept, TYPICAL[kind]),
        rescaled=sum(by != 1.0 for _, by in scaled),
        tokenizer_factors=tuple(sorted({by for _, by in scaled} - {1.0})),
        other_efforts=tuple(
            (name, by_effort[name], factor)
            for name, factor in sorted(factors.items())
            if name != effort and by_effort[name]
        ),
        left_out=len(found) - len(kept),
        from_other_agents=sum(run.source in OTHER_AGENTS for run, _ in scaled),
    )


def basis_with_warnings(
    runs: Sequence[TaskRun],
    kind: TaskKind,
    tokenizer: Callable[[str], float],
    *,
    model: str,
    effort: str | None = None,
    now: float,
) -> AdviceBasis:
    """What advice rests on, with what the runs warn of.

    Args:
        runs: See `advice_basis`, as the others.
        kind: The kind of task.
        tokenizer: Tokens of a model for the same text.
        model: The model that the advice is for.
        effort: The effort that it is for.
        now: Seconds since 1970.
    """

    def estimate(some: Sequence[TaskRun]) -> SpendDistribution:
        return advice_basis(some, kind, tokenizer, model=model, effort=effort).distribution

    basis = advice_basis(runs, kind, tokenizer, model=model, effort=effort)
    return replace(basis, warnings=tuple(history_warnings(runs, kind, estimate, now)))


def runs_of_kind(runs: Sequence[TaskRun], kind: TaskKind) -> list[TaskRun]:
    """The runs that count for a kind; "other" takes those of all kinds."""
    of_kind = [run for run in runs if kind in (run.kind, "other") and not run.is_agent]
    own = [run for run in of_kind if run.source not in OTHER_AGENTS]
    return of_kind if len(own) < FEW_OWN_RUNS else own


def effort_ratio(runs: Sequence[TaskRun], from_effort: str, to_effort: str) -> float:
    """Spend at one effort beside that at another, by the finished runs of the same kinds.

    Args:
        runs: All runs.
        from_effort: The effort that the runs had.
        to_effort: The effort that is wanted.
    """
    default = EFFORT_RATIOS.get(to_effort, 1.0) / EFFORT_RATIOS.get(from_effort, 1.0)
    total = weights = 0.0
    for kind in TYPICAL:
        logs = {
            effort: [
                math.log(run.spend)
                for run in runs
                if run.kind == kind and run.effort == effort and _is_finished(run)
            ]
            for effort in (from_effort, to_effort)
        }
        n, m = len(logs[from_effort]), len(logs[to_effort])
        if n and m:
            weight = n * m / (n + m)
            total += weight * (fmean(logs[to_effort]) - fmean(logs[from_effort]))
            weights += weight
    # `total` is already N·d, the weighted sum.
    return math.exp((total + RATIO_WEIGHT * math.log(default)) / (weights + RATIO_WEIGHT))


def _at_effort(
    scaled: list[tuple[TaskRun, float]], runs: Sequence[TaskRun], effort: str
) -> tuple[list[tuple[TaskRun, float]], dict[str, float]]:
    """The runs that count for an effort, and the factor of each other effort."""
    own = [(run, by) for run, by in scaled if run.effort == effort]
    if sum(_is_finished(run) for run, _ in own) >= OWN_EFFORT_RUNS:
        return own, {}
    others = {run.effort for run, _ in scaled if run.effort} - {effort}
    return scaled, {other: effort_ratio(runs, other, effort) for other in others}


def _is_finished(run: TaskRun) -> bool:
    measured: MeasuredRun | None = measured_run(run)
    return measured is not None and measured.finished


def _tokenizer_factor(run: TaskRun, tokenizer: Callable[[str], float], target: float) -> float:
    """What a token of the run is in those of the target; 1 where the model is unknown."""
    return target / tokenizer(run.model) if run.model else 1.0
