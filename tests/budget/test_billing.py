"""What of a bill is paid once, by hand and over all bills."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tui.budget.billing import Bill, one_time_input
from tui.budget.ledger import Usage

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


def test_the_first_write_of_preamble_and_prompt_is_no_part_of_what_recurs() -> None:
    """2,000 at 8 and 500 at 5 and 10 at 4 a million are paid once: $0.01854 of $0.02254."""
    first = Usage(input=10, cache_write_5m=500, cache_write_1h=2_000, output=200)
    bill = billed(("a", first))
    assert bill.dollars == Decimal("0.02254")
    assert bill.recurring["a"].dollars == Decimal("0.004")
    assert bill.recurring["a"].usage == Usage(output=200)


def test_what_later_requests_write_recurs_but_for_what_stays_an_hour() -> None:
    """An hour later system text and tools are written again: 2,000 at 8 a million."""
    first = Usage(cache_write_1h=2_000, output=200)
    later = Usage(cache_write_5m=9_000, cache_write_1h=2_000, cache_read=0, output=100)
    bill = billed(("a", first), ("a", later))
    assert bill.recurring["a"].dollars == Decimal("0.051")  # 300 at 20 and 9,000 at 5
    assert bill.recurring["a"].usage == Usage(cache_write_5m=9_000, output=300)


def test_another_model_writes_all_of_it_once_to_its_own_cache() -> None:
    first = Usage(cache_write_1h=2_000, output=200)
    switched = Usage(cache_write_5m=40_000, cache_write_1h=2_000, output=100)
    bill = billed(("a", first), ("b", switched))
    assert bill.recurring["b"].dollars == Decimal("0.002")
    assert bill.dollars == Decimal("0.238")


def test_without_rates_nothing_is_known_to_be_paid_once() -> None:
    bill = Bill()
    bill.add(Usage(input=10, output=18_000), Decimal("0.42"), "a")
    assert bill.recurring["a"].dollars == Decimal("0.42")


@given(st.lists(st.tuples(st.sampled_from("ab"), USAGES), max_size=8))
def test_paid_once_and_recurring_add_up_to_the_bill(answers: list[tuple[str, Usage]]) -> None:
    bill, once, model = billed(*answers), Decimal(0), ""
    for each, usage in answers:
        once += cost(one_time_input(usage, first=each != model))
        model = each
    recurring = sum((each.dollars for each in bill.recurring.values()), Decimal(0))
    assert recurring + once == (bill.dollars or 0)
    assert all(cost(each.usage) == each.dollars >= 0 for each in bill.recurring.values())
