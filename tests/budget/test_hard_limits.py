"""Hard limits: what they forbid, and how they clamp."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.budget.hard_limits import (
    HARD_LIMITS,
    MIN_OUTPUT,
    HardLimitName,
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


def test_no_hard_limit_forbids_nothing():
    assert first_exceeded(HardLimits(), spent(left=-(10**9), dollars="9999"), OPUS) is None
    assert output_room(HardLimits(), spent(), OPUS) is None


def test_tokens_over_the_budget_clamp_the_output_and_then_forbid():
    limits = HardLimits(over_budget=5_000)
    assert output_room(limits, spent(left=-2_000), None) == 3_000
    assert first_exceeded(limits, spent(left=-2_000), None) is None
    reached = first_exceeded(limits, spent(left=-4_500), None)
    assert reached is not None and reached.name == "over_budget"
    assert "5,000 tokens over" in reached.sentence and "4,500" in reached.sentence


def test_dollars_are_projected_with_the_input_of_the_next_request():
    """$1 limit, $0.75 spent, $0.05 input: $0.20 are 10,000 output tokens at $20 a million."""
    limits = HardLimits(dollars=Decimal(1))
    assert output_room(limits, spent(dollars="0.75"), OPUS) == 10_000
    reached = first_exceeded(limits, spent(dollars="0.96"), OPUS)
    assert reached is not None and reached.name == "dollars"


def test_too_few_dollars_say_what_the_next_request_would_cost():
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
def test_a_limit_in_tokens_is_reached_or_would_be_passed(left: int, words: str):
    found = first_exceeded(HardLimits(over_budget=2_000), spent(left=left), None)
    assert found is not None
    assert found.sentence == words.format("2,000 tokens over the budget")


@pytest.mark.parametrize(
    ("limit", "left", "words"),
    [
        (0, 600, "0 tokens over the budget: 600 left of the budget."),
        (5, 0, "5 tokens over the budget: 0 over."),
    ],
)
def test_a_small_limit_over_the_budget_says_what_is_left_of_it(limit: int, left: int, words: str):
    found = first_exceeded(HardLimits(over_budget=limit), spent(left=left), None)
    assert found is not None
    assert found.sentence == f"Another request would pass the limit of {words}"


def test_a_dollar_limit_says_nothing_of_a_model_without_a_price():
    assert first_exceeded(HardLimits(dollars=Decimal(1)), spent(dollars="0"), None) is None


def test_requests_and_minutes_are_counted_for_the_turn():
    reached = first_exceeded(HardLimits(requests=40), spent(requests=40), None)
    assert reached is not None and reached.name == "requests"
    assert first_exceeded(HardLimits(requests=40), spent(requests=39), None) is None
    late = first_exceeded(HardLimits(minutes=Decimal(10)), spent(minutes="10.2"), None)
    assert late is not None and "10.2" in late.sentence


@pytest.mark.parametrize(
    ("limits", "below", "reached"),
    [
        (HardLimits(requests=40), spent(requests=39), spent(requests=40)),
        (HardLimits(minutes=Decimal(10)), spent(minutes="9.99"), spent(minutes="10")),
        # 1,024 tokens of output have room, or one less.
        (HardLimits(over_budget=5_000), spent(left=-3_976), spent(left=-3_977)),
        # $0.05 of input and 1,024 tokens at $20 a million are $0.07048.
        (HardLimits(dollars=Decimal(1)), spent(dollars="0.92952"), spent(dollars="0.92953")),
    ],
    ids=lambda value: next((n for n in HARD_LIMITS if getattr(value, n, None)), None),
)
def test_a_limit_forbids_from_exactly_its_value_on(
    limits: HardLimits, below: LimitUsage, reached: LimitUsage
):
    assert first_exceeded(limits, below, OPUS) is None
    found = first_exceeded(limits, reached, OPUS)
    assert found is not None and limits.value(found.name) is not None


@pytest.mark.parametrize(
    ("dollars", "price", "room"),
    [
        ("1", RequestPrice(Decimal(0), Decimal(0)), 0),  # all is spent, even where output is free
        ("0.5", RequestPrice(Decimal(0), Decimal(0)), None),
        ("0.5", RequestPrice(Decimal("0.5"), Decimal("0.00002")), 0),  # the input takes the rest
        ("0.5", RequestPrice(Decimal("0.6"), Decimal("0.00002")), 0),
        ("0.99999", RequestPrice(Decimal(0), Decimal("0.000004")), 2),  # 2.5, in whole tokens
    ],
)
def test_dollars_leave_room_for_what_they_can_pay(
    dollars: str, price: RequestPrice, room: int | None
):
    limits = HardLimits(dollars=Decimal(1))
    assert output_room(limits, spent(dollars=dollars), price) == room
    assert (first_exceeded(limits, spent(dollars=dollars), price) is None) is (room is None)


def test_the_room_is_that_of_the_limit_that_leaves_least_and_never_negative():
    both = HardLimits(over_budget=5_000, dollars=Decimal(1))
    assert output_room(both, spent(left=-2_000, dollars="0.75"), OPUS) == 3_000
    assert output_room(both, spent(left=50_000, dollars="0.75"), OPUS) == 10_000
    assert output_room(both, spent(left=-9_000), OPUS) == 0


@pytest.mark.parametrize("name", HARD_LIMITS)
def test_zero_is_a_limit_and_only_none_is_no_limit(name: HardLimitName):
    zero = HardLimits().with_value(name, 0)
    assert zero and zero.value(name) == 0
    assert [each for each in HARD_LIMITS if zero.value(each) is not None] == [name]
    assert not zero.with_value(name, None)


@given(st.integers(-20_000, 50_000), st.integers(0, 20_000))
def test_overshoot_is_bounded_by_the_hard_limit(left: int, over: int):
    """Whatever the request generates within its clamp, the hard limit is not passed."""
    limits, before = HardLimits(over_budget=over), spent(left=left)
    if first_exceeded(limits, before, None) is not None:
        assert left + over < MIN_OUTPUT
        return
    room = output_room(limits, before, None)
    assert room is not None and left - room >= -over


def test_what_overshot_is_said_to_the_token():
    over = first_exceeded(HardLimits(over_budget=2_000), spent(left=-2_345), None)
    assert over is not None
    assert over.sentence == (
        "The limit of 2,000 tokens over the budget is reached: 2,345 over, 345 more than allowed."
    )


@pytest.mark.parametrize(
    ("dollars", "words"),
    [
        ("5", "$5.00 spent."),
        ("5.004", "$5.00 spent, less than a cent more than allowed."),
        ("5.01", "$5.01 spent, $0.01 more than allowed."),
        ("5.034", "$5.03 spent, $0.03 more than allowed."),
    ],
)
def test_dollars_beyond_the_limit_are_said_to_the_cent(dollars: str, words: str):
    found = first_exceeded(HardLimits(dollars=Decimal(5)), spent(dollars=dollars), OPUS)
    assert found is not None
    assert found.sentence == f"The limit of $5.00 is reached: {words}"


def test_what_is_set_in_the_session_is_laid_over_the_settings_and_under_the_caps():
    settings = HardLimits(dollars=Decimal(3), requests=40, over_budget=9_000)
    session = HardLimits(dollars=Decimal(8), minutes=Decimal(5))
    laid = session.overlaid_on(settings)
    assert laid == HardLimits(9_000, Decimal(8), 40, Decimal(5))
    assert laid.capped_by(HardLimits(dollars=Decimal(6), requests=50)) == HardLimits(
        9_000, Decimal(6), 40, Decimal(5)
    )


def test_a_cap_holds_where_nothing_was_set():
    assert HardLimits().capped_by(HardLimits(dollars=Decimal(2))) == HardLimits(dollars=Decimal(2))


@pytest.mark.parametrize(
    ("name", "limit", "used", "raised"),
    [
        ("dollars", "5", spent(dollars="4"), "7.50"),
        ("dollars", "5", spent(dollars="5.031"), "7.54"),  # 7.531, in whole cents
        ("requests", "40", spent(requests=40), "61"),
        ("requests", "5", spent(requests=7), "10"),  # 7 and 2.5, and one more
        ("minutes", "10", spent(minutes="10.2"), "15.2"),
        ("minutes", "2.5", spent(minutes="2.51"), "3.8"),  # 3.76, in tenths
        ("over_budget", "5000", spent(left=-9_000), "5000"),  # an extension moves the budget
    ],
)
def test_a_limit_is_raised_by_half_of_itself_above_what_is_used(
    name: HardLimitName, limit: str, used: LimitUsage, raised: str
):
    assert raised_limit(name, Decimal(limit), used) == Decimal(raised)


@given(
    st.sampled_from([name for name in HARD_LIMITS if name != "over_budget"]),
    st.integers(1, 10_000),
    st.integers(0, 30_000),
)
def test_a_raised_limit_lets_the_work_go_on_however_far_it_overshot(
    name: str, limit: int, stands: int
):
    where = spent(dollars=str(stands), requests=stands, minutes=str(stands))
    higher = raised_limit(name, Decimal(limit), where)  # type: ignore[arg-type]
    assert higher > max(limit, stands)
    assert first_exceeded(HardLimits().with_value(name, higher), where, OPUS) is None  # type: ignore[arg-type]


def test_limits_are_told_in_words():
    assert limit_text("dollars", Decimal("1234.5")) == "$1,234.50"
    assert limit_text("requests", 1) == "1 request a turn"
    assert limit_text("requests", 2) == "2 requests a turn"
    assert limit_text("minutes", 1) == "1 minute a turn"
    assert limit_text("minutes", Decimal("2.5")) == "2.5 minutes a turn"
    assert limit_text("over_budget", 5_000) == "5,000 tokens over the budget"
