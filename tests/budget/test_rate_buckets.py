"""Buckets of a rate limit: how they fill up, what is set aside, what the server's word changes."""

import pytest

from tui.budget.meters import LimitMeter
from tui.budget.rate_buckets import (
    FIRST_OUTPUT,
    BucketGroup,
    RateBucket,
    RateCost,
    expected_output,
)

COST = RateCost(input=600, output=200)


def test_a_bucket_fills_up_evenly_and_holds_a_minutes_worth():
    """6,000 a minute are 100 a second."""
    empty = RateBucket(limit=6_000, level=0.0, at=10.0)
    assert empty.refilled(25.0).level == 1_500
    assert empty.refilled(10_000.0).level == 6_000
    assert empty.refilled(25.0, share=0.5).level == 750
    assert empty.refilled(10_000.0, share=0.5).level == 3_000
    assert empty.refilled(3.0).level == 0, "a clock set back adds nothing"


@pytest.mark.parametrize(
    ("kind", "taken"),
    [("requests", 1), ("input-tokens", 600), ("output-tokens", 200), ("tokens", 800)],
)
def test_each_limit_counts_what_its_name_says(kind, taken):
    assert COST.of(kind) == taken


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ((), FIRST_OUTPUT),
        ((70,), 70),
        ((100, 200, 300, 400), 300),
        ((9, 1, 5, 7, 3), 7),  # of five, the fourth
    ],
)
def test_an_answer_is_expected_to_be_as_long_as_three_of_four_were(outputs, expected):
    assert expected_output(outputs) == expected


def group(**limits: int) -> BucketGroup:
    found = BucketGroup()
    found.assume({kind.replace("_", "-"): limit for kind, limit in limits.items()}, 0.0)  # type: ignore[misc]
    return found


def test_without_limits_nothing_waits():
    assert BucketGroup().waits(COST, 0.0, 1.0) == {}


def test_a_request_waits_for_the_bucket_that_lacks_most():
    """Of 1,000 input 600 are set aside: 200 are missing, at 1,000 in 60 seconds."""
    found = group(input_tokens=1_000, output_tokens=1_000)
    found.reserve(1, COST)
    waits = found.waits(COST, 0.0, 1.0)
    assert waits == {"input-tokens": pytest.approx(12.0), "output-tokens": 0.0}


def test_one_that_is_larger_than_the_bucket_waits_until_that_is_full():
    found = group(input_tokens=500)
    assert found.waits(COST, 0.0, 1.0)["input-tokens"] == 0.0
    found.reserve(1, COST)
    found.settle(1, COST, 0.0, 1.0)
    assert found.left(0.0, 1.0) == {"input-tokens": -100}
    assert found.waits(COST, 0.0, 1.0)["input-tokens"] == pytest.approx(72.0)


def test_the_end_of_a_request_replaces_the_estimate_and_may_overdraw():
    found = group(output_tokens=1_000)
    found.reserve(1, COST)
    assert found.left(0.0, 1.0) == {"output-tokens": 800}
    found.settle(1, RateCost(600, 3_000), 0.0, 1.0)
    assert found.left(0.0, 1.0) == {"output-tokens": -2_000}


def test_a_refused_request_takes_nothing():
    found = group(input_tokens=1_000)
    found.reserve(1, COST)
    found.settle(1, None, 0.0, 1.0)
    found.settle(1, COST, 0.0, 1.0)  # a second end changes nothing
    assert found.left(0.0, 1.0) == {"input-tokens": 1_000}


def test_the_servers_word_goes_before_our_sums():
    """It has counted the input of the request that it answers; the output is still to come."""
    found = group(input_tokens=1_000, output_tokens=1_000)
    found.reserve(1, COST)
    found.observe(
        1, [LimitMeter("input-tokens", 8_000, 5_000), LimitMeter("output-tokens", 900, 700)], 0.0
    )
    assert found.left(0.0, 1.0) == {"input-tokens": 5_000, "output-tokens": 500}
    found.settle(1, RateCost(999, 300), 0.0, 1.0)
    assert found.left(0.0, 1.0) == {"input-tokens": 5_000, "output-tokens": 400}


def test_after_a_refusal_the_servers_word_lowers_a_bucket_only():
    found = group(input_tokens=1_000)
    found.observe(1, [LimitMeter("input-tokens", 1_000, 300)], 0.0, share=0.5)
    found.observe(2, [LimitMeter("input-tokens", 1_000, 900)], 0.0, share=0.5)
    assert found.left(0.0, 0.5) == {"input-tokens": 300}


def test_a_server_that_says_zero_may_be_below_it():
    found = group(input_tokens=1_000)
    found.reserve(1, COST)
    found.settle(1, RateCost(1_500, 0), 0.0, 1.0)
    found.observe(2, [LimitMeter("input-tokens", 1_000, 0)], 0.0)
    assert found.left(0.0, 1.0) == {"input-tokens": -500}


def test_how_far_below_zero_a_server_is_follows_from_what_the_request_took():
    """1,000 were there, it took 1,500 and not 600; in six seconds 100 come back."""
    found = group(input_tokens=1_000)
    found.reserve(1, COST)
    found.observe(1, [LimitMeter("input-tokens", 1_000, 0)], 0.0)
    assert found.left(0.0, 1.0) == {"input-tokens": 0}
    found.settle(1, RateCost(1_500, 0), 6.0, 1.0)
    assert found.left(6.0, 1.0) == {"input-tokens": -400}


def test_another_limit_keeps_what_was_used():
    found = group(tokens=1_000)
    found.reserve(1, COST)
    found.settle(1, COST, 0.0, 1.0)
    found.assume({"tokens": 5_000}, 0.0)
    assert found.left(0.0, 1.0) == {"tokens": 4_200}
    found.assume({}, 0.0)
    assert found.left(0.0, 1.0) == {}


def test_odd_limits_of_a_server_are_ignored():
    found = group()
    found.observe(1, [LimitMeter("requests", 0, 0), LimitMeter("unified-5h", 100, 0)], 0.0)
    assert found.waits(COST, 0.0, 1.0) == {}
