"""The pages behind the figures: which entries a number is the sum of.

Each page adds up to the figure it stands behind; where the ledger alone does not, a row says
what the rest is. Pure: state and statement in, rows out.
"""

from collections.abc import Callable, Iterable, Sequence

from tui.budget.ledger import Entry, apart
from tui.budget.meters import LimitMeter
from tui.session.state import SessionState
from tui.session.statement import BillLine, Statement
from tui.widgets.figure_page import Column, Page, Row
from tui.widgets.numbers import (
    APPROXIMATELY,
    MINUS,
    approximately,
    clock,
    counted,
    duration,
    percent,
)

_KINDS = {
    "output": "the model's own words",
    "results": "tool results",
    "beside": "notes beside results",
    "prompt": "prompts and what came with them",
    "summary": "summaries",
}
LEAST_SECONDS = 0.1
"""Less is not worth a row of the page of time."""


def budget_page(state: SessionState, statement: Statement) -> Page:
    """The ledger's entries behind what is used of the budget, prompt by prompt."""
    entries = _of_envelope(state)
    columns = _Columns(state, entries)
    turns: dict[int, list[Entry]] = {}
    for entry in entries:
        turns.setdefault(entry.turn, []).append(entry)
    rows: list[Row] = []
    for turn, group in turns.items():
        rows.append(Row(turn_heading(state, turn), (), _figure(group), "heading"))
        rows += [
            Row(statement.words(entry.key), columns.cells(entry), _figure([entry]))
            for entry in group
        ]
    rest = state.charged - _sum(entries)
    if rest:
        rows.append(Row("settled or charged besides", (), amount(rest), "heading"))
    return Page(
        title=_budget_title(state),
        summary=(_budget_summary(state),),
        name="entry",
        columns=columns.columns,
        figure="tokens",
        rows=(*rows, *_not_charged(state, entries), *_streaming(state)),
    )


def subtasks_page(state: SessionState, statement: Statement, outlook: str = "") -> Page:
    """What each subtask took, entry by entry; together all that was used.

    Args:
        state: The session.
        statement: Words for its entries.
        outlook: What the checklist still takes, in words.
    """
    spent: dict[str | None, list[Entry]] = {id: [] for id in state.checklist}
    for entry in _apart(state):
        spent.setdefault(entry.subtask, []).append(entry)
    spent[None] = spent.pop(None, [])
    rows: list[Row] = []
    for id, entries in spent.items():
        if id is None and not entries:
            continue
        rows.append(Row(_subtask(state, id), (), _figure(entries), "heading"))
        rows += [
            Row(
                statement.words(entry.key),
                (entry.kind, str(entry.turn or NO_TURN), str(entry.request)),
                _figure([entry]),
            )
            for entry in entries
        ]
    used = approximately(f"{state.ledger.charged:,}", bool(state.ledger.unsettled))
    return Page(
        title="SUBTASKS",
        summary=tuple(filter(None, (f"{used} tokens used in this session", outlook))),
        name="subtask",
        columns=(Column("kind"), Column("turn", True), Column("request", True)),
        figure="tokens",
        rows=tuple(rows),
    )


def subtask_page(state: SessionState, statement: Statement, id: str | None) -> Page:
    """What one subtask took, entry by entry.

    Args:
        state: The session.
        statement: Words for its entries.
        id: Of the subtask; None for what was charged to none.
    """
    entries = [entry for entry in _apart(state) if entry.subtask == id]
    columns = (Column("kind"), Column("turn", True), Column("request", True))
    return Page(
        title="SUBTASK",
        summary=(_subtask(state, id), f"{_figure(entries)} tokens used"),
        name="entry",
        columns=columns,
        figure="tokens",
        rows=tuple(
            Row(
                statement.words(entry.key),
                (entry.kind, str(entry.turn or NO_TURN), str(entry.request)),
                _figure([entry]),
            )
            for entry in entries
        ),
    )


def context_page(state: SessionState, statement: Statement, window: int) -> Page:
    """What the ledger knows of the context window, by kind, the largest first.

    Args:
        state: The session.
        statement: Words for its entries.
        window: Tokens the model can hold; 0 when unknown.
    """
    entries = [state.ledger.entries[key] for key in _seen(state) if key in state.ledger.entries]
    kinds: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: -entry.tokens):
        kinds.setdefault(entry.kind, []).append(entry)
    groups = [(_sum(found), _context_rows(statement, kind, found)) for kind, found in kinds.items()]
    rest = state.context - _sum(entries)
    if rest:
        figure = amount(rest, not all(entry.settled for entry in entries))
        words = "system prompt, tools, and what has no entry"
        groups.append((rest, [Row(words, (), figure, "heading")]))
    if waiting := state.unmeasured:
        words = "waiting to be sent, or for the answer to it"
        groups.append((waiting, [Row(words, (), amount(waiting, True), "heading")]))
    groups.sort(key=lambda group: -group[0])
    used = state.context_used
    of = f" of {window:,} ({percent(used / window)})" if window else ""
    estimated = state.context_estimated or bool(waiting)
    by = "by the last request, its answer, and what waits" if waiting else _LAST
    return Page(
        title="CONTEXT",
        summary=(f"{amount(used, estimated)} tokens used{of} {by}",),
        name="in the window",
        columns=(Column("turn", True), Column("request", True)),
        figure="tokens",
        rows=tuple(row for _, rows in groups for row in rows),
    )


NO_TURN = "–"
"""What stands for the turn of what was used between two prompts."""
_LAST = "by the last request and its answer"


def limits_page(limits: Sequence[LimitMeter], now: float) -> Page:
    """The account's limits as the last response named them, the tightest first.

    Args:
        limits: The limits.
        now: Seconds since the Unix epoch.
    """
    by_share = sorted(limits, key=lambda each: each.left / each.limit if each.limit else 1.0)
    rows = [
        Row(
            each.name,
            (
                f"{each.limit:,}",
                percent(each.left / each.limit) if each.limit else "",
                _until(each.resets_at, now),
            ),
            f"{each.left:,}",
        )
        for each in by_share
    ]
    return Page(
        title="LIMITS",
        summary=("Left of the account's rate limits, as the last response said.",),
        name="limit",
        columns=(Column("of", True), Column("share", True), Column("resets in", True)),
        figure="left",
        rows=tuple(rows),
        empty="no response has named one yet",
    )


def time_page(state: SessionState, statement: Statement) -> Page:
    """Working time, prompt by prompt: the answers of the model, and what else took time."""
    lines: dict[int, list[BillLine]] = {}
    for line in statement.lines:
        lines.setdefault(line.turn, []).append(line)
    rows: list[Row] = []
    for turn, seconds in state.worked_by_turn.items():
        rows.append(Row(turn_heading(state, turn), (), duration(seconds), "heading"))
        # A summary that was asked for between two prompts took none of their time.
        asked = (line for line in lines.get(turn, []) if line.purpose != "compaction")
        answers = [line for line in asked if line.seconds]
        rows += [Row(f"request {line.request}", (), duration(line.seconds)) for line in answers]
        rest = seconds - sum(line.seconds for line in answers)
        if rest >= LEAST_SECONDS:
            rows.append(Row("all else: tools, questions, summaries", (), duration(rest)))
    return Page(
        title="TIME",
        summary=(f"{duration(state.worked)} of work in this session, not counting between turns",),
        name="prompt",
        columns=(),
        figure="time",
        rows=tuple(rows),
    )


def _until(moment: float | None, now: float) -> str:
    if moment is None:
        return ""
    return clock(moment - now) if moment > now else "now"


# The budget --------------------------------------------------------------------------


class _Columns:
    """The columns of a page of entries: those in which something differs."""

    def __init__(self, state: SessionState, entries: Sequence[Entry]) -> None:
        ways: list[tuple[Column, Callable[[Entry], str]]] = [
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

    def cells(self, entry: Entry) -> tuple[str, ...]:
        """The cells of one entry."""
        return tuple(way(entry) for way in self._ways)


def _charged(state: SessionState) -> list[Entry]:
    return [each for each in state.ledger.entries.values() if each.charged and each.tokens]


def _apart(state: SessionState) -> list[Entry]:
    """The same, with what several subtasks share in parts."""
    return [each for each in apart(_charged(state)) if each.tokens]


def _of_envelope(state: SessionState) -> list[Entry]:
    """The entries that the envelope in force is charged with."""
    envelope, entries = state.envelope, _charged(state)
    if envelope is None or envelope.scope == "session":
        return entries
    if not state.turn_open and envelope.opened_at >= state.worked:
        return []  # given between two prompts: what was used before does not count
    return [entry for entry in entries if entry.turn == state.turn]


def _budget_title(state: SessionState) -> str:
    if state.envelope is None:
        return "USED"
    return "BUDGET · " + ("session" if state.envelope.scope == "session" else "this prompt")


def _budget_summary(state: SessionState) -> str:
    used = approximately(f"{state.charged:,}", bool(state.unsettled))
    if state.grant is None or state.left is None:
        return f"{used} tokens used in this session; no budget limits it"
    left = approximately(f"{abs(state.left):,}", bool(state.unsettled))
    word = "left" if state.left >= 0 else "over"
    return f"{used} tokens used · {left} {word} of {state.grant:,}"


def _not_charged(state: SessionState, entries: Sequence[Entry]) -> Iterable[Row]:
    turns = {entry.turn for entry in entries}
    others = [each for each in state.ledger.entries.values() if not each.charged]
    left_out = [each for each in others if each.turn in turns]
    if left_out:
        prompts = counted(len(left_out), "prompt")
        tokens = f"{APPROXIMATELY} {_sum(left_out):,} tokens"
        yield Row(f"not charged to a budget: {prompts}, {tokens}", kind="note")


def _streaming(state: SessionState) -> Iterable[Row]:
    if state.open_request is not None:
        number = state.open_request.request
        yield Row(f"request {number} is being answered: its entry comes with its end", kind="note")


def turn_heading(state: SessionState, turn: int) -> str:
    """`turn 2 · Add the missing tests.`"""
    prompt = state.prompts[turn - 1] if 0 < turn <= len(state.prompts) else ""
    words = prompt.strip().partition("\n")[0][:200]
    if not turn:
        return "before the first prompt"
    return f"turn {turn} · {words}" if words else f"turn {turn}"


def _owner(state: SessionState, entry: Entry) -> str:
    """The subtask an entry is charged to, or how many share it."""
    owners = [subtask for subtask, tokens in entry.parts() if subtask and tokens]
    return _title(state, owners[0]) if len(owners) == 1 else _counted(owners)


def _counted(owners: Sequence[str]) -> str:
    return counted(len(owners), "subtask") if owners else ""


def _title(state: SessionState, subtask: str | None) -> str:
    known = state.checklist.get(subtask) if subtask else None
    return known.title if known else subtask or ""


def _subtask(state: SessionState, id: str | None) -> str:
    """`lexer.py · in progress · ≈ 2,000 estimated`."""
    known = state.checklist.get(id) if id else None
    if known is None:
        return id or "unassigned"
    estimate = f" · ≈ {known.estimate:,} estimated" if known.estimate is not None else ""
    return f"{known.title} · {known.state.replace('_', ' ')}{estimate}"


def _context_rows(statement: Statement, kind: str, entries: Sequence[Entry]) -> list[Row]:
    rows = [Row(_KINDS[kind], (), _figure(entries), "heading")]
    for entry in entries:
        if entry.tokens:
            cells = (str(entry.turn or NO_TURN), str(entry.request))
            rows.append(Row(statement.words(entry.key), cells, _figure([entry])))
    return rows


def _seen(state: SessionState) -> list[str]:
    """Ledger keys of what the last response had in its window."""
    messages = state.conversation.messages
    answers = [at for at, message in enumerate(messages) if message.role == "assistant"]
    end = answers[-1] + 1 if answers else 0
    return [key for message in messages[:end] for key in message.keys]


# Figures -----------------------------------------------------------------------------


def _sum(entries: Iterable[Entry]) -> int:
    return sum(entry.tokens for entry in entries)


def _figure(entries: Sequence[Entry]) -> str:
    return amount(_sum(entries), not all(entry.settled for entry in entries))


def amount(tokens: int, estimated: bool = False) -> str:
    """So many tokens, to the last one."""
    sign = MINUS if tokens < 0 else ""
    return approximately(f"{sign}{abs(tokens):,}", estimated)
