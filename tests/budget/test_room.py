"""The room for what waits to be sent, and how it is shared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.room import (
    answer_room,
    fair_shares,
    minimum_answer,
    pessimistic_factor,
    room_for,
)

sizes = st.lists(st.integers(0, 100_000), max_size=40)


@pytest.mark.parametrize(
    ("weights", "room", "shares"),
    [
        ([100, 200], 1_000, [100, 200]),
        ([100, 900], 600, [100, 500]),
        ([900, 100, 900], 700, [300, 100, 300]),
        ([500, 500, 500], 0, [0, 0, 0]),
        ([500, 500], -7, [0, 0]),
        ([10, 400, 1_000], 510, [10, 250, 250]),
        ([], 100, []),
    ],
)
def test_small_parts_stay_whole_and_large_ones_share_alike(
    weights: list[int], room: int, shares: list[int]
):
    assert fair_shares(weights, room) == shares


@given(sizes, st.integers(-1_000, 1_000_000))
def test_shares_never_pass_the_room_nor_the_part_and_leave_nothing_that_is_needed(
    weights: list[int], room: int
):
    shares = fair_shares(weights, room)
    assert sum(shares) <= max(0, room)
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))
    short = [share for share, weight in zip(shares, weights, strict=True) if share < weight]
    if short:
        assert sum(shares) > room - len(weights) or room <= 0, "what is left over could be used"
        assert max(shares) - min(short) <= 1, "nobody gets more than one that was cut"


def test_the_window_keeps_free_an_answer_and_the_budget_its_reserve():
    room = room_for(window=200_000, context=150_000, left=20_000, charged=7_000, reserve=12_000)
    assert (room.window, room.budget) == (34_000, 15_000)
    assert room_for(window=8_000, context=7_000, left=None).window == -1_000
    assert room_for(window=8_000, context=0, left=None).budget is None


def test_in_a_small_window_a_quarter_is_kept_free():
    assert [answer_room(window) for window in (8_000, 64_000, 1_000_000)] == [2_000, 16_000, 16_000]


def test_in_a_small_window_an_eighth_is_enough_for_an_answer():
    windows = (4_000, 8_192, 8_200, 200_000)
    assert [minimum_answer(window) for window in windows] == [500, 1_024, 1_024, 1_024]


def test_where_nobody_counts_twice_the_estimate_is_feared_or_more_if_it_was_seen():
    assert (pessimistic_factor(1.0), pessimistic_factor(1.5), pessimistic_factor(2.4)) == (
        2.0,
        2.0,
        3.0,
    )
