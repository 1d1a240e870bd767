"""What a month will cost, from the days before it.

Each weekday has its own mean, drawn towards that of its class (Monday to Friday, or the weekend),
because eight weeks hold few of each. Unknown means widen the band.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, pvariance

HISTORY_DAYS = 56
"""Days that are looked back, days without use included."""
MIN_DAYS = 14
"""Days of history below which nothing is forecast."""
CLASS_WEIGHT = 4
"""Days that the mean of the class counts for."""
BAND = 1.645
"""Standard deviations to each side: measured to hold 8 in 10 (1.2816 held only 61 to 72 %)."""
_WEEKEND = 5


@dataclass(frozen=True, slots=True)
class MonthForecast:
    """Dollars of the whole month."""

    expected: float
    low: float
    high: float
    """From `low` to `high`: 8 in 10."""


def month_forecast(
    days: Sequence[tuple[int, float]], to_come: Iterable[int], known: float
) -> MonthForecast | None:
    """The forecast; None under `MIN_DAYS` of history.

    Args:
        days: Weekday (Monday is 0) and dollars of the days before, oldest first.
        to_come: The weekdays of the days to come.
        known: Dollars that the month has cost.
    """
    if len(days) < MIN_DAYS:
        return None
    moments = _weekday_moments(days[-HISTORY_DAYS:])
    mean = variance = 0.0
    for weekday, count in Counter(to_come).items():
        middle, spread, seen = moments[weekday]
        mean += count * middle
        variance += count * spread + count**2 * spread / (seen + CLASS_WEIGHT)
    if mean <= 0:
        return MonthForecast(known, known, known)
    log_variance = math.log1p(variance / mean**2)
    centre, half = math.log(mean) - log_variance / 2, BAND * math.sqrt(log_variance)
    return MonthForecast(
        known + mean, known + math.exp(centre - half), known + math.exp(centre + half)
    )


def _weekday_moments(days: Sequence[tuple[int, float]]) -> dict[int, tuple[float, float, int]]:
    """Mean, variance and number of days of each weekday."""
    moments = {}
    for weekday in range(7):
        values = [dollars for day, dollars in days if day == weekday]
        of_class = [dollars for day, dollars in days if _is_weekend(day) == _is_weekend(weekday)]
        class_mean = fmean(of_class) if of_class else 0.0
        class_variance = pvariance(of_class) if of_class else 0.0
        count = len(values)
        mean = (sum(values) + CLASS_WEIGHT * class_mean) / (count + CLASS_WEIGHT)
        squares = sum((value - mean) ** 2 for value in values)
        squares += CLASS_WEIGHT * (class_variance + (class_mean - mean) ** 2)
        moments[weekday] = mean, squares / (count + CLASS_WEIGHT - 1), count
    return moments


def _is_weekend(weekday: int) -> bool:
    return weekday >= _WEEKEND
