"""Moments as dates, for prices and lists."""

from datetime import UTC, date, datetime


def today(now: float) -> date:
    """The day of `now` (seconds since the Unix epoch) in UTC, as price lists count days."""
    return datetime.fromtimestamp(now, UTC).date()
