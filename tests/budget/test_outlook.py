"""How far the work is, and what the rest takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.outlook import Outlook, Work, actual_ratio, more_to_finish, outlook
from tui.budget.stages import reserve


def test_estimates_are_corrected_by_what_closed_subtasks_really_took() -> None:
    """Two closed at 2,000 estimated took 3,000: the open 1,000 will take 1,500."""
    works = [Work("a", 1_000, True), Work("b", 1_000, True), Work("c", 1_000, False)]
    charged = {"a": 1_000, "b": 2_000, None: 500}
    assert actual_ratio(works, charged) == pytest.approx(1.5)
    assert outlook(works, charged) == Outlook(complete=2 / 3, to_finish=1_500)


def test_what_an_open_subtask_has_taken_already_is_not_asked_for_again() -> None:
    works = [Work("a", 2_000, False)]
    assert outlook(works, {"a": 800}) == Outlook(complete=0.0, to_finish=1_200)
    assert outlook(works, {"a": 9_000}) == Outlook(complete=0.0, to_finish=0)


def test_without_any_estimate_only_the_count_is_known() -> None:
    works = [Work("a", None, True), Work("b", None, False)]
    assert outlook(works, {}) == Outlook(complete=0.5, to_finish=None)


def test_no_checklist_has_no_outlook() -> None:
    assert outlook([], {}) is None


def test_what_is_missing_to_finish_is_the_rest_and_the_reserve_in_steps() -> None:
    """16,000 to finish, 6,000 left of 30,000: 10,000 and 8 % of 42,400 are 13,392."""
    assert more_to_finish(16_000, left=6_000, grant=30_000) == 15_000
    assert more_to_finish(1_000, left=3_600, grant=30_000) == 0
    assert more_to_finish(0, left=-5_000, grant=30_000) == 10_000


@given(st.integers(0, 10**6), st.integers(-(10**5), 10**6), st.integers(20_000, 10**6))
def test_with_it_the_rest_fits_before_the_landing_begins(rest: int, left: int, grant: int) -> None:
    more = more_to_finish(rest, left=left, grant=grant)
    assert left + more - rest >= reserve(grant + more) - 500  # a step never costs the reserve
