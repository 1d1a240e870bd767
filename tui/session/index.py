"""The index of all sessions: quick to list, and never the only place that knows anything.

Every row is a fold over a session's own log, noted as the log grows and made again wherever
a file is not as it was when it was noted. Delete the index and it comes back the same.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from msgspec import structs

from tui.budget.wire import Counting
from tui.session.faults import (
    SessionAmbiguous,
    SessionMissing,
    SessionUnknown,
    StoreBusy,
    StoreError,
)
from tui.session.fork import lineage
from tui.session.places import SUFFIX, beside, folder_key, sessions_folder
from tui.session.shelf import Row, Shelf
from tui.session.state import SessionState
from tui.session.store import SessionStore
from tui.session.summary import Inherited, Place, Summary, read, summarise

LOST = "The newest part of this session is missing from its file."
"""Said of a session that is shorter than it was."""

PAGE_OF_SESSIONS = 50
"""Sessions on one page of a list."""


@dataclass(frozen=True, slots=True)
class File:
    """A session file as it lies on the disk."""

    key: str
    """Of its project folder."""
    path: Path
    stamp: str
    """Its sizes and times, its write-ahead log's included."""
    changed: int
    """When it was last written, in nanoseconds since the Unix epoch."""

    @property
    def place(self) -> Place:
        """What its row is found by."""
        return self.key, self.path.stem


class Index:
    """All sessions of this user. One thread at a time."""

    def __init__(self, data: Path, counting: Counting = Counting()) -> None:
        """Open the index in the user's data folder.

        Args:
            data: The folder that holds the sessions.
            counting: How the server counts, from the catalogue.
        """
        self.sessions = sessions_folder(data)
        self._counting = counting
        self._shelf = Shelf(data / "index.db")

    def close(self) -> None:
        """Close the index."""
        self._shelf.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Noting ----------------------------------------------------------------------

    def note(self, path: Path, state: SessionState, at: float) -> None:
        """Note how a session stands now, and that it is used.

        Never fails: what could not be noted is found by the next `refresh`.

        Args:
            path: Its file.
            state: Its state, folded up to its last committed event.
            at: When that event came.
        """
        with suppress(StoreError, OSError):
            file = _file(path)
            before = self._before(file, state)
            self._shelf.put(Row(summarise(file.place, state, at, before), before, file.stamp))
            self._shelf.use(file.place)

    def _before(self, file: File, state: SessionState) -> Inherited:
        if state.parent is None:
            return Inherited()
        known = self._shelf.get(file.place)
        if known is not None and known.summary.last:
            return known.before
        with SessionStore.open(file.path, read_only=True) as store:
            return read(file.place, lineage(store), self._counting)[1]

    def refresh(self, folder: Path | str | None = None, *, most: int | None = None) -> int:
        """Bring rows up to date with the files, the ones changed last first.

        Args:
            folder: Only sessions of this project folder.
            most: Read at most so many files now.

        Returns:
            How many files still have to be read.
        """
        key = None if folder is None else folder_key(folder)
        files = {file.place: file for file in self._files(key)}
        known = self._shelf.stamps(key)
        self._shelf.drop(known.keys() - files.keys())
        stale = [file for place, file in files.items() if known.get(place) != file.stamp]
        stale.sort(key=lambda file: file.changed, reverse=True)
        for file in stale[:most]:
            self._read(file)
        return 0 if most is None else max(0, len(stale) - most)

    def _files(self, key: str | None) -> Iterator[File]:
        try:
            keys = [key] if key else [entry.name for entry in os.scandir(self.sessions)]
        except OSError:
            return
        for each in keys:
            with suppress(OSError):  # no session yet, not a folder, or gone meanwhile
                yield from _files_in(self.sessions / each)

    def _read(self, file: File) -> None:
        known = self._shelf.get(file.place)
        try:
            with SessionStore.open(file.path, read_only=True) as store:
                if known and known.summary.last == store.last and not known.summary.trouble:
                    self._shelf.restamp(file.place, file.stamp)
                    return
                summary, before = read(file.place, lineage(store), self._counting)
        except (StoreBusy, SessionMissing):
            return
        except StoreError as error:
            self._shelf.put(_troubled(file, known, error.sentence))
            return
        row = Row(summary if summary.last else _blank(file), before, file.stamp)
        if known and summary.last < known.summary.last:
            lost = structs.replace(summary, last=known.summary.last, trouble=LOST)
            row = structs.replace(row, summary=lost)
        self._shelf.put(row)

    # Asking ----------------------------------------------------------------------

    def page(
        self,
        folder: Path | str | None = None,
        *,
        behind: Summary | None = None,
        limit: int = PAGE_OF_SESSIONS,
    ) -> list[Summary]:
        """Sessions that hold a prompt, the ones changed last first, as far as the index knows.

        Args:
            folder: Only sessions of this project folder.
            behind: Go on behind this one; None for the first page.
            limit: Most sessions.
        """
        key = None if folder is None else folder_key(folder)
        return self._shelf.newest(key, limit, behind)

    def latest(self, folder: Path | str) -> Summary | None:
        """The session of a project folder that was used last; None when there is none.

        By the order in which they were opened and worked in: a clock that was set back, or a
        file from another machine, changes nothing about that.
        """
        self.refresh(folder)
        return self._shelf.last_used(folder_key(folder))

    def find(self, asked: str, folder: Path | str) -> Summary:
        """The session with an id or name, looked for in a project folder, then everywhere.

        Args:
            asked: An id, the beginning of one, the beginning of its last part, or a name.
            folder: The project folder.

        Raises:
            SessionUnknown: there is none.
            SessionAmbiguous: there are several.
        """
        for where in (folder, None):
            self.refresh(where)
            found = _fitting(asked, self._shelf.named(folder_key(where) if where else None))
            if len(found) == 1:
                return found[0]
            if found:
                ids = tuple(summary.id for summary in found)
                raise SessionAmbiguous(self.sessions, asked, ids)
        raise SessionUnknown(self.sessions, asked)

    def path(self, summary: Summary) -> Path:
        """The file of a session."""
        return self.sessions / summary.key / f"{summary.id}{SUFFIX}"


def _files_in(folder: Path) -> Iterator[File]:
    with os.scandir(folder) as entries:
        found = {entry.name: entry for entry in entries}
    for name, entry in found.items():
        if name.endswith(SUFFIX):
            with suppress(FileNotFoundError):
                wal = found.get(name + "-wal")
                yield _seen(Path(entry.path), entry.stat(), wal.stat() if wal else None)


def _file(path: Path) -> File:
    wal = beside(path, "-wal")
    return _seen(path, path.stat(), wal.stat() if wal.exists() else None)


def _seen(path: Path, main: os.stat_result, wal: os.stat_result | None) -> File:
    # An empty log beside the file says nothing, however new it is: reading leaves one behind.
    parts = [main, wal] if wal and wal.st_size else [main]
    stamp = " ".join(f"{part.st_size}:{part.st_mtime_ns}" for part in parts)
    return File(path.parent.name, path, stamp, max(part.st_mtime_ns for part in parts))


def _blank(file: File) -> Summary:
    """What there is to say of a file that says nothing."""
    changed = file.changed / 1e9
    return Summary(
        key=file.key,
        id=file.path.stem,
        name="",
        folder="",
        created=changed,
        updated=changed,
        model="",
        effort=None,
        turns=0,
        prompt="",
        requests=0,
        charged=0,
        dollars=None,
        end="",
        parent="",
        last=0,
    )


def _troubled(file: File, known: Row | None, sentence: str) -> Row:
    """A file that cannot be read, with what was known of it."""
    summary = known.summary if known else _blank(file)
    before = known.before if known else Inherited()
    return Row(structs.replace(summary, trouble=sentence), before, file.stamp)


def _fitting(asked: str, sessions: list[Summary]) -> list[Summary]:
    """Sessions that fit, by the strictest way of fitting that any does."""
    name, id_ = asked.casefold(), asked.lower()
    ways: tuple[Callable[[Summary], bool], ...] = (
        lambda one: one.id == asked,
        lambda one: one.name.casefold() == name,
        lambda one: one.id.startswith(id_) or one.id.rpartition("-")[2].startswith(id_),
        lambda one: one.name.casefold().startswith(name),
    )
    fits = ([one for one in sessions if fit(one)] for fit in ways)
    return next((found for found in fits if asked and found), [])
