"""The published peak hours in other time zones: 5 to 11 on weekdays in Los Angeles."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tui.budget.peak_hours import is_peak, peak_cells

WINTER = date(2026, 12, 3)


def cells(days: range, hours: range) -> set[tuple[int, int]]:
    return {(day, hour) for day in days for hour in hours}


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("America/Los_Angeles", WINTER, cells(range(5), range(5, 11))),
        ("Europe/Berlin", WINTER, cells(range(5), range(14, 20))),
        # For three weeks the clocks have changed there, and not yet here.
        ("Europe/Berlin", date(2026, 3, 12), cells(range(5), range(13, 19))),
        # 19 hours ahead: Monday, 5 o'clock, is Tuesday, midnight.
        ("Australia/Sydney", WINTER, cells(range(1, 6), range(6))),
        # 13½ hours ahead: from 18:30 to 0:30.
        (
            "Asia/Kolkata",
            WINTER,
            cells(range(5), range(18, 24)) | cells(range(1, 6), range(1)),
        ),
    ],
)
def test_peak_hours_are_shown_in_the_users_time(
    zone: str, day: date, expected: set[tuple[int, int]]
):
    assert peak_cells(ZoneInfo(zone), day) == expected


@pytest.mark.parametrize(
    ("now", "peak"),
    [
        (datetime(2026, 12, 3, 13, 0, tzinfo=UTC), True),  # Thursday, 5 o'clock
        (datetime(2026, 12, 3, 12, 59, tzinfo=UTC), False),
        (datetime(2026, 12, 3, 18, 59, tzinfo=UTC), True),
        (datetime(2026, 12, 3, 19, 0, tzinfo=UTC), False),
        (datetime(2026, 7, 2, 12, 0, tzinfo=UTC), True),  # an hour earlier in summer
        (datetime(2026, 12, 5, 15, 0, tzinfo=UTC), False),  # Saturday
    ],
)
def test_a_moment_is_in_the_peak_hours_by_the_time_of_los_angeles(now: datetime, peak: bool):
    assert is_peak(now) is peak
