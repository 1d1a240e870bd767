"""Salvage: what can still be read of a damaged session, in a sound file of its own.

The damaged file is never opened by SQLite and never changed: a copy gets a fresh first page
and is read until the log breaks off. What was read becomes the session, and says in its own
log what happened; the damaged file stays beside it for whoever can read more out of it.
"""

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tui.session import schema
from tui.session.database import PAGE, connect, connect_to_read, told_plainly, transaction
from tui.session.events import VERSION, ErrorShown, Record, SessionStarted
from tui.session.faults import SessionDamaged
from tui.session.lock import SessionLock
from tui.session.places import beside, make_private
from tui.session.rows import INSERT, NotReadable, Row, to_event, to_row
from tui.session.store import Clock

HEADER = 100
"""Bytes of a SQLite file that say what the rest is."""
_SIZE_IN_PAGES = slice(28, 32)
_FREE_PAGES = slice(32, 40)
_TABLES_VERSION = slice(60, 64)


@dataclass(frozen=True, slots=True)
class Salvage:
    """What became of a session whose file was not whole."""

    path: Path
    """The session's file, sound again."""
    kept: int
    """Number of the last event that was kept."""
    known: int | None
    """Number of the last event that is known to have been there; None when nobody knows."""
    aside: Path | None
    """The damaged file; None when there is none, because events were simply missing."""

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        name = f"session {self.path.stem}"
        kept = f"{self.kept:,} events"
        if self.known is not None and self.known > self.kept:
            kept = f"the first {self.kept:,} of {self.known:,} events"
        if self.aside is None:
            return f"The newest part of {name} is missing from its file: it goes on with {kept}."
        return (
            f"The file of {name} was damaged: it goes on with {kept} that could be read;"
            f" the damaged file is kept as {self.aside}."
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """What a damaged file still says."""

    rows: list[Row]
    last: int | None
    partial: list[tuple[int, int, str]]
    meta: dict[str, str | float]


def salvage(path: Path, *, noted: int | None = None, now: Clock = time.time) -> Salvage:
    """Put a sound file in the place of a damaged session, with all that can be read in order.

    Args:
        path: The session's file.
        noted: Number of the last event others know of, such as the index.
        now: The clock.

    Raises:
        SessionDamaged: not even the beginning can be read; nothing was changed.
        SessionLocked: another one writes it.
        StoreError: the sound file could not be written; nothing was changed.
    """
    with told_plainly(path):
        lock = SessionLock.acquire(path)
        try:
            if _is_newer(path):
                raise SessionDamaged(path, "and was written by a newer version of glideslope")
            found = _read(path)
            if not found.rows:
                raise SessionDamaged(path, "not even its beginning can be read")
            kept = found.rows[-1][0]
            known = max(noted or 0, found.last or 0, kept)
            aside = _free_name(path)
            report = Salvage(path, kept, known, aside)
            sound = _write(path, found, (kept + 1, now(), report.sentence))
            _exchange(path, aside, sound)
        finally:
            lock.release()
    return report


# Reading the damaged file --------------------------------------------------------------


def _is_newer(path: Path) -> bool:
    """Whether the header, if there is one, speaks of tables we do not know."""
    with path.open("rb") as file:
        header = file.read(HEADER)
    tables = int.from_bytes(header[_TABLES_VERSION])
    return header.startswith(b"SQLite format 3\0") and tables > schema.STORE_VERSION


def _read(path: Path) -> _Found:
    """Read a mended copy: first with a fresh header only, then with a fresh first page."""
    with tempfile.TemporaryDirectory(prefix=".salvage-", dir=path.parent) as name:
        folder = Path(name)
        schema.lay_out(folder / "model.db", {})
        model = (folder / "model.db").read_bytes()[:PAGE]
        found = _Found([], None, [], {})
        for length in (HEADER, PAGE):
            copy = folder / f"copy-{length}.db"
            _mend(path, copy, model[:length])
            connection = connect_to_read(copy)
            try:
                found = _look(connection)
            finally:
                connection.close()
            if found.rows:
                break
        return found


def _mend(path: Path, copy: Path, beginning: bytes) -> None:
    """Copy a session's files, putting `beginning` in the place of what the first page says."""
    shutil.copyfile(path, copy)
    if (wal := beside(path, "-wal")).exists():
        shutil.copyfile(wal, beside(copy, "-wal"))
    pages = -(-path.stat().st_size // PAGE)
    header = bytearray(beginning)
    header[_SIZE_IN_PAGES] = pages.to_bytes(4)
    header[_FREE_PAGES] = bytes(8)
    with copy.open("r+b") as file:
        file.write(header)
        file.truncate(max(pages, 1) * PAGE)


def _look(connection: sqlite3.Connection) -> _Found:
    rows: list[Row] = []
    with suppress(sqlite3.Error):
        rows.extend(_sound_rows(connection))
    return _Found(
        rows,
        next((last for (last,) in _whatever(connection, "SELECT max(seq) FROM events")), None),
        _whatever(connection, "SELECT request, seq, chunk FROM partial"),
        dict(_whatever(connection, "SELECT key, value FROM meta")),
    )


def _sound_rows(connection: sqlite3.Connection) -> Iterator[Row]:
    """Rows of the log for as long as each is whole and the next one."""
    before: int | None = None
    for row in connection.execute("SELECT seq, at, kind, version, body FROM events ORDER BY seq"):
        if not _is_sound(row, before):
            return
        before = row[0]
        yield row


def _is_sound(row: Row, before: int | None) -> bool:
    seq, at, kind, version, body = row
    if not (isinstance(at, float) and isinstance(kind, str) and isinstance(version, int)):
        return False
    try:
        event = to_event(body)
    except NotReadable:
        return False
    return isinstance(event, SessionStarted) if before is None else seq == before + 1


def _whatever(connection: sqlite3.Connection, sql: str) -> list[Any]:
    """All rows of a table that may be beyond reading."""
    try:
        return connection.execute(sql).fetchall()
    except sqlite3.Error:
        return []


# Putting a sound one in its place ------------------------------------------------------


def _write(path: Path, found: _Found, said: tuple[int, float, str]) -> Path:
    """Write what was found, and the sentence that says so, to a new file beside the old."""
    sound = beside(path, ".salvaged")
    for ending in ("", "-wal", "-shm"):
        beside(sound, ending).unlink(missing_ok=True)
    versions = max(version for _, _, _, version, _ in found.rows)
    facts = {schema.EVENTS_VERSION: max(VERSION, versions), schema.START: found.rows[0][0]}
    schema.lay_out(sound, found.meta | facts)
    seq, at, sentence = said
    notice = to_row(Record(seq, at, ErrorShown(sentence=sentence)))
    connection = connect(sound)
    try:
        with transaction(connection):
            connection.executemany(INSERT, [*found.rows, notice])
            connection.executemany("INSERT INTO partial VALUES (?, ?, ?)", found.partial)
    finally:
        connection.close()
    return sound


def _free_name(path: Path) -> Path:
    endings = (".damaged" if number == 1 else f".damaged-{number}" for number in count(1))
    return next(name for ending in endings if not (name := beside(path, ending)).exists())


def _exchange(path: Path, aside: Path, sound: Path) -> None:
    """Set the damaged files aside; at every moment there is a file in the session's place."""
    if (wal := beside(path, "-wal")).exists():
        wal.replace(beside(aside, "-wal"))
    beside(path, "-shm").unlink(missing_ok=True)
    try:
        aside.hardlink_to(path)
    except OSError:  # a file system without links
        shutil.copy2(path, aside)
    make_private(aside)
    sound.replace(path)
