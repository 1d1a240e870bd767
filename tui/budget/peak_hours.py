"""The published peak hours, in which the limits of a subscription are used up faster.

As published in September 2026: weekdays from 5 to 11 o'clock in Los Angeles, 1.3 to 1.5 times as
fast.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PEAK_ZONE = "America/Los_Angeles"
PEAK_HOURS = range(5, 11)
PEAK_WEEKDAYS = range(5)
PEAK_FACTORS = (1.3, 1.5)
"""How many times as fast, at least and at most."""
PEAK_PUBLISHED = "September 2026"
_QUARTER = timedelta(minutes=15)


def peak_cells(zone: tzinfo, day: date) -> frozenset[tuple[int, int]]:
    """The peak hours of the week of a day, as weekday (0 is Monday) and hour in a time zone.

    Where the zone is not a whole number of hours away, an hour counts that overlaps with them.
    None where this machine does not know the time of Los Angeles.

    Args:
        zone: The user's time zone.
        day: A local day of the week.
    """
    there = _peak_zone()
    if there is None:
        return frozenset()
    monday = day - timedelta(days=day.weekday())
    begin = datetime.combine(monday, time(), zone).astimezone(UTC)
    found = set()
    for quarter in range(7 * 24 * 4):
        at = begin + quarter * _QUARTER
        other = at.astimezone(there)
        if other.weekday() in PEAK_WEEKDAYS and other.hour in PEAK_HOURS:
            local = at.astimezone(zone)
            found.add((local.weekday(), local.hour))
    return frozenset(found)


def is_peak(now: datetime) -> bool:
    """Whether a moment is in the peak hours; False where that cannot be told.

    Args:
        now: A moment with its time zone.
    """
    there = _peak_zone()
    if there is None:
        return False
    local = now.astimezone(there)
    return local.weekday() in PEAK_WEEKDAYS and local.hour in PEAK_HOURS


def _peak_zone() -> tzinfo | None:
    """The zone of the peak hours; None where this machine does not know it."""
    try:
        return ZoneInfo(PEAK_ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
