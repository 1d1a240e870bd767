"""Stages and the reserve."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.stages import Stage, StageThresholds, dollar_stage, reserve, stage


@pytest.mark.parametrize(
    ("grant", "kept"), [(20_000, 2_000), (50_000, 4_000), (100_000, 8_000), (500_000, 12_000)]
)
def test_the_reserve_is_eight_percent_within_its_bounds(grant: int, kept: int):
    assert reserve(grant) == kept


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (0, Stage.CRUISE),
        (69_999, Stage.CRUISE),
        (70_000, Stage.DESCENT),
        (84_999, Stage.DESCENT),
        (85_000, Stage.APPROACH),
        (91_999, Stage.APPROACH),
        (92_000, Stage.LANDING),
        (100_000, Stage.LANDING),
        (100_001, Stage.OVERRUN),
    ],
)
def test_where_the_stages_of_100k_begin(used: int, expected: Stage):
    assert stage(100_000, used) is expected


@pytest.mark.parametrize(
    ("grant", "part", "kept"),
    [
        (4_002, 0.08, 1_000),  # a quarter: work comes first
        (8_000, 0.08, 2_000),
        (4_000, 0.5, 2_000),  # half was asked for
        (25_000, 0.08, 2_000),
        (25_100, 0.08, 2_008),
        (150_000, 0.08, 12_000),
        (149_900, 0.08, 11_992),
    ],
)
def test_the_least_reserve_never_takes_more_than_a_quarter(grant: int, part: float, kept: int):
    assert reserve(grant, StageThresholds(reserve=part)) == kept


def test_each_stage_has_a_word_of_its_own_and_comes_after_the_one_before():
    words = [each.word for each in sorted(Stage)]
    assert words == ["cruise", "descent", "approach", "landing", "overrun"]


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.0, Stage.CRUISE),
        (0.599, Stage.CRUISE),
        (0.6, Stage.DESCENT),
        (0.799, Stage.DESCENT),
        (0.8, Stage.APPROACH),
        (1.0, Stage.APPROACH),  # a limit in dollars has no landing
        (1.001, Stage.OVERRUN),
    ],
)
def test_where_the_stages_of_a_limit_in_dollars_begin(share: float, expected: Stage):
    assert dollar_stage(share, StageThresholds(descent=0.6, approach=0.8)) is expected


@given(st.integers(20_000, 10**6), st.integers(0, 10**6), st.integers(0, 10**5))
def test_spending_never_goes_back_a_stage(grant: int, used: int, more: int):
    assert stage(grant, used + more) >= stage(grant, used)
