"""What was used, by day, project, kind and so on: figures made from task runs.

A day is the user's local day of a request; a run belongs to the day of its start, and so do its
charged tokens. Dollars are list prices of the day, for imported runs as well.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from statistics import median
from typing import Literal, get_args

from tui.budget.month_forecast import HISTORY_DAYS, MonthForecast, month_forecast
from tui.budget.peak_hours import peak_cells
from tui.budget.spend_distribution import SpendDistribution
from tui.budget.task_kinds import TYPICAL
from tui.history.own_runs import SOURCE as OWN
from tui.history.task_run import HourUsage, TaskRun, measured_run

Grouping = Literal[
    "day",
    "week",
    "month",
    "project",
    "branch",
    "kind",
    "model",
    "effort",
    "agent",
    "session",
    "ending",
]
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)
BY_TIME = ("day", "week", "month")
PUBLISHED_DAY_DOLLARS = Decimal(13)
"""Dollars an active day and developer, as published in September 2026."""
OUTLIER_RUNS = 20
"""Runs of a kind and model from which on an outlier is named."""
OUTLIER_SHARE = 0.99
_HOUR = 3600

Price = Callable[[HourUsage], Decimal | None]


@dataclass(slots=True)
class UsageRow:
    """One row of a report."""

    name: str
    runs: int = 0
    finished: int = 0
    charged: int = 0
    """Tokens charged to budgets."""
    requests: int = 0
    input: int = 0
    cache_write: int = 0
    cache_read: int = 0
    output: int = 0
    dollars: Decimal = Decimal(0)
    unpriced: int = 0
    """Requests whose price is unknown: they are in no dollars."""
    budget_shares: list[float] = field(default_factory=list)
    """The part of its budget that each budgeted run used."""

    @property
    def cached_share(self) -> float:
        """The part of all input that was read from the cache, 0..1."""
        whole = self.input + self.cache_write + self.cache_read
        return self.cache_read / whole if whole else 0.0

    @property
    def budget_share(self) -> float | None:
        """The part of its budget that half of the budgeted runs stay under."""
        return median(self.budget_shares) if self.budget_shares else None

    def add_run(self, run: TaskRun) -> None:
        """Count a run, without what it was billed for; of one of our agents only its tokens."""
        if run.is_agent:
            self.charged += run.spend if run.source == OWN else 0
            return
        self.runs += 1
        self.charged += run.spend
        measured = measured_run(run)
        self.finished += measured is not None and measured.finished
        if run.budget:
            self.budget_shares.append(run.spend / run.budget)

    def add_usage(self, usage: HourUsage, price: Price) -> None:
        """Count what a run was billed for in an hour."""
        self.requests += usage.requests
        self.input += usage.input
        self.cache_write += usage.cache_write_5m + usage.cache_write_1h
        self.cache_read += usage.cache_read
        self.output += usage.output
        dollars = price(usage)
        if dollars is None:
            self.unpriced += usage.requests
        else:
            self.dollars += dollars


@dataclass(slots=True)
class UsageReport:
    """A report over a stretch of days."""

    grouping: Grouping
    rows: list[UsageRow]
    total: UsageRow
    active_days: int
    """Local days with at least one request."""
    forecast: MonthForecast | None
    """Dollars of the present month; None with too little history."""
    outliers: list[TaskRun]
    """Finished runs that took more than 99 in 100 of their kind do."""
    week: list[list[int]]
    """Requests by weekday (Monday first) and local hour."""
    days: dict[date, Decimal] = field(default_factory=dict)
    """Dollars of each local day with at least one request."""
    peak: frozenset[tuple[int, int]] = frozenset()
    """Weekday and local hour of the published peak hours."""

    @property
    def dollars_per_active_day(self) -> Decimal:
        """Dollars of an active day, on average."""
        return self.total.dollars / self.active_days if self.active_days else Decimal(0)


def usage_report(
    runs: Sequence[TaskRun],
    grouping: Grouping,
    price: Price,
    zone: tzinfo,
    *,
    since: date | None = None,
    until: date | None = None,
    today: date,
) -> UsageReport:
    """A report over runs.

    Args:
        runs: All runs, with their usage, oldest first; those of sub-agents among them.
        grouping: What a row is.
        price: Dollars of an hour's usage; None where the price is unknown.
        zone: The user's time zone.
        since: The first local day; None for all before.
        until: The last local day; None for all after.
        today: The present local day.
    """
    rows: dict[str, UsageRow] = {}
    total, days, week = UsageRow("total"), dict[date, Decimal](), [[0] * 24 for _ in range(7)]
    for run in runs:
        began = local_day(run.started, zone)
        if _within(began, since, until):
            for row in (_row(rows, _run_name(run, grouping, began)), total):
                row.add_run(run)
        for usage in run.usage:
            at = datetime.fromtimestamp(usage.hour * _HOUR, zone)
            days[at.date()] = days.get(at.date(), Decimal(0)) + (price(usage) or 0)
            if _within(at.date(), since, until):
                name = _usage_name(run, usage, grouping, at.date(), began)
                for row in (_row(rows, name), total):
                    row.add_usage(usage, price)
                week[at.weekday()][at.hour] += usage.requests
    shown = sorted(rows.values(), key=lambda row: row.name)
    if grouping not in BY_TIME:
        shown.sort(key=lambda row: (row.dollars, row.charged), reverse=True)
    within = {day: dollars for day, dollars in days.items() if _within(day, since, until)}
    return UsageReport(
        grouping=grouping,
        rows=shown,
        total=total,
        active_days=len(within),
        forecast=_forecast(days, today),
        outliers=outliers(runs),
        week=week,
        days=within,
        peak=peak_cells(zone, today),
    )


def outliers(runs: Iterable[TaskRun]) -> list[TaskRun]:
    """Finished runs above the 99th percentile of their kind and model."""
    cells: dict[tuple[str, str], list[TaskRun]] = {}
    for run in runs:
        if not run.is_agent:
            cells.setdefault((run.kind, run.model), []).append(run)
    found = []
    for cell in cells.values():
        if len(cell) < OUTLIER_RUNS:
            continue
        measured = [each for run in cell if (each := measured_run(run)) is not None]
        limit = SpendDistribution(measured, TYPICAL[cell[0].kind]).quantile(OUTLIER_SHARE)
        found += [run for run in cell if run.end == "completed" and run.spend > limit]
    return found


def local_day(at: float, zone: tzinfo) -> date:
    """The local day of a time in seconds since 1970."""
    return datetime.fromtimestamp(at, zone).date()


def _row(rows: dict[str, UsageRow], name: str) -> UsageRow:
    return rows.setdefault(name, UsageRow(name))


def _within(day: date, since: date | None, until: date | None) -> bool:
    return (since is None or day >= since) and (until is None or day <= until)


def _usage_name(run: TaskRun, usage: HourUsage, grouping: Grouping, day: date, began: date) -> str:
    """The row of an hour's usage: times and models are its own, all else is the run's."""
    if grouping in BY_TIME:
        return _run_name(run, grouping, day)
    return (usage.model or "unknown") if grouping == "model" else _run_name(run, grouping, began)


def _run_name(run: TaskRun, grouping: Grouping, day: date) -> str:
    match grouping:
        case "day":
            return day.isoformat()
        case "week":
            return (day - timedelta(days=day.weekday())).isoformat()
        case "month":
            return f"{day:%Y-%m}"
        case "agent":
            return f"{run.source}, sub-agents" if run.is_agent else run.source
        case "ending":
            return run.end.replace("_", " ")
        case "project" | "branch" | "kind" | "model" | "effort" | "session":
            return str(getattr(run, grouping)) or "unknown"


def _forecast(days: dict[date, Decimal], today: date) -> MonthForecast | None:
    """The dollars of the present month: its days so far, and the days to come."""
    if not days:
        return None
    first = max(min(days), today - timedelta(days=HISTORY_DAYS))
    past = [first + timedelta(days=n) for n in range((today - first).days)]
    history = [(day.weekday(), float(days.get(day, 0))) for day in past]
    month = today.replace(day=1)
    known = float(sum(dollars for day, dollars in days.items() if month <= day <= today))
    after = (month + timedelta(days=32)).replace(day=1)
    to_come = [(today + timedelta(days=n)).weekday() for n in range(1, (after - today).days)]
    return month_forecast(history, to_come, known)
