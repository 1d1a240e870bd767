"""Figures: known forms, and the promises of width and order over all values."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui import number_format

SCALES = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
COUNTS = st.integers(min_value=0, max_value=10**14)
SECONDS = st.floats(min_value=0, max_value=10**7)


def value_of(text: str) -> float:
    """The number a token figure stands for, read the way a person would."""
    text = text.lstrip(">")
    return float(text[:-1]) * SCALES[text[-1]] if text[-1] in SCALES else float(text)


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0"),
        (950, "950"),
        (999, "999"),
        (1_000, "1k"),
        (1_340, "1.3k"),
        (9_949, "9.9k"),
        (9_990, "10k"),
        (12_000, "12k"),
        (124_000, "124k"),
        (999_600, "1.0M"),
        (5_000_000, "5.0M"),
        (1_200_000, "1.2M"),
        (-8_100, "−8.1k"),
    ],
)
def test_tokens_read_as_people_write_them(count: int, shown: str):
    assert number_format.format_tokens(count) == shown


@given(COUNTS, COUNTS)
def test_more_tokens_never_read_as_fewer(one: int, other: int):
    low, high = sorted((one, other))
    assert value_of(number_format.format_tokens(low)) <= value_of(number_format.format_tokens(high))


@given(COUNTS)
def test_tokens_fit_four_cells_and_are_right_to_five_percent(count: int):
    shown = number_format.format_tokens(count)
    assert len(shown) <= 4 or count > 999 * 10**12
    assert abs(value_of(shown) - count) <= 0.05 * count


@given(st.integers(20, 400).map(lambda thousands: thousands * 2_000), st.data())
def test_used_and_left_add_up_to_the_grant_as_shown(grant: int, data: st.DataObject):
    used = data.draw(st.integers(10_000, grant - 10_000))
    shown = value_of(number_format.format_tokens(used)) + value_of(
        number_format.format_tokens(grant - used)
    )
    assert shown == grant


def test_two_halves_still_add_up():
    assert (number_format.format_tokens(124_500), number_format.format_tokens(75_500)) == (
        "124k",
        "76k",
    )


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.00"),
        ("0.0004", "<$0.01"),
        ("0.16", "$0.16"),
        ("1.84", "$1.84"),
        ("99.99", "$99.99"),
        ("123.4", "$123"),
        ("1234.4", "$1,234"),
        ("12345", "$12k"),
    ],
)
def test_dollars_read_as_people_write_them(amount: str, shown: str):
    assert number_format.format_dollars(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("2k", "≈ 2k"), ("$0.27", "≈ $0.27"), ("<$0.01", "<$0.01"), ("<1 %", "<1 %")],
)
def test_a_bound_needs_no_sign_of_an_estimate(text: str, shown: str):
    assert number_format.mark_estimate(text) == shown
    assert number_format.mark_estimate(text, False) == text


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (Decimal("0.268"), "≈ $0.27"),
        (Decimal("0.004"), "<$0.01"),
        (Decimal(0), "<$0.01"),
        (Decimal(-1), "<$0.01"),
        (None, "price unknown"),
    ],
)
def test_what_a_choice_costs_more_is_never_said_to_be_nothing(amount: Decimal | None, shown: str):
    assert number_format.format_extra_dollars(amount) == shown


@given(st.decimals(0, 10**9, places=6), st.decimals(0, 10**9, places=6))
def test_dollars_are_monotone_and_fit_six_cells(one: Decimal, other: Decimal):
    def read(text: str) -> float:
        return 0.001 if text == "<$0.01" else value_of(text.lstrip("$").replace(",", ""))

    low, high = sorted((one, other))
    assert read(number_format.format_dollars(low)) <= read(number_format.format_dollars(high))
    assert len(number_format.format_dollars(high)) <= 6


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0, "0 %"),
        (0.004, "<1 %"),
        (0.29, "29 %"),
        (0.628, "62 %"),
        (0.999, "99 %"),
        (1, "100 %"),
        (1.04, "104 %"),
    ],
)
def test_shares_read_as_percent(share: float, shown: str):
    assert number_format.format_percent(share) == shown


@given(st.floats(0, 0.99999))
def test_a_hundred_percent_is_never_shown_too_early(share: float):
    assert number_format.format_percent(share) != "100 %"
    assert len(number_format.format_percent(share)) <= 6


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (6.2, "0:07"), (252, "4:12"), (3_723, "1:02:03"), (-3, "0:00")],
)
def test_countdowns_read_as_clocks(seconds: float, shown: str):
    assert number_format.format_countdown(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.42, "0.4s"),
        (1.2, "1s"),
        (59.9, "59s"),
        (252, "4m 12s"),
        (3_900, "1h 05m"),
        (273_600, "3d 04h"),
        (8_639_999, "99d 23h"),
        (10_400_000, "120d"),
    ],
)
def test_durations_read_in_two_units(seconds: float, shown: str):
    assert number_format.format_duration(seconds) == shown


@settings(max_examples=60)
@given(SECONDS, SECONDS)
def test_durations_are_monotone_and_fit_seven_cells(one: float, other: float):
    units = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

    def read(text: str) -> float:
        return sum(float(part[:-1]) * units[part[-1]] for part in text.lstrip(">").split())

    low, high = sorted((one, other))
    assert read(number_format.format_duration(low)) <= read(number_format.format_duration(high))
    assert len(number_format.format_duration(high)) <= 7
