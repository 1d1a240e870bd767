"""Time zones by their names."""

from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def named_zone(name: str) -> tzinfo | None:
    """The zone of that name, such as `Europe/Berlin`; None where this machine knows none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
