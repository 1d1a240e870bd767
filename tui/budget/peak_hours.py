"""The published peak hours, in which the limits of a subscription are used up faster.

What is published, and since when, is in `catalogue.toml`; the settings may replace it.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Literal, get_args

import msgspec

from tui.named_zones import named_zone

Weekday = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_QUARTER = timedelta(minutes=15)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


class PeakHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours of the week in a time zone, and what they do to a limit."""

    zone: str
    """Where they are peak hours, such as `America/Los_Angeles`."""
    days: tuple[Weekday, ...]
    """The days on which they begin; none where there are no peak hours."""
    begin: int
    """The first hour, 0..23."""
    end: int
    """The hour at which they end, 0..24; one that is not after `begin` is on the next day."""
    factors: tuple[Decimal, Decimal]
    """How many times as fast limits are used up, at least and at most."""
    since: date
    """When they were published."""

    def cells(self, zone: tzinfo, day: date) -> frozenset[tuple[int, int]]:
        """The peak hours of the week of a day, as weekday (0 is Monday) and hour in a time zone.

        Where the zones are not whole hours apart, an hour counts that overlaps with them. None
        where this machine does not know the time there.

        Args:
            zone: The user's time zone.
            day: A local day of the week.
        """
        there = named_zone(self.zone)
        if there is None:
            return frozenset()
        monday = day - timedelta(days=day.weekday())
        begin = datetime.combine(monday, time(), zone).astimezone(UTC)
        found = set()
        for quarter in range(7 * 24 * 4):
            at = begin + quarter * _QUARTER
            if self._covers(at.astimezone(there)):
                local = at.astimezone(zone)
                found.add((local.weekday(), local.hour))
        return frozenset(found)

    def include(self, now: datetime) -> bool:
        """Whether a moment is in the peak hours; False where that cannot be told.

        Args:
            now: A moment with its time zone.
        """
        there = named_zone(self.zone)
        return there is not None and self._covers(now.astimezone(there))

    @property
    def when(self) -> str:
        """`weekdays 5 to 11 in Los Angeles`."""
        days = ", ".join(self.days)
        if set(self.days) == set(WEEKDAYS):
            days = "every day"
        elif set(self.days) == set(WEEKDAYS[:5]):
            days = "weekdays"
        place = self.zone.rpartition("/")[2].replace("_", " ")
        return f"{days} {self.begin} to {self.end} in {place}"

    @property
    def effect(self) -> str:
        """`1.3 to 1.5 times as fast (September 2026)`."""
        low, high = self.factors
        speed = f"{low}" if low == high else f"{low} to {high}"
        return f"{speed} times as fast ({_MONTHS[self.since.month - 1]} {self.since.year})"

    def _covers(self, there: datetime) -> bool:
        today = WEEKDAYS[there.weekday()] in self.days
        if self.begin < self.end:
            return today and self.begin <= there.hour < self.end
        yesterday = WEEKDAYS[there.weekday() - 1] in self.days
        return (today and there.hour >= self.begin) or (yesterday and there.hour < self.end)
