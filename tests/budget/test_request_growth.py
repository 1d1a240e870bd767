"""When requests have grown dear by their history, and when shortening it pays off."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.ledger import Usage
from tui.budget.request_growth import (
    RequestCost,
    RequestCosts,
    RequestGrowth,
    history_cost,
    request_growth,
)

D = Decimal
RATES = {"input": "4", "cache_write_5m": "5", "cache_write_1h": "8", "cache_read": "0.20"}
"""Dollars for a million tokens."""


def costs(*of_requests: str) -> RequestCosts:
    """Costs of requests, each `dollars/history`."""
    found = RequestCosts()
    for each in of_requests:
        dollars, _, history = each.partition("/")
        found = found.added(RequestCost(D(dollars), D(history or "0")))
    return found


@pytest.mark.parametrize(
    ("usage", "dollars"),
    [
        # 90,000 of the 100,000 that were read are history: 90,000 × $0.20 a million.
        (Usage(cache_read=100_000, cache_write_5m=2_000, output=500), "0.018"),
        # The cache was cold and holds only the fixed part: 90,000 × $5 a million.
        (Usage(cache_read=10_000, cache_write_5m=92_000, output=500), "0.45"),
        # Half of it: 40,000 × $0.20 and 50,000 × $5 a million.
        (Usage(cache_read=50_000, cache_write_5m=52_000), "0.258"),
        # A server without a cache: 90,000 × $4 a million.
        (Usage(input=102_000), "0.36"),
    ],
)
def test_history_read_again_costs_what_its_class_costs(usage: Usage, dollars: str):
    assert history_cost(usage, history=90_000, fixed=10_000, rates=RATES) == D(dollars)


def test_a_factor_on_the_price_holds_for_history_too():
    usage = Usage(cache_read=100_000)
    rates = {**RATES, "factor": "1.1"}
    assert history_cost(usage, history=90_000, fixed=10_000, rates=rates) == D("0.0198")
    assert history_cost(usage, history=90_000, fixed=10_000, rates=None) == 0


@given(
    read=st.integers(0, 200_000),
    written=st.integers(0, 200_000),
    fixed=st.integers(0, 50_000),
    history=st.integers(0, 400_000),
)
def test_history_never_costs_more_than_the_whole_input(
    read: int, written: int, fixed: int, history: int
):
    usage = Usage(cache_read=read, cache_write_5m=written)
    history = min(history, max(0, usage.window - fixed))
    whole = (read * D("0.20") + written * D(5)) / 1_000_000
    if read >= fixed:  # the fixed part was read: else it has to be written as well
        assert 0 <= history_cost(usage, history=history, fixed=fixed, rates=RATES) <= whole


CHEAP = ["0.09", *["0.02"] * 4]
"""The first request writes system text and tools to the cache: the median does without it."""


def test_requests_that_cost_twice_as_much_for_half_of_history_have_grown():
    grown = request_growth(costs(*CHEAP, *["0.05/0.03"] * 5))
    assert grown == RequestGrowth(now=D("0.05"), first=D("0.02"), share=D("0.6"))
    assert grown is not None and grown.times == D("2.5")


@pytest.mark.parametrize(
    "requests",
    [
        [*CHEAP, *["0.039/0.03"] * 5],  # less than twice as dear
        [*CHEAP, *["0.05/0.024"] * 5],  # most of it is no history
        ["0.02", *["0.05/0.03"] * 3],  # too few
    ],
)
def test_other_requests_have_not(requests: list[str]):
    assert request_growth(costs(*requests)) is None


def test_after_a_cut_five_more_requests_must_tell():
    long = costs(*CHEAP, *["0.05/0.03"] * 9)
    cut = long.after_cut()
    for _ in range(4):
        cut = cut.added(RequestCost(D("0.05"), D("0.03")))
        assert request_growth(cut) is None
    assert request_growth(cut.added(RequestCost(D("0.05"), D("0.03")))) is not None


@given(
    st.lists(st.tuples(st.integers(1, 500), st.integers(0, 100)), min_size=10, max_size=20),
    st.sampled_from([D("0.001"), D(3), D(1_000)]),
)
def test_only_proportions_decide(requests: list[tuple[int, int]], factor: D):
    def grown(scale: D) -> bool:
        found = RequestCosts()
        for cents, percent in requests:
            dollars = cents * scale
            found = found.added(RequestCost(dollars, dollars * percent / 100))
        return request_growth(found) is not None

    assert grown(D(1)) == grown(factor)


@pytest.mark.parametrize(
    ("shortening", "each", "pays"),
    [
        ("0.10", "0.02", True),  # 0.40 saved over twenty requests
        ("0.05", "0.0075", True),  # 0.15 saved: 0.10 more than it costs
        ("0.06", "0.0075", False),  # 0.09 more
        ("1.00", "0.09", False),  # 1.80: less than twice the price
        ("1.00", "0.10", True),
    ],
)
def test_shortening_pays_off_by_what_twenty_requests_save(shortening: str, each: str, pays: bool):
    grown = RequestGrowth(D("0.05"), D("0.02"), D("0.6"))
    assert replace(grown, shortening=D(shortening), saved_each=D(each)).pays_off is pays
