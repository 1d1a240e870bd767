"""Fuses: what they forbid, and how they clamp."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.fuses import (
    FUSES,
    LEAST_OUTPUT,
    Fuses,
    Prices,
    Spent,
    blown,
    limit_words,
    output_room,
    raised,
)


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
    assert reached is not None and reached.fuse == "over_budget"
    assert "5,000 tokens over" in reached.sentence and "4,500" in reached.sentence


def test_dollars_are_projected_with_the_input_of_the_next_request() -> None:
    """$1 limit, $0.75 spent, $0.05 input: $0.20 are 10,000 output tokens at $20 a million."""
    fuses = Fuses(dollars=Decimal(1))
    assert output_room(fuses, spent(dollars="0.75"), OPUS) == 10_000
    reached = blown(fuses, spent(dollars="0.96"), OPUS)
    assert reached is not None and reached.fuse == "dollars"


def test_too_few_dollars_say_what_the_next_request_would_cost() -> None:
    """$0.05 of input, and 1,024 output tokens at $20 a million: $0.07048, in whole cents."""
    reached = blown(Fuses(dollars=Decimal("0.12")), spent(dollars="0.0532"), OPUS)
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
    found = blown(Fuses(over_budget=2_000), spent(left=left), None)
    assert found is not None
    assert found.sentence == words.format("2,000 tokens over the budget")


def test_a_small_limit_over_the_budget_says_what_is_left_of_it() -> None:
    found = blown(Fuses(over_budget=0), spent(left=600), None)
    assert found is not None
    assert found.sentence == (
        "Another request would pass the limit of 0 tokens over the budget: 600 left of the budget."
    )


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


def test_what_overshot_is_said_to_the_token_and_to_the_cent() -> None:
    over = blown(Fuses(over_budget=2_000), spent(left=-2_345), None)
    assert over is not None
    assert over.sentence == (
        "The limit of 2,000 tokens over the budget is reached: 2,345 over, 345 more than allowed."
    )
    dear = blown(Fuses(dollars=Decimal(5)), spent(dollars="5.034"), OPUS)
    assert dear is not None
    assert dear.sentence == ("The limit of $5.00 is reached: $5.03 spent, $0.03 more than allowed.")


def test_what_is_set_in_the_session_is_laid_over_the_settings_and_under_the_caps() -> None:
    settings = Fuses(dollars=Decimal(3), requests=40, over_budget=9_000)
    session = Fuses(dollars=Decimal(8), minutes=Decimal(5))
    laid = session.over(settings)
    assert laid == Fuses(9_000, Decimal(8), 40, Decimal(5))
    assert laid.within(Fuses(dollars=Decimal(6), requests=50)) == Fuses(
        9_000, Decimal(6), 40, Decimal(5)
    )


def test_a_cap_holds_where_nothing_was_set() -> None:
    assert Fuses().within(Fuses(dollars=Decimal(2))) == Fuses(dollars=Decimal(2))


@given(
    st.sampled_from([fuse for fuse in FUSES if fuse != "over_budget"]),
    st.integers(1, 10_000),
    st.integers(0, 30_000),
)
def test_a_raised_limit_lets_the_work_go_on_however_far_it_overshot(
    fuse: str, limit: int, stands: int
) -> None:
    where = spent(dollars=str(stands), requests=stands, minutes=str(stands))
    higher = raised(fuse, Decimal(limit), where)  # type: ignore[arg-type]
    assert higher > max(limit, stands)
    assert blown(Fuses().with_value(fuse, higher), where, OPUS) is None  # type: ignore[arg-type]


def test_limits_are_told_in_words() -> None:
    assert limit_words("dollars", Decimal("1234.5")) == "$1,234.50"
    assert limit_words("requests", 1) == "1 request a turn"
    assert limit_words("minutes", Decimal("2.5")) == "2.5 minutes a turn"
    assert limit_words("over_budget", 5_000) == "5,000 tokens over the budget"
