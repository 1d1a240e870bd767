"""A usage report as one page of HTML that needs no network, light and dark."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from html import escape

from tui.agent.monthly_budget_words import (
    budget_title,
    reset_words,
    standing_words,
    unpriced_words,
)
from tui.budget.monthly_budget import BudgetStanding
from tui.budget.peak_hours import WEEKDAYS
from tui.number_format import format_dollars, format_percent
from tui.reports.report_page import (
    HEADINGS,
    outlier_sentences,
    plain_sentences,
    reference_words,
    report_cells,
)
from tui.reports.usage_report import UsageReport
from tui.sanitize import clean_line

BAR_DAYS = 92
"""Days that are drawn as bars: three months."""


def report_html(report: UsageReport) -> str:
    """The page: the figures that count, the monthly budgets, days, table and week."""
    by = escape(report.grouping) + (f" · tag {escape(report.tag)}" if report.tag else "")
    parts = [
        f"<h1>Usage by {by}</h1>",
        f'<div class="figures">{"".join(_figures(report))}</div>',
        *_budgets(report.standings),
        *_listed("To look into", outlier_sentences(report)),
        *_day_bars(report),
        _table(report),
        *(f"<p>{escape(sentence)}</p>" for sentence in plain_sentences(report)),
        "<h2>Requests by weekday and hour</h2>",
        "<p>A dotted line marks the published peak hours.</p>",
        f'<div class="wide"><table class="week">{_week_table(report)}</table></div>',
    ]
    return _PAGE.format(by=by, style=_STYLE, body="\n".join(parts))


def _figures(report: UsageReport) -> Iterator[str]:
    """The part of the budgets that tasks use leads; money follows."""
    total, share = report.total, report.total.budget_share
    if share is not None:
        words = f"of the budget used at most, by half of {len(total.budget_shares):,} tasks"
        yield _figure(format_percent(share), words, is_leading=True)
    if report.active_days:
        yield _figure(
            format_dollars(total.dollars) + ("+" if total.unpriced else ""), "at list price"
        )
        yield _figure(
            format_dollars(report.dollars_per_active_day),
            f"an active day, of {report.active_days:,}; {reference_words(report)}",
        )
    if (ahead := report.forecast) and ahead.expected > 0:
        low, expected, high = (
            format_dollars(Decimal(str(round(each, 2))))
            for each in (ahead.low, ahead.expected, ahead.high)
        )
        yield _figure(f"≈ {expected}", f"this month; 8 in 10 between {low} and {high}")


def _figure(figure: str, words: str, *, is_leading: bool = False) -> str:
    kind = "leading figure" if is_leading else "figure"
    return f'<div class="{kind}"><b>{escape(figure)}</b><span>{escape(words)}</span></div>'


def _budgets(standings: Sequence[BudgetStanding]) -> Iterator[str]:
    """A bar for each monthly budget, with the same in words."""
    if not standings:
        return
    yield "<h2>Monthly budgets</h2>"
    for standing in standings:
        reached = ' class="bar high"' if standing.percents_reached else ' class="bar"'
        title = budget_title(standing.budget)
        words = f"{standing_words(standing)}; {reset_words(standing)}. {unpriced_words(standing)}"
        yield (
            f"<p>{escape(title[:1].upper() + title[1:])}<br>"
            f'<span{reached}><i style="width:{min(1.0, standing.share):.1%}"></i></span>'
            f"{escape(words)}</p>"
        )


def _listed(heading: str, sentences: Sequence[str]) -> Iterator[str]:
    if sentences:
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
        yield f"<h2>{escape(heading)}</h2><ul>{items}</ul>"


def _day_bars(report: UsageReport) -> Iterator[str]:
    """Dollars by day, the last day at the right."""
    most = max(report.days.values(), default=Decimal(0))
    if not most:
        return
    last = max(report.days)
    first = max(min(report.days), last - timedelta(days=BAR_DAYS - 1))
    shown = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    bars = "".join(_bar(day, report.days.get(day, Decimal(0)), most) for day in shown)
    yield (
        "<h2>Dollars by day</h2>"
        f'<div class="days" role="img" aria-label="Dollars by day, {first} to {last}">{bars}</div>'
        f'<p class="ends"><span>{first}</span><span>{last}</span></p>'
    )


def _bar(day: date, dollars: Decimal, most: Decimal) -> str:
    height = float(dollars / most)
    return f'<i title="{day}: {format_dollars(dollars)}" style="height:{height:.1%}"></i>'


def _table(report: UsageReport) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in HEADINGS)
    rows = "".join(_row(report_cells(row)) for row in report.rows)
    total = _row(report_cells(report.total))
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody>'
        f"<tfoot>{total}</tfoot></table></div>"
    )


def _row(cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{escape(clean_line(cell))}</td>" for cell in cells) + "</tr>"


def _week_table(report: UsageReport) -> str:
    """Requests by weekday and hour, as shades with the figure in each cell's title."""
    most = max((count for day in report.week for count in day), default=0) or 1
    rows = []
    for weekday, (name, day) in enumerate(zip(WEEKDAYS, report.week, strict=True)):
        cells = "".join(
            _hour_cell(
                f"{name} {hour}:00",
                count,
                count / most,
                report.week_dollars[weekday][hour],
                is_peak=(weekday, hour) in report.peak,
            )
            for hour, count in enumerate(day)
        )
        rows.append(f"<tr><th>{name}</th>{cells}</tr>")
    hours = "".join(f"<th>{hour}</th>" for hour in range(24))
    return f"<tr><th></th>{hours}</tr>{''.join(rows)}"


def _hour_cell(name: str, count: int, share: float, dollars: Decimal, *, is_peak: bool) -> str:
    """One hour of the week.

    Args:
        name: Such as `Mon 15:00`.
        count: Its requests.
        share: These beside those of the busiest hour, 0..1.
        dollars: What they cost.
        is_peak: Whether it is a published peak hour.
    """
    marked, said = (' class="peak"', ", peak hour") if is_peak else ("", "")
    return (
        f'<td{marked} title="{name}, {count:,} requests, {format_dollars(dollars)}{said}"'
        f' style="--share:{share:.3f}">{count or ""}</td>'
    )


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Usage by {by}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{style}</style></head><body>
{body}
</body></html>"""

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2530; --muted: #55606c; --ground: #fbfaf7;
  --line: #d5d3cb; --fill: 30 120 110; --high: #b4540a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #dfe5ea; --muted: #9aa7b3; --ground: #14191f; --line: #36404a;
    --fill: 80 190 175; --high: #f0a35e; }
}
body { background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif;
  margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin: 1.8rem 0 .4rem; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1rem 0; }
.figure { display: flex; flex-direction: column; max-width: 15rem; }
.figure b { font-size: 1.6rem; font-variant-numeric: tabular-nums; }
.leading b { color: rgb(var(--fill)); }
.figure span, .ends { color: var(--muted); font-size: 13px; }
.bar { border: 1px solid var(--line); display: inline-block; height: .7rem; margin-right: .6rem;
  max-width: 20rem; width: 40%; }
.bar i { background: rgb(var(--fill)); display: block; height: 100%; }
.bar.high i { background: var(--high); }
.days { align-items: flex-end; border-bottom: 1px solid var(--line); display: flex; gap: 1px;
  height: 6rem; }
.days i { background: rgb(var(--fill)); flex: 1; max-width: 2rem; min-height: 1px; }
.ends { display: flex; justify-content: space-between; margin: .2rem 0 1.5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: right; }
th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; min-width: 7rem; }
.week th:first-child { min-width: 0; overflow-wrap: normal; }
tfoot td { font-weight: 600; }
.week { min-width: 44rem; table-layout: fixed; }
.week td { background: rgb(var(--fill) / calc(var(--share) * .65)); font-size: 11px; padding: .2rem;
  text-align: center; }
.week td.peak { border-bottom: 2px dotted var(--ink); }
.week th { font-size: 11px; font-weight: 400; padding: .2rem; text-align: center; }
"""
