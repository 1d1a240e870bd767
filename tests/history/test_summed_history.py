"""The sums that the database makes are those of a loop over every run."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import get_args
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.history.reference_report import reference_outliers, reference_report
from tui.budget.task_kinds import KINDS
from tui.claude.catalogue import Catalogue, Model, Rates, load_catalogue
from tui.claude.usage_pricing import list_prices
from tui.history.history_store import HistoryStore, ReadFile
from tui.history.local_days import day_of_number, day_start, local_day_sql, number_of_day
from tui.history.price_sql import TokenPrice, price_sql
from tui.history.task_run import HourUsage, RunEnd, TaskRun
from tui.history.usage_sums import GROUPINGS, ReportScope
from tui.reports.usage_report import UsageRow, read_usage_report, usage_report

ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Apia")
TODAY = date(2026, 12, 1)
# Haiku 5.5 has another price from 9 October 2026 on for prompts above 100,000 tokens.
MODELS = ("claude-haiku-5-5", "claude-opus-4-5-20251101", "own", "gpt-5", "")


def prices(*rows: tuple[str, int, str]) -> tuple[Rates, ...]:
    """Rates by the day from which on they hold and the prompt above which they do."""
    return tuple(
        Rates(
            since=date.fromisoformat(day),
            above=above,
            input=Decimal(rate),
            output=Decimal(rate) * 5,
            cache_write_5m=Decimal(rate) * 2,
            cache_write_1h=Decimal(rate) * 3,
            cache_read=Decimal(rate) / 10,
        )
        for day, above, rate in rows
    )


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The shipped models, and one whose prices the user wrote down: three times, in two tiers."""
    shipped = load_catalogue()
    own = prices(
        ("2026-06-01", 0, "1.125"), ("2026-09-01", 0, "2"), ("2026-09-01", 50_000, "0.3333")
    )
    model = Model(id="own", name="Own", rates=own, own_rates=True)
    shipped.models = shipped.models | {"own": model}
    return shipped


def random_history(seed: int, count: int = 250) -> list[TaskRun]:
    """Runs from spring to winter, oldest first; a few are far larger than the others."""
    chance = Random(seed)
    first = int(datetime(2026, 2, 1, tzinfo=UTC).timestamp())
    times = sorted(first + chance.randrange(300 * 86_400) for _ in range(count))
    return [_random_run(chance, at) for at in times]


def _random_run(chance: Random, at: int) -> TaskRun:
    spend = chance.choice((0, 5_000, 40_000, round(chance.lognormvariate(10, 1.5))))
    model = chance.choice(MODELS)
    return TaskRun(
        source=chance.choice(("glideslope", "codex")),
        session=f"s{chance.randrange(40)}",
        started=at + chance.random(),
        ended=float(at + 60),
        kind=chance.choice(KINDS[:2]),
        model=model,
        end="completed" if chance.random() < 0.5 else chance.choice(get_args(RunEnd)),
        spend=spend,
        project=chance.choice(("/p", "/q'; --", "")),
        branch=chance.choice(("main", "", "Ünï")),
        effort=chance.choice(("high", "")),
        budget=chance.choice((None, 0, spend, 20_000, 90_000)),
        is_agent=chance.random() < 0.1,
        tags=chance.choice(((), (), ("x",), ("y",), ("x", "y"))),
        usage=tuple(
            _random_usage(chance, at // 3600 + hour, model) for hour in range(chance.randrange(3))
        ),
    )


def _random_usage(chance: Random, hour: int, model: str) -> HourUsage:
    requests = chance.randrange(1, 9)
    prompt = requests * chance.choice((20_000, 50_000, 100_001, 300_000))
    return HourUsage(hour, model, requests, chance.randrange(99), 700, 300, prompt, 1_234)


@pytest.mark.parametrize(("seed", "zone"), [*enumerate(ZONES)])
def test_each_report_is_that_of_a_loop_over_every_run(
    seed: int, zone: str, catalogue: Catalogue, tmp_path: Path
):
    runs = random_history(seed)
    chance = Random(seed)
    since, until = (None, None) if seed % 2 else (date(2026, 3, 29), date(2026, 10, 25))
    with HistoryStore(tmp_path) as store:
        store.replace(ReadFile("codex", "a", "1"), runs)
        for by in GROUPINGS:
            tag = chance.choice((None, None, "x", "none"))
            scope = ReportScope(by, ZoneInfo(zone), since, until, tag)
            sums = store.report_sums(scope, lambda models: list_prices(catalogue, models))
            report = usage_report(sums, [], today=TODAY, peak_hours=load_catalogue().peak_hours)
            wanted = reference_report(runs, by, catalogue, ZoneInfo(zone), since, until, tag)
            assert seen(report.total) == wanted.total.seen()
            assert {row.name: seen(row) for row in report.rows} == {
                name: row.seen() for name, row in wanted.rows.items()
            }
            assert {row.name: row.unpriced for row in report.rows} == {
                name: row.unpriced for name, row in wanted.rows.items()
            }
            assert (report.days, report.week) == (wanted.days, wanted.week)


def test_outliers_are_those_of_a_loop_over_every_run(catalogue: Catalogue, tmp_path: Path):
    chance = Random(5)
    runs = [
        msgspec.structs.replace(run, spend=round(chance.lognormvariate(10, 0.5)), model="own")
        if run.end == "completed" and run.budget is None
        else run
        for run in random_history(11, 600)
    ]
    runs[-1] = msgspec.structs.replace(
        runs[-1], spend=10**7, model="own", kind="feature", end="completed", is_agent=False
    )
    with HistoryStore(tmp_path) as store:
        store.replace(ReadFile("codex", "a", "1"), runs)
        scope = ReportScope("day", ZoneInfo("UTC"))
        found = read_usage_report(store, scope, catalogue, today=TODAY).outliers
    assert found == [
        msgspec.structs.replace(run, usage=(), tags=()) for run in reference_outliers(runs)
    ]
    assert found


def seen(row: UsageRow) -> tuple[object, ...]:
    figures = (row.requests, row.input, row.cache_write, row.cache_read, row.output)
    return (row.runs, row.finished, row.charged, *figures, row.dollars, row.budget_share)


def _moments() -> Iterator[int]:
    """Times from 1970 on, those around changes of clocks among them."""
    yield 0
    chance = Random(7)
    for year in range(1971, 2045):
        yield from (chance.randrange(365 * 86_400) + (year - 1970) * 31_556_952 for _ in range(5))
        for month in (3, 4, 9, 10, 11, 12):
            for day in range(25, 29):
                night = int(datetime(year, month, day, tzinfo=UTC).timestamp())
                yield from (night - 1, night, night + 3_600, night + 37_800)


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_in_the_database_is_that_of_the_zone(zone: str, tmp_path: Path):
    moments = [*_moments()]
    with HistoryStore(tmp_path) as store:
        values = ", ".join(f"({at})" for at in moments)
        found = store._connection.execute(
            f"WITH times(at) AS (VALUES {values}) SELECT {local_day_sql('at', ZoneInfo(zone))}"
            " FROM times"
        )
        days = [day_of_number(number) for (number,) in found]
    assert days == [datetime.fromtimestamp(at, ZoneInfo(zone)).date() for at in moments]
    assert all(day_of_number(number_of_day(day)) == day for day in days)


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_starts_when_the_local_day_changes(zone: str):
    here = ZoneInfo(zone)
    first = date(2026, 1, 1)
    for day in (first + timedelta(days=n) for n in range(366)):
        at = day_start(day, here)
        around = [datetime.fromtimestamp(moment, here).date() for moment in (at - 1, at)]
        assert around == [day - timedelta(days=1), day]


def test_prices_with_many_decimals_do_not_run_over():
    """Six decimals of a dollar a million tokens are kept: 0.1234567 is 0.123457."""
    rates = (Decimal("0.1234567"), *[Decimal(1)] * 4)
    prices = price_sql([TokenPrice("m", 0, 0, rates)])
    assert "usage.input * 123457" in prices.cost
    assert prices.dollars(123_457 * 10**6) == Decimal("0.123457")


def test_no_price_list_is_an_expression_too():
    assert (price_sql([]).cost, price_sql([]).unpriced) == ("NULL", "usage.requests")
