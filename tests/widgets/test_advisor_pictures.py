"""The advisor with no run, one, few and many, as text: the curve and the runs, 76 cells wide."""

from random import Random

import pytest
from syrupy.assertion import SnapshotAssertion

from tui.budget.spend_distribution import MeasuredRun, SpendDistribution
from tui.budget.task_kinds import TYPICAL
from tui.history.advice_basis import AdviceBasis
from tui.widgets.advice_panel import AdvicePicture, AdvisorPage

WIDTH, HEIGHT = 76, 24


def picture(count: int) -> AdvicePicture:
    """The advice from so many features, a third of them cut; the same each time."""
    chance = Random(count)
    runs = [
        MeasuredRun(round(chance.lognormvariate(11, 0.8)), chance.random() > 1 / 3)
        for _ in range(count)
    ]
    basis = AdviceBasis(SpendDistribution(runs, TYPICAL["feature"]))
    return AdvicePicture(AdvisorPage("feature", "Opus 5.5", basis))


@pytest.mark.parametrize("count", [0, 1, 5, 20, 200])
def test_the_advisor_looks_as_it_did(count: int, snapshot: SnapshotAssertion):
    found = picture(count)
    views = []
    for shown in (False, True):
        found.show_runs(shown)
        lines = [line.plain.rstrip() for line in found.lines(WIDTH, None)]
        assert all(len(line) <= WIDTH for line in lines)
        views.append("\n".join(lines))
    assert "\n\n".join(views) == snapshot
