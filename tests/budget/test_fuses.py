"""Fuses: what they forbid, and how they clamp."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tui.budget.fuses import LEAST_OUTPUT, Fuses, Prices, Spent, blown, output_room


def spent(
    left: int | None = 50_000, dollars: str = "0", requests: int = 0, minutes: str = "0"
) -> Spent:
    return Spent(left, Decimal(dollars), requests, Decimal(minutes))


OPUS = Prices(input=Decimal("0.05"), output_token=Decimal("0.00002"))
"""$20 per million output tokens; an input of 0.05 dollars."""


def test_no_fuse_forbids_nothing() -> None:
    assert blown(Fuses(), spent(left=-(10**9), dollars="9999"), OPUS) is None
    assert output_room(Fuses(), spent(), OPUS) is None


def test_tokens_over_the_budget_clamp_the_output_and_then_forbid() -> None:
    fuses = Fuses(over_budget=5_000)
    assert output_room(fuses, spent(left=-2_000), None) == 3_000
    assert blown(fuses, spent(left=-2_000), None) is None
    reached = blown(fuses, spent(left=-4_500), None)
    assert reached is not None and reached.fuse == "tokens"
    assert "5,000 tokens over" in reached.sentence and "4,500" in reached.sentence


def test_dollars_are_projected_with_the_input_of_the_next_request() -> None:
    """$1 limit, $0.75 spent, $0.05 input: $0.20 are 10,000 output tokens at $20 a million."""
    fuses = Fuses(dollars=Decimal(1))
    assert output_room(fuses, spent(dollars="0.75"), OPUS) == 10_000
    reached = blown(fuses, spent(dollars="0.96"), OPUS)
    assert reached is not None and reached.fuse == "dollars"


def test_a_dollar_fuse_says_nothing_of_a_model_without_a_price() -> None:
    assert blown(Fuses(dollars=Decimal(1)), spent(dollars="0"), None) is None


def test_requests_and_minutes_are_counted_for_the_turn() -> None:
    reached = blown(Fuses(requests=40), spent(requests=40), None)
    assert reached is not None and reached.fuse == "requests"
    assert blown(Fuses(requests=40), spent(requests=39), None) is None
    late = blown(Fuses(minutes=Decimal(10)), spent(minutes="10.2"), None)
    assert late is not None and "10.2" in late.sentence


@given(st.integers(-20_000, 50_000), st.integers(0, 20_000))
def test_overshoot_is_bounded_by_the_fuse(left: int, over: int) -> None:
    """Whatever the request generates within its clamp, the fuse's limit is not passed."""
    fuses, before = Fuses(over_budget=over), spent(left=left)
    if blown(fuses, before, None) is not None:
        assert left + over < LEAST_OUTPUT
        return
    room = output_room(fuses, before, None)
    assert room is not None and left - room >= -over
