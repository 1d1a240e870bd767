"""The ledger: what was charged to the budget and what was billed, entry by entry.

A budget is charged with what the model sees for the first time: its own output, new tool
results and the text sent beside them (Messages API, "task budgets"). Re-sent history is
never charged. Billing is another sum: every token of every request, by class.
"""

from collections.abc import Iterable, Iterator
from typing import Literal, TypeVar

import msgspec
from msgspec import structs

_K = TypeVar("_K")

Kind = Literal["output", "results", "beside", "prompt", "summary"]
"""What an entry is for: the model's own words · tool results · notes and steering sent with
results · the user's prompt · a compaction summary."""


class Usage(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Billed tokens of one response, summed over its iterations."""

    input: int = 0
    """Input neither read from nor written to the cache."""
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0
    output: int = 0
    """Thinking, text and tool calls."""
    thinking: int = 0
    """The part of `output` that was thinking."""
    context: int | None = None
    """Total input of the last `message` iteration: how full the window was. None: same as
    the sum of the input classes."""
    charged_output: int | None = None
    """Output of the `message` iterations alone, what a budget is charged. None: `output`."""
    web_searches: int = 0
    reported: bool = True
    """False when the server reported no usage and every figure is an estimate."""

    @property
    def cache_write(self) -> int:
        """Tokens written to the cache, whatever their time to live."""
        return self.cache_write_5m + self.cache_write_1h

    @property
    def total_input(self) -> int:
        """Input of every class."""
        return self.input + self.cache_write + self.cache_read

    @property
    def window(self) -> int:
        """Context tokens sent with the last message iteration."""
        return self.total_input if self.context is None else self.context

    @property
    def only_compacted(self) -> bool:
        """Whether the server did nothing but shorten the conversation, or try to."""
        return self.context == 0

    @property
    def budget_output(self) -> int:
        """Output a budget is charged with."""
        return self.output if self.charged_output is None else self.charged_output


class SubtaskShare(msgspec.Struct, frozen=True):
    """The part of an entry that one subtask is charged with, as a weight among the others."""

    subtask: str | None
    """Its id; None for what belongs to no subtask."""
    weight: int


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger."""

    key: str
    """Unique: the message id, or the tool call's id. A second entry of a key is ignored."""
    kind: Kind
    tokens: int
    settled: bool
    """False while `tokens` is an estimate."""
    charged: bool
    """Whether the budget is charged with it."""
    turn: int
    request: int
    subtask: str | None
    """The subtask charged with all of it; None where there is none, or `shares` say more."""
    agent: str
    model: str
    shares: tuple[SubtaskShare, ...] = ()
    """How several subtasks share it; empty where one has all of it, or none."""
    overhead: bool = False
    """Whether what belongs to no subtask was spent while the plan was worked on."""

    def parts(self) -> list[tuple[str | None, int]]:
        """(Subtask id, tokens) of everybody who shares it; the tokens sum up to `tokens`."""
        if not self.shares:
            return [(self.subtask, self.tokens)]
        owners = [share.subtask for share in self.shares]
        weights = [share.weight for share in self.shares]
        return list(zip(owners, apportion(self.tokens, weights), strict=True))


PART_SEPARATOR = "/"
"""Between the key of an entry and what a part of it is."""


def part_key(key: str, part: str) -> str:
    """The key of a part of an entry."""
    return f"{key}{PART_SEPARATOR}{part}"


def split_shares(entries: Iterable[LedgerEntry]) -> Iterator[LedgerEntry]:
    """The entries, each shared one split into its parts: a part has one subtask, or none."""
    for entry in entries:
        if not entry.shares:
            yield entry
            continue
        for subtask, tokens in entry.parts():
            yield structs.replace(entry, subtask=subtask, shares=(), tokens=tokens)


def is_charged(kind: Kind, *, prompts: bool) -> bool:
    """Whether an entry of `kind` is charged; the one place that says so.

    Args:
        kind: What the tokens are.
        prompts: The catalogue's switch: whether the server charges the user's prompt
            (undocumented; off today).
    """
    return prompts if kind == "prompt" else True


def apportion(total: int, weights: list[int]) -> list[int]:
    """Split `total` tokens in proportion to `weights`; the parts sum exactly.

    Largest remainder; ties go to the earlier part. All-zero weights share evenly.
    """
    if not weights:
        return []
    whole = sum(weights)
    if whole <= 0:
        weights, whole = [1] * len(weights), len(weights)
    parts = [total * weight // whole for weight in weights]
    rest = total - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % whole), at))
    for at in by_remainder[:rest]:
        parts[at] += 1
    return parts


class Ledger:
    """All entries of a session, with the sums kept as they come.

    Money spent stays spent: entries are added and settled, never removed.
    """

    def __init__(self) -> None:
        self.entries: dict[str, LedgerEntry] = {}
        """Entries by key, in the order in which they were charged."""
        self.charged = 0
        """`C`, tokens charged over the whole log."""
        self.unsettled = 0
        """The part of `charged` that is an estimate."""
        self.by_subtask: dict[str | None, int] = {}
        """Charged tokens by subtask id; None is the unassigned row. Sums to `charged`."""
        self.overhead = 0
        """The unassigned tokens that were spent while the plan was worked on."""
        self.unsettled_by_subtask: dict[str | None, int] = {}
        self.unsettled_by_turn: dict[int, int] = {}
        self.by_turn: dict[int, int] = {}
        self.by_kind: dict[str, int] = {}
        self.by_model: dict[str, int] = {}
        self.by_agent: dict[str, int] = {}

    def add(self, entry: LedgerEntry) -> None:
        """Charge an entry; one whose key is already there is ignored."""
        if entry.key not in self.entries:
            self.entries[entry.key] = entry
            self._count(entry, 1)

    def settle(self, key: str, tokens: int) -> int:
        """Replace the estimate of an entry by what it really was.

        Returns:
            By how many charged tokens the entry changed; 0 for an unknown or settled key.
        """
        entry = self.entries.get(key)
        if entry is None or entry.settled:
            return 0
        settled = structs.replace(entry, tokens=max(0, tokens), settled=True)
        self._put_in_place(settled)
        return settled.tokens - entry.tokens if entry.charged else 0

    def reestimate(self, key: str, tokens: int) -> None:
        """Replace the estimate of an entry by another one; nothing for what is settled."""
        entry = self.entries.get(key)
        if entry is not None and not entry.settled:
            self._put_in_place(structs.replace(entry, tokens=max(0, tokens)))

    def split(self, key: str, kind: Kind, tokens: int) -> str:
        """Move `tokens` of an entry into a new one of `kind`; the sum stays the same.

        Args:
            key: The key of the entry.
            kind: The kind of the new entry.
            tokens: Tokens to move, at most those of the entry.

        Returns:
            The key of the new entry.

        Raises:
            KeyError: there is no such entry.
        """
        whole = self.entries[key]
        part = min(max(0, tokens), whole.tokens)
        self._put_in_place(structs.replace(whole, tokens=whole.tokens - part))
        new = part_key(key, kind)
        while new in self.entries:  # a message may be split more than once
            new += "+"
        self.add(structs.replace(whole, key=new, kind=kind, tokens=part))
        return new

    def assign(self, key: str, subtask: str | None, shares: tuple[SubtaskShare, ...]) -> None:
        """Charge other subtasks with an entry; what is charged in all stays the same.

        Args:
            key: Of the entry; an unknown one changes nothing.
            subtask: The subtask charged with all of it, or None.
            shares: How several share it instead.
        """
        entry = self.entries.get(key)
        if entry is None or (entry.subtask, entry.shares) == (subtask, shares):
            return
        self._put_in_place(structs.replace(entry, subtask=subtask, shares=shares))
        for owner, _ in entry.parts():
            for sums in (self.by_subtask, self.unsettled_by_subtask):
                if sums.get(owner) == 0:
                    del sums[owner]

    def tokens(self, key: str) -> int:
        """Charged tokens of an entry; 0 when it is unknown or not charged."""
        entry = self.entries.get(key)
        return entry.tokens if entry and entry.charged else 0

    def _put_in_place(self, entry: LedgerEntry) -> None:
        """Put an entry in the place of the one with its key."""
        self._count(self.entries[entry.key], -1)
        self._count(entry, 1)
        self.entries[entry.key] = entry

    def _count(self, entry: LedgerEntry, sign: int) -> None:
        if not entry.charged:
            return
        tokens = sign * entry.tokens
        self.charged += tokens
        if not entry.settled:
            self.unsettled += tokens
            _add_to(self.unsettled_by_turn, entry.turn, tokens)
        for subtask, part in entry.parts():
            _add_to(self.by_subtask, subtask, sign * part)
            if not entry.settled:
                _add_to(self.unsettled_by_subtask, subtask, sign * part)
            if subtask is None and entry.overhead:
                self.overhead += sign * part
        _add_to(self.by_turn, entry.turn, tokens)
        _add_to(self.by_kind, entry.kind, tokens)
        _add_to(self.by_model, entry.model, tokens)
        _add_to(self.by_agent, entry.agent, tokens)


def _add_to(sums: dict[_K, int], key: _K, tokens: int) -> None:
    sums[key] = sums.get(key, 0) + tokens
