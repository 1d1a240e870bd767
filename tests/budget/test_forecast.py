"""How far the work is, and what the rest takes."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.forecast import (
    Forecast,
    PlannedSubtask,
    actual_to_estimate,
    extension_to_finish,
    forecast,
    shortfall,
    suggested_extension,
)
from tui.budget.stages import reserve


def test_estimates_are_corrected_by_what_closed_subtasks_really_took():
    """Two closed at 2,000 estimated took 3,000: the open 1,000 will take 1,500."""
    works = [
        PlannedSubtask("a", 1_000, True),
        PlannedSubtask("b", 1_000, True),
        PlannedSubtask("c", 1_000, False),
    ]
    charged = {"a": 1_000, "b": 2_000, None: 500}
    assert actual_to_estimate(works, charged) == pytest.approx(1.5)
    assert forecast(works, charged) == Forecast(complete=2 / 3, to_finish=1_500)


def test_subtasks_done_in_one_go_count_with_the_one_that_was_charged_for_them():
    """Three of 2,000 each done for 4,800, all charged to the first: 0.8; 10,000 open, so 8,000."""
    works = [PlannedSubtask(name, 2_000, True) for name in "abc"]
    works += [PlannedSubtask("d", 10_000, False), PlannedSubtask("s", 9_000, True, skipped=True)]
    charged = {"a": 4_800}
    assert actual_to_estimate(works, charged) == pytest.approx(0.8)
    assert forecast(works, charged) == Forecast(complete=6 / 16, to_finish=8_000)


def test_the_overhead_of_the_plan_is_shared_over_all_its_subtasks():
    """The worked example of docs/meters.md.

    Two of 1,000 each done for 3,000: half as much again. 800 tokens beside an open plan of
    8,000: a tenth. So c takes 2,000 times 1.6, less the 1,000 it took; d takes 4,000 times 1.6.
    """
    works = [
        PlannedSubtask("a", 1_000, True),
        PlannedSubtask("b", 1_000, True),
        PlannedSubtask("c", 2_000, False),
        PlannedSubtask("d", 4_000, False),
    ]
    charged = {"a": 1_200, "b": 1_800, "c": 1_000, None: 9_800}
    found = forecast(works, charged, overhead=800)
    assert found == Forecast(complete=0.25, to_finish=8_600)
    assert found.by_subtask == {"c": 2_200, "d": 6_400}


def test_preparation_never_multiplies_the_rest():
    """30,000 tokens of preparation, one of 1,000 done for 1,000: the other 3,000 stay 3,000."""
    works = [PlannedSubtask("a", 1_000, True), PlannedSubtask("b", 3_000, False)]
    assert forecast(works, {None: 30_000, "a": 1_000}).to_finish == 3_000
    # Even as overhead it adds no more than it was: three quarters of it.
    assert forecast(works, {None: 30_000, "a": 1_000}, overhead=30_000).to_finish == 25_500


def test_a_report_that_knows_of_work_nobody_planned_counts():
    """10,000 done at its estimate, and 30,000 more by the report: a quarter is complete."""
    works = [PlannedSubtask("a", 10_000, True)]
    found = forecast(works, {"a": 10_000}, reported=30_000)
    assert found == Forecast(complete=0.25, to_finish=30_000, unplanned=30_000)
    works.append(PlannedSubtask("b", 12_000, False))
    found = forecast(works, {"a": 10_000}, reported=30_000)
    assert (found.to_finish, found.by_subtask, found.unplanned) == (30_000, {"b": 12_000}, 18_000)
    works.append(PlannedSubtask("c", 28_000, False))
    assert forecast(works, {"a": 10_000}, reported=30_000) == Forecast(
        complete=0.2, to_finish=40_000
    )


def test_a_report_is_compared_with_what_the_closed_subtasks_really_took():
    """10,000 estimated took 20,000, and 60,000 are to come: a quarter of 80,000 is complete."""
    works = [PlannedSubtask("a", 10_000, True)]
    assert forecast(works, {"a": 20_000}, reported=60_000).complete == pytest.approx(0.25)


def test_a_subtask_without_an_estimate_counts_as_much_as_the_others_on_average():
    """1,000 and 2,000 are 1,500 on average: 1,000 of 4,500 are closed, 3,500 to finish."""
    works = [
        PlannedSubtask("a", 1_000, True),
        PlannedSubtask("b", 2_000, False),
        PlannedSubtask("c", None, False),
    ]
    found = forecast(works, {"a": 1_000})
    parts = (found.complete, found.to_finish, found.unplanned)
    assert parts == (pytest.approx(1 / 4.5), 3_500, 0)
    assert found.by_subtask == {"b": 2_000, "c": 1_500}


def test_a_plan_of_which_everything_is_skipped_leaves_nothing_to_tell():
    assert forecast([PlannedSubtask("a", 1_000, True, skipped=True)], {}) is None


def test_a_plan_estimated_at_nothing_is_complete():
    works = [PlannedSubtask("a", 0, False)]
    assert forecast(works, {}) == Forecast(complete=1.0, to_finish=0)


def test_without_a_checklist_only_a_report_tells():
    assert forecast([], {}, reported=7_000) == Forecast(None, 7_000, unplanned=7_000)
    assert forecast([], {}, reported=0) == Forecast(None, 0)


def test_what_an_open_subtask_has_taken_already_is_not_asked_for_again():
    works = [PlannedSubtask("a", 2_000, False)]
    assert forecast(works, {"a": 800}) == Forecast(complete=0.0, to_finish=1_200)
    assert forecast(works, {"a": 1_900}) == Forecast(complete=0.0, to_finish=200)


def test_an_open_subtask_that_took_more_than_expected_still_needs_a_tenth_of_it():
    works = [PlannedSubtask("a", 2_000, False)]
    assert forecast(works, {"a": 9_000}) == Forecast(complete=0.0, to_finish=200)


def test_without_any_estimate_only_the_count_is_known():
    works = [PlannedSubtask("a", None, True), PlannedSubtask("b", None, False)]
    assert forecast(works, {}) == Forecast(complete=0.5, to_finish=None)


def test_no_checklist_has_no_outlook():
    assert forecast([], {}) is None


def test_what_is_missing_to_finish_is_the_rest_and_the_reserve_in_steps():
    """16,000 to finish, 6,000 left of 30,000: 10,000 and 8 % of 42,400 are 13,392."""
    assert extension_to_finish(16_000, left=6_000, grant=30_000) == 15_000
    assert extension_to_finish(1_000, left=3_600, grant=30_000) == 0
    assert extension_to_finish(1_200, left=3_600, grant=30_000) == 0, "exactly the reserve is left"
    assert extension_to_finish(1_201, left=3_600, grant=30_000) == 5_000
    assert extension_to_finish(0, left=-5_000, grant=30_000) == 10_000


@pytest.mark.parametrize(
    ("to_finish", "left", "grant", "more"),
    [
        (None, 50_000, 60_000, 20_000),  # the API's smallest budget
        (None, 100_000, 200_000, 50_000),  # a quarter
        (None, -30_000, 60_000, 45_000),  # 30k over, 4.8k of reserve, 10k beyond it
        (None, -30_200, 60_000, 45_000),  # 30.2k, 4.8k and 10k are whole steps
        (None, -203_000, 20_000, 215_000),  # 203k, 2k and 10k: the rest adds nothing
        (None, 100_000, 203_999, 50_000),  # a quarter, in whole thousands
        (65_000, 21_000, 45_000, 55_000),  # 65k and 8 % of 92.6k are 72.4k, less 21k
    ],
)
def test_an_extension_is_enough_to_go_on_with(
    to_finish: int | None, left: int, grant: int, more: int
):
    assert suggested_extension(to_finish, left=left, grant=grant) == more


@pytest.mark.parametrize(
    ("rest", "left", "short"),
    [
        (234_000, 22_000, 212_000),
        (5_000, 5_000, 0),
        (5_000, -800, 5_000),
        (None, 9, 0),
        (9, None, 0),
    ],
)
def test_how_much_the_rest_is_more_than_what_is_left(
    rest: int | None, left: int | None, short: int
):
    assert shortfall(rest, left) == short


SIZES = st.integers(0, 50_000)
WORKS = st.lists(
    st.tuples(st.none() | SIZES, st.sampled_from(["open", "done", "skipped"]), SIZES), max_size=12
)


def looked(plan: list[tuple[int | None, str, int]], overhead: int = 0) -> Forecast | None:
    """The outlook of subtasks given as (estimate, state, tokens charged)."""
    works = [
        PlannedSubtask(str(at), estimate, state != "open", state == "skipped")
        for at, (estimate, state, _) in enumerate(plan)
    ]
    charged = {str(at): tokens for at, (_, _, tokens) in enumerate(plan)}
    return forecast(works, charged, overhead=overhead)


@given(WORKS, SIZES, st.randoms())
def test_the_rest_is_never_negative_adds_up_and_knows_no_order(
    plan: list[tuple[int | None, str, int]], overhead: int, random: Random
):
    found = looked(plan, overhead)
    if found is None or found.to_finish is None:
        return
    assert all(rest >= 0 for rest in found.by_subtask.values())
    assert sum(found.by_subtask.values()) + found.unplanned == found.to_finish
    mixed = list(plan)
    random.shuffle(mixed)
    assert looked(mixed, overhead).to_finish == found.to_finish


@given(WORKS, SIZES, SIZES, st.integers(0, 11))
def test_work_on_an_open_subtask_never_makes_the_rest_larger(
    plan: list[tuple[int | None, str, int]], overhead: int, more: int, at: int
):
    before = looked(plan, overhead)
    if at >= len(plan) or plan[at][1] != "open" or before.to_finish is None:
        return
    estimate, state, tokens = plan[at]
    worked = [*plan[:at], (estimate, state, tokens + more), *plan[at + 1 :]]
    assert looked(worked, overhead).to_finish <= before.to_finish


@given(WORKS, SIZES, SIZES)
def test_another_planned_subtask_never_makes_the_rest_smaller(
    plan: list[tuple[int | None, str, int]], overhead: int, estimate: int
):
    plan = [each for each in plan if each[0] is not None]
    before = looked(plan, overhead)
    if before is None or before.to_finish is None:
        return
    after = looked([*plan, (estimate, "open", 0)], overhead)
    assert after.to_finish >= before.to_finish - len(plan)  # each row is rounded


@given(WORKS, SIZES, SIZES)
def test_overhead_adds_at_most_itself(
    plan: list[tuple[int | None, str, int]], overhead: int, more: int
):
    before = looked(plan, overhead)
    if before is None or before.to_finish is None:
        return
    after = looked(plan, overhead + more).to_finish
    assert before.to_finish <= after <= before.to_finish + more + len(plan)


@given(WORKS, SIZES, st.integers(0, 11))
def test_a_subtask_done_within_what_was_expected_never_makes_the_rest_larger(
    plan: list[tuple[int | None, str, int]], overhead: int, at: int
):
    before = looked(plan, overhead)
    if at >= len(plan) or plan[at][1] != "open" or not plan[at][0]:
        return
    if not any(state == "done" and estimate and tokens for estimate, state, tokens in plan):
        return
    estimate, _, tokens = plan[at]
    works = [PlannedSubtask("x", size, True) for size, state, _ in plan if state == "done"]
    spent = sum(each[2] for each in plan if each[1] == "done" and each[0])
    sizes = sum(work.estimate or 0 for work in works)
    if tokens > estimate * spent / sizes:
        return  # it took more than the ratio says: the others will, too
    done = [*plan[:at], (estimate, "done", tokens), *plan[at + 1 :]]
    assert looked(done, overhead).to_finish <= before.to_finish + len(plan)


@given(st.integers(0, 10**6), st.integers(-(10**5), 10**6), st.integers(20_000, 10**6))
def test_with_it_the_rest_fits_before_the_landing_begins(rest: int, left: int, grant: int):
    more = extension_to_finish(rest, left=left, grant=grant)
    assert left + more - rest >= reserve(grant + more) - 500  # a step never costs the reserve
