"""The index of all sessions: quick to list, and never the only place that knows anything.

Every row is a fold over a session's own log, noted as the log grows and made again wherever
a file is not as it was when it was noted. Delete the index and it comes back the same.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from msgspec import structs

from tui.budget.monthly_budget import CalendarMonth, SpendSlice
from tui.budget.wire_budget import CountingRules
from tui.session.folder_notes import FolderPlaces, find_places, is_similar, read_notes
from tui.session.fork import full_log
from tui.session.index_table import IndexRow, IndexTable
from tui.session.session_paths import SUFFIX, is_agent_log, sessions_folder, sibling_path
from tui.session.session_summary import (
    FileKey,
    InheritedUsage,
    SessionSummary,
    summarise_log,
    summarise_session,
)
from tui.session.spend_table import SpendRow
from tui.session.state import SessionState
from tui.session.store import SessionStore
from tui.session.store_errors import (
    SessionAmbiguous,
    SessionMissing,
    SessionNotFound,
    StoreBusy,
    StoreError,
)

NEWEST_PART_MISSING = "The newest part of this session is missing from its file."
"""Said of a session that is shorter than it was."""

PAGE_OF_SESSIONS = 50
"""Sessions on one page of a list."""


@dataclass(frozen=True, slots=True)
class SessionFile:
    """A session file as it lies on the disk."""

    key: str
    """Of its project folder."""
    path: Path
    stamp: str
    """Its sizes and times, its write-ahead log's included."""
    modified: int
    """When it was last written, in nanoseconds since the Unix epoch."""

    @property
    def row_key(self) -> FileKey:
        """What its row is found by."""
        return self.key, self.path.stem


class SessionIndex:
    """All sessions of this user. One thread at a time."""

    def __init__(self, data: Path, counting: CountingRules = CountingRules()) -> None:
        """Open the index in the user's data folder.

        Args:
            data: The folder that holds the sessions.
            counting: How the server counts, from the catalogue.
        """
        self.sessions = sessions_folder(data)
        self._counting = counting
        self._table = IndexTable(data / "index.db")
        self._places: dict[str, FolderPlaces] = {}
        """By path of a project folder; looked for once."""

    def close(self) -> None:
        """Close the index."""
        self._table.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Noting ----------------------------------------------------------------------

    def record_use(
        self, path: Path, state: SessionState, at: float, *, by_user: bool = True
    ) -> None:
        """Record the current summary of a session, and that it is in use.

        Never fails: what could not be noted is found by the next `refresh`.

        Args:
            path: Its file.
            state: Its state, folded up to its last committed event.
            at: When that event came.
            by_user: Whether the user opened it or worked in it just now: it is the last one then.
        """
        with suppress(StoreError, OSError):
            file = session_file(path)
            before = self._before(file, state)
            self.record_spend(file.key, state.session, state.spend_history.rows)
            self._table.put(
                IndexRow(summarise_session(file.row_key, state, at, before), before, file.stamp)
            )
            if by_user:
                self._table.mark_used(file.row_key)

    def record_spend(self, key: str, session: str, rows: Iterable[SpendRow]) -> None:
        """Record what a session spent until now: others that run beside it count it.

        Args:
            key: Of its project folder.
            session: Its id.
            rows: All it spent.

        Raises:
            StoreError: the index cannot be written.
        """
        self._table.put_spend(session, key, rows)

    def _before(self, file: SessionFile, state: SessionState) -> InheritedUsage:
        if state.parent is None:
            return InheritedUsage()
        known = self._table.get(file.row_key)
        if known is not None and known.summary.last:
            return known.inherited
        with SessionStore.open(file.path, read_only=True) as store:
            _, inherited, _ = summarise_log(file.row_key, full_log(store), self._counting)
            return inherited

    @property
    def version(self) -> int:
        """A number that is another one as soon as another program has changed a row."""
        return self._table.version()

    def refresh(
        self,
        folder: Path | str | None = None,
        *,
        most: int | None = None,
        at_work: Collection[FileKey] = (),
        since: float = 0.0,
    ) -> int:
        """Bring rows up to date with the files, the ones changed last first.

        Args:
            folder: Only sessions of this project folder.
            most: Read at most so many files now.
            at_work: Sessions whose rows are kept by the programs that work in them.
            since: Only files changed since then, in seconds since 1970.

        Returns:
            How many files still have to be read.
        """
        keys = None if folder is None else self.places(folder).keys
        files = {file.row_key: file for file in self._files(keys)}
        known = self._table.stamps(keys)
        self._table.drop(known.keys() - files.keys())
        kept = known.keys() & set(at_work)
        stale = [
            file
            for place, file in files.items()
            if known.get(place) != file.stamp and place not in kept and file.modified >= since * 1e9
        ]
        stale.sort(key=lambda file: file.modified, reverse=True)
        for file in stale[:most]:
            self._read(file)
        return 0 if most is None else max(0, len(stale) - most)

    def _files(self, keys: Sequence[str] | None) -> Iterator[SessionFile]:
        try:
            found = [entry.name for entry in os.scandir(self.sessions)] if keys is None else keys
        except OSError:
            return
        for each in found:
            with suppress(OSError):  # no session yet, not a folder, or gone meanwhile
                yield from _files_in(self.sessions / each)

    def _read(self, file: SessionFile) -> None:
        known = self._table.get(file.row_key)
        try:
            with SessionStore.open(file.path, read_only=True) as store:
                if known and known.summary.last == store.last and not known.summary.trouble:
                    self._table.restamp(file.row_key, file.stamp)
                    return
                summary, before, state = summarise_log(
                    file.row_key, full_log(store), self._counting
                )
        except (StoreBusy, SessionMissing):
            return
        except StoreError as error:
            self._table.put(_unreadable_row(file, known, error.sentence))
            return
        row = IndexRow(summary if summary.last else _empty_summary(file), before, file.stamp)
        if known and summary.last < known.summary.last:
            lost = structs.replace(summary, last=known.summary.last, trouble=NEWEST_PART_MISSING)
            row = structs.replace(row, summary=lost)
        elif state.session:
            self.record_spend(file.key, state.session, state.spend_history.rows)
        self._table.put(row)

    # Asking ----------------------------------------------------------------------

    def page(
        self,
        folder: Path | str | None = None,
        *,
        after: SessionSummary | None = None,
        limit: int | None = PAGE_OF_SESSIONS,
    ) -> list[SessionSummary]:
        """Sessions that hold a prompt, the ones changed last first, as far as the index knows.

        Args:
            folder: Only sessions of this project folder.
            after: Go on behind this one; None for the first page.
            limit: Most sessions; None for all.
        """
        keys = None if folder is None else self.places(folder).keys
        return self._table.newest(keys, limit, after)

    def latest(self, folder: Path | str) -> SessionSummary | None:
        """The session of a project folder that was used last; None when there is none.

        By the order in which they were opened and worked in: a clock that was set back, or a
        file from another machine, changes nothing about that.
        """
        self.refresh(folder)
        return self._table.last_used(self.places(folder).keys)

    def similar(self, folder: Path | str) -> SessionSummary | None:
        """The last session of a folder that may be this one, though that is not certain.

        For a folder without sessions: one of the same name whose place is gone, or one of which
        this is a copy. The newest of several.
        """
        self.refresh()
        notes, own = read_notes(self.sessions), self.places(folder).keys
        found = []
        for key, first in self._table.folders().items():
            note = notes.get(key)
            path = note.folder if note else first
            last = self._table.last_used((key,))
            if key not in own and last is not None and is_similar(folder, path, note):
                found.append(structs.replace(last, folder=path))
        return max(found, key=lambda summary: summary.updated, default=None)

    def find(self, asked: str, folder: Path | str) -> SessionSummary:
        """The session with an id or name, looked for in a project folder, then everywhere.

        Args:
            asked: An id, the beginning of one, the beginning of its last part, or a name.
            folder: The project folder.

        Raises:
            SessionNotFound: there is none.
            SessionAmbiguous: there are several.
        """
        for where in (folder, None):
            self.refresh(where)
            keys = self.places(where).keys if where else None
            found = _matching(asked, self._table.named(keys))
            if len(found) == 1:
                return found[0]
            if found:
                ids = tuple(summary.id for summary in found)
                raise SessionAmbiguous(self.sessions, asked, ids)
        raise SessionNotFound(self.sessions, asked)

    def get(self, place: FileKey) -> SessionSummary | None:
        """The session of a file, as far as the index knows it; one without a prompt, too."""
        row = self._table.get(place)
        return row.summary if row else None

    @property
    def in_memory(self) -> bool:
        """Whether its file cannot be written: it knows little, and keeps nothing."""
        return self._table.in_memory

    def spend(self, month: CalendarMonth, folder: Path | str) -> list[SpendSlice]:
        """What all sessions spent in a month, as far as the index knows.

        Args:
            month: The month.
            folder: The project folder at hand.

        Raises:
            StoreError: the index cannot be read.
        """
        return self._table.spend(month, self.places(folder).keys)

    def claim_warning(self, budget: str, month: CalendarMonth, percent: int) -> bool:
        """Whether a warning about a monthly budget is due: the first who asks gives it.

        Args:
            budget: The key of the budget.
            month: The month.
            percent: What is reached.

        Raises:
            StoreError: the index cannot be written.
        """
        return self._table.claim_warning(budget, month, percent)

    def places(self, folder: Path | str) -> FolderPlaces:
        """Where the sessions of a project folder lie."""
        known = self._places.get(str(folder))
        if known is None:
            known = self._places[str(folder)] = find_places(self.sessions, folder)
        return known

    def path(self, summary: SessionSummary) -> Path:
        """The file of a session."""
        return self.sessions / summary.key / f"{summary.id}{SUFFIX}"


def _files_in(folder: Path) -> Iterator[SessionFile]:
    with os.scandir(folder) as entries:
        found = {entry.name: entry for entry in entries}
    for name, entry in found.items():
        if name.endswith(SUFFIX) and not is_agent_log(name):
            with suppress(FileNotFoundError):
                wal = found.get(name + "-wal")
                yield _seen(Path(entry.path), entry.stat(), wal.stat() if wal else None)


def session_file(path: Path) -> SessionFile:
    """A session file as it lies on the disk now.

    Raises:
        OSError: it is not there.
    """
    wal = sibling_path(path, "-wal")
    return _seen(path, path.stat(), wal.stat() if wal.exists() else None)


def _seen(path: Path, main: os.stat_result, wal: os.stat_result | None) -> SessionFile:
    # An empty log beside the file says nothing, however new it is: reading leaves one behind.
    parts = [main, wal] if wal and wal.st_size else [main]
    stamp = " ".join(f"{part.st_size}:{part.st_mtime_ns}" for part in parts)
    return SessionFile(path.parent.name, path, stamp, max(part.st_mtime_ns for part in parts))


def _empty_summary(file: SessionFile) -> SessionSummary:
    """What there is to say of a file that says nothing."""
    changed = file.modified / 1e9
    return SessionSummary(key=file.key, id=file.path.stem, created=changed, updated=changed)


def _unreadable_row(file: SessionFile, known: IndexRow | None, sentence: str) -> IndexRow:
    """A file that cannot be read, with what was known of it."""
    summary = known.summary if known else _empty_summary(file)
    before = known.inherited if known else InheritedUsage()
    return IndexRow(structs.replace(summary, trouble=sentence), before, file.stamp)


def _matching(asked: str, sessions: list[SessionSummary]) -> list[SessionSummary]:
    """Sessions that fit, by the strictest way of fitting that any does."""
    name, id_ = asked.casefold(), asked.lower()
    ways: tuple[Callable[[SessionSummary], bool], ...] = (
        lambda one: one.id == asked,
        lambda one: one.name.casefold() == name,
        lambda one: one.id.startswith(id_) or one.id.rpartition("-")[2].startswith(id_),
        lambda one: one.name.casefold().startswith(name),
    )
    fits = ([one for one in sessions if fit(one)] for fit in ways)
    return next((found for found in fits if asked and found), [])
