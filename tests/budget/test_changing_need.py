"""Drift, runs near their limit, and the forecast of a month."""

import pytest

from tests.budget.samples import runs_of
from tui.budget.drift import drift_verdict, peto_peto
from tui.budget.month_forecast import month_forecast
from tui.budget.near_limit import at_least, near_limit


def test_petos_test_of_two_worked_examples():
    old = runs_of(" ".join(map(str, range(10, 60))))
    new = runs_of(" ".join(str(15 + 1.5 * at) for at in range(30)))
    assert peto_peto(old, new) == pytest.approx(-0.735215, abs=1e-6)
    assert peto_peto(runs_of("10 20 30x"), runs_of("15 40")) == pytest.approx(-0.288675, abs=1e-6)


def test_runs_without_an_end_tell_nothing():
    assert peto_peto(runs_of("10x 20x"), runs_of("30x")) == 0.0
    assert peto_peto([], runs_of("30")) == 0.0


@pytest.mark.parametrize(
    ("z", "old", "new", "verdict"),
    [
        (-1.0, 100, 200, "none"),
        (-2.0, 100, 200, "perhaps"),
        (-3.0, 100, 119, "perhaps"),
        (-3.0, 100, 120, "moved"),
        (-3.0, 100, 50, "perhaps"),
        (3.0, 100, 50, "moved"),
    ],
)
def test_a_change_is_told_if_it_is_sure_and_large(z: float, old: float, new: float, verdict: str):
    assert drift_verdict(z, old, new) == verdict


@pytest.mark.parametrize(
    ("near", "runs", "expected", "meaning"),
    [
        (6, 7, 0.10, "growing"),
        (3, 5, 0.12, "quiet"),
        (3, 3, 0.40, "tight"),
        (2, 2, 0.40, "quiet"),
        (5, 10, 0.12, "quiet"),
        (6, 10, 0.12, "growing"),
    ],
)
def test_what_runs_near_their_limit_mean(near: int, runs: int, expected: float, meaning: str):
    assert near_limit(near, runs, expected) == meaning


def test_the_chance_of_six_of_seven():
    assert at_least(6, 7, 0.1) == pytest.approx(0.0000064)
    assert at_least(3, 5, 0.12) == pytest.approx(0.0143, abs=1e-4)


def test_four_even_weeks_and_one_to_come():
    days = [(at % 7, float([10, 12, 11, 9, 8, 0, 0][at % 7])) for at in range(28)]
    found = month_forecast(days, range(7), 100.0)
    assert found is not None
    assert [round(x, 2) for x in (found.expected, found.low, found.high)] == [
        150.0,
        145.06,
        155.27,
    ]


def test_two_weeks_of_history_are_needed_and_an_idle_month_costs_what_is_known():
    assert month_forecast([(at % 7, 5.0) for at in range(13)], range(7), 1.0) is None
    idle = month_forecast([(at % 7, 0.0) for at in range(14)], range(7), 3.0)
    assert idle is not None
    assert (idle.expected, idle.low, idle.high) == (3.0, 3.0, 3.0)
