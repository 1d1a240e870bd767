"""Reports over task runs: days, sums, prices, forms."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.history.reference_report import hour_dollars
from tui.budget.monthly_budget import BudgetStanding, MonthlyBudget, Spend, month_at
from tui.claude.catalogue import load_catalogue
from tui.cli import main
from tui.history.history_store import HistoryStore, ReadFile
from tui.history.outlier_runs import outlier_runs
from tui.history.price_sql import TokenPrice
from tui.history.task_run import HourUsage, TaskRun
from tui.history.usage_sums import GROUPINGS, ReportScope
from tui.reports.report_html import report_html
from tui.reports.report_page import report_csv, report_json, report_lines, report_sentences
from tui.reports.usage_report import UsageReport, usage_report
from tui.settings.user_folders import user_folders

BERLIN = ZoneInfo("Europe/Berlin")
# 2026-03-28 23:30 UTC is 29 March, 00:30, in Berlin: the night in which the clocks change.
NIGHT = 1_774_740_600


def usage(hour: int, model: str = "claude-opus-5-5", output: int = 1_000) -> HourUsage:
    return HourUsage(hour, model, 2, 100, 200, 0, 700, output)


def run(at: int = NIGHT, **more: object) -> TaskRun:
    plain: dict[str, object] = {
        "source": "glideslope",
        "session": "s",
        "started": at,
        "ended": at + 60,
        "kind": "feature",
        "model": "claude-opus-5-5",
        "end": "completed",
        "spend": 5_000,
        "project": "/p",
        "effort": "high",
        "usage": (usage(at // 3600),),
    }
    return msgspec.convert(plain | more, TaskRun)


def report(*runs: TaskRun, by: str = "day", zone: ZoneInfo = BERLIN, **more: object) -> UsageReport:
    """A report over these runs, at a dollar for 1,000 tokens of output."""
    scope = ReportScope(by, zone, **more)  # type: ignore[arg-type]
    free, dollar = Decimal(0), Decimal(1_000)

    def prices(models: list[str]) -> list[TokenPrice]:
        rates = (free, free, free, free, dollar)
        return [TokenPrice(model, 0, 0, rates) for model in models if model != "none"]

    with stored(runs) as store:
        sums = store.report_sums(scope, prices)
        return usage_report(
            sums,
            outlier_runs(store),
            today=date(2026, 4, 2),
            peak_hours=load_catalogue().peak_hours,
        )


@contextmanager
def stored(runs: Sequence[TaskRun]) -> Iterator[HistoryStore]:
    """A store with these runs."""
    with TemporaryDirectory() as folder, HistoryStore(Path(folder)) as store:
        store.replace(ReadFile("codex", "a", "1"), runs)
        yield store


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", "2026-03-28"), ("Europe/Berlin", "2026-03-29"), ("America/Los_Angeles", "2026-03-28")],
)
def test_a_day_is_the_users_own(zone: str, day: str):
    found = report(run(), zone=ZoneInfo(zone))
    assert [row.name for row in found.rows] == [day]


@pytest.mark.parametrize(
    ("by", "name"),
    [
        ("day", "2026-03-29"),
        ("week", "2026-03-23"),
        ("month", "2026-03"),
        ("project", "/p"),
        ("branch", "unknown"),
        ("tag", "no tag"),
        ("kind", "feature"),
        ("model", "claude-opus-5-5"),
        ("effort", "high"),
        ("agent", "glideslope"),
        ("session", "s"),
        ("ending", "completed"),
    ],
)
def test_what_a_row_is(by: str, name: str):
    (row,) = report(run(), by=by).rows
    assert (row.name, row.runs, row.requests, row.charged) == (name, 1, 2, 5_000)
    assert row.dollars == Decimal(1)
    assert (row.input, row.cache_write, row.cache_read, row.output) == (100, 200, 700, 1_000)
    assert row.cached_share == 0.7


def test_every_grouping_has_its_row():
    assert len(GROUPINGS) == 12
    assert all(report(run(), by=by).total.runs == 1 for by in GROUPINGS)


def test_a_run_over_midnight_counts_once_and_its_requests_where_they_were():
    hours = (usage(NIGHT // 3600), usage(NIGHT // 3600 + 24))
    found = report(run(usage=hours))
    assert [(row.name, row.runs, row.requests) for row in found.rows] == [
        ("2026-03-29", 1, 2),
        ("2026-03-30", 0, 2),
    ]
    assert found.active_days == 2


def test_days_outside_are_left_out():
    found = report(run(), run(NIGHT + 86_400), since=date(2026, 3, 30))
    assert [row.name for row in found.rows] == ["2026-03-30"]
    assert (found.total.runs, found.active_days) == (1, 1)


def test_sub_agents_are_billed_and_are_no_runs():
    total = report(run(), run(is_agent=True), by="agent").total
    assert (total.runs, total.requests, total.dollars) == (1, 4, 2)


def test_requests_without_a_price_are_counted_and_in_no_dollars():
    total = report(run(usage=(usage(NIGHT // 3600, "none"),))).total
    assert (total.dollars, total.unpriced) == (0, 2)


def test_the_part_of_a_budget_that_was_used():
    runs = [run(budget=10_000), run(budget=20_000), run(budget=50_000), run()]
    assert report(*runs).total.budget_share == 0.25


def test_the_part_of_the_budget_that_tasks_use_leads_and_money_follows():
    found = report(run(budget=10_000), run(budget=20_000), run(budget=50_000))
    said = list(report_sentences(found))
    assert said[0] == "Half of 3 tasks with a budget used at most 25 % of it."
    assert said[1].startswith("$3.00 an active day")
    one = report(run(budget=10_000))
    assert next(report_sentences(one)) == "The only task with a budget used 50 % of it."
    page = report_html(found)
    assert page.index('class="leading figure"><b>25 %') < page.index("<b>$3.00</b>")
    assert report_json(found)["budget_share"] == 0.25


def test_an_active_day_is_compared_with_what_is_published_or_with_a_reference_of_one_s_own():
    found = report(run())
    words = "published is $13.00 for each developer (September 2026)"
    assert any(words in line for line in report_lines(found)) and words in report_html(found)
    found.day_dollars = Decimal(20)
    words = "your reference is $20.00"
    assert any(words in line for line in report_lines(found)) and words in report_html(found)
    assert report_json(found)["reference_day_dollars"] == "20.00"


def test_monthly_budgets_are_in_every_form():
    found = report(run())
    month = month_at(1_796_100_000, BERLIN)
    budget = MonthlyBudget("tag", "dollars", Decimal(50), "a", origin="user")
    spend = Spend(1, Decimal(40), 2)
    found.standings = (BudgetStanding(budget, spend, month, month.ends - 60),)
    words = "at least $40.00 of $50.00 used, $10.00 left; starts again on 1 January, in 1 hour."
    more = "2 requests have no known price, so more may be spent."
    assert f"Monthly budget for tag a: {words} {more}" in list(report_lines(found))
    page = report_html(found)
    assert 'class="bar high"><i style="width:80.0%">' in page and f"{words} {more}" in page
    (row,) = cast("list[dict[str, object]]", report_json(found)["monthly_budgets"])
    assert (row["used"], row["at_least"], row["set_by"]) == ("40", True, "user")


def test_a_run_to_look_into_is_one_of_the_days_of_the_report():
    runs = [run(spend=1_000 * n, kind="documentation") for n in range(1, 51)]
    far = run(spend=10_000_000, kind="documentation", session="far")
    assert "<h2>To look into</h2>" in report_html(report(*runs, far))
    assert report(*runs, far, since=date(2026, 3, 30)).outliers == []


def test_a_run_far_above_its_kind_is_named():
    """50 runs of 1,000 to 50,000 tokens, and one of ten million."""
    runs = [run(spend=1_000 * n, kind="documentation") for n in range(1, 51)]
    far = run(spend=10_000_000, kind="documentation", session="far")
    assert [each.session for each in report(*runs, far).outliers] == ["far"]
    assert report(*[far] * 5).outliers == []


def test_prices_are_those_of_the_list():
    """Opus 5.5: 4 $ in, 20 $ out; reading the cache a tenth, writing it for 5 minutes × 1.25."""
    catalogue = load_catalogue()
    found = hour_dollars(
        HourUsage(NIGHT // 3600, "claude-opus-5-5", 1, 10**6, 0, 0, 0, 0), catalogue
    )
    model = catalogue.model("claude-opus-5-5").rates[0]
    assert found == model.input
    assert hour_dollars(usage(0, "gpt-5"), catalogue) is None


def test_the_forms_tell_the_same():
    found = report(run(project="=evil()", session="\x1b[31mred"), by="project")
    body = json.loads(json.dumps(report_json(found)))
    (row,) = csv.DictReader(io.StringIO(report_csv(found)))
    assert body["rows"][0]["name"] == "=evil()"
    assert row["project"] == "'=evil()"
    assert (row["charged"], body["total"]["charged"]) == ("5000", 5_000)
    assert row["dollars"] == body["total"]["dollars"] == "1.000000"
    lines = [*report_lines(found)]
    assert lines[0].split() == [
        "runs",
        "requests",
        "charged",
        "billed",
        "from",
        "cache",
        "of",
        "budget",
        "dollars",
    ]
    page = report_html(found)
    assert "<td>=evil()</td>" in page
    assert not any(word in page for word in ("http", "src=", "<script", "@import"))


def test_foreign_text_is_no_markup_on_the_page():
    page = report_html(report(run(project="<img src=x onerror=1>"), by="project"))
    assert "<img" not in page


def test_an_empty_history_is_a_report_too():
    found = report()
    assert (found.rows, found.total.runs, found.forecast) == ([], 0, None)
    assert report_json(found)["rows"] == []


def test_the_published_peak_hours_are_marked_in_every_form():
    """Half past midnight on a Sunday is none; Monday, 15 o'clock in Berlin, 6 o'clock there, is."""
    monday = NIGHT + 38 * 3_600
    found = report(run(), run(monday))
    assert report_json(found)["peak_hours"] == [
        [day, hour] for day in range(5) for hour in range(14, 20)
    ]
    assert any(
        line.startswith("50 % of the requests and 50 % of the dollars were in the published peak")
        for line in report_lines(found)
    )
    page = report_html(found)
    assert page.count('class="peak"') == 30
    assert 'class="peak" title="Mon 15:00, 2 requests, $1.00, peak hour"' in page
    assert '<td title="Sun 0:00, 2 requests, $1.00"' in page


@pytest.mark.parametrize("plain", [False, True])
def test_the_command_prints_pictures_unless_told_not_to(
    plain: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("GLIDESLOPE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with HistoryStore(user_folders().data) as store:
        store.replace(ReadFile("codex", "a", "1"), [run(source="codex")])
    assert main(["report", "--timezone", "Europe/Berlin", *(["--plain"] if plain else [])]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[1].startswith("2026-03-29")
    assert ("Dollars by day" in printed) != plain
    assert ("Requests by weekday and hour" in printed) != plain
    said = "Sat 0, Sun 2 for $0.02; most in the hour from Sun 0:00, 2."
    assert (said in printed) == plain


def test_the_tokens_of_own_agents_count_and_theirs_are_no_runs():
    found = report(
        run(),
        run(session="s.explore-1", is_agent=True, spend=3_000),
        run(source="claude-code", is_agent=True, spend=9_000),
        by="agent",
    )
    rows = {row.name: (row.runs, row.charged, row.requests) for row in found.rows}
    assert rows == {
        "glideslope": (1, 5_000, 2),
        "glideslope, sub-agents": (0, 3_000, 2),
        "claude-code, sub-agents": (0, 0, 2),
    }
    assert (found.total.runs, found.total.charged) == (1, 8_000)


def test_a_run_with_two_tags_is_in_both_rows_and_once_in_the_total():
    found = report(run(tags=("a", "b")), run(tags=("b",), session="t"), run(session="u"), by="tag")
    assert {row.name: (row.runs, row.charged, row.requests) for row in found.rows} == {
        "a": (1, 5_000, 2),
        "b": (2, 10_000, 4),
        "no tag": (1, 5_000, 2),
    }
    assert (found.total.runs, found.total.charged, found.total.requests) == (3, 15_000, 6)
    assert found.total.dollars == Decimal(3)
    said = (
        "1 run had more than one tag and is in each of these rows; the total counts each run once."
    )
    assert said in [*report_sentences(found)]
    assert said in report_html(found)
    body = report_json(found)
    assert (body["runs_in_several_rows"], body["tag"]) == (1, None)
    assert [line.split(",")[:2] for line in report_csv(found).splitlines()] == [
        ["tag", "runs"], ["b", "2"], ["a", "1"], ["no tag", "1"],
    ]  # fmt: skip


def test_a_report_of_one_tag_has_its_runs_alone():
    runs = (run(tags=("a", "b")), run(tags=("b",), session="t"), run(NIGHT + 86_400, session="u"))
    found = report(*runs, by="day", tag="b")
    assert [(row.name, row.runs) for row in found.rows] == [("2026-03-29", 2)]
    assert (found.active_days, [*found.days], report_json(found)["tag"]) == (
        1,
        [date(2026, 3, 29)],
        "b",
    )
    assert "Usage by day · tag b" in report_html(found)
    assert not report(*runs, tag="c").has_history


@pytest.mark.parametrize(
    ("by", "names", "sentence"),
    [
        ("session", ["s0", "s1"], "The 2 most expensive of 4 rows; --csv and --json have all."),
        ("day", ["2026-04-28", "2026-05-13"], "The 2 newest of 4 rows; --csv and --json have all."),
    ],
)
def test_a_table_in_words_has_no_more_rows_than_anybody_reads(
    by: str, names: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch
):
    """The total is that of all rows."""
    monkeypatch.setattr("tui.reports.report_page.MOST_LINES", 2)
    times = [NIGHT + 86_400 * (1 + 15 * n) for n in (0, 1, 2, 3)]
    found = report(
        *(
            run(at, session=f"s{n}", usage=(usage(at // 3600, output=9_000 - n),))
            for n, at in enumerate(times)
        ),
        by=by,
        zone=ZoneInfo("UTC"),
    )
    lines = [*report_lines(found)]
    assert [line.split()[0] for line in lines[1:4]] == [*names, "total"]
    assert (lines[3].split()[1], lines[5]) == ("4", sentence)
    assert len(report_csv(found).splitlines()) == 5
