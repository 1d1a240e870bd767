"""What was used, summed up by day, project, kind and so on: the database adds, run for run.

So a report takes the memory of its rows, however long the history is. A day is the user's local
day of a request; a run belongs to the day of its start.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from operator import add
from typing import Literal, NamedTuple, get_args

from tui.history.local_days import day_of_number, local_day_sql, number_of_day
from tui.history.own_runs import SOURCE as OWN
from tui.history.price_sql import PriceSql, quoted
from tui.history.task_run import FINISHED_SQL

Grouping = Literal[
    "day",
    "week",
    "month",
    "project",
    "branch",
    "tag",
    "kind",
    "model",
    "effort",
    "agent",
    "session",
    "ending",
]
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)
BY_TIME = ("day", "week", "month")
NO_TAG = "no tag"
"""The row of runs without a tag."""
_STARTED = "CAST(runs.started AS INTEGER)"
_CHARGED = f"CASE WHEN is_agent AND source != '{OWN}' THEN 0 ELSE spend END"
"""Of sub-agents only ours were charged to a budget."""
_AT = "(usage.hour * 3600)"
_TAG = f"COALESCE(run_tags.tag, '{NO_TAG}')"


@dataclass(frozen=True, slots=True)
class ReportScope:
    """What a report is over."""

    grouping: Grouping
    zone: tzinfo
    """The user's time zone."""
    since: date | None = None
    """The first local day; None for all before."""
    until: date | None = None
    """The last local day; None for all after."""
    tag: str | None = None
    """The tag of the runs; None for all."""

    def includes(self, day: date) -> bool:
        """Whether a local day is in it."""
        return (self.since is None or day >= self.since) and (
            self.until is None or day <= self.until
        )


class RunSums(NamedTuple):
    """The runs of one name."""

    name: str
    """Empty for sessions whose id is unknown."""
    runs: int
    """Without those of sub-agents."""
    finished: int
    charged: int
    """Tokens charged to budgets, those of our own sub-agents included."""


class BilledSums(NamedTuple):
    """What was billed under one name, sub-agents included."""

    name: str
    requests: int
    input: int
    cache_write: int
    cache_read: int
    output: int
    dollars: Decimal
    """At the list prices of the days."""
    unpriced: int
    """Requests whose price is unknown: they are in no dollars."""


@dataclass(frozen=True, slots=True)
class RowSums:
    """What the rows of a report are made of."""

    runs: list[RunSums]
    budget_shares: dict[str, list[float]]
    """The part of its budget that each budgeted run used, by name."""
    billed: list[BilledSums]


@dataclass(frozen=True, slots=True)
class UsageSums:
    """What a report is made of."""

    scope: ReportScope
    rows: RowSums
    whole: RowSums
    """All runs, each once: the rows, unless a run can be in several."""
    in_several: int
    """Runs that are in several rows."""
    days: dict[date, Decimal]
    """Dollars of each local day with a request, of those outside of the report too."""
    week: list[list[int]]
    """Requests within the report by weekday (Monday first) and local hour."""
    week_dollars: list[list[Decimal]]
    """Their dollars."""


def usage_sums(connection: sqlite3.Connection, scope: ReportScope, prices: PriceSql) -> UsageSums:
    """Sum up a history.

    Args:
        connection: The store of task runs.
        scope: What the report is over.
        prices: What usage costs.
    """
    by_time, by_tag = scope.grouping in BY_TIME, scope.grouping == "tag"
    days, week, week_units = _days_and_week(
        connection, scope, _sums_sql(prices, every=by_time or by_tag)
    )
    name = _run_name_sql(scope)
    found = RowSums(
        _run_sums(connection, scope, name),
        _budget_shares(connection, scope, name),
        _billed_by_time(days, scope, prices)
        if by_time
        else _billed_by_name(connection, scope, prices),
    )
    whole = found
    if by_tag:  # a run can be in several rows
        whole = RowSums(
            _run_sums(connection, scope, "''"),
            _budget_shares(connection, scope, "''"),
            _billed_by_time(days, scope, prices),
        )
    return UsageSums(
        scope=scope,
        rows=found,
        whole=whole,
        in_several=_count_in_several(connection, scope) if by_tag else 0,
        days={day: prices.dollars(sums[-1]) for day, sums in days.items()},
        week=week,
        week_dollars=[[prices.dollars(units) for units in day] for day in week_units],
    )


def _run_sums(connection: sqlite3.Connection, scope: ReportScope, name: str) -> list[RunSums]:
    rows = connection.execute(
        f"SELECT {name}, SUM(NOT is_agent), SUM(NOT is_agent AND {FINISHED_SQL}),"
        f" SUM({_CHARGED}) FROM runs{_tags(name, 'runs.id')} WHERE 1{_of_runs(scope)} GROUP BY 1"
    )
    if scope.grouping not in BY_TIME:
        return [*map(RunSums._make, rows)]
    return [RunSums(_name(found, scope), *sums) for found, *sums in rows]


def _budget_shares(
    connection: sqlite3.Connection, scope: ReportScope, name: str
) -> dict[str, list[float]]:
    found: defaultdict[str, list[float]] = defaultdict(list)
    rows = connection.execute(
        f"SELECT {name}, CAST(spend AS REAL) / budget FROM runs{_tags(name, 'runs.id')}"
        f" WHERE NOT is_agent AND budget{_of_runs(scope)}"
    )
    if scope.grouping in BY_TIME:
        names: dict[int, str] = {}
        for day, share in rows:
            found[names.get(day) or names.setdefault(day, _name(day, scope))].append(share)
    else:
        for row, share in rows:
            found[row].append(share)
    return found


def _count_in_several(connection: sqlite3.Connection, scope: ReportScope) -> int:
    """Runs with more than one tag, without those of sub-agents."""
    (count,) = connection.execute(
        "SELECT COUNT(*) FROM runs WHERE NOT is_agent AND id IN"
        f" (SELECT run FROM run_tags GROUP BY run HAVING COUNT(*) > 1){_of_runs(scope)}"
    ).fetchone()
    return int(count)


def _tags(name: str, run: str) -> str:
    """The tags of runs, joined to a table where the name of a row needs them.

    Args:
        name: What makes a row.
        run: The column of the table that has the id of the run.
    """
    return f" LEFT JOIN run_tags ON run_tags.run = {run}" if name == _TAG else ""


def _of_runs(scope: ReportScope) -> str:
    """More of a condition: that a run is within the report."""
    return _within(_STARTED, scope) + _tagged("runs.id", scope)


def _tagged(run: str, scope: ReportScope) -> str:
    """More of a condition: that a run has the tag of the report.

    Args:
        run: The column that has the id of the run.
        scope: What the report is over.
    """
    if scope.tag is None:
        return ""
    return f" AND {run} IN (SELECT run FROM run_tags WHERE tag = {quoted(scope.tag)})"


def _sums_sql(prices: PriceSql, *, every: bool) -> str:
    """What is summed up: requests, tokens by class, unpriced requests and the price.

    Args:
        prices: What usage costs.
        every: All of these; else requests and price alone.
    """
    tokens = ("input", "cache_write_5m + usage.cache_write_1h", "cache_read", "output")
    between = [*(f"usage.{name}" for name in tokens), prices.unpriced] if every else []
    counts = (f"SUM({column})" for column in ("usage.requests", *between))
    return ", ".join((*counts, f"COALESCE(SUM({prices.cost}), 0)"))  # no price is none


def _days_and_week(
    connection: sqlite3.Connection, scope: ReportScope, sums: str
) -> tuple[dict[date, list[int]], list[list[int]], list[list[int]]]:
    """The sums of each local day; of each hour of the week within the report requests and price."""
    days: dict[date, list[int]] = {}
    week = [[0] * 24 for _ in range(7)]
    units = [[0] * 24 for _ in range(7)]
    for hour, *found in connection.execute(
        f"SELECT hour, {sums} FROM usage WHERE 1{_tagged('usage.run', scope)} GROUP BY hour"
    ):
        at = datetime.fromtimestamp(hour * 3600, scope.zone)
        day = at.date()
        before = days.get(day)
        days[day] = found if before is None else [*map(add, before, found)]
        if scope.includes(day):
            week[day.weekday()][at.hour] += found[0]
            units[day.weekday()][at.hour] += found[-1]
    return days, week, units


def _billed_by_time(
    days: Mapping[date, Sequence[int]], scope: ReportScope, prices: PriceSql
) -> list[BilledSums]:
    """What was billed by day, week or month.

    Args:
        days: Every sum of each local day.
        scope: What the report is over.
        prices: What usage costs.
    """
    named: dict[str, list[int]] = {}
    for day, sums in days.items():
        if scope.includes(day):
            before = named.setdefault(name_of_day(day, scope.grouping), [0] * len(sums))
            before[:] = map(add, before, sums)
    return [_billed(name, prices, *sums) for name, sums in named.items()]


def _billed_by_name(
    connection: sqlite3.Connection, scope: ReportScope, prices: PriceSql
) -> list[BilledSums]:
    """What was billed by anything but time."""
    name = _name_sql(scope.grouping, "usage.model")
    joined = " JOIN runs ON runs.id = usage.run" if "runs." in name else ""
    rows = connection.execute(
        f"SELECT {name}, {_sums_sql(prices, every=True)}"
        f" FROM usage{joined}{_tags(name, 'usage.run')}"
        f" WHERE 1{_within(_AT, scope)}{_tagged('usage.run', scope)} GROUP BY 1"
    )
    dollars = prices.dollars
    return [
        BilledSums(found, requests, plain, written, read, output, dollars(units), unpriced)
        for found, requests, plain, written, read, output, unpriced, units in rows
    ]


def _billed(name: str, prices: PriceSql, *sums: int) -> BilledSums:
    requests, plain, written, read, output, unpriced, units = sums
    dollars = prices.dollars(units)
    return BilledSums(name, requests, plain, written, read, output, dollars, unpriced)


def name_of_day(day: date, grouping: Grouping) -> str:
    """The name of the row that a day is in, of a report by day, week or month."""
    if grouping == "month":
        return f"{day:%Y-%m}"
    return (day - timedelta(days=day.weekday()) if grouping == "week" else day).isoformat()


def _run_name_sql(scope: ReportScope) -> str:
    """What makes a row of runs, for `_name`."""
    if scope.grouping in BY_TIME:
        return local_day_sql(_STARTED, scope.zone)
    return _name_sql(scope.grouping, "runs.model")


def _name_sql(grouping: Grouping, model: str) -> str:
    """The name of a row of anything but time; `model` is the column that has it."""
    match grouping:
        case "agent":
            return "CASE WHEN runs.is_agent THEN runs.source || ', sub-agents' ELSE runs.source END"
        case "tag":
            return _TAG
        case "ending":
            return "REPLACE(runs.end, '_', ' ')"
        case "session":
            return "runs.session"  # as it is in the index, which the database then follows
        case _:
            column = model if grouping == "model" else f"runs.{grouping}"
            return f"CASE {column} WHEN '' THEN 'unknown' ELSE {column} END"


def _name(found: str | int, scope: ReportScope) -> str:
    """The name of a row: as it was found, or that of the day, week or month of its number."""
    if isinstance(found, str):
        return found
    return name_of_day(day_of_number(found), scope.grouping)


def _within(seconds: str, scope: ReportScope) -> str:
    """More of a condition: that a time is within the report.

    Args:
        seconds: An expression for seconds since 1970, UTC.
        scope: What the report is over.
    """
    if scope.since is scope.until is None:
        return ""
    day = local_day_sql(seconds, scope.zone)
    since = "" if scope.since is None else f" AND {day} >= {number_of_day(scope.since)}"
    until = "" if scope.until is None else f" AND {day} <= {number_of_day(scope.until)}"
    return since + until
