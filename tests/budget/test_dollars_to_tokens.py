"""What dollars amount to in charged tokens, worked out by hand."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tui.budget.dollars_to_tokens import MeasuredPrice, budget_for_dollars, measure_price

PRICE = MeasuredPrice(Decimal("0.42"), 18_000)
"""$23.33 for a million charged tokens."""


def test_the_price_of_a_token_is_what_was_billed_over_what_was_charged():
    found = measure_price({"a": Decimal("0.40"), "b": Decimal("0.02")}, {"a": 15_000, "b": 3_000})
    assert found == PRICE
    assert round(PRICE.per_million, 2) == Decimal("23.33")
    assert MeasuredPrice(Decimal(3), 500_000).per_million == 6


def test_what_a_model_without_a_price_was_charged_with_does_not_make_the_others_cheaper():
    found = measure_price({"a": Decimal("0.42")}, {"a": 18_000, "unpriced": 500_000})
    assert found == PRICE


def test_nothing_is_measured_before_something_was_billed_and_enough_charged():
    assert measure_price({}, {}) is None
    assert measure_price({"a": Decimal("0.1")}, {}) is None
    assert measure_price({"a": Decimal("0.1")}, {"a": 4_999, "unpriced": 90_000}) is None
    assert measure_price({"a": Decimal("0.1")}, {"a": 5_000}) == MeasuredPrice(
        Decimal("0.1"), 5_000
    )
    assert measure_price({"free": Decimal(0)}, {"free": 10_000}) is None


def test_a_limit_is_what_is_charged_and_what_the_rest_buys_in_whole_thousands():
    """$5.00 less $0.42 are $4.58; at $23.33 a million that is 196,285 tokens; 18,000 are used."""
    assert PRICE.tokens_for(Decimal("4.58")) == 196_000
    assert budget_for_dollars(Decimal(5), PRICE, spent=Decimal("0.42"), charged=18_000) == 214_000


def test_an_envelope_that_is_fresh_gets_what_the_rest_buys():
    assert budget_for_dollars(Decimal(5), PRICE, spent=Decimal("0.42"), charged=0) == 196_000


@given(
    st.decimals("0.0001", 900, places=4),
    st.integers(5_000, 50_000_000),
    st.decimals("0.01", 10_000, places=2),
    st.integers(0, 100),
)
def test_what_a_limit_buys_costs_no_more_than_what_is_left_of_it(
    cost: Decimal, charged: int, limit: Decimal, percent: int
):
    spent, price = limit * percent / 100, MeasuredPrice(cost, charged)
    more = budget_for_dollars(limit, price, spent=spent, charged=charged) - charged
    assert more * cost <= (limit - spent) * charged
    rest = more + 2_000  # the grant is in whole thousands, and so is what the rest buys
    assert rest * cost >= (limit - spent) * charged


def test_a_limit_that_is_overspent_buys_nothing():
    assert PRICE.tokens_for(Decimal("-1")) == 0
