"""The estimate beside a second one on random histories, and beside libraries for survival."""

from random import Random

import numpy as np
import pytest
from scipy import stats

from tests.budget.second_estimate import FAR, SecondEstimate
from tui.budget.budget_advice import PERCENTILES
from tui.budget.drift import peto_peto
from tui.budget.spend_distribution import MeasuredRun, SpendDistribution, herd_johnson
from tui.budget.task_kinds import KINDS, TYPICAL

HISTORIES = 40
CUT = (0.0, 0.2, 0.6, 1.0)


def random_runs(chance: Random) -> list[MeasuredRun]:
    """1 to 60 runs far from or near the published range; some spends are equal."""
    centre, spread = chance.uniform(7, 15), chance.uniform(0.1, 2)
    cut, count = chance.choice(CUT), chance.choice((1, 2, 5, 20, 60))
    spends = [round(chance.lognormvariate(centre, spread), -2) + 100 for _ in range(count)]
    return [MeasuredRun(spend, chance.random() >= cut) for spend in spends]


def apart(runs: list[MeasuredRun]) -> tuple[list[float], list[bool]]:
    return [run.spend for run in runs], [run.finished for run in runs]


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_a_second_program_finds_the_same_advice(seed: int):
    chance = Random(seed)
    runs, published = random_runs(chance), TYPICAL[chance.choice(KINDS)]
    spends, finished = apart(runs)
    second = SecondEstimate(
        np.array(spends), np.array(finished), published.log_centre, published.log_spread
    )
    ours = SpendDistribution(runs, published)
    for p in PERCENTILES:
        assert ours.quantile(p) == pytest.approx(second.quantile(p), rel=1e-6)
        found = ours.interval(p)
        assert (found.low, found.high) == (
            pytest.approx(second.interval(p)[0]),
            pytest.approx(second.interval(p)[1]),
        )


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_the_curve_is_kaplan_and_meiers_with_one_run_that_nothing_cuts(seed: int):
    spends, finished = apart(random_runs(Random(seed)))
    runs = sorted(map(MeasuredRun, spends, finished), key=lambda run: (run.spend, not run.finished))
    done = [run.spend for run in runs if run.finished]
    cut = [run.spend for run in runs if not run.finished]
    left = stats.ecdf(stats.CensoredData(uncensored=done, right=[*cut, FAR])).sf
    last = {point.spend: point.share for point in herd_johnson(runs)}
    for spend, share in last.items():
        assert share == pytest.approx(1 - float(left.evaluate(spend)), abs=1e-12)


def test_lifelines_finds_the_same_curve():
    lifelines = pytest.importorskip("lifelines", reason="is in the extra `nightly`")
    for seed in range(HISTORIES):
        runs = random_runs(Random(seed))
        spends, finished = apart(runs)
        fitted = lifelines.KaplanMeierFitter().fit([*spends, FAR], [*finished, False])
        ordered = sorted(runs, key=lambda run: (run.spend, not run.finished))
        last = {point.spend: point.share for point in herd_johnson(ordered)}
        for spend, share in last.items():
            assert share == pytest.approx(1 - float(fitted.predict(spend)), abs=1e-9)


def test_lifelines_finds_the_same_drift():
    """Its test gives the square of ours; it has no sign."""
    statistics = pytest.importorskip("lifelines.statistics", reason="is in the extra `nightly`")
    for seed in range(HISTORIES):
        chance = Random(seed)
        sides = [
            [MeasuredRun(chance.lognormvariate(10, 1), chance.random() < 0.7) for _ in range(count)]
            for count in (chance.randrange(5, 80), chance.randrange(5, 40))
        ]
        (old, old_done), (new, new_done) = map(apart, sides)
        theirs = statistics.logrank_test(old, new, old_done, new_done, weightings="peto")
        assert peto_peto(*sides) ** 2 == pytest.approx(theirs.test_statistic, rel=1e-6)
