"""The published peak hours in other time zones: 5 to 11 on weekdays in Los Angeles."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tui.budget.peak_hours import PeakHours
from tui.claude.catalogue import CatalogueError, load_catalogue

WINTER = date(2026, 12, 3)
PUBLISHED = load_catalogue().peak_hours
NIGHTS = {
    "zone": "Asia/Tokyo",
    "days": ["Fri", "Sun"],
    "begin": 22,
    "end": 2,
    "factors": ["2", "2"],
    "since": "2026-11-20",
}


def changed(**changes: Any) -> PeakHours:
    return load_catalogue({"peak_hours": {**NIGHTS, **changes}}).peak_hours


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
    assert PUBLISHED.cells(ZoneInfo(zone), day) == expected


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
    assert PUBLISHED.include(now) is peak


def test_the_published_ones_are_named():
    assert PUBLISHED.when == "weekdays 5 to 11 in Los Angeles"
    assert PUBLISHED.effect == "1.3 to 1.5 times as fast (September 2026)"


def test_the_settings_replace_them():
    found = changed()
    late = {(4, 22), (4, 23), (5, 0), (5, 1), (6, 22), (6, 23), (0, 0), (0, 1)}
    assert found.cells(ZoneInfo("Asia/Tokyo"), WINTER) == late
    assert found.when == "Fri, Sun 22 to 2 in Tokyo"
    assert found.effect == "2 times as fast (November 2026)"
    assert changed(days=["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]).when.startswith("every")
    assert not changed(days=[]).cells(ZoneInfo("Asia/Tokyo"), WINTER)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"begin": 24}, "peak_hours.begin: expected an hour from 0 to 23."),
        ({"end": -1}, "peak_hours.end: expected an hour from 0 to 24."),
        ({"begin": 5.5}, "peak_hours.begin: expected a whole number, not 5.5"),
        ({"factors": ["2", "1"]}, "peak_hours.factors: expected two numbers, the lower one first."),
        ({"zone": "Mars"}, "peak_hours.zone: expected a time zone, such as America/Los_Angeles."),
        (
            {"days": ["Monday"]},
            "peak_hours.days[0]: expected Mon, Tue, Wed, Thu, Fri, Sat or Sun, not",
        ),
        ({"hours": 3}, "peak_hours.hours: there is no such key"),
    ],
)
def test_a_mistake_is_named(changes: dict[str, Any], sentence: str):
    with pytest.raises(CatalogueError) as refused:
        changed(**changes)
    assert str(refused.value).startswith(f"catalogue.{sentence}")
