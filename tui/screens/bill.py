"""The page behind what was billed: every request, its tokens by class, and what they cost."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby

from tui.screens.entries import amount, turn_heading
from tui.session.state import SessionState
from tui.session.statement import BillLine, Statement
from tui.widgets.figure_page import Column, Page, Row
from tui.widgets.numbers import counted

_RATES = (
    ("input", "input"),
    ("cache_write_5m", "written"),
    ("cache_write_1h", "written for an hour"),
    ("cache_read", "read"),
    ("output", "output"),
)


def billed_page(state: SessionState, statement: Statement) -> Page:
    """Every request that was billed: tokens by class, and dollars at the rates applied."""
    lines = statement.lines
    several = len({line.model for line in lines}) > 1
    rows: list[Row] = []
    rates: object = None
    most: int | None = None
    for turn, found in groupby(lines, lambda line: line.turn):
        group = list(found)
        rows.append(Row(turn_heading(state, turn), (), paid(group), "heading"))
        for line in group:
            if line.rates is not None and line.rates != rates:
                rates = line.rates
                rows += [Row(words, kind="note") for words in _rates(line)]
            if line.most is not None and line.most != most:
                most = line.most
                effort = f" at {line.effort} effort" if line.effort else ""
                rows.append(Row(f"at most {most:,} tokens a message{effort}", kind="note"))
            rows.append(_bill_row(line, several))
    columns = ("input", "written", "read", "output")
    return Page(
        title="BILLED",
        summary=_bill_summary(state, lines),
        name="request",
        columns=tuple(Column(name, True) for name in columns),
        figure="dollars",
        rows=tuple(rows),
    )


def _bill_row(line: BillLine, several: bool) -> Row:
    parts = [f"request {line.request}"]
    parts += [line.model.removeprefix("claude-")] if several else []
    parts += [line.purpose] if line.purpose != "turn" else []
    parts += [] if line.whole else ["broken off"]
    usage = line.usage
    inputs = (usage.input, usage.cache_write, usage.cache_read)
    cells = [amount(cell, not usage.reported) for cell in inputs]
    cells.append(amount(usage.output, line.estimated))
    return Row(" · ".join(parts), tuple(cells), paid([line]))


def paid(lines: Sequence[BillLine]) -> str:
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
    summary = [f"{amount(billed.tokens, billed.estimated)} tokens billed · {price}"]
    sums: dict[str, Decimal] = {}
    for line in lines:
        for name, dollars in line.by_class.items():
            sums[name] = sums.get(name, Decimal(0)) + dollars
    if sums:
        summary.append(" · ".join(f"{name} {_money(each)}" for name, each in sums.items() if each))
    if billed.unpriced:
        summary.append(f"price unknown: {counted(billed.unpriced, 'request')}")
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
