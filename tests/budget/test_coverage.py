"""How many new runs the advice fits, over simulated users of six shapes.

The wanted figures are those of a simulation that another program made. Only a part of the table
is looked at in each run; the night looks at all of it.
"""

import os
from collections.abc import Callable, Iterator
from random import Random
from statistics import fmean

import pytest

from tests.budget.simulated_users import PUBLISHED, SHAPES, User, some_user
from tui.budget.spend_distribution import MeasuredRun, SpendDistribution

NIGHTLY = pytest.mark.skipif("NIGHTLY" not in os.environ, reason="takes a minute")
NOISE = 0.015
"""Of a mean over all shapes and 300 users of each."""
SHAPE_NOISE = 0.035
"""Of the mean over one shape; two humps can be further or closer apart."""
USERS = 300


def by_shape(seed: str, users: int, look: Callable[[User, Random], float]) -> list[float]:
    """The mean of what is looked at, for each shape."""
    found = []
    for shape in SHAPES:
        chance = Random(f"{seed} {shape.name}")
        found.append(fmean(look(some_user(chance, shape), chance) for _ in range(users)))
    return found


def fitted(p: float, count: int, cut: float) -> Callable[[User, Random], float]:
    """The share of a user's new runs that the advice fits after `count` runs."""

    def look(user: User, chance: Random) -> float:
        return user.fits(user.history(chance, count, cut).quantile(p))

    return look


def test_a_p90_fits_nine_in_ten_after_twenty_runs_of_which_a_third_was_cut():
    assert fmean(by_shape("daily", 60, fitted(0.9, 20, 0.33))) == pytest.approx(0.89, abs=0.02)


# Share of cut runs, runs, share that a p90 fits, that of the worst and of the best shape.
P90 = [
    (0.0, 5, 0.91, (0.86, 0.96)),
    (0.0, 10, 0.90, (0.88, 0.94)),
    (0.0, 20, 0.90, (0.88, 0.92)),
    (0.0, 50, 0.90, (0.89, 0.91)),
    (0.0, 200, 0.90, None),
    (0.15, 5, 0.89, None),
    (0.15, 10, 0.90, None),
    (0.15, 20, 0.89, None),
    (0.15, 50, 0.90, None),
    (0.15, 200, 0.90, None),
    (0.33, 1, 0.90, None),
    (0.33, 2, 0.90, None),
    (0.33, 5, 0.89, (0.84, 0.97)),
    (0.33, 10, 0.89, (0.84, 0.95)),
    (0.33, 20, 0.89, (0.83, 0.93)),
    (0.33, 50, 0.89, (0.85, 0.93)),
    (0.33, 200, 0.90, (0.88, 0.91)),
    (0.5, 5, 0.88, None),
    (0.5, 10, 0.88, None),
    (0.5, 20, 0.89, None),
    (0.5, 50, 0.89, None),
    (0.5, 200, 0.89, None),
]


@NIGHTLY
@pytest.mark.parametrize(("cut", "count", "wanted", "ends"), P90)
def test_a_p90_fits_as_many_as_another_simulation_found(
    cut: float, count: int, wanted: float, ends: tuple[float, float] | None
):
    found = by_shape(f"{cut} {count}", USERS, fitted(0.9, count, cut))
    assert fmean(found) == pytest.approx(wanted, abs=NOISE)
    if ends is not None:
        assert (min(found), max(found)) == pytest.approx(ends, abs=SHAPE_NOISE)


@NIGHTLY
@pytest.mark.parametrize(("p", "wanted"), [(0.5, 0.51), (0.75, 0.75), (0.99, 0.987)])
@pytest.mark.parametrize("count", [5, 20, 200])
def test_other_percentiles_fit_their_share(p: float, wanted: float, count: int):
    found = by_shape(f"{p} {count}", USERS, fitted(p, count, 0.33))
    assert fmean(found) == pytest.approx(wanted, abs=0.02)


@NIGHTLY
@pytest.mark.parametrize(
    ("p", "cut", "count", "wanted"),
    [
        (0.9, 0.0, 5, 0.92),
        (0.9, 0.0, 10, 0.93),
        (0.9, 0.0, 20, 0.96),
        (0.9, 0.0, 50, 0.91),
        (0.9, 0.0, 200, 0.85),
        (0.5, 0.0, 50, 0.88),
        (0.9, 0.33, 20, 0.99),
        (0.9, 0.33, 50, 0.97),
        (0.9, 0.33, 200, 0.93),
    ],
)
def test_the_interval_holds_the_percentile_as_often_as_it_should(
    p: float, cut: float, count: int, wanted: float
):
    """8 in 10, or more often, as another simulation found."""

    def look(user: User, chance: Random) -> float:
        found, need = user.history(chance, count, cut).interval(p), user.need(p)
        return (found.low or 0) <= need <= (found.high or need)

    found = by_shape(f"interval {p} {cut} {count}", USERS, look)
    assert fmean(found) == pytest.approx(wanted, abs=0.03)


@NIGHTLY
@pytest.mark.parametrize(
    ("factor", "count", "wanted"),
    [
        (3, 1, 0.80),
        (3, 5, 0.88),
        (3, 20, 0.90),
        (1 / 3, 1, 0.97),
        (1 / 3, 5, 0.95),
        (1 / 3, 20, 0.92),
    ],
)
def test_a_published_centre_that_is_far_off_is_overcome(factor: float, count: int, wanted: float):
    """Three times too low, and three times too high."""

    def look(user: User, chance: Random) -> float:
        needs_more = user.scaled(factor)
        return needs_more.fits(needs_more.history(chance, count, 0.33).quantile(0.9))

    found = by_shape(f"far off {factor} {count}", USERS, look)
    assert fmean(found) == pytest.approx(wanted, abs=NOISE)


def followed(user: User, chance: Random, *, extends: bool) -> Iterator[float]:
    """Each budget is the advice of that moment; what it fits after 5, 20, 100 and 300 runs."""
    runs: list[MeasuredRun] = []
    for number in range(301):
        advice = SpendDistribution(runs, PUBLISHED).quantile(0.9)
        if number in (5, 20, 100, 300):
            yield user.fits(advice)
        run = user.run(chance, advice)
        if not run.finished and extends and chance.random() < 0.5:
            more = user.fits(advice) + (1 - user.fits(advice)) * chance.random()
            run = MeasuredRun(user.need(more), finished=True)
        runs.append(run)


@NIGHTLY
@pytest.mark.parametrize(
    ("extends", "wanted"), [(False, (0.88, 0.87, 0.88, 0.89)), (True, (0.90, 0.89, 0.90, 0.90))]
)
def test_advice_that_is_followed_does_not_ratchet_down(extends: bool, wanted: tuple[float, ...]):
    """Cut runs counted as finished would end at 0.62, left out at 0.38."""
    users = [
        [*followed(some_user(chance, shape), chance, extends=extends)]
        for shape in SHAPES
        for chance in [Random(f"{extends} {shape.name}")]
        for _ in range(20)
    ]
    assert [fmean(column) for column in zip(*users, strict=True)] == pytest.approx(
        wanted, abs=0.025
    )
