"""Finished runs that took more than 99 in 100 of their kind and model do."""

from tui.budget.spend_distribution import SpendDistribution
from tui.budget.task_kinds import TYPICAL, TaskKind
from tui.history.history_store import HistoryStore
from tui.history.task_run import TaskRun

OUTLIER_RUNS = 20
"""Runs of a kind and model from which on an outlier is named."""
OUTLIER_SHARE = 0.99


def outlier_runs(store: HistoryStore, tag: str | None = None) -> list[TaskRun]:
    """The outliers of a history; those that ended last are at the end.

    Args:
        store: The history.
        tag: Only those with this tag; None for all.

    Raises:
        StoreError: the store cannot be read.
    """
    limits = {cell: _limit(store, *cell) for cell in store.cells(OUTLIER_RUNS)}
    lowest: dict[TaskKind, float] = {}
    for (kind, _), limit in limits.items():
        lowest[kind] = min(limit, lowest.get(kind, limit))
    return [
        run
        for run in store.completed_above(lowest, tag)
        if run.spend > limits.get((run.kind, run.model), run.spend)
    ]


def _limit(store: HistoryStore, kind: TaskKind, model: str) -> float:
    """What 99 in 100 runs of a kind and model take at most, in tokens."""
    spends = store.newest_spends(kind, model)
    return SpendDistribution(spends, TYPICAL[kind]).quantile(OUTLIER_SHARE)
