"""When a request is sent again, and after how long."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tui.claude.error_conversion import api_error
from tui.claude.request_errors import ApiError, ErrorFacts
from tui.claude.retry import NO_RETRY, RetryPolicy


def busy(**more: Any) -> ApiError:
    return api_error(ErrorFacts(kind="overloaded", status=529, **more))


def test_pauses_double_from_half_a_second_up_to_eight():
    pauses = [
        RetryPolicy(attempts=9).pause_before_retry(n, busy(), lambda: 0.0) for n in range(1, 8)
    ]
    assert pauses == [0.5, 1, 2, 4, 8, 8, 8]


def test_chance_takes_off_up_to_a_quarter():
    assert RetryPolicy().pause_before_retry(1, busy(), lambda: 1.0) == 0.375


def test_the_last_attempt_is_the_last():
    assert RetryPolicy(attempts=3).pause_before_retry(2, busy(), lambda: 0.0) == 1.0
    assert RetryPolicy(attempts=3).pause_before_retry(3, busy(), lambda: 0.0) is None
    assert NO_RETRY.pause_before_retry(1, busy(), lambda: 0.0) is None


def test_a_server_that_names_a_pause_gets_it_unless_it_is_too_long():
    assert RetryPolicy().pause_before_retry(1, busy(retry_after=30.0), lambda: 1.0) == 30.0
    assert RetryPolicy().pause_before_retry(1, busy(retry_after=600.0), lambda: 1.0) is None


def test_what_cannot_succeed_is_not_sent_again():
    assert (
        RetryPolicy().pause_before_retry(
            1, api_error(ErrorFacts(kind="wrong_key", status=401)), lambda: 0.0
        )
        is None
    )


@given(st.integers(1, 50), st.floats(0, 1))
def test_a_pause_is_never_longer_than_the_longest_nor_negative(attempt: int, chance: float):
    pause = RetryPolicy(attempts=100).pause_before_retry(attempt, busy(), lambda: chance)
    assert pause is not None and 0 < pause <= 8.0
