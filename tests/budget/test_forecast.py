"""How far the work is, and what the rest takes."""

from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.budget.forecast import (
    BudgetFit,
    Forecast,
    PlannedSubtask,
    budget_fit,
    extension_to_finish,
    forecast,
    suggested_extension,
)
from tui.budget.stages import reserve


def works(*rows: tuple[str, int | None, bool]) -> list[PlannedSubtask]:
    """Subtasks given as (id, estimate, whether it is done)."""
    return [PlannedSubtask(*row) for row in rows]


DONE = [("a", 1_000, True), ("b", 1_000, True), ("c", 2_000, True)]
TOOK = {"a": 1_200, "b": 1_800, "c": 3_000}
"""6,000 where 4,000 were estimated: 1.5. With 3 measured that is (3 × 1.5 + 2) ÷ 5 = 1.3."""


def test_the_worked_example_of_the_documentation():
    """800 beside an open plan of 10,000, less than half of it done: 800 ÷ 5,000 = 0.16.

    So d takes 2,000 × 1.46 = 2,920, less the 1,000 it took, and e 4,000 × 1.46.
    """
    plan = works(*DONE, ("d", 2_000, False), ("e", 4_000, False))
    found = forecast(plan, {**TOOK, "d": 1_000, None: 9_800}, overhead=800)
    assert found == Forecast(7_760, measured=3)
    assert found.by_subtask == {"d": 1_920, "e": 5_840}


@pytest.mark.parametrize(
    ("done", "charged", "to_finish"),
    [
        pytest.param([], {}, None, id="nothing-is-done"),
        pytest.param(["a", "b"], {"a": 900, "b": 900}, None, id="two-tell-too-little"),
        pytest.param(["a", "b", "c"], {"a": 900, "b": 900}, None, id="one-cost-nothing-known"),
        pytest.param(["a", "b", "c"], {"a": 1_000, "b": 1_000, "c": 1_000}, 2_000, id="three"),
        pytest.param(["a", "b", "c"], {"a": 60, "b": 60, "c": 60}, 872, id="far-less"),
        pytest.param(["a", "b", "c"], {"a": 60_000, "b": 0, "c": 0}, None, id="one-had-it-all"),
        pytest.param(["a", "b", "c", "d", "e"], {}, 0, id="all-done"),
    ],
)
def test_there_is_no_figure_before_three_subtasks_are_measured(
    done: list[str], charged: dict[str | None, int], to_finish: int | None
):
    """Five of 1,000 each. Where three took 60 each: (3 × 0.06 + 2) ÷ 5 of 2,000."""
    plan = works(*((name, 1_000, name in done) for name in "abcde"))
    found = forecast(plan, charged)
    assert found is not None
    assert found.to_finish == to_finish
    assert bool(found.by_subtask) == bool(to_finish)


def test_subtasks_done_in_one_go_count_with_the_one_that_was_charged_for_them():
    """Three of 2,000 each done for 4,800: 0.8, so (2.4 + 2) ÷ 5 = 0.88; 10,000 open: 8,800."""
    plan = works(("a", 2_000, True), ("d", 10_000, False))
    plan += [PlannedSubtask(name, 2_000, True, "a") for name in "bc"]
    assert forecast(plan, {"a": 4_800}) == Forecast(8_800, measured=3)


def test_tokens_of_no_subtask_go_on_and_count_as_the_cost_of_half_the_plan_at_least():
    """Three of 1,000 done as estimated. 3,000 beside them: with 3 open as much again; with 1 open
    a third of it; with 27 open 27 fifteenths: reading at the beginning is not multiplied by 9.
    """
    for still_open, beside in ((3, 3_000), (1, 1_000), (27, 5_400)):
        plan = works(*((str(at), 1_000, at < 3) for at in range(3 + still_open)))
        took = {"0": 1_000, "1": 1_000, "2": 1_000}
        found = forecast(plan, took, overhead=3_000)
        assert found is not None
        assert found.to_finish == still_open * 1_000 + beside


def test_work_that_no_plan_has_is_in_no_figure():
    plan = works(*DONE)
    assert forecast(plan, TOOK, beyond_plan=True) == Forecast(None, measured=3, beyond_plan=True)
    plan += works(("d", 2_000, False))
    assert forecast(plan, TOOK, beyond_plan=True) == Forecast(2_600, measured=3, beyond_plan=True)
    assert forecast([], {}, beyond_plan=True) == Forecast(None, beyond_plan=True)
    assert forecast([], {}) is None


def test_a_subtask_without_an_estimate_counts_as_much_as_the_others_on_average():
    """1,000, 1,000 and 2,000 done and 4,000 open are 2,000 on average, times 1.3."""
    plan = works(*DONE, ("d", 4_000, False), ("e", None, False), ("f", 0, False))
    found = forecast(plan, TOOK)
    assert found is not None
    assert found.by_subtask == {"d": 5_200, "e": 2_600, "f": 2_600}


def test_without_any_estimate_the_mean_of_the_measured_ones_counts():
    """1,200, 1,800 and 3,000 are 2,000 on average."""
    plan = works(*((id, None, True) for id in "abc"), ("d", None, False), ("e", None, False))
    assert forecast(plan, {**TOOK, "d": 500}) == Forecast(3_500, measured=3)


@pytest.mark.parametrize(("took", "rest"), [(800, 1_800), (2_500, 260), (9_000, 260)])
def test_an_open_subtask_needs_what_it_has_not_taken_and_a_tenth_at_least(took: int, rest: int):
    """2,000 × 1.3 = 2,600."""
    plan = works(*DONE, ("d", 2_000, False))
    assert forecast(plan, {**TOOK, "d": took}) == Forecast(rest, measured=3)


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
    ("ahead", "left", "most", "fit"),
    [
        # 16,000 and 2,400 of reserve, 6,000 left: 12,400 short; 10,000 and 8 % of 42,400 are 13,392
        (Forecast(16_000), 6_000, None, BudgetFit("short", 12_400, 15_000)),
        (Forecast(16_000), 6_000, 40_000, BudgetFit("short", 12_400, 10_000)),
        (Forecast(16_000), 6_000, 30_000, BudgetFit("short", 12_400)),
        (Forecast(16_000, beyond_plan=True), 6_000, None, BudgetFit("short", 12_400, 15_000)),
        (Forecast(5_000), -800, None, BudgetFit("short", 8_200, 10_000)),
        (Forecast(3_600), 6_000, None, BudgetFit("fits")),
        (Forecast(3_601), 6_000, None, BudgetFit("short", 1, 5_000)),
        (Forecast(3_600, beyond_plan=True), 6_000, None, BudgetFit("too_early")),
        (Forecast(None), 6_000, None, BudgetFit("too_early")),
        (Forecast(0), -800, None, BudgetFit("fits")),
    ],
)
def test_the_rest_fits_if_it_leaves_the_reserve(
    ahead: Forecast, left: int, most: int | None, fit: BudgetFit
):
    assert budget_fit(ahead, left=left, grant=30_000, most=most) == fit


SIZES = st.integers(0, 50_000)
PLANS = st.lists(st.tuples(st.none() | SIZES, st.booleans(), SIZES), max_size=12)
"""Subtasks as (estimate, whether it is done, tokens charged)."""


def looked(plan: list[tuple[int | None, bool, int]], overhead: int = 0) -> Forecast | None:
    """The forecast of such a plan."""
    rows = works(*((str(at), estimate, done) for at, (estimate, done, _) in enumerate(plan)))
    charged: dict[str | None, int] = {str(at): took for at, (_, _, took) in enumerate(plan)}
    return forecast(rows, charged, overhead=overhead)


@given(PLANS, SIZES, st.randoms())
def test_the_rest_is_never_negative_adds_up_and_knows_no_order(
    plan: list[tuple[int | None, bool, int]], overhead: int, random: Random
):
    found = looked(plan, overhead)
    if found is None or found.to_finish is None:
        return
    assert all(rest >= 0 for rest in found.by_subtask.values())
    assert sum(found.by_subtask.values()) == found.to_finish
    mixed = list(plan)
    random.shuffle(mixed)
    again = looked(mixed, overhead)
    assert again is not None
    assert again.to_finish == found.to_finish


@given(PLANS, SIZES, SIZES, st.integers(0, 11))
def test_work_on_an_open_subtask_never_makes_the_rest_larger(
    plan: list[tuple[int | None, bool, int]], overhead: int, more: int, at: int
):
    before = looked(plan, overhead)
    if at >= len(plan) or plan[at][1] or before is None or before.to_finish is None:
        return
    estimate, done, took = plan[at]
    after = looked([*plan[:at], (estimate, done, took + more), *plan[at + 1 :]], overhead)
    assert after is not None
    assert after.to_finish is not None
    assert after.to_finish <= before.to_finish


@given(PLANS, SIZES, st.integers(1, 50_000))
@example([(None, False, 0)] * 3 + [(None, True, 1)] * 3, 74, 1)
def test_more_left_to_do_never_makes_the_rest_shorter(
    plan: list[tuple[int | None, bool, int]], overhead: int, estimate: int
):
    plan = [(size or 1, done, tokens) for size, done, tokens in plan]
    before = looked(plan, overhead)
    if before is None or before.to_finish is None:
        return
    after = looked([*plan, (estimate, False, 0)], overhead)
    if after is None or after.to_finish is None:
        return  # everything was done, and too little of it measured
    assert after.to_finish >= before.to_finish - len(plan)  # each row is rounded


@given(PLANS, SIZES, SIZES)
def test_tokens_of_no_subtask_add_twice_themselves_at_most(
    plan: list[tuple[int | None, bool, int]], overhead: int, more: int
):
    before, after = looked(plan, overhead), looked(plan, overhead + more)
    if before is None or after is None or before.to_finish is None or after.to_finish is None:
        return
    assert before.to_finish <= after.to_finish <= before.to_finish + 2 * more + len(plan)


@given(
    st.lists(st.tuples(st.integers(1, 50_000), st.integers(1, 50_000)), min_size=3, max_size=12),
    st.tuples(st.integers(1, 50_000), st.integers(1, 50_000)),
)
def test_one_more_measured_subtask_moves_the_rest_by_a_part_of_the_difference_only(
    measured: list[tuple[int, int]], one: tuple[int, int]
):
    """The ratio stays between that of the estimates, that of before and that of the new one."""

    def ratio(rows: list[tuple[int, int]]) -> float:
        found = looked([*((size, True, took) for size, took in rows), (10**9, False, 0)])
        assert found is not None
        assert found.to_finish is not None
        return found.to_finish / 10**9

    (size, took), before, after = one, ratio(measured), ratio([*measured, one])
    plain = sum(each[1] for each in measured) / sum(each[0] for each in measured)
    around = (before, plain, took / size, 1.0)
    assert min(around) - 1e-6 <= after <= max(around) + 1e-6
    same = [(1_000, each[1]) for each in measured]
    moved = ratio([*same, (1_000, took)]) - ratio(same)
    most = abs(took / 1_000 - ratio(same))
    assert abs(moved) <= most / 6 + 1e-6  # 3 measured, the estimates as 2, and this one


@given(st.integers(0, 10**6), st.integers(-(10**5), 10**6), st.integers(20_000, 10**6))
def test_with_it_the_rest_fits_before_the_landing_begins(rest: int, left: int, grant: int):
    more = extension_to_finish(rest, left=left, grant=grant)
    assert left + more - rest >= reserve(grant + more) - 500  # a step never costs the reserve
