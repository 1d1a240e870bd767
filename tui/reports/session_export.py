"""A whole session as one Markdown page: what was said and done, the wrap-up, what it cost.

Made from the log, by the same presenter as the screen; thinking and tool output stay in the
session. Every text is foreign: it is cleaned, and keys are blacked out, whoever wrote them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from tui.budget.ledger import Usage
from tui.number_format import count_with_noun, mark_estimate
from tui.reports.billing_page import total_price
from tui.reports.export_files import redact_for_export, redact_line
from tui.reports.summary_pages import table_of_markdown
from tui.reports.transcript_items import (
    AnswerItem,
    DividerItem,
    NoticeItem,
    PromptItem,
    ToolItem,
    TranscriptItem,
)
from tui.reports.transcript_presenter import TranscriptPresenter
from tui.reports.wrapup_markdown import report_parts, session_title
from tui.session import events as ev
from tui.session.state import SessionState
from tui.session.usage_details import BillLine, UsageDetails


def session_markdown(records: Sequence[ev.Record], state: SessionState) -> str:
    """The page.

    Args:
        records: The whole log of the session, what a fork took over included.
        state: Folded from it.
    """
    parts = [f"# {session_title(state)}", _facts(records, state), *_wrap_up(state)]
    parts += ["## Budget and cost", *_budget(state), *_cost(UsageDetails(records))]
    parts.append("## Conversation")
    for item in TranscriptPresenter(state, merged=False).history(records):
        parts += _item(item)
    return redact_for_export("\n\n".join(parts)) + "\n"


def export_file_name(state: SessionState) -> str:
    """What its file is called unless somebody gives another name."""
    return f"glideslope-{re.sub(r'[^A-Za-z0-9-]', '', state.session)}.md"


def _facts(records: Sequence[ev.Record], state: SessionState) -> str:
    begun, last = (_moment(records[at].at) if records else "" for at in (0, -1))
    rows = [
        ("session", state.session),
        ("folder", state.folder),
        ("model", state.model + (f", {state.effort} effort" if state.effort else "")),
        ("begun", begun),
        ("last changed", last),
        ("prompts", str(state.turn)),
    ]
    if state.parent:
        rows.append(("forked from", state.parent[0]))
    return _table(("", ""), rows)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")


def _wrap_up(state: SessionState) -> list[str]:
    """The newest report; nothing where there is none."""
    if not state.wrap_ups:
        return []
    filed = state.wrap_ups[-1]
    return ["## Wrap-up", *report_parts(state, filed, level=3)]


def _budget(state: SessionState) -> Iterator[str]:
    spent = mark_estimate(f"{state.ledger.charged:,}", bool(state.ledger.unsettled))
    used = f"{spent} tokens charged"
    if state.envelope is None or state.left is None:
        yield f"{used}; no budget."
        return
    scope = "the session" if state.envelope.scope == "session" else "the last prompt"
    word = "left" if state.left >= 0 else "over"
    charged, left = (
        mark_estimate(f"{count:,}", bool(state.unsettled))
        for count in (state.charged, abs(state.left))
    )
    yield (
        f"{used}. Budget for {scope}: {charged} used, {left} {word} of {state.envelope.grant:,}."
    )


def _cost(statement: UsageDetails) -> Iterator[str]:
    """Every request that was billed, and the sum."""
    lines = statement.bill_lines
    if not lines:
        yield "Nothing was billed."
        return
    head = ("request", "prompt", "model", "input", "written", "read", "output", "dollars")
    rows = [_bill_row(line) for line in lines]
    estimated = any(line.estimated for line in lines)
    rows.append(("all", "", "", *_classes(_sum(lines), estimated), total_price(lines)))
    yield _table(head, rows, figures=(3, 4, 5, 6, 7))
    unpriced = sum(line.dollars is None for line in lines)
    if unpriced:
        yield f"The sum leaves out {count_with_noun(unpriced, 'request')} at an unknown price."
    yield "Dollars at the list price of the day of each answer."


def _bill_row(line: BillLine) -> tuple[str, ...]:
    number = str(line.request) if line.purpose == "turn" else f"{line.request} ({line.purpose})"
    number += "" if line.is_complete else " broken off"
    classes = _classes(line.usage, line.estimated)
    return (number, str(line.turn), line.model, *classes, total_price([line]))


def _classes(usage: Usage, estimated: bool) -> tuple[str, ...]:
    counts = (usage.input, usage.cache_write, usage.cache_read, usage.output)
    return tuple(mark_estimate(f"{count:,}", estimated) for count in counts)


def _sum(lines: Iterable[BillLine]) -> Usage:
    total = Usage()
    for line in lines:
        total = Usage(
            input=total.input + line.usage.input,
            cache_write_5m=total.cache_write_5m + line.usage.cache_write,
            cache_read=total.cache_read + line.usage.cache_read,
            output=total.output + line.usage.output,
        )
    return total


def _table(
    head: tuple[str, ...], rows: Iterable[tuple[str, ...]], figures: tuple[int, ...] = ()
) -> str:
    return table_of_markdown(head, (tuple(map(_phrase, row)) for row in rows), figures=figures)


# The conversation --------------------------------------------------------------------


def _item(item: TranscriptItem) -> Iterator[str]:
    match item:
        case PromptItem(text=text):
            yield "### Prompt\n\n" + _quoted(text)
        case AnswerItem(markdown=markdown):
            yield markdown.strip()
        case ToolItem():
            yield from _tool(item)
        case NoticeItem(text=text):
            yield f"*{_phrase(text)}*"
        case DividerItem(text=text):
            yield f"*{_phrase(text)}*\n\n---" if text else "---"
        case _:
            pass  # thinking stays in the session


def _tool(line: ToolItem) -> Iterator[str]:
    end = "" if line.state == "done" else f" ({line.state.replace('_', ' ')})"
    summary = f": {_phrase(line.summary)}" if line.summary else ""
    yield f"- **{_phrase(line.name)}** {_code(line.subject)}{summary}{end}".rstrip()
    for change in line.changes:
        if change.diff:
            yield _fenced(change.diff, "diff")


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in redact_for_export(text).splitlines())


def _phrase(text: str) -> str:
    """Foreign text within a line of Markdown; it can begin nothing there."""
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", redact_line(text))


def _code(text: str) -> str:
    """Foreign text as code within a line."""
    words = redact_line(text)
    if not words:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", words)), default=0) + 1)
    space = " " if len(fence) > 1 else ""
    return f"{fence}{space}{words}{space}{fence}"


def _fenced(text: str, language: str) -> str:
    """Foreign text in a fence that it cannot end."""
    body = redact_for_export(text).rstrip("\n")
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", body)), default=0) + 1)
    return f"{fence}{language}\n{body}\n{fence}"
