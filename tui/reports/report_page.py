"""A usage report as text, JSON and CSV."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

from tui.agent.run_result import standing_json
from tui.history.usage_sums import BY_TIME
from tui.number_format import count_with_noun, format_dollars, format_percent, format_tokens
from tui.reports.monthly_budget_rows import standing_sentences
from tui.reports.usage_pictures import peak_sentence
from tui.reports.usage_report import UsageReport, UsageRow
from tui.sanitize import clean_line
from tui.settings.budget_settings import DAY_DOLLARS_PUBLISHED, PUBLISHED_DAY_DOLLARS

REPORT_VERSION = 1
"""Version of the JSON; fields are only ever added under one version."""
NAMED_OUTLIERS = 5
MOST_LINES = 500
"""Rows of the table in words: nobody reads tens of thousands, and the total is below them."""
COLUMNS = (
    "runs",
    "finished",
    "requests",
    "charged",
    "input",
    "cache_write",
    "cache_read",
    "output",
)
HEADINGS = (
    "",
    "runs",
    "requests",
    "charged",
    "billed",
    "from cache",
    "of budget",
    "dollars",
)


def report_json(report: UsageReport) -> dict[str, object]:
    """The report as one JSON object; dollars are decimal strings."""
    ahead = report.forecast
    return {
        "type": "report",
        "version": REPORT_VERSION,
        "by": report.grouping,
        "tag": report.tag,
        "runs_in_several_rows": report.in_several,
        "rows": [_row_json(row) for row in report.rows],
        "total": _row_json(report.total),
        "active_days": report.active_days,
        "budget_share": None
        if report.total.budget_share is None
        else round(report.total.budget_share, 4),
        "reference_day_dollars": f"{report.day_dollars:.2f}",
        "dollars_per_active_day": f"{report.dollars_per_active_day:.4f}",
        "month_forecast": None
        if ahead is None
        else {
            "dollars": round(ahead.expected, 2),
            "interval_80": [round(ahead.low, 2), round(ahead.high, 2)],
        },
        "outliers": [
            {"session": run.session, "kind": run.kind, "model": run.model, "charged": run.spend}
            for run in report.outliers
        ],
        "monthly_budgets": [*map(standing_json, report.standings)],
        "week": report.week,
        "week_dollars": [[f"{spent:.4f}" for spent in day] for day in report.week_dollars],
        "peak_hours": [[*cell] for cell in sorted(report.peak)],
    }


def report_csv(report: UsageReport) -> str:
    """The rows as CSV, with a header."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow([report.grouping, *COLUMNS, "dollars", "unpriced_requests"])
    for row in report.rows:
        values = [getattr(row, name) for name in COLUMNS]
        table.writerow([_safe_cell(row.name), *values, f"{row.dollars:.6f}", row.unpriced])
    return out.getvalue().rstrip("\n")


def report_lines(report: UsageReport) -> Iterator[str]:
    """The report in words: a table, and what it says."""
    by_time = report.grouping in BY_TIME
    rows = report.rows[-MOST_LINES:] if by_time else report.rows[:MOST_LINES]
    table = [HEADINGS, *map(report_cells, rows), report_cells(report.total)]
    first, *widths = (max(map(len, column)) for column in zip(*table, strict=True))
    line = "  ".join((f"{{:<{first}}}", *(f"{{:>{width}}}" for width in widths)))
    for cells in table:
        yield line.format(*cells).rstrip()
    if len(rows) < len(report.rows):
        yield ""
        yield (
            f"The {len(rows)} {'newest' if by_time else 'most expensive'} of"
            f" {len(report.rows):,} rows; --csv and --json have all."
        )
    yield ""
    yield from report_sentences(report)


def report_sentences(report: UsageReport) -> Iterator[str]:
    """What the figures say, a sentence each: budget used per task leads, money follows."""
    share = report.total.budget_share
    if share is not None:
        count, used = len(report.total.budget_shares), format_percent(share)
        which = "The only task" if count == 1 else f"Half of {count:,} tasks"
        most = "" if count == 1 else "at most "
        yield f"{which} with a budget used {most}{used} of it."
    if report.active_days:
        yield (
            f"{format_dollars(report.dollars_per_active_day)} an active day, over "
            f"{count_with_noun(report.active_days, 'active day')}; {reference_words(report)}."
        )
    if (ahead := report.forecast) and ahead.expected > 0:
        low, high = (format_dollars(Decimal(str(round(end, 2)))) for end in (ahead.low, ahead.high))
        expected = format_dollars(Decimal(str(round(ahead.expected, 2))))
        yield f"This month ≈ {expected}, 8 in 10 between {low} and {high}."
    yield from standing_sentences(report.standings)
    yield from plain_sentences(report)
    yield from outlier_sentences(report)


def reference_words(report: UsageReport) -> str:
    """What an active day is compared with."""
    dollars = format_dollars(report.day_dollars)
    if report.day_dollars == PUBLISHED_DAY_DOLLARS:
        return f"published is {dollars} for each developer ({DAY_DOLLARS_PUBLISHED})"
    return f"your reference is {dollars}"


def plain_sentences(report: UsageReport) -> list[str]:
    """What is said beside the figures: runs in several rows, no price, peak hours."""
    found = []
    if several := report.in_several:
        had = "run had" if several == 1 else "runs had"
        found.append(
            f"{several:,} {had} more than one tag and {'is' if several == 1 else 'are'} in each of"
            " these rows; the total counts each run once."
        )
    if report.total.unpriced:
        found.append(
            f"{report.total.unpriced:,} requests are of models without a known price;"
            " they are in no dollars."
        )
    if said := peak_sentence(report.week, report.peak, report.peak_hours, report.week_dollars):
        found.append(said)
    return found


def outlier_sentences(report: UsageReport) -> list[str]:
    """The newest runs to look into, a sentence each."""
    return [
        f"Look into session {clean_line(run.session)}: a {run.kind} took "
        f"{run.spend:,} tokens, more than 99 in 100 do."
        for run in report.outliers[-NAMED_OUTLIERS:]
    ]


def report_cells(row: UsageRow) -> tuple[str, ...]:
    """The cells of a row, below `HEADINGS`."""
    billed = row.input + row.cache_write + row.cache_read + row.output
    share = row.budget_share
    return (
        clean_line(row.name),
        f"{row.runs:,}",
        f"{row.requests:,}",
        format_tokens(row.charged),
        format_tokens(billed),
        format_percent(row.cached_share),
        "–" if share is None else format_percent(share),
        format_dollars(row.dollars) + ("+" if row.unpriced else ""),
    )


def _row_json(row: UsageRow) -> dict[str, object]:
    share = row.budget_share
    return {
        "name": row.name,
        **{name: getattr(row, name) for name in COLUMNS},
        "cached_share": round(row.cached_share, 4),
        "budget_share": None if share is None else round(share, 4),
        "dollars": f"{row.dollars:.6f}",
        "unpriced_requests": row.unpriced,
    }


def _safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
