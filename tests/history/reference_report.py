"""A usage report made the slow way: every run and every hour of it, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median
from zoneinfo import ZoneInfo

from tui.budget.spend_distribution import SpendDistribution
from tui.budget.task_kinds import TYPICAL
from tui.claude.catalogue import Catalogue
from tui.claude.pricing import rates_for
from tui.history.price_sql import CLASSES
from tui.history.task_run import HourUsage, TaskRun, measured_run


@dataclass
class ReferenceRow:
    """The figures of one name."""

    runs: int = 0
    finished: int = 0
    charged: int = 0
    tokens: list[int] = field(default_factory=lambda: [0] * 5)
    """Requests, input, written to and read from the cache, output."""
    dollars: Decimal = Decimal(0)
    unpriced: int = 0
    shares: list[float] = field(default_factory=list)

    def seen(self) -> tuple[object, ...]:
        share = median(self.shares) if self.shares else None
        return (self.runs, self.finished, self.charged, *self.tokens, self.dollars, share)


@dataclass
class ReferenceReport:
    """The whole of it."""

    rows: dict[str, ReferenceRow] = field(default_factory=dict)
    total: ReferenceRow = field(default_factory=ReferenceRow)
    days: dict[date, Decimal] = field(default_factory=dict)
    week: list[list[int]] = field(default_factory=lambda: [[0] * 24 for _ in range(7)])


def reference_report(
    runs: Sequence[TaskRun],
    by: str,
    catalogue: Catalogue,
    zone: ZoneInfo,
    since: date | None,
    until: date | None,
    tag: str | None = None,
) -> ReferenceReport:
    found = ReferenceReport()
    runs = [run for run in runs if tag is None or tag in run.tags]

    def inside(day: date) -> bool:
        return (since or date.min) <= day <= (until or date.max)

    for run in runs:
        began = datetime.fromtimestamp(run.started, zone).date()
        if inside(began):
            _add_run(found.total, run)
            for name in _names(run, by, began, run.model):
                _add_run(found.rows.setdefault(name, ReferenceRow()), run)
        for usage in run.usage:
            at = datetime.fromtimestamp(usage.hour * 3600, zone)
            if inside(at.date()):
                dollars = hour_dollars(usage, catalogue)
                _add_usage(found.total, usage, dollars)
                for name in _names(run, by, at.date(), usage.model):
                    _add_usage(found.rows.setdefault(name, ReferenceRow()), usage, dollars)
                found.days[at.date()] = found.days.get(at.date(), Decimal(0)) + (dollars or 0)
                found.week[at.weekday()][at.hour] += usage.requests
    return found


def reference_outliers(runs: Sequence[TaskRun]) -> list[TaskRun]:
    cells: dict[tuple[str, str], list[TaskRun]] = {}
    for run in runs:
        if not run.is_agent:
            cells.setdefault((run.kind, run.model), []).append(run)
    found = []
    for cell in cells.values():
        measured = [each for run in cell if (each := measured_run(run)) is not None]
        limit = SpendDistribution(measured, TYPICAL[cell[0].kind]).quantile(0.99)
        if len(cell) >= 20:
            found += [run for run in cell if run.end == "completed" and run.spend > limit]
    return sorted(found, key=runs.index)


def _add_run(row: ReferenceRow, run: TaskRun) -> None:
    if run.is_agent:
        row.charged += run.spend if run.source == "glideslope" else 0
        return
    measured = measured_run(run)
    row.runs += 1
    row.finished += measured is not None and measured.finished
    row.charged += run.spend
    if run.budget:
        row.shares.append(run.spend / run.budget)


def _add_usage(row: ReferenceRow, usage: HourUsage, dollars: Decimal | None) -> None:
    written = usage.cache_write_5m + usage.cache_write_1h
    added = (usage.requests, usage.input, written, usage.cache_read, usage.output)
    row.tokens = [one + more for one, more in zip(row.tokens, added, strict=True)]
    row.dollars += dollars or 0
    row.unpriced += usage.requests if dollars is None else 0


def _names(run: TaskRun, by: str, day: date, model: str) -> Sequence[str]:
    """The rows that a run is in: one, but for tags."""
    return (run.tags or ("no tag",)) if by == "tag" else (_name(run, by, day, model),)


def _name(run: TaskRun, by: str, day: date, model: str) -> str:
    names = {
        "day": day.isoformat(),
        "week": (day - timedelta(days=day.weekday())).isoformat(),
        "month": day.isoformat()[:7],
        "agent": f"{run.source}, sub-agents" if run.is_agent else run.source,
        "ending": run.end.replace("_", " "),
        "model": model or "unknown",
    }
    return names[by] if by in names else str(getattr(run, by)) or "unknown"


def hour_dollars(usage: HourUsage, catalogue: Catalogue) -> Decimal | None:
    """Dollars at the list price of the day; None where the model's price is unknown.

    The tier of long prompts is picked by the mean prompt of the hour.
    """
    model = catalogue.get(usage.model)
    if model is None:
        return None
    day = datetime.fromtimestamp(usage.hour * 3600, UTC).date()
    context = usage.input + usage.cache_write_5m + usage.cache_write_1h + usage.cache_read
    rates = rates_for(model, day, context // max(1, usage.requests))
    if rates is None:
        return None
    amounts = (getattr(usage, name) * getattr(rates, name) for name in CLASSES)
    return sum(amounts, Decimal(0)) / 1_000_000
