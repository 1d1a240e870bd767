"""What a session, a prompt or a subtask changed, file by file, with what each file cost.

Everything comes from the log; no repository is needed. The changes of a file are put together
(`tui.session.unified_diff`). Where something else changed the file in between, or where another
prompt or subtask did, the diff goes on in another part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

from tui.budget.ledger import LedgerEntry
from tui.session import events as ev
from tui.session.call_arguments import call_subject
from tui.session.changed_files import logged_hunks
from tui.session.checklist import Checklist
from tui.session.ledger_keys import repeated_call_key
from tui.session.prompt_costs import ActivityCost, PromptCosts
from tui.session.unified_diff import ComposedDiff, Hunk


@dataclass(frozen=True, slots=True)
class DiffScope:
    """Whose changes are meant."""

    kind: Literal["session", "prompt", "subtask"] = "session"
    turn: int = 0
    """With `prompt`: its number."""
    subtask: str = ""
    """With `subtask`: its id."""
    title: str = ""
    """The words of the prompt, or the title of the subtask. Foreign text."""


class DiffPart(NamedTuple):
    """Changes of a file that follow each other."""

    hunks: tuple[Hunk, ...]
    """Empty where nothing differs in the end, or where not all is known."""
    created: bool = False
    is_whole: bool = True
    """False where the log keeps only a part of the diff."""
    cut: str = ""
    """What the log keeps of a diff that is not whole."""


@dataclass(frozen=True, slots=True)
class FileDiff:
    """What changed in one file."""

    path: str
    """As in `FileChange`. Foreign text."""
    parts: tuple[DiffPart, ...]
    added: int
    """Lines, as in `parts`."""
    removed: int
    """Lines."""
    newline: str = ""
    """What ends its lines on disk, where that is no line feed."""
    interrupted: bool = False
    """Whether something else changed the file between two changes."""
    is_latest: bool = True
    """Whether nothing of the session changed the file later."""
    digest: str = ""
    """Of the content after the last of these changes; empty where that is not known."""
    tokens: int = 0
    """What reading and changing it took, charged to a budget."""
    estimated: bool = False
    """Whether some of `tokens` are an estimate."""
    dollars: Decimal | None = None
    """The share of it in what its prompts cost, an estimate; None without a known price."""

    @property
    def created(self) -> bool:
        """Whether the file is new."""
        return self.parts[0].created

    @property
    def exact(self) -> bool:
        """Whether the whole diff is known."""
        return all(part.is_whole for part in self.parts)


class LoggedChange(NamedTuple):
    """One change of one file."""

    seq: int
    """Number of its event."""
    turn: int
    """Number of the prompt; 0 where a rewind restored the file."""
    tool_use: str
    change: ev.FileChange


class _Spent(NamedTuple):
    """What some file took of one prompt."""

    tokens: int = 0
    estimated: int = 0
    dollars: Decimal | None = None


class SessionChanges:
    """The changes of a session, by prompt and by subtask."""

    def __init__(
        self,
        records: Iterable[ev.Record],
        entries: Sequence[LedgerEntry],
        checklist: Checklist,
    ) -> None:
        """Args:
        records: The log.
        entries: Of the ledger.
        checklist: Its subtasks have the titles.
        """
        records = list(records)
        self._costs = PromptCosts(records)
        self._entries = {entry.key: entry for entry in entries}
        self._by_turn: dict[int, list[LedgerEntry]] = {}
        for entry in entries:
            self._by_turn.setdefault(entry.turn, []).append(entry)
        self._checklist = checklist
        self.changes: list[LoggedChange] = []
        """All of them, in order."""
        self.commands: list[str] = []
        """The commands that the model and the user ran, in order."""
        self._prompts: dict[int, str] = {}
        self._collect(records)

    def _collect(self, records: Iterable[ev.Record]) -> None:
        turn = 0
        for record in records:
            match record.event:
                case ev.PromptSubmitted(turn=turn, text=text):
                    self._prompts[turn] = text
                case ev.RequestStarted(turn=turn):
                    pass  # the row of its prompt may be lost
                case ev.ToolFinished(tool_use=call, changes=changes):
                    self.changes += [LoggedChange(record.seq, turn, call, it) for it in changes]
                case (
                    ev.FilesRestored(changes=changes)
                    | ev.AgentWorkDecided(changes=changes)
                    | ev.AgentFinished(changes=changes)
                ):
                    self.changes += [LoggedChange(record.seq, 0, "", it) for it in changes]
                case ev.ToolStarted(name="bash", input=given):
                    self.commands.append(call_subject(given, "command"))
                case ev.ShellRan(command=command):
                    self.commands.append(command)
                case _:
                    pass

    # What there is ---------------------------------------------------------------

    def prompts(self) -> list[DiffScope]:
        """The prompts that changed something, in order."""
        turns = dict.fromkeys(change.turn for change in self.changes if change.turn)
        return [DiffScope("prompt", turn, title=self._prompts.get(turn, "")) for turn in turns]

    def subtasks(self) -> list[DiffScope]:
        """The subtasks that changed something, in order."""
        owners = dict.fromkeys(self._owner(change) for change in self.changes)
        return [
            DiffScope("subtask", subtask=id, title=task.title if task else id)
            for id in owners
            if id is not None
            for task in [self._checklist.get(id)]
        ]

    def files(self, scope: DiffScope) -> tuple[FileDiff, ...]:
        """The files that `scope` changed, in the order of their first change.

        A file that is as it was is left out, unless it is new.
        """
        by_path: dict[str, list[LoggedChange]] = {}
        for change in self.changes:
            by_path.setdefault(change.change.path, []).append(change)
        spent = self._spent(scope)
        found = []
        for path, every in by_path.items():
            if any(self._is_in(change, scope) for change in every):
                found.append(self._file(path, every, scope, spent.get(path, _Spent())))
        gone = {path for path, every in by_path.items() if every[-1].change.removes_file}
        return tuple(
            file
            for file in found
            if any(map(_shows, file.parts)) or (file.created and file.path not in gone)
        )

    # Parts -----------------------------------------------------------------------

    def _is_in(self, change: LoggedChange, scope: DiffScope) -> bool:
        if scope.kind == "prompt":
            return change.turn == scope.turn
        return scope.kind == "session" or self._owner(change) == scope.subtask

    def _owner(self, change: LoggedChange) -> str | None:
        """The subtask that most of the result of its call is charged to."""
        key = repeated_call_key(change.tool_use, change.seq)
        entry = self._entries.get(key) or self._entries.get(change.tool_use)
        return max(entry.parts(), key=lambda part: part[1])[0] if entry else None

    def _file(
        self, path: str, every: Sequence[LoggedChange], scope: DiffScope, spent: _Spent
    ) -> FileDiff:
        """The diff of one file.

        Args:
            path: Of it.
            every: All changes of the file.
            scope: Whose changes are meant.
            spent: What it took.
        """
        parts, interrupted = _parts(every, [self._is_in(change, scope) for change in every])
        own = [change for change in every if self._is_in(change, scope)]
        cut = [change.change for change in own if logged_hunks(change.change) is None]
        lines = [line.sign for part in parts for hunk in part.hunks for line in hunk.lines]
        return FileDiff(
            path,
            tuple(parts),
            added=lines.count("+") + sum(change.added for change in cut),
            removed=lines.count("-") + sum(change.removed for change in cut),
            newline=own[-1].change.newline,
            interrupted=interrupted,
            is_latest=own[-1] is every[-1],
            digest=own[-1].change.after,
            tokens=spent.tokens,
            estimated=bool(spent.estimated),
            dollars=spent.dollars,
        )

    def _spent(self, scope: DiffScope) -> dict[str, _Spent]:
        """What each file took, by its path."""
        turns = [scope.turn] if scope.kind == "prompt" else list(self._by_turn)
        found: dict[str, _Spent] = {}
        for turn in turns:
            for path, part in self._spent_in(turn, scope):
                before = found.get(path, _Spent())
                dollars = part.dollars
                if before.dollars is not None and dollars is not None:
                    dollars += before.dollars
                found[path] = _Spent(
                    before.tokens + part.tokens,
                    before.estimated + part.estimated,
                    before.dollars if dollars is None else dollars,
                )
        return found

    def _spent_in(self, turn: int, scope: DiffScope) -> Iterable[tuple[str, _Spent]]:
        """The parts of one prompt that went on files."""
        entries = self._by_turn.get(turn, [])
        costs = [(entry, cost) for entry in entries for cost in self._costs.of_entries([entry])]
        whole = sum((cost.weight for _, cost in costs), Decimal(0))
        price = self._costs.dollars.get(turn)
        rate = None if price is None or not whole else price / whole
        for entry, cost in costs:
            if cost.activity.kind in ("read", "write") and cost.activity.subject:
                share = self._share(entry, cost, scope)
                if share:
                    yield cost.activity.subject, _spent_part(cost, share, rate)

    def _share(self, entry: LedgerEntry, cost: ActivityCost, scope: DiffScope) -> Decimal:
        """The part of an activity that is charged to the scope, from 0 to 1.

        A call belongs to whoever is charged with its result, though its message has other calls.
        """
        charged = self._entries.get(cost.call, entry)
        if scope.kind != "subtask" or not charged.tokens:
            return Decimal(1)
        own = sum(tokens for subtask, tokens in charged.parts() if subtask == scope.subtask)
        return Decimal(own) / charged.tokens


def _spent_part(cost: ActivityCost, share: Decimal, rate: Decimal | None) -> _Spent:
    return _Spent(
        round(cost.tokens * share),
        round(cost.estimated * share),
        None if rate is None else cost.weight * share * rate,
    )


def _parts(every: Sequence[LoggedChange], own: Sequence[bool]) -> tuple[list[DiffPart], bool]:
    """The changes of a file put together as far as they follow each other.

    Args:
        every: All changes of the file.
        own: Which of them are meant.

    Returns:
        The parts, and whether something outside the log changed the file between two of them.
    """
    parts: list[DiffPart] = []
    current: ComposedDiff | None = None
    created, digest, interrupted = False, "", False
    for (_, _, _, change), meant in zip(every, own, strict=True):
        follows = not change.created and not (digest and change.before not in ("", digest))
        digest = change.after
        hunks = logged_hunks(change) if meant else None
        if current is not None and hunks is not None and follows and current.apply(hunks):
            continue
        if current is not None:
            parts.append(DiffPart(current.hunks(), created=created))
            interrupted = interrupted or hunks is not None
            current = None
        if hunks is not None:
            current, created = ComposedDiff(), change.created
            current.apply(hunks)
        elif meant:
            parts.append(DiffPart((), change.created, False, change.diff))
    if current is not None:
        parts.append(DiffPart(current.hunks(), created=created))
    return parts, interrupted


def _shows(part: DiffPart) -> bool:
    return bool(part.hunks) or not part.is_whole
