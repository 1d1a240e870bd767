"""Local days and hours inside SQL: a time zone as an expression over seconds since 1970."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache
from typing import NamedTuple

DAY = 24 * 3600
EPOCH = date(1970, 1, 1)
_LAST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
"""Up to when changes of the clock are looked for; the last one holds for ever after."""
_PROBE = 7 * DAY
"""No zone changes its clock twice in a week."""


class OffsetChange(NamedTuple):
    """From when on a zone is so many seconds ahead of UTC."""

    since: int
    """Seconds since 1970, UTC."""
    offset: int


def local_day_sql(seconds: str, zone: tzinfo) -> str:
    """The number of a local day, for `day_of_number`.

    Args:
        seconds: An expression for seconds since 1970, UTC; zero or more.
        zone: The user's time zone.
    """
    # A day more, since the first hours of 1970 are in 1969 in the west: nothing is below zero.
    return f"(({seconds} + {DAY} + {_tree(seconds, offset_changes(zone))}) / {DAY})"


def number_of_day(day: date) -> int:
    """What `local_day_sql` gives for a day."""
    return (day - EPOCH).days + 1


def day_of_number(number: int) -> date:
    """The day that `local_day_sql` gave this number."""
    return date.fromordinal(EPOCH.toordinal() + number - 1)


def day_start(day: date, zone: tzinfo) -> float:
    """When a local day begins, in seconds since 1970, UTC."""
    return datetime.combine(day, time.min, zone).timestamp()


@lru_cache(maxsize=8)
def offset_changes(zone: tzinfo) -> tuple[OffsetChange, ...]:
    """Every change of a zone's offset since 1970, the first offset at 0."""
    found = [OffsetChange(0, _offset(zone, 0))]
    for at in range(_PROBE, _LAST, _PROBE):
        offset = _offset(zone, at)
        if offset != found[-1].offset:
            found.append(OffsetChange(_first_second(zone, at, offset), offset))
    return tuple(found)


def _first_second(zone: tzinfo, at: int, offset: int) -> int:
    """Since when the zone has had the offset that it has `at`, within the week before."""
    low, high = at - _PROBE, at
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(zone, middle) == offset else (middle, high)
    return high


def _offset(zone: tzinfo, at: int) -> int:
    ahead = datetime.fromtimestamp(at, zone).utcoffset()
    return int(ahead.total_seconds()) if ahead else 0


def _tree(seconds: str, changes: Sequence[OffsetChange]) -> str:
    """The offset at a time: a search by halves, so that a hundred changes cost seven questions."""
    if len(changes) == 1:
        return str(changes[0].offset)
    middle = len(changes) // 2
    before, after = _tree(seconds, changes[:middle]), _tree(seconds, changes[middle:])
    return f"(CASE WHEN {seconds} < {changes[middle].since} THEN {before} ELSE {after} END)"
