"""The page of `/report`: the table of a usage report, its pictures, and what it says."""

from tui.history.usage_sums import BY_TIME
from tui.number_format import format_tokens
from tui.reports.report_page import HEADINGS, report_cells, report_sentences
from tui.reports.summary_pages import escape_markdown, markdown_table
from tui.reports.usage_pictures import UsagePicture, usage_pictures
from tui.reports.usage_report import UsageReport, UsageRow

MOST_ROWS = 14
"""Rows of the table: those of the newest times, else those that cost most."""
COLUMNS = ("runs", "charged", "from cache", "of budget", "dollars")
"""Columns that have room in a panel beside the transcript."""
READING = "Reading the history …"
NO_HISTORY = (
    "There is no history yet. It comes with work in any session; `glideslope import` takes that of "
    "another agent along."
)
_SHOWN = (0, *(HEADINGS.index(name) for name in COLUMNS))


def usage_page(report: UsageReport, unread: int = 0) -> str:
    """The page, as Markdown.

    Args:
        report: What was used.
        unread: Sessions that could not be read.
    """
    if not report.rows:
        return NO_HISTORY
    by_time = report.grouping in BY_TIME
    shown = (report.rows[::-1] if by_time else report.rows)[:MOST_ROWS]
    parts = [_table(report, shown)]
    if len(shown) < len(report.rows):
        parts.append(
            f"The {len(shown)} {'newest' if by_time else 'most expensive'} of"
            f" {len(report.rows):,} rows; `glideslope report --by {report.grouping}` prints all."
        )
    parts.append(_billed_sentence(report.total))
    if unread:
        parts.append(f"{unread:,} sessions could not be read; they are left out.")
    parts += [_drawn(picture) for picture in usage_pictures(report)]
    parts += [escape_markdown(sentence) for sentence in report_sentences(report)]
    return "\n\n".join(parts)


def _table(report: UsageReport, shown: list[UsageRow]) -> str:
    rows = [report_cells(row) for row in (*shown, report.total)]
    return markdown_table(
        (report.grouping, *COLUMNS),
        [tuple(row[at] for at in _SHOWN) for row in rows],
        figures=tuple(range(1, len(_SHOWN))),
    )


def _billed_sentence(total: UsageRow) -> str:
    """The billed tokens by class."""
    return (
        f"Billed tokens: {format_tokens(total.cache_read)} read from the cache, "
        f"{format_tokens(total.cache_write)} written to it, {format_tokens(total.input)} other "
        f"input, {format_tokens(total.output)} output."
    )


def _drawn(picture: UsagePicture) -> str:
    lines = "\n".join(picture.lines)
    note = f"\n\n{escape_markdown(picture.note)}" if picture.note else ""
    return f"**{escape_markdown(picture.title)}**\n\n```\n{lines}\n```{note}"
