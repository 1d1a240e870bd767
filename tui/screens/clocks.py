"""The clocks that the screen reads, and the day of a moment for price lists."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of one application; pictures and tests give their own."""

    wall: Callable[[], float] = time.time
    """Seconds since the Unix epoch."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that never jump, for spans."""


SYSTEM_CLOCKS = Clocks()
"""Those of the machine."""


def today(now: float) -> date:
    """The day of `now` (seconds since the Unix epoch) in UTC, as price lists count days."""
    return datetime.fromtimestamp(now, UTC).date()
