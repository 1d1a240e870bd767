"""Runs as the tests write them: thousands of tokens, `x` behind those that were cut."""

from tui.budget.spend_distribution import MeasuredRun, SpendDistribution
from tui.budget.task_kinds import TYPICAL, TaskKind


def runs_of(text: str) -> list[MeasuredRun]:
    """The runs of a text such as `60 95 120x`."""
    return [MeasuredRun(float(t.rstrip("x")) * 1_000, not t.endswith("x")) for t in text.split()]


def distribution(kind: TaskKind, text: str) -> SpendDistribution:
    """The estimate from these runs, beside the published range of the kind."""
    return SpendDistribution(runs_of(text), TYPICAL[kind])
