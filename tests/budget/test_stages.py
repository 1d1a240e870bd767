"""Stages and the reserve."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.stages import Stage, reserve, stage


@pytest.mark.parametrize(
    ("grant", "kept"), [(20_000, 2_000), (50_000, 4_000), (100_000, 8_000), (500_000, 12_000)]
)
def test_the_reserve_is_eight_percent_within_its_bounds(grant: int, kept: int) -> None:
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
def test_where_the_stages_of_100k_begin(used: int, expected: Stage) -> None:
    assert stage(100_000, used) is expected


@given(st.integers(20_000, 10**6), st.integers(0, 10**6), st.integers(0, 10**5))
def test_spending_never_goes_back_a_stage(grant: int, used: int, more: int) -> None:
    assert stage(grant, used + more) >= stage(grant, used)
