"""How far the work is, and what the rest takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.outlook import (
    Outlook,
    Work,
    actual_ratio,
    extension,
    more_to_finish,
    outlook,
)
from tui.budget.stages import reserve


def test_estimates_are_corrected_by_what_closed_subtasks_really_took() -> None:
    """Two closed at 2,000 estimated took 3,000: the open 1,000 will take 1,500."""
    works = [Work("a", 1_000, True), Work("b", 1_000, True), Work("c", 1_000, False)]
    charged = {"a": 1_000, "b": 2_000, None: 500}
    assert actual_ratio(works, charged) == pytest.approx(1.5)
    assert outlook(works, charged) == Outlook(complete=2 / 3, to_finish=1_500)


def test_subtasks_done_in_one_go_count_with_the_one_that_was_charged_for_them() -> None:
    """Three of 2,000 each done for 4,800, all charged to the first: 0.8; 10,000 open, so 8,000."""
    works = [Work(name, 2_000, True) for name in "abc"]
    works += [Work("d", 10_000, False), Work("s", 9_000, True, skipped=True)]
    charged = {"a": 4_800}
    assert actual_ratio(works, charged) == pytest.approx(0.8)
    assert outlook(works, charged) == Outlook(complete=6 / 16, to_finish=8_000)


def test_the_overhead_of_the_plan_belongs_to_what_it_took() -> None:
    """One of 1,000 done, all of it charged beside the plan's subtasks: 1,500."""
    works = [Work("a", 1_000, True), Work("b", 2_000, False)]
    assert actual_ratio(works, {None: 9_000}, 1_500) == pytest.approx(1.5)
    assert outlook(works, {None: 9_000}, overhead=1_500) == Outlook(complete=1 / 3, to_finish=3_000)


def test_a_report_that_knows_of_work_nobody_planned_counts() -> None:
    """10,000 done at its estimate, and 30,000 more by the report: a quarter is complete."""
    works = [Work("a", 10_000, True)]
    assert outlook(works, {"a": 10_000}, told=30_000) == Outlook(complete=0.25, to_finish=30_000)
    works.append(Work("b", 40_000, False))
    assert outlook(works, {"a": 10_000}, told=30_000) == Outlook(complete=0.2, to_finish=40_000)


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


@pytest.mark.parametrize(
    ("to_finish", "left", "grant", "more"),
    [
        (None, 50_000, 60_000, 20_000),  # the API's smallest budget
        (None, 100_000, 200_000, 50_000),  # a quarter
        (None, -30_000, 60_000, 45_000),  # 30k over, 4.8k of reserve, 10k beyond it
        (65_000, 21_000, 45_000, 55_000),  # 65k and 8 % of 92.6k are 72.4k, less 21k
    ],
)
def test_an_extension_is_enough_to_go_on_with(
    to_finish: int | None, left: int, grant: int, more: int
) -> None:
    assert extension(to_finish, left=left, grant=grant) == more


@given(st.integers(0, 10**6), st.integers(-(10**5), 10**6), st.integers(20_000, 10**6))
def test_with_it_the_rest_fits_before_the_landing_begins(rest: int, left: int, grant: int) -> None:
    more = more_to_finish(rest, left=left, grant=grant)
    assert left + more - rest >= reserve(grant + more) - 500  # a step never costs the reserve
