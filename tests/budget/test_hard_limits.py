"""Hard limits: what they forbid, and how they clamp."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.hard_limits import (
    HARD_LIMITS,
    MIN_OUTPUT,
    HardLimits,
    LimitUsage,
    RequestPrice,
    first_exceeded,
    limit_text,
    output_room,
    raised_limit,
)


def spent(
    left: int | None = 50_000, dollars: str = "0", requests: int = 0, minutes: str = "0"
) -> LimitUsage:
    return LimitUsage(left, Decimal(dollars), requests, Decimal(minutes))


OPUS = RequestPrice(input=Decimal("0.05"), output_token=Decimal("0.00002"))
"""$20 per million output tokens; an input of 0.05 dollars."""


def test_no_hard_limit_forbids_nothing() -> None:
    assert first_exceeded(HardLimits(), spent(left=-(10**9), dollars="9999"), OPUS) is None
    assert output_room(HardLimits(), spent(), OPUS) is None


def test_tokens_over_the_budget_clamp_the_output_and_then_forbid() -> None:
    limits = HardLimits(over_budget=5_000)
    assert output_room(limits, spent(left=-2_000), None) == 3_000
    assert first_exceeded(limits, spent(left=-2_000), None) is None
    reached = first_exceeded(limits, spent(left=-4_500), None)
    assert reached is not None and reached.name == "over_budget"
    assert "5,000 tokens over" in reached.sentence and "4,500" in reached.sentence


def test_dollars_are_projected_with_the_input_of_the_next_request() -> None:
    """$1 limit, $0.75 spent, $0.05 input: $0.20 are 10,000 output tokens at $20 a million."""
    limits = HardLimits(dollars=Decimal(1))
    assert output_room(limits, spent(dollars="0.75"), OPUS) == 10_000
    reached = first_exceeded(limits, spent(dollars="0.96"), OPUS)
    assert reached is not None and reached.name == "dollars"


def test_too_few_dollars_say_what_the_next_request_would_cost() -> None:
    """$0.05 of input, and 1,024 output tokens at $20 a million: $0.07048, in whole cents."""
    reached = first_exceeded(HardLimits(dollars=Decimal("0.12")), spent(dollars="0.0532"), OPUS)
    assert reached is not None
    assert reached.sentence == (
        "Another request (≈ $0.08) would pass the limit of $0.12: $0.05 spent."
    )


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (
            -1_500,
            "Another request would pass the limit of 2,000 tokens over the budget: 1,500 over.",
        ),
        (-2_000, "The limit of 2,000 tokens over the budget is reached: 2,000 over."),
    ],
)
def test_a_limit_in_tokens_is_reached_or_would_be_passed(left: int, words: str) -> None:
    found = first_exceeded(HardLimits(over_budget=2_000), spent(left=left), None)
    assert found is not None
    assert found.sentence == words.format("2,000 tokens over the budget")


def test_a_small_limit_over_the_budget_says_what_is_left_of_it() -> None:
    found = first_exceeded(HardLimits(over_budget=0), spent(left=600), None)
    assert found is not None
    assert found.sentence == (
        "Another request would pass the limit of 0 tokens over the budget: 600 left of the budget."
    )


def test_a_dollar_limit_says_nothing_of_a_model_without_a_price() -> None:
    assert first_exceeded(HardLimits(dollars=Decimal(1)), spent(dollars="0"), None) is None


def test_requests_and_minutes_are_counted_for_the_turn() -> None:
    reached = first_exceeded(HardLimits(requests=40), spent(requests=40), None)
    assert reached is not None and reached.name == "requests"
    assert first_exceeded(HardLimits(requests=40), spent(requests=39), None) is None
    late = first_exceeded(HardLimits(minutes=Decimal(10)), spent(minutes="10.2"), None)
    assert late is not None and "10.2" in late.sentence


@given(st.integers(-20_000, 50_000), st.integers(0, 20_000))
def test_overshoot_is_bounded_by_the_hard_limit(left: int, over: int) -> None:
    """Whatever the request generates within its clamp, the hard limit is not passed."""
    limits, before = HardLimits(over_budget=over), spent(left=left)
    if first_exceeded(limits, before, None) is not None:
        assert left + over < MIN_OUTPUT
        return
    room = output_room(limits, before, None)
    assert room is not None and left - room >= -over


def test_what_overshot_is_said_to_the_token_and_to_the_cent() -> None:
    over = first_exceeded(HardLimits(over_budget=2_000), spent(left=-2_345), None)
    assert over is not None
    assert over.sentence == (
        "The limit of 2,000 tokens over the budget is reached: 2,345 over, 345 more than allowed."
    )
    dear = first_exceeded(HardLimits(dollars=Decimal(5)), spent(dollars="5.034"), OPUS)
    assert dear is not None
    assert dear.sentence == ("The limit of $5.00 is reached: $5.03 spent, $0.03 more than allowed.")


def test_what_is_set_in_the_session_is_laid_over_the_settings_and_under_the_caps() -> None:
    settings = HardLimits(dollars=Decimal(3), requests=40, over_budget=9_000)
    session = HardLimits(dollars=Decimal(8), minutes=Decimal(5))
    laid = session.overlaid_on(settings)
    assert laid == HardLimits(9_000, Decimal(8), 40, Decimal(5))
    assert laid.capped_by(HardLimits(dollars=Decimal(6), requests=50)) == HardLimits(
        9_000, Decimal(6), 40, Decimal(5)
    )


def test_a_cap_holds_where_nothing_was_set() -> None:
    assert HardLimits().capped_by(HardLimits(dollars=Decimal(2))) == HardLimits(dollars=Decimal(2))


@given(
    st.sampled_from([name for name in HARD_LIMITS if name != "over_budget"]),
    st.integers(1, 10_000),
    st.integers(0, 30_000),
)
def test_a_raised_limit_lets_the_work_go_on_however_far_it_overshot(
    name: str, limit: int, stands: int
) -> None:
    where = spent(dollars=str(stands), requests=stands, minutes=str(stands))
    higher = raised_limit(name, Decimal(limit), where)  # type: ignore[arg-type]
    assert higher > max(limit, stands)
    assert first_exceeded(HardLimits().with_value(name, higher), where, OPUS) is None  # type: ignore[arg-type]


def test_limits_are_told_in_words() -> None:
    assert limit_text("dollars", Decimal("1234.5")) == "$1,234.50"
    assert limit_text("requests", 1) == "1 request a turn"
    assert limit_text("minutes", Decimal("2.5")) == "2.5 minutes a turn"
    assert limit_text("over_budget", 5_000) == "5,000 tokens over the budget"
