"""What was used, by day, project, kind and so on: figures made from task runs.

A day is the user's local day of a request; a run belongs to the day of its start, and so do its
charged tokens. Dollars are list prices of the day, for imported runs as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import chain
from statistics import median

from tui.budget.month_forecast import HISTORY_DAYS, MonthForecast, month_forecast
from tui.budget.monthly_budget import BudgetStanding
from tui.budget.peak_hours import PeakHours
from tui.claude.catalogue import Catalogue
from tui.claude.usage_pricing import list_prices
from tui.history.history_store import HistoryStore
from tui.history.outlier_runs import outlier_runs
from tui.history.task_run import TaskRun
from tui.history.usage_sums import (
    BY_TIME,
    BilledSums,
    Grouping,
    ReportScope,
    RowSums,
    RunSums,
    UsageSums,
)
from tui.settings.budget_settings import PUBLISHED_DAY_DOLLARS

UNKNOWN = "unknown"
"""The row of what has no name."""


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

    def add_runs(self, sums: RunSums) -> None:
        """Count runs, without what they were billed for."""
        self.runs += sums.runs
        self.finished += sums.finished
        self.charged += sums.charged

    def add_billed(self, sums: BilledSums) -> None:
        """Count what runs were billed for."""
        self.requests += sums.requests
        self.input += sums.input
        self.cache_write += sums.cache_write
        self.cache_read += sums.cache_read
        self.output += sums.output
        self.dollars += sums.dollars
        self.unpriced += sums.unpriced


@dataclass(slots=True)
class UsageReport:
    """A report over a stretch of days."""

    grouping: Grouping
    has_history: bool
    """Whether anything was ever used, be it outside of the report."""
    rows: list[UsageRow]
    total: UsageRow
    """All runs, each once."""
    active_days: int
    """Local days with at least one request."""
    forecast: MonthForecast | None
    """Dollars of the present month; None with too little history."""
    outliers: list[TaskRun]
    """Finished runs that took more than 99 in 100 of their kind do."""
    week: list[list[int]]
    """Requests by weekday (Monday first) and local hour."""
    week_dollars: list[list[Decimal]]
    """Their dollars."""
    peak_hours: PeakHours
    """What is published of the peak hours."""
    days: dict[date, Decimal] = field(default_factory=dict)
    """Dollars of each local day with at least one request."""
    peak: frozenset[tuple[int, int]] = frozenset()
    """Weekday and local hour of them."""
    standings: Sequence[BudgetStanding] = ()
    """How far the monthly budgets are used, by own sessions of this month."""
    day_dollars: Decimal = PUBLISHED_DAY_DOLLARS
    """Dollars an active day to compare with."""
    tag: str | None = None
    """The tag of its runs; None for all."""
    in_several: int = 0
    """Runs that are in several rows."""

    @property
    def dollars_per_active_day(self) -> Decimal:
        """Dollars of an active day, on average."""
        return self.total.dollars / self.active_days if self.active_days else Decimal(0)


def read_usage_report(
    store: HistoryStore,
    scope: ReportScope,
    catalogue: Catalogue,
    *,
    today: date,
    standings: Sequence[BudgetStanding] = (),
    day_dollars: Decimal = PUBLISHED_DAY_DOLLARS,
) -> UsageReport:
    """A report over the history of this user.

    Args:
        store: The history.
        scope: What the report is over.
        catalogue: The models and their prices.
        today: The present local day.
        standings: How far the monthly budgets are used.
        day_dollars: Dollars an active day to compare with.

    Raises:
        StoreError: the store cannot be read.
    """
    sums = store.report_sums(scope, lambda models: list_prices(catalogue, models))
    outliers = outlier_runs(store, scope.tag)
    report = usage_report(sums, outliers, today=today, peak_hours=catalogue.peak_hours)
    report.standings, report.day_dollars = standings, day_dollars
    return report


def usage_report(
    sums: UsageSums, outliers: Sequence[TaskRun], *, today: date, peak_hours: PeakHours
) -> UsageReport:
    """A report.

    Args:
        sums: The history, summed up.
        outliers: Finished runs that took more than 99 in 100 of their kind do.
        today: The present local day.
        peak_hours: The published peak hours.
    """
    rows = _usage_rows(sums.rows)
    scope = sums.scope
    shown = sorted(rows.values(), key=lambda row: row.name)
    if scope.grouping not in BY_TIME:
        shown.sort(key=lambda row: (-float(row.dollars), -row.charged))
    within = {day: dollars for day, dollars in sums.days.items() if scope.includes(day)}
    return UsageReport(
        grouping=scope.grouping,
        has_history=bool(sums.days or rows),
        rows=shown,
        total=_total(sums.whole),
        active_days=len(within),
        forecast=_forecast(sums.days, today),
        outliers=[run for run in outliers if scope.includes(local_day(run.started, scope.zone))],
        week=sums.week,
        week_dollars=sums.week_dollars,
        days=within,
        peak_hours=peak_hours,
        peak=peak_hours.cells(scope.zone, today),
        tag=scope.tag,
        in_several=sums.in_several,
    )


def local_day(at: float, zone: tzinfo) -> date:
    """The local day of a time in seconds since 1970."""
    return datetime.fromtimestamp(at, zone).date()


def _usage_rows(sums: RowSums) -> dict[str, UsageRow]:
    """The rows by their names."""
    rows: dict[str, UsageRow] = {}
    for runs in sums.runs:
        name = runs.name or UNKNOWN
        if name in rows:
            rows[name].add_runs(runs)
        else:  # tens of thousands of sessions are made here: a row at once
            rows[name] = UsageRow(name, runs.runs, runs.finished, runs.charged)
    for name, shares in sums.budget_shares.items():
        row = rows[name or UNKNOWN]  # its runs were counted above
        row.budget_shares = [*row.budget_shares, *shares] if row.budget_shares else shares
    for billed in sums.billed:
        name = billed.name or UNKNOWN
        row = rows.get(name) or rows.setdefault(name, UsageRow(name))
        row.add_billed(billed)
    return rows


def _total(sums: RowSums) -> UsageRow:
    """All rows together."""
    total = UsageRow("total", budget_shares=[*chain.from_iterable(sums.budget_shares.values())])
    if sums.runs:
        _, *counts = zip(*sums.runs, strict=True)
        total.add_runs(RunSums("", *map(sum, counts)))
    if sums.billed:
        _, *counts = zip(*sums.billed, strict=True)
        total.add_billed(BilledSums._make(("", *map(sum, counts))))
    return total


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
