"""What of a bill is paid once, by hand and over all bills."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tui.budget.billing import Bill, one_time_input
from tui.budget.ledger import Usage
from tui.budget.meters import BilledMeter

RATES = {
    "input": "4",
    "output": "20",
    "cache_write_5m": "5",
    "cache_write_1h": "8",
    "cache_read": "0.20",
    "factor": "1",
}
"""Dollars a million."""
TOKENS = st.integers(0, 2_000_000)
USAGES = st.builds(
    Usage,
    input=TOKENS,
    cache_write_5m=TOKENS,
    cache_write_1h=TOKENS,
    cache_read=TOKENS,
    output=TOKENS,
)


def cost(usage: Usage) -> Decimal:
    """At the rates above."""
    whole = (
        usage.input * 4
        + usage.output * 20
        + usage.cache_write_5m * 5
        + usage.cache_write_1h * 8
        + usage.cache_read * Decimal("0.20")
    )
    return whole / 1_000_000


def billed(*answers: tuple[str, Usage]) -> Bill:
    """A bill of these answers, each by a model."""
    bill = Bill()
    for model, usage in answers:
        bill.add(usage, cost(usage), model, rates=RATES)
    return bill


def test_the_first_write_of_preamble_and_prompt_is_no_part_of_what_recurs():
    """2,000 at 8 and 500 at 5 and 10 at 4 a million are paid once: $0.01854 of $0.02254."""
    first = Usage(input=10, cache_write_5m=500, cache_write_1h=2_000, output=200)
    bill = billed(("a", first))
    assert bill.dollars == Decimal("0.02254")
    assert bill.recurring["a"].dollars == Decimal("0.004")
    assert bill.recurring["a"].usage == Usage(output=200)


def test_what_later_requests_write_recurs_but_for_what_stays_an_hour():
    """An hour later system text and tools are written again: 2,000 at 8 a million."""
    first = Usage(cache_write_1h=2_000, output=200)
    later = Usage(cache_write_5m=9_000, cache_write_1h=2_000, cache_read=0, output=100)
    bill = billed(("a", first), ("a", later))
    assert bill.recurring["a"].dollars == Decimal("0.051")  # 300 at 20 and 9,000 at 5
    assert bill.recurring["a"].usage == Usage(cache_write_5m=9_000, output=300)


def test_another_model_writes_all_of_it_once_to_its_own_cache():
    first = Usage(cache_write_1h=2_000, output=200)
    switched = Usage(cache_write_5m=40_000, cache_write_1h=2_000, output=100)
    bill = billed(("a", first), ("b", switched))
    assert bill.recurring["b"].dollars == Decimal("0.002")
    assert bill.dollars == Decimal("0.238")


@pytest.mark.parametrize(
    ("reported", "whole", "estimated"),
    [(True, True, False), (True, False, True), (False, True, True), (False, False, True)],
)
def test_tokens_of_a_broken_answer_or_one_without_a_report_are_an_estimate(
    reported: bool, whole: bool, estimated: bool
):
    bill = Bill()
    bill.add(Usage(output=9, reported=reported), None, "a", whole=whole)
    bill.add(Usage(output=9), None, "a")
    assert bill.meter().estimated is estimated


def test_the_meter_sums_the_classes_and_counts_what_has_no_price():
    bill = Bill()
    assert bill.meter() == BilledMeter()
    usage = Usage(input=1, cache_write_5m=20, cache_write_1h=300, cache_read=4_000, output=50_000)
    bill.add(usage, Decimal("0.5"), "a")
    bill.add(usage, None, "a")
    assert bill.meter() == BilledMeter(
        input=2,
        cache_write=640,
        cache_read=8_000,
        output=100_000,
        dollars=Decimal("0.5"),
        unpriced=1,
    )


@given(USAGES, USAGES, st.integers(0, 9), st.integers(0, 9))
def test_the_bill_has_every_token_of_every_class(
    one: Usage, other: Usage, thinking: int, searches: int
):
    bill = Bill()
    more = structs.replace(other, thinking=thinking, web_searches=searches)
    for usage in (one, more, more):
        bill.add(usage, None, "a")
    classes = ("input", "cache_write_5m", "cache_write_1h", "cache_read", "output")
    for name in (*classes, "thinking", "web_searches"):
        assert getattr(bill.usage, name) == getattr(one, name) + 2 * getattr(more, name)


def test_a_factor_on_the_rates_is_on_what_is_paid_once_too():
    """1,000 tokens at 4 a million and half of that again: $0.006 of $0.01."""
    bill = Bill()
    bill.add(Usage(input=1_000), Decimal("0.01"), "a", rates={**RATES, "factor": "1.5"})
    assert bill.recurring["a"].dollars == Decimal("0.004")


def test_without_rates_nothing_is_known_to_be_paid_once():
    bill = Bill()
    bill.add(Usage(input=10, output=18_000), Decimal("0.42"), "a")
    assert bill.recurring["a"].dollars == Decimal("0.42")


@given(st.lists(st.tuples(st.sampled_from("ab"), USAGES), max_size=8))
def test_paid_once_and_recurring_add_up_to_the_bill(answers: list[tuple[str, Usage]]):
    bill, once, model = billed(*answers), Decimal(0), ""
    for each, usage in answers:
        once += cost(one_time_input(usage, first=each != model))
        model = each
    recurring = sum((each.dollars for each in bill.recurring.values()), Decimal(0))
    assert recurring + once == (bill.dollars or 0)
    assert all(cost(each.usage) == each.dollars >= 0 for each in bill.recurring.values())
