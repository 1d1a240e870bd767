"""Pictures of a usage report as lines of text: dollars by day, requests by hour of the week."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tui.budget.peak_hours import WEEKDAYS, PeakHours
from tui.number_format import format_dollars, format_percent
from tui.reports.braille_canvas import bar_rows
from tui.reports.usage_report import UsageReport

PICTURE_CELLS = 56
"""Cells of a picture: eight weeks of days, a cell each; the heat map needs no more."""
BAR_ROWS = 3
SHADES = "░▒▓█"
"""From few requests to many, an even quarter each."""
PEAK_MARK = "·"
_LABEL_CELLS = 5


@dataclass(frozen=True, slots=True)
class UsagePicture:
    """Lines of equal cells, and what they show."""

    title: str
    lines: list[str]
    note: str = ""
    """What the marks mean."""

    def plain_lines(self) -> list[str]:
        """All of it as lines of text."""
        return [self.title, *self.lines, *([self.note] if self.note else [])]


def usage_pictures(report: UsageReport) -> list[UsagePicture]:
    """The pictures of a report; none where nothing was used."""
    pictures = (day_bars(report.days), week_heat_map(report.week, report.peak, report.week_dollars))
    return [picture for picture in pictures if picture is not None]


def day_bars(days: Mapping[date, Decimal], *, width: int = PICTURE_CELLS) -> UsagePicture | None:
    """Dollars by day as bars, the last day at the right; None where no day cost anything.

    Args:
        days: Dollars of each local day with requests.
        width: Days at most, a cell each.
    """
    if not any(days.values()):
        return None
    last = max(days)
    first = max(min(days), last - timedelta(days=width - 1))
    shown = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    values = [float(days.get(day, 0)) for day in shown]
    most = max(values)
    if not most:
        return None
    top = shown[values.index(most)]
    title = (
        f"Dollars by day, {first} to {last}; "
        f"most on {top}, {format_dollars(Decimal(str(round(most, 4))))}"
    )
    return UsagePicture(title, [*bar_rows(values, BAR_ROWS), _week_labels(shown)])


def week_heat_map(
    week: Sequence[Sequence[int]],
    peak: Set[tuple[int, int]],
    dollars: Sequence[Sequence[Decimal]],
) -> UsagePicture | None:
    """Requests by weekday and local hour as shades, and what each weekday cost.

    Args:
        week: Requests by weekday, Monday first, and hour.
        peak: Weekday and hour of the published peak hours.
        dollars: Dollars by weekday and hour.
    """
    most = max((count for day in week for count in day), default=0)
    if not most:
        return None
    hours = "".join(f"{hour:<6}" for hour in range(0, 24, 3))
    lines = [f"    {hours}   all"]
    for weekday, day in enumerate(week):
        cells = "".join(
            _cell(count, most, is_peak=(weekday, hour) in peak) for hour, count in enumerate(day)
        )
        lines.append(f"{WEEKDAYS[weekday]} {cells}{sum(day):>6,}")
    lines += ["", *_dollar_lines(dollars)]
    return UsagePicture("Requests by weekday and hour, in your time", lines, _legend(most))


def week_words(week: Sequence[Sequence[int]], dollars: Sequence[Sequence[Decimal]]) -> str:
    """The map of the week in words: requests by weekday, and the busiest hour; empty without any.

    Args:
        week: Requests by weekday, Monday first, and hour.
        dollars: Dollars by weekday and hour.
    """
    most = max((count for day in week for count in day), default=0)
    if not most:
        return ""
    days = ", ".join(
        f"{name} {sum(day):,} for {_dollars(spent)}" if any(day) else f"{name} 0"
        for name, day, spent in zip(WEEKDAYS, week, dollars, strict=True)
    )
    at = next((day, hour) for day in range(7) for hour in range(24) if week[day][hour] == most)
    hour = f"{WEEKDAYS[at[0]]} {at[1]}:00"
    return f"Requests by weekday: {days}; most in the hour from {hour}, {most:,}."


def peak_sentence(
    week: Sequence[Sequence[int]],
    peak: Set[tuple[int, int]],
    hours: PeakHours,
    dollars: Sequence[Sequence[Decimal]],
) -> str:
    """How much of the work was in the published peak hours; empty where there are none.

    Args:
        week: Requests by weekday, Monday first, and hour.
        peak: Weekday and hour of the published peak hours.
        hours: What is published of them.
        dollars: Dollars by weekday and hour.
    """
    whole = sum(map(sum, week))
    if not (whole and peak):
        return ""
    share = sum(week[weekday][hour] for weekday, hour in peak) / whole
    spent = sum((sum(day, Decimal(0)) for day in dollars), Decimal(0))
    of_dollars = ""
    if spent:
        at_peak = sum((dollars[weekday][hour] for weekday, hour in peak), Decimal(0))
        of_dollars = f" and {format_percent(float(at_peak / spent))} of the dollars"
    return (
        f"{format_percent(share)} of the requests{of_dollars} were in the published peak hours:"
        f" {hours.when}, when limits are used up {hours.effect}."
    )


def _week_labels(days: Sequence[date]) -> str:
    """The date below each Monday, where it has room."""
    line = [" "] * len(days)
    for at, day in enumerate(days):
        if day.weekday() == 0 and at + _LABEL_CELLS <= len(days):
            line[at : at + _LABEL_CELLS] = f"{day:%m-%d}"
    return "".join(line).rstrip()


def _dollar_lines(dollars: Sequence[Sequence[Decimal]]) -> list[str]:
    """What each weekday cost, in two lines that are no wider than the map."""
    cells = [f"{name} {_dollars(day):<8}" for name, day in zip(WEEKDAYS, dollars, strict=True)]
    return [
        f"dollars  {' '.join(cells[:4])}".rstrip(),
        f"         {' '.join(cells[4:])}".rstrip(),
    ]


def _dollars(day: Sequence[Decimal]) -> str:
    return format_dollars(sum(day, Decimal(0)))


def _level(count: int, most: int) -> int:
    """Which shade: 1 to 4, 0 for nothing."""
    return -(-count * len(SHADES) // most)


def _cell(count: int, most: int, *, is_peak: bool) -> str:
    shade = f" {SHADES}"[_level(count, most)]
    return shade + (PEAK_MARK if is_peak else shade)


def _legend(most: int) -> str:
    """What each shade counts; shades that no number has are left out."""
    parts = []
    for level, shade in enumerate(SHADES, 1):
        low, high = (level - 1) * most // len(SHADES) + 1, level * most // len(SHADES)
        if low <= high:
            parts.append(f"{shade} {low:,}" + (f"–{high:,}" if high > low else ""))
    return f"{'  '.join(parts)} requests; {PEAK_MARK} marks a peak hour"
