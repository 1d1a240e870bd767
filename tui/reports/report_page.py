"""A usage report as text, JSON, CSV and as a page of HTML that needs no network."""

import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape

from tui.agent.run_result import standing_json
from tui.number_format import count_with_noun, format_dollars, format_percent, format_tokens
from tui.reports.monthly_budget_rows import standing_sentences
from tui.reports.usage_pictures import WEEKDAYS, peak_sentence
from tui.reports.usage_report import PUBLISHED_DAY_DOLLARS, UsageReport, UsageRow
from tui.sanitize import clean_line

REPORT_VERSION = 1
"""Version of the JSON; fields are only ever added under one version."""
NAMED_OUTLIERS = 5
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
        "rows": [_row_json(row) for row in report.rows],
        "total": _row_json(report.total),
        "active_days": report.active_days,
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
    table = [HEADINGS, *(report_cells(row) for row in (*report.rows, report.total))]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
    for line in table:
        first, *rest = line
        cells = (cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
        yield "  ".join((first.ljust(widths[0]), *cells)).rstrip()
    yield ""
    yield from report_sentences(report)


def report_sentences(report: UsageReport) -> Iterator[str]:
    """What the figures say, a sentence each."""
    if report.active_days:
        published = format_dollars(PUBLISHED_DAY_DOLLARS)
        yield (
            f"{format_dollars(report.dollars_per_active_day)} an active day, over "
            f"{count_with_noun(report.active_days, 'active day')}; published is {published}"
            " for each developer (September 2026)."
        )
    if (ahead := report.forecast) and ahead.expected > 0:
        low, high = (format_dollars(Decimal(str(round(end, 2)))) for end in (ahead.low, ahead.high))
        expected = format_dollars(Decimal(str(round(ahead.expected, 2))))
        yield f"This month ≈ {expected}, 8 in 10 between {low} and {high}."
    yield from standing_sentences(report.standings)
    if report.total.unpriced:
        yield (
            f"{report.total.unpriced:,} requests are of models without a known price;"
            " they are in no dollars."
        )
    if said := peak_sentence(report.week, report.peak):
        yield said
    for run in report.outliers[-NAMED_OUTLIERS:]:
        yield (
            f"Look into session {clean_line(run.session)}: a {run.kind} took "
            f"{run.spend:,} tokens, more than 99 in 100 do."
        )


def report_html(report: UsageReport) -> str:
    """A page with the table and the week; light and dark, nothing is loaded."""
    head = "".join(f"<th>{escape(name)}</th>" for name in HEADINGS)
    rows = "".join(_html_row(report_cells(row)) for row in report.rows)
    said = "".join(f"<p>{escape(line)}</p>" for line in report_sentences(report))
    return (
        _PAGE.replace("{head}", head)
        .replace("{rows}", rows)
        .replace("{total}", _html_row(report_cells(report.total)))
        .replace("{said}", said)
        .replace("{week}", _week_table(report))
        .replace("{by}", escape(report.grouping))
    )


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


def _html_row(cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _week_table(report: UsageReport) -> str:
    """Requests by weekday and hour, as shades with the figure in each cell's title."""
    most = max((count for day in report.week for count in day), default=0) or 1
    rows = []
    for weekday, (name, day) in enumerate(zip(WEEKDAYS, report.week, strict=True)):
        cells = "".join(
            _hour_cell(name, hour, count, count / most, is_peak=(weekday, hour) in report.peak)
            for hour, count in enumerate(day)
        )
        rows.append(f"<tr><th>{name}</th>{cells}</tr>")
    hours = "".join(f"<th>{hour}</th>" for hour in range(24))
    return f"<tr><th></th>{hours}</tr>{''.join(rows)}"


def _hour_cell(name: str, hour: int, count: int, share: float, *, is_peak: bool) -> str:
    """One hour of the week.

    Args:
        name: Its weekday.
        hour: Its hour.
        count: Its requests.
        share: These beside those of the busiest hour, 0..1.
        is_peak: Whether it is a published peak hour.
    """
    marked, said = (' class="peak"', ", peak hour") if is_peak else ("", "")
    return (
        f'<td{marked} title="{name} {hour}:00, {count:,} requests{said}"'
        f' style="--share:{share:.3f}">{count or ""}</td>'
    )


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Usage by {by}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; --ink: #1d2530; --ground: #fbfaf7; --line: #d5d3cb;
  --fill: 30 120 110; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #dfe5ea; --ground: #14191f; --line: #36404a; --fill: 80 190 175; }
}
body { background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif;
  margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: right; }
th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; }
tfoot td { font-weight: 600; }
.week td { background: rgb(var(--fill) / calc(var(--share) * .8)); font-size: 11px; padding: .2rem;
  text-align: center; }
.week td.peak { border-bottom: 2px dotted var(--ink); }
.week th { font-size: 11px; font-weight: 400; padding: .2rem; text-align: center; }
</style></head><body>
<h1>Usage by {by}</h1>
<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody><tfoot>{total}</tfoot></table>
{said}
<h2>Requests by weekday and hour</h2>
<p>A dotted line marks the published peak hours.</p>
<table class="week">{week}</table>
</body></html>"""
