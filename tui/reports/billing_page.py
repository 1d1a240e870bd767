"""The page behind what was billed: every request, its tokens by class, and what they cost."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby

from tui.number_format import count_with_noun
from tui.reports.detail_page import Column, DetailPage, DetailRow
from tui.reports.ledger_pages import exact_tokens, turn_heading
from tui.session.state import SessionState
from tui.session.usage_details import BillLine, UsageDetails

_RATES = (
    ("input", "input"),
    ("cache_write_5m", "written"),
    ("cache_write_1h", "written for an hour"),
    ("cache_read", "read"),
    ("output", "output"),
)


def billing_page(state: SessionState, statement: UsageDetails) -> DetailPage:
    """Every request that was billed: tokens by class, and dollars at the rates applied."""
    lines = statement.bill_lines
    several = len({line.model for line in lines}) > 1
    rows: list[DetailRow] = []
    rates: object = None
    most: int | None = None
    for turn, found in groupby(lines, lambda line: line.turn):
        group = list(found)
        rows.append(DetailRow(turn_heading(state, turn), (), total_price(group), "heading"))
        for line in group:
            if line.rates is not None and line.rates != rates:
                rates = line.rates
                rows += [DetailRow(words, kind="note") for words in _rates(line)]
            if line.max_tokens is not None and line.max_tokens != most:
                most = line.max_tokens
                effort = f" at {line.effort} effort" if line.effort else ""
                rows.append(DetailRow(f"at most {most:,} tokens a message{effort}", kind="note"))
            rows.append(_bill_row(line, several))
    columns = ("input", "written", "read", "output")
    return DetailPage(
        title="Entries · billed",
        summary=_bill_summary(state, lines),
        name="request",
        columns=tuple(Column(name, True) for name in columns),
        figure="dollars",
        rows=tuple(rows),
    )


def _bill_row(line: BillLine, several: bool) -> DetailRow:
    parts = [f"request {line.request}"]
    parts += [line.model.removeprefix("claude-")] if several else []
    parts += [line.purpose] if line.purpose != "turn" else []
    parts += [] if line.is_complete else ["broken off"]
    usage = line.usage
    inputs = (usage.input, usage.cache_write, usage.cache_read)
    cells = [exact_tokens(cell, not usage.reported) for cell in inputs]
    cells.append(exact_tokens(usage.output, line.estimated))
    return DetailRow(" · ".join(parts), tuple(cells), total_price([line]))


def total_price(lines: Sequence[BillLine]) -> str:
    """The price of `lines` together; `+` where some of them have none."""
    known = [line.dollars for line in lines if line.dollars is not None]
    if not known:
        return "price unknown"
    return _money(sum(known, Decimal(0))) + ("+" if len(known) < len(lines) else "")


def _money(amount: Decimal) -> str:
    return f"${amount:,.4f}"


def _bill_summary(state: SessionState, lines: Sequence[BillLine]) -> tuple[str, ...]:
    billed = state.bill.meter()
    price = "price unknown" if billed.dollars is None else f"{_money(billed.dollars)} at list price"
    summary = [f"{exact_tokens(billed.tokens, billed.estimated)} tokens billed · {price}"]
    sums: dict[str, Decimal] = {}
    for line in lines:
        for name, dollars in line.by_class.items():
            sums[name] = sums.get(name, Decimal(0)) + dollars
    if sums:
        summary.append(" · ".join(f"{name} {_money(each)}" for name, each in sums.items() if each))
    if billed.unpriced:
        summary.append(f"price unknown: {count_with_noun(billed.unpriced, 'request')}")
    return tuple(summary)


def _rates(line: BillLine) -> Iterable[str]:
    """The rates applied to `line`, in as many rows as can be read."""
    rates = line.rates or {}
    above = f", prompts above {rates['above']:,} tokens" if rates.get("above") else ""
    factor = str(rates.get("factor", "1"))
    times = f", times {factor}" if factor != "1" else ""
    since = f" of {rates['since']}" if rates.get("since") else ""
    yield f"{line.model.removeprefix('claude-')}: prices{since} for a million tokens{above}{times}"
    yield " · ".join(f"{word} ${rates[name]}" for name, word in _RATES if name in rates)
