"""From what tasks take to the budget to give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.budget.samples import distribution
from tui.budget.budget_advice import (
    budget_advice,
    certainty,
    default_headroom,
    is_too_small,
    rounded_budget,
)


@pytest.mark.parametrize(
    ("tokens", "budget"),
    [(3_000, 20_000), (20_001, 21_000), (99_001, 100_000), (100_001, 105_000), (141_300, 145_000)],
)
def test_budgets_are_rounded_up_to_what_reads_well(tokens: int, budget: int):
    assert rounded_budget(tokens) == budget


@given(st.floats(1, 1e9))
def test_a_rounded_budget_is_never_below_what_it_is_for(tokens: float):
    assert rounded_budget(tokens) >= max(20_000, tokens - 1e-5)


@pytest.mark.parametrize(
    ("finished", "headroom"),
    [(1, 0.5), (9, 0.5), (10, 0.5), (20, 0.4), (50, 0.34), (100, 0.32)],
)
def test_headroom_shrinks_with_the_runs_that_were_finished(finished: int, headroom: float):
    found = distribution("bug fix", " ".join(["20"] * finished))
    assert default_headroom(found) == pytest.approx(headroom)


def test_published_ranges_get_no_headroom():
    advice = budget_advice(distribution("tests", ""))
    assert (advice.headroom, advice.budget, advice.certainty) == (0.0, 500_000, "published range")


def test_the_generous_budget_stays_within_three_of_the_default():
    """p99 of one run of 100,000 is 2,205,320, its p90 354,595."""
    found = distribution("feature", "100")
    assert budget_advice(found, "generous").tokens == pytest.approx(3 * found.quantile(0.9))


@pytest.mark.parametrize(("budget", "small"), [(54_000, True), (55_000, False)])
def test_a_budget_under_two_medians_is_too_small(budget: int, small: bool):
    """The median of this history is 27,391."""
    history = distribution("bug fix", "12 15.5 18 22 25x 26 31 40x 42 50x")
    assert is_too_small(budget, history) is small


@pytest.mark.parametrize(
    ("runs", "word"),
    [
        (0, "published range"),
        (1, "guess"),
        (4, "guess"),
        (5, "few runs"),
        (9, "few runs"),
        (10, "measured"),
    ],
)
def test_what_advice_is_called(runs: int, word: str):
    assert certainty(runs) == word


def test_advice_without_headroom_keeps_what_the_percentile_promises():
    found = distribution("documentation", " ".join(map(str, range(1, 51))))
    assert budget_advice(found, headroom=0).budget == 51_000
