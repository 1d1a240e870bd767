"""Quotes: the arithmetic from the estimates of a plan to a price."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.budget.quote import (
    EstimateOutcome,
    EstimateRatio,
    Quote,
    TokenRange,
    budget_for,
    complete_estimates,
    estimate_ratio,
    make_quote,
    total_price,
)

RATIO = EstimateRatio(1.5, 1.0, 2.0, plans=4)
ESTIMATES = st.dictionaries(st.text(max_size=4), st.integers(1, 10**6), max_size=12)
OUTCOMES = st.lists(
    st.builds(EstimateOutcome, st.floats(500, 1e6), st.integers(500, 10**6), st.booleans()),
    max_size=12,
)


def done(estimated: float, spent: int) -> EstimateOutcome:
    return EstimateOutcome(estimated, spent, finished=True)


def test_the_price_is_estimates_times_ratio_with_its_range_and_a_budget_for_the_upper_end():
    quote = make_quote({"parse": 4_000, "lex": 6_000}, RATIO)

    assert quote.items["parse"] == TokenRange(6_000, 4_000, 8_000)
    assert quote.total == TokenRange(15_000, 10_000, 20_000)
    assert quote.budget == 22_000  # 20,000 and a reserve of 2,000, rounded up to 1,000


def test_another_effort_multiplies_every_figure():
    assert make_quote({"a": 10_000}, RATIO, effort_factor=1.2).total == TokenRange(
        18_000, 12_000, 24_000
    )


@pytest.mark.parametrize(
    ("tokens", "budget"),
    [
        (0, 0),
        (1_000, 20_000),  # the least that the API takes
        (50_000, 55_000),  # 8 % of 54,000 are 4,320; 54,320 is rounded up to 1,000
        (300_000, 315_000),  # the reserve is 12,000 at most; steps of 5,000
    ],
)
def test_the_budget_holds_the_work_and_the_reserve(tokens, budget):
    assert budget_for(tokens) == budget


def test_without_a_plan_of_the_past_the_ratio_is_one_and_off_by_two_at_most_8_times_in_10():
    ratio = estimate_ratio([])
    assert (ratio.middle, ratio.low, ratio.high) == pytest.approx((1.0, 0.5, 2.0))
    assert ratio.plans == 0


def test_one_plan_moves_the_ratio_a_third_of_the_way():
    """The assumption counts as two plans, and one plan lies at the middle of its own curve.

    ln 4 / 3 by the model; the curve of one run says 4 at one half; w = 20/21.
    """
    ratio = estimate_ratio([done(10_000, 40_000)])
    expected = math.exp(20 / 21 * math.log(4) / 3 + 1 / 21 * math.log(4))
    assert ratio.middle == pytest.approx(expected, rel=1e-6)
    assert 1.5 < expected < 1.7


def test_many_equal_plans_leave_nothing_of_the_assumption():
    ratio = estimate_ratio([done(10_000, 14_000)] * 200)
    assert ratio.middle == pytest.approx(1.4, rel=0.01)
    assert ratio.low > 1.2
    assert ratio.high < 1.7


def test_a_plan_that_was_cut_counts_as_one_that_would_have_taken_more():
    whole = estimate_ratio([done(10_000, 9_000)] * 3)
    cut = estimate_ratio([done(10_000, 9_000)] * 2 + [EstimateOutcome(10_000, 9_000, False)])
    assert cut.middle > whole.middle


def test_a_plan_without_figures_tells_nothing():
    assert estimate_ratio([done(0, 5_000), done(5_000, 0)]).plans == 0


def test_an_item_without_an_estimate_counts_as_the_others_on_average():
    assert complete_estimates({"a": 2_000, "b": None, "c": 4_000}, 90_000) == {
        "a": 2_000,
        "b": 3_000,
        "c": 4_000,
    }
    assert complete_estimates({"a": None, "b": 0}, 90_000) == {"a": 45_000, "b": 45_000}
    assert complete_estimates({}, 90_000) == {}


@settings(max_examples=30)
@given(estimates=ESTIMATES, outcomes=OUTCOMES, data=st.data())
def test_dropping_an_item_never_raises_the_price(estimates, outcomes, data):
    ratio = estimate_ratio(outcomes)
    whole = make_quote(estimates, ratio)
    assert total_price(estimates.values(), ratio) == whole.total
    if not estimates:
        assert whole == Quote({}, TokenRange(), 0)
        return
    dropped = data.draw(st.sampled_from(sorted(estimates)))
    rest = make_quote({id: each for id, each in estimates.items() if id != dropped}, ratio)
    assert rest.total.tokens <= whole.total.tokens
    assert rest.total.low <= whole.total.low
    assert rest.total.high <= whole.total.high
    assert rest.budget <= whole.budget


@settings(max_examples=30)
@given(estimates=ESTIMATES, outcomes=OUTCOMES, data=st.data())
def test_neither_the_order_of_items_nor_that_of_plans_matters(estimates, outcomes, data):
    shuffled = dict(data.draw(st.permutations(list(estimates.items()))))
    others = data.draw(st.permutations(outcomes))
    quote, other = (
        make_quote(some, estimate_ratio(plans))
        for some, plans in ((estimates, outcomes), (shuffled, others))
    )
    assert quote.total.tokens == pytest.approx(other.total.tokens, rel=1e-6, abs=len(estimates))
    assert quote.budget == pytest.approx(other.budget, abs=5_000)


@settings(max_examples=30)
@given(estimates=ESTIMATES, outcomes=OUTCOMES, by=st.integers(2, 9))
def test_a_plan_twice_as_large_costs_twice_as_much(estimates, outcomes, by):
    ratio = estimate_ratio(outcomes)
    once = make_quote(estimates, ratio).total
    many = make_quote({id: by * each for id, each in estimates.items()}, ratio).total
    assert many.tokens == pytest.approx(by * once.tokens, abs=by * len(estimates))


@settings(max_examples=30)
@given(outcomes=OUTCOMES, by=st.floats(0.2, 5))
def test_the_ratio_does_not_depend_on_the_size_of_the_plans(outcomes, by):
    scaled = [EstimateOutcome(each.estimated * by, each.spent, each.finished) for each in outcomes]
    one, other = estimate_ratio(outcomes), estimate_ratio(scaled)
    # Estimates × c give ratios between the old ones ÷ c and the old ones: drawn towards 1.
    low, high = sorted((one.middle, one.middle / by))
    assert low * 0.999 <= other.middle <= high * 1.001


@settings(max_examples=30)
@given(outcomes=OUTCOMES)
def test_the_range_holds_the_price(outcomes):
    ratio = estimate_ratio(outcomes)
    assert 0 < ratio.low <= ratio.middle <= ratio.high
