"""The pages behind the figures: which entries a number is the sum of.

Each page adds up to its figure; where the ledger alone does not, a row says what the rest is.
Pure: state and statement in, rows out.
"""

from collections.abc import Callable, Iterable, Sequence

from tui.budget.ledger import LedgerEntry, split_shares
from tui.budget.meters import LimitMeter
from tui.number_format import (
    APPROXIMATELY,
    MINUS,
    count_with_noun,
    format_duration,
    format_percent,
    mark_estimate,
)
from tui.reports.budget_words import NO_SUBTASK
from tui.reports.detail_page import Column, DetailPage, DetailRow
from tui.reports.limit_words import full_in, limit_counts
from tui.session.state import SessionState
from tui.session.usage_details import BillLine, UsageDetails

_KINDS = {
    "output": "the model's own words",
    "results": "tool results",
    "beside": "notes beside results",
    "prompt": "prompts and what came with them",
    "summary": "summaries",
}
_SUBTASK_COLUMNS = (Column("kind"), Column("turn", True), Column("request", True))
LEAST_SECONDS = 0.1
"""Less is not worth a row of the page of time."""


def budget_page(state: SessionState, statement: UsageDetails) -> DetailPage:
    """The ledger's entries behind what is used of the budget, prompt by prompt."""
    entries = _envelope_entries(state)
    columns = _EntryColumns(state, entries)
    turns: dict[int, list[LedgerEntry]] = {}
    for entry in entries:
        turns.setdefault(entry.turn, []).append(entry)
    rows: list[DetailRow] = []
    for turn, group in turns.items():
        rows.append(DetailRow(turn_heading(state, turn), (), _figure(group), "heading"))
        rows += [
            DetailRow(statement.describe(entry.key), columns.cells(entry), _figure([entry]))
            for entry in group
        ]
    rest = state.charged - _sum(entries)
    if rest:
        rows.append(
            DetailRow("charged apart from these entries", (), exact_tokens(rest), "heading")
        )
    return DetailPage(
        title=_budget_title(state),
        summary=(_budget_summary(state),),
        name="entry",
        columns=columns.columns,
        figure="tokens",
        rows=(*rows, *_not_charged(state, entries), *_streaming(state)),
    )


def subtasks_page(state: SessionState, statement: UsageDetails, outlook: str = "") -> DetailPage:
    """What each subtask took, entry by entry; together all that was used.

    Args:
        state: The session.
        statement: Words for its entries.
        outlook: What the checklist still takes, in words.
    """
    spent: dict[str | None, list[LedgerEntry]] = {id: [] for id in state.checklist}
    for entry in _split_entries(state):
        spent.setdefault(entry.subtask, []).append(entry)
    spent[None] = spent.pop(None, [])
    rows: list[DetailRow] = []
    for id, entries in spent.items():
        if id is None and not entries:
            continue
        rows.append(DetailRow(_subtask(state, id), (), _figure(entries), "heading"))
        rows += _subtask_rows(statement, entries)
    used = mark_estimate(f"{state.ledger.charged:,}", bool(state.ledger.unsettled))
    return DetailPage(
        title="Entries · subtasks",
        summary=tuple(filter(None, (f"{used} tokens used in this session", outlook))),
        name="subtask",
        columns=_SUBTASK_COLUMNS,
        figure="tokens",
        rows=tuple(rows),
    )


def subtask_page(state: SessionState, statement: UsageDetails, id: str | None) -> DetailPage:
    """What one subtask took, entry by entry.

    Args:
        state: The session.
        statement: Words for its entries.
        id: Of the subtask; None for what was charged to none.
    """
    entries = [entry for entry in _split_entries(state) if entry.subtask == id]
    return DetailPage(
        title="Entries · subtask",
        summary=(_subtask(state, id), f"{_figure(entries)} tokens used"),
        name="entry",
        columns=_SUBTASK_COLUMNS,
        figure="tokens",
        rows=tuple(_subtask_rows(statement, entries)),
    )


def _subtask_rows(statement: UsageDetails, entries: Iterable[LedgerEntry]) -> list[DetailRow]:
    """A row for each entry, in the columns of a page about subtasks."""
    return [
        DetailRow(
            statement.describe(entry.key),
            (entry.kind, str(entry.turn or NO_TURN), str(entry.request)),
            _figure([entry]),
        )
        for entry in entries
    ]


def context_page(state: SessionState, statement: UsageDetails, window: int) -> DetailPage:
    """What the ledger knows of the context window, by kind, the largest first.

    Args:
        state: The session.
        statement: Words for its entries.
        window: Tokens the model can hold; 0 when unknown.
    """
    entries = [
        state.ledger.entries[key] for key in _keys_in_window(state) if key in state.ledger.entries
    ]
    kinds: dict[str, list[LedgerEntry]] = {}
    for entry in sorted(entries, key=lambda entry: -entry.tokens):
        kinds.setdefault(entry.kind, []).append(entry)
    groups = [(_sum(found), _context_rows(statement, kind, found)) for kind, found in kinds.items()]
    rest = state.context - _sum(entries)
    if rest:
        figure = exact_tokens(rest, not all(entry.settled for entry in entries))
        words = "system prompt, tools, and what has no entry"
        groups.append((rest, [DetailRow(words, (), figure, "heading")]))
    if waiting := state.unmeasured:
        words = "waiting to be sent, or for the answer to it"
        groups.append((waiting, [DetailRow(words, (), exact_tokens(waiting, True), "heading")]))
    groups.sort(key=lambda group: -group[0])
    used = state.context_used
    of = f" of {window:,} ({format_percent(used / window)})" if window else ""
    estimated = state.context_estimated or bool(waiting)
    by = "by the last request, its answer, and what waits" if waiting else _LAST
    return DetailPage(
        title="Entries · context",
        summary=(f"{exact_tokens(used, estimated)} tokens used{of} {by}",),
        name="in the window",
        columns=(Column("turn", True), Column("request", True)),
        figure="tokens",
        rows=tuple(row for _, rows in groups for row in rows),
    )


NO_TURN = "–"
"""Shown as the turn of what was used between two prompts."""
_LAST = "by the last request and its answer"


def limits_page(limits: Sequence[LimitMeter], now: float) -> DetailPage:
    """The account's limits as the last response named them, the tightest first.

    Args:
        limits: The limits.
        now: Seconds since the Unix epoch.
    """
    lefts = {each.name: each.left_at(now) for each in limits}
    by_share = sorted(limits, key=lambda each: lefts[each.name] / each.limit if each.limit else 1.0)
    rows = [
        DetailRow(
            each.name,
            (
                limit_counts(each.name),
                f"{each.limit:,}",
                format_percent(lefts[each.name] / each.limit) if each.limit else "",
                full_in(each, now),
            ),
            f"{lefts[each.name]:,}",
        )
        for each in by_share
    ]
    return DetailPage(
        title="Entries · limits",
        summary=(
            "What is left of the account's limits for the model that answered last, by its answer.",
        ),
        name="limit",
        columns=(
            Column("counts"),
            Column("of", True),
            Column("share", True),
            Column("full in", True),
        ),
        figure="left",
        rows=tuple(rows),
        empty="no response has named one yet",
    )


def time_page(state: SessionState, statement: UsageDetails) -> DetailPage:
    """Working time, prompt by prompt: the answers of the model, and what else took time."""
    lines: dict[int, list[BillLine]] = {}
    for line in statement.bill_lines:
        lines.setdefault(line.turn, []).append(line)
    rows: list[DetailRow] = []
    for turn, seconds in state.work_clock.seconds_by_turn.items():
        rows.append(DetailRow(turn_heading(state, turn), (), format_duration(seconds), "heading"))
        # A summary that was asked for between two prompts took none of their time.
        asked = (line for line in lines.get(turn, []) if line.purpose != "compaction")
        answers = [line for line in asked if line.seconds]
        rows += [
            DetailRow(f"request {line.request}", (), format_duration(line.seconds))
            for line in answers
        ]
        rest = seconds - sum(line.seconds for line in answers)
        if rest >= LEAST_SECONDS:
            rows.append(
                DetailRow("all else: tools, questions, summaries", (), format_duration(rest))
            )
    return DetailPage(
        title="Entries · time",
        summary=(
            f"{format_duration(state.work_clock.seconds)} of work in this session, not counting "
            "between turns",
        ),
        name="prompt",
        columns=(),
        figure="time",
        rows=tuple(rows),
    )


# The budget --------------------------------------------------------------------------


class _EntryColumns:
    """The columns of a page of entries: those in which something differs."""

    def __init__(self, state: SessionState, entries: Sequence[LedgerEntry]) -> None:
        ways: list[tuple[Column, Callable[[LedgerEntry], str]]] = [
            (Column("kind"), lambda entry: entry.kind),
            (Column("request", True), lambda entry: str(entry.request)),
        ]
        if any(entry.subtask or entry.shares for entry in entries):
            ways.append((Column("subtask"), lambda entry: _owner(state, entry)))
        if len({entry.model for entry in entries}) > 1:
            ways.append((Column("model"), lambda entry: entry.model.removeprefix("claude-")))
        if len({entry.agent for entry in entries}) > 1:
            ways.append((Column("agent"), lambda entry: entry.agent))
        self.columns = tuple(column for column, _ in ways)
        self._ways = tuple(way for _, way in ways)

    def cells(self, entry: LedgerEntry) -> tuple[str, ...]:
        """The cells of one entry."""
        return tuple(way(entry) for way in self._ways)


def _charged(state: SessionState) -> list[LedgerEntry]:
    return [each for each in state.ledger.entries.values() if each.charged and each.tokens]


def _split_entries(state: SessionState) -> list[LedgerEntry]:
    """The same, with what several subtasks share in parts."""
    return [each for each in split_shares(_charged(state)) if each.tokens]


def _envelope_entries(state: SessionState) -> list[LedgerEntry]:
    """The entries that the envelope in force is charged with."""
    envelope, entries = state.envelope, _charged(state)
    if envelope is None or envelope.scope == "session":
        return entries
    if not state.turn_open and envelope.opened_at >= state.work_clock.seconds:
        return []  # given between two prompts: what was used before does not count
    return [entry for entry in entries if entry.turn == state.turn]


def _budget_title(state: SessionState) -> str:
    if state.envelope is None:
        return "Entries · budget"
    return "Entries · budget of " + (
        "the session" if state.envelope.scope == "session" else "this prompt"
    )


def _budget_summary(state: SessionState) -> str:
    used = mark_estimate(f"{state.charged:,}", bool(state.unsettled))
    if state.grant is None or state.left is None:
        return f"{used} tokens used in this session; no budget limits it"
    left = mark_estimate(f"{abs(state.left):,}", bool(state.unsettled))
    word = "left" if state.left >= 0 else "over"
    return f"{used} tokens used · {left} {word} of {state.grant:,}"


def _not_charged(state: SessionState, entries: Sequence[LedgerEntry]) -> Iterable[DetailRow]:
    turns = {entry.turn for entry in entries}
    others = [each for each in state.ledger.entries.values() if not each.charged]
    left_out = [each for each in others if each.turn in turns]
    if left_out:
        prompts = count_with_noun(len(left_out), "prompt")
        tokens = f"{APPROXIMATELY} {_sum(left_out):,} tokens"
        yield DetailRow(f"not charged to a budget: {prompts}, {tokens}", kind="note")


def _streaming(state: SessionState) -> Iterable[DetailRow]:
    if state.open_request is not None:
        number = state.open_request.request
        yield DetailRow(
            f"request {number} is still running: its entry appears when it ends", kind="note"
        )


def turn_heading(state: SessionState, turn: int) -> str:
    """`turn 2 · Add the missing tests.`"""
    prompt = state.prompts[turn - 1] if 0 < turn <= len(state.prompts) else ""
    words = prompt.strip().partition("\n")[0][:200]
    if not turn:
        return "before the first prompt"
    return f"turn {turn} · {words}" if words else f"turn {turn}"


def _owner(state: SessionState, entry: LedgerEntry) -> str:
    """The subtask an entry is charged to, or how many share it."""
    owners = [subtask for subtask, tokens in entry.parts() if subtask and tokens]
    if len(owners) == 1:
        known = state.checklist.get(owners[0])
        return known.title if known else owners[0]
    return count_with_noun(len(owners), "subtask") if owners else ""


def _subtask(state: SessionState, id: str | None) -> str:
    """`lexer.py · in progress · ≈ 2,000 estimated`."""
    known = state.checklist.get(id) if id else None
    if known is None:
        return id or NO_SUBTASK
    estimate = f" · ≈ {known.estimate:,} estimated" if known.estimate is not None else ""
    leads = state.checklist.get(state.done_together_with(known.id) or "")
    together = f" with {leads.title}" if leads else ""
    return f"{known.title} · {known.state.replace('_', ' ')}{together}{estimate}"


def _context_rows(
    statement: UsageDetails, kind: str, entries: Sequence[LedgerEntry]
) -> list[DetailRow]:
    rows = [DetailRow(_KINDS[kind], (), _figure(entries), "heading")]
    for entry in entries:
        if entry.tokens:
            cells = (str(entry.turn or NO_TURN), str(entry.request))
            rows.append(DetailRow(statement.describe(entry.key), cells, _figure([entry])))
    return rows


def _keys_in_window(state: SessionState) -> list[str]:
    """Ledger keys of what the last response had in its window."""
    messages = state.conversation.messages
    answers = [at for at, message in enumerate(messages) if message.role == "assistant"]
    end = answers[-1] + 1 if answers else 0
    return [key for message in messages[:end] for key in message.keys]


# Figures -----------------------------------------------------------------------------


def _sum(entries: Iterable[LedgerEntry]) -> int:
    return sum(entry.tokens for entry in entries)


def _figure(entries: Sequence[LedgerEntry]) -> str:
    return exact_tokens(_sum(entries), not all(entry.settled for entry in entries))


def exact_tokens(tokens: int, estimated: bool = False) -> str:
    """So many tokens, to the last one."""
    sign = MINUS if tokens < 0 else ""
    return mark_estimate(f"{sign}{abs(tokens):,}", estimated)
