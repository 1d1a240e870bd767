"""The store of one session: its log in one SQLite file, committed before anything is shown.

A writer holds the kernel's lock on the session; readers need none. Each call of `append`
is one transaction, so after a kill the log ends between two calls, never inside one. The
message that is streaming is kept apart, in pieces, until its whole is in the log.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tui.session import store_schema
from tui.session.database import connect, connect_to_read, transaction, translate_errors
from tui.session.event_codec import INSERT, DamagedRow, Row, to_event, to_row, to_rows
from tui.session.events import VERSION, ErrorShown, Event, Record
from tui.session.file_presence import FilePresence, set_aside
from tui.session.private_files import make_private_folder
from tui.session.session_lock import SessionLock
from tui.session.session_paths import make_private
from tui.session.store_errors import (
    EventInvalid,
    SessionDamaged,
    SessionMissing,
    SessionReadOnly,
    StoreUnwritable,
)
from tui.session.wal import is_torn

BATCH = 512
"""Rows fetched at once."""

Clock = Callable[[], float]
"""Seconds since the Unix epoch."""


@dataclass(frozen=True, slots=True)
class SavedPartial:
    """The message that was streaming when the program last committed."""

    request: int
    text: str
    """The pieces as they were given, put together."""


class SessionStore:
    """One session's log. One thread at a time; it need not be the one that opened it."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        facts: store_schema.FileFacts,
        lock: SessionLock | None,
        now: Clock,
    ) -> None:
        """Call `create` or `open` instead."""
        self.path = path
        self.restore_notice = ""
        """Why the session can only be read, in one sentence; empty when it can be continued."""
        self._connection = connection
        self._lock = lock
        self._now = now
        self._start, self._last, self._newest = facts.start, facts.last, facts.events
        self._presence = FilePresence(path)
        self._known: list[Record] | None = [] if facts.last < facts.start else None
        """Every event of the file; None when it was opened with events that nobody gave us."""
        self._facts_to_keep = facts.meta
        if facts.is_newer:
            self._keep_from_writing()

    # Opening and closing ---------------------------------------------------------

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        now: Clock = time.time,
        start: int = 1,
        meta: Mapping[str, str | float] | None = None,
    ) -> Self:
        """Make a new session file and open it.

        Args:
            path: `tui.session.session_paths.session_path`; its folder is made too, 0700, the file
                0600.
            now: The clock events are stamped with.
            start: Number of the first event: 1, or the one after the parent's in a fork.
            meta: Facts about the file itself.

        Raises:
            StoreError: it is there already, or could not be made.
        """
        try:
            with translate_errors(path):
                make_private_folder(path.parent)
                lock = SessionLock.acquire(path)
        except SessionMissing as error:  # no folder can be made there
            raise StoreUnwritable(path) from error
        try:
            store_schema.create_file(path, {**(meta or {}), store_schema.START: start})
            return cls._opened(path, lock, now)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, now: Clock = time.time) -> Self:
        """Open a session that is there.

        A session of a newer version than ours is opened for reading, and `notice` says so.

        Args:
            path: Its file.
            read_only: Do not take the lock; the session may be in use elsewhere.
            now: The clock events are stamped with.

        Raises:
            SessionLocked: another one writes it.
            SessionDamaged: it cannot be read as it should.
            StoreError: anything else that keeps it from being opened.
        """
        with translate_errors(path):
            path.stat()
            if read_only:
                return cls._opened(path, None, now)
            lock = SessionLock.acquire(path)
        try:
            with translate_errors(path):
                # From here on SQLite would write over what it cannot read.
                if is_torn(path):
                    raise SessionDamaged(path, "its write-ahead log is torn")
            return cls._opened(path, lock, now)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _opened(cls, path: Path, lock: SessionLock | None, now: Clock) -> Self:
        with translate_errors(path):
            connection = connect(path) if lock else connect_to_read(path)
            try:
                if lock:
                    make_private(path)
                store = cls(path, connection, store_schema.read_facts(connection, path), lock, now)
            except BaseException:
                connection.close()
                raise
        return store

    def _keep_from_writing(self) -> None:
        self.restore_notice = (
            f"Session {self.path.stem} was written by a newer version of glideslope:"
            " it can be read here, but not continued. Update the program to go on with it."
        )
        if self._lock:
            self._lock.release()
            self._lock = None

    def remember(self, records: Iterable[Record]) -> None:
        """Keep the events of this file, to write them again should the file be lost.

        Args:
            records: The whole log as it was read; what belongs to parents is left out.
        """
        self._known = [record for record in records if record.seq >= self._start]

    def restore_if_missing(self) -> None:
        """Write the file again if it is not there any more, before nobody can.

        Raises:
            StoreError: it could not be written.
        """
        if self._lock and self._presence.damage(self._last):
            self.append([])

    def close(self) -> None:
        """Close the file and give the lock back; once is enough."""
        with suppress(sqlite3.Error):  # what was committed stays; the next opening tells the rest
            self._connection.close()
        if self._lock:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # What it is ------------------------------------------------------------------

    @property
    def last(self) -> int:
        """Number of the last event; one less than the first's number when there is none."""
        return self._last

    @property
    def start(self) -> int:
        """Number of the first event: 1, or the one after the parent's in a fork."""
        return self._start

    @property
    def read_only(self) -> bool:
        """Whether it was opened for reading, or is too new to be continued."""
        return self._lock is None

    def meta(self, key: str) -> str | float | None:
        """A fact about the file itself; None when it was never noted."""
        with translate_errors(self.path):
            row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,))
            found = row.fetchone()
        return found[0] if found else None

    # Writing ---------------------------------------------------------------------

    def append(self, events: Sequence[Event], *, drop_partial: bool = False) -> list[Record]:
        """Append `events` to the log, all of them or none.

        Args:
            events: In order; they get one time, the clock's.
            drop_partial: Forget the streaming message in the same transaction, because one
                of `events` holds it whole or says what became of it.

        Returns:
            The events with their numbers, as they are now in the log: what has no UTF-8 is
            replaced in them. One more says so where the file was lost and written again.

        Raises:
            StoreError: nothing was written.
        """
        at = self._now()
        if said := self._restored():
            events = [*events, ErrorShown(sentence=said)]
        records = [Record(self._last + place, at, event) for place, event in enumerate(events, 1)]
        try:
            records, rows = to_rows(records)
        except DamagedRow as error:
            raise EventInvalid(self.path, str(error)) from error
        with self._writing() as connection:
            connection.executemany(INSERT, rows)
            if drop_partial:
                connection.execute("DELETE FROM partial")
            if self._newest < VERSION:
                store_schema.stamp_version(connection)
        self._last, self._newest = self._last + len(records), VERSION
        if self._known is not None:
            self._known += records
        return records

    def append_partial(self, request: int, chunk: str) -> None:
        """Commit a piece of the message now streaming.

        Raises:
            StoreError: it was not written.
        """
        if self._presence.damage(self._last):
            return  # the next event writes the file again; a piece alone is not worth it
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO partial SELECT ?, count(*), ? FROM partial WHERE request = ?",
                (request, chunk, request),
            )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        if self._lock is None:
            sentence = f"Session {self.path.stem} was opened for reading only."
            raise SessionReadOnly(self.path, self.restore_notice or sentence)
        with translate_errors(self.path):
            with transaction(self._connection) as connection:
                yield connection
            self._presence.remember()

    def _restored(self) -> str:
        """See that the file is there; returns what happened to it where it had to be written again.

        Raises:
            StoreError: it is lost and could not be written.
        """
        if self._lock is None:
            return ""
        harm = self._presence.damage(self._last)
        with translate_errors(self.path):
            if harm:
                make_private_folder(self.path.parent)
            if not self._lock.is_in_place():
                self._lock.release()
                self._lock = SessionLock.acquire(self.path)
            if not harm:
                return ""
            rows = self._rows_to_keep()
            meta = {**self._facts_to_keep, store_schema.EVENTS_VERSION: VERSION}
            aside = set_aside(self.path)
            with suppress(sqlite3.Error):  # it lies nowhere any more, or aside
                self._connection.close()
            store_schema.write_file(self.path, meta, rows)
            self._connection = connect(self.path)
            self._presence.remember()
        kept = f" What lay there is kept as {aside}." if aside else ""
        return (
            f"The file of session {self.path.stem} was {harm} while it was in use: it was written"
            f" again with all {len(rows):,} events.{kept}"
        )

    def _rows_to_keep(self) -> list[Row]:
        """Every row of the file, from memory, or from where SQLite still has it."""
        if self._known is not None:
            return [to_row(record) for record in self._known]
        sql = "SELECT seq, at, kind, version, body FROM events ORDER BY seq"
        rows: list[Row] = self._connection.execute(sql).fetchall()
        if len(rows) != self._last - self._start + 1:
            raise SessionDamaged(self.path, "it was changed while it was in use")
        return rows

    # Reading ---------------------------------------------------------------------

    def check(self) -> None:
        """Look at every page of the file.

        Raises:
            SessionDamaged: one of them is not as it should be.
        """
        with translate_errors(self.path):
            (said,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise SessionDamaged(self.path, "its pages do not fit together")

    def partial(self) -> SavedPartial | None:
        """The message that was streaming, as far as it was saved; None when there is none."""
        with translate_errors(self.path):
            rows = self._connection.execute(
                "SELECT request, chunk FROM partial"
                " WHERE request = (SELECT max(request) FROM partial) ORDER BY seq"
            ).fetchall()
        return SavedPartial(rows[0][0], "".join(chunk for _, chunk in rows)) if rows else None

    def records(self, after: int = 0, upto: int | None = None) -> Iterator[Record]:
        """The log, in order, decoded as it is asked for.

        Args:
            after: Begin after the event of this number.
            upto: End with the event of this number; None for the last one there is.

        Raises:
            SessionDamaged: the log breaks off where it should go on.
        """
        end = self._last if upto is None else min(upto, self._last)
        at = max(after, self._start - 1)
        while at < end:
            rows = self._rows("seq > ? AND seq <= ? ORDER BY seq", at, end)
            for seq, time_, kind, version, body in rows:
                at += 1
                if seq != at:
                    raise SessionDamaged(self.path, f"event {at} is missing")
                yield Record(seq, time_, self._event(seq, kind, version, body))
            if not rows:
                raise SessionDamaged(self.path, f"event {at + 1} is missing")

    def _event(self, seq: int, kind: str, version: int, body: bytes) -> Event:
        try:
            if version > self._newest:
                raise DamagedRow(f"{kind} of version {version}")
            return to_event(kind, version, body)
        except (DamagedRow, TypeError) as error:  # or a column of another type
            raise SessionDamaged(self.path, f"event {seq} is not readable") from error

    def tail(self, count: int) -> list[Record]:
        """The last `count` events, in order.

        Raises:
            SessionDamaged: they cannot be read.
        """
        return list(self.records(after=max(0, self._last - count)))

    def _rows(self, where: str, *values: int) -> list[Row]:
        with translate_errors(self.path):
            return self._connection.execute(
                f"SELECT seq, at, kind, version, body FROM events WHERE {where} LIMIT {BATCH}",
                values,
            ).fetchall()
