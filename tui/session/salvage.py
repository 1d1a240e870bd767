"""Salvage: what can still be read of a damaged session, in a sound file of its own.

The damaged file is never opened by SQLite and never changed: a copy gets a fresh first page
and is read, by its tree as far as that goes and else page by page, so what lies behind the
damage is kept. An `EventsLost` replaces each event that could not be read, so
every other one keeps its number. The session says in its own log what happened; the damaged
file stays beside it for whoever can read more out of it.

A kill at any moment loses nothing: the sound file is complete before anything is moved, and
`finish` goes on where an exchange was broken off.
"""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import msgspec

from tui.session import store_schema
from tui.session.database import PAGE_SIZE, connect, connect_to_read, transaction, translate_errors
from tui.session.event_codec import INSERT, DamagedRow, Row, to_event, to_row
from tui.session.events import VERSION, EventsLost, Record, RequestStarted, SessionStarted
from tui.session.salvage_report import SalvageResult
from tui.session.session_lock import SessionLock
from tui.session.session_paths import make_private, sibling_path
from tui.session.sqlite_pages import read_rows
from tui.session.store import Clock
from tui.session.store_errors import SessionDamaged

HEADER = 100
"""Bytes of a SQLite file that say what the rest is."""
_SIZE_IN_PAGES = slice(28, 32)
_FREE_PAGES = slice(32, 40)
_TABLES_VERSION = slice(60, 64)


_LEAST_ROW = 16
"""Bytes that no row takes less than."""
_REPORT = "salvage"
"""Key in `meta` of a salvaged file: what was reported of it."""
_Told = tuple[int, int, str, tuple[tuple[int, int], ...], bool]


@dataclass(frozen=True, slots=True)
class _Recovered:
    """What a damaged file still says."""

    rows: list[Row]
    last: int | None
    partial: list[tuple[int, int, str]]
    meta: dict[str, str | float]

    @property
    def newest(self) -> int:
        """The newest event version; of the last row where the file itself does not say it."""
        noted = self.meta.get(store_schema.EVENTS_VERSION)
        if isinstance(noted, int):
            return noted
        return self.rows[-1][3] if self.rows else VERSION


def salvage(
    path: Path, *, last_known: int | None = None, folder: str = "", now: Clock = time.time
) -> SalvageResult:
    """Put a sound file in the place of a damaged session, with all that can be read.

    Args:
        path: The session's file.
        last_known: Number of the last event others know of, such as the index.
        folder: The project folder, for a session that has lost its beginning.
        now: The clock.

    Raises:
        SessionDamaged: no event can be read; nothing was changed.
        SessionLocked: another one writes it.
        StoreError: the sound file could not be written; nothing was changed.
    """
    with translate_errors(path):
        lock = SessionLock.acquire(path)
        try:
            found = None if _is_newer(path) else _read(path, folder)
            if found is None or found.newest > VERSION:
                raise SessionDamaged(path, "and was written by a newer version of glideslope")
            if not found.rows:
                raise SessionDamaged(path, "no event in it can be read")
            kept = found.rows[-1][0]
            known = max(last_known or 0, found.last or 0, kept)
            holes = tuple(_lost_ranges(found.rows))
            certain = max(last_known or 0, found.last or 0) >= kept
            report = SalvageResult(path, kept, known, _free_name(path), holes, certain)
            _write(path, found, report, now())
            _swap_files(path, report)
        finally:
            lock.release()
    return report


def finish_salvage(path: Path) -> SalvageResult | None:
    """Go on with the salvage of a session that a kill broke off; None when there was none.

    Raises:
        SessionLocked: another one writes it.
        StoreError: the files could not be moved.
    """
    sound = sibling_path(path, ".salvaged")
    if not sound.exists():
        return None
    with translate_errors(path):
        lock = SessionLock.acquire(path)
        try:
            if not sound.exists():  # another one was faster
                return None
            report = _report(path, sound)
            if report is None or sibling_path(path, "-wal").exists():
                # Nothing was taken away yet: the damaged file says all it ever said.
                sound.unlink()
                return None
            _swap_files(path, report)
        finally:
            lock.release()
    return report


def _report(path: Path, sound: Path) -> SalvageResult | None:
    """What was to be reported of a salvage; None when its file is not complete."""
    with closing(connect_to_read(sound)) as connection:
        try:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (_REPORT,)).fetchone()
            kept, known, aside, lost, certain = msgspec.json.decode(row[0], type=_Told)
        except (sqlite3.Error, TypeError, msgspec.DecodeError):
            return None
    return SalvageResult(path, kept, known, path.with_name(aside), lost, certain)


# Reading the damaged file --------------------------------------------------------------


def _is_newer(path: Path) -> bool:
    """Whether the header, if there is one, speaks of tables we do not know."""
    with path.open("rb") as file:
        header = file.read(HEADER)
    tables = int.from_bytes(header[_TABLES_VERSION])
    return header.startswith(b"SQLite format 3\0") and tables > store_schema.STORE_VERSION


def _read(path: Path, folder: str) -> _Recovered:
    """Read a mended copy: first with a fresh header only, then with a fresh first page."""
    room = sibling_path(path, ".salvaging")
    shutil.rmtree(room, ignore_errors=True)  # left by a kill
    room.mkdir(mode=0o700)
    try:
        store_schema.create_file(room / "model.db", {})
        model = (room / "model.db").read_bytes()[:PAGE_SIZE]
        found = _Recovered([], None, [], {})
        for length in (HEADER, PAGE_SIZE):
            copy = room / f"copy-{length}.db"
            _copy_with_header(path, copy, model[:length])
            with closing(connect_to_read(copy)) as connection:
                found = _read_tables(connection)
            if found.rows:
                break
        rows = {row[0]: row for row in found.rows}
        for row in _rows_on_pages(copy):
            rows.setdefault(row[0], row)
        # A program does not write behind newer events, so no row is newer than the last one.
        newest = replace(found, rows=sorted(rows.values())).newest
        rows = {seq: row for seq, row in rows.items() if row[3] <= newest}
        ordered = _from_the_start(rows, path, folder, found.meta.get(store_schema.START))
        return replace(found, rows=ordered)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _rows_on_pages(copy: Path) -> Iterator[Row]:
    """Every whole row on the pages of a copy, its write-ahead log written into it first."""
    with suppress(sqlite3.Error), closing(connect(copy)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return read_rows(copy)


def _from_the_start(rows: dict[int, Row], path: Path, folder: str, start: object) -> list[Row]:
    """The rows in order; where the one that begins a session is lost, one is made for it.

    Args:
        rows: By their numbers.
        path: The session's file.
        folder: Its project folder.
        start: Number of its first event, as far as the file says.
    """
    # A number that is too high for so small a file is damage.
    first = next((seq for seq in sorted(rows) if rows[seq][2] == _STARTED), None)
    if first is None and rows:
        # Numbers come in order, so what begins a session is at its lowest number.
        first = start if isinstance(start, int) and 0 < start <= min(rows) else 1
        first = first if first < min(rows) else min(rows) - 1
        rows = {**rows, first: _made_up_start(rows, first, path, folder)}
    end = (first or 0) + path.stat().st_size // _LEAST_ROW
    return [rows[seq] for seq in sorted(rows) if (first or 0) <= seq <= end]


def _made_up_start(rows: dict[int, Row], first: int, path: Path, folder: str) -> Row:
    """A first event for a session that has lost its own, from what later ones tell."""
    ordered = [rows[seq] for seq in sorted(rows)]
    events = (to_event(*row[2:]) for row in ordered)
    request = next((each for each in events if isinstance(each, RequestStarted)), None)
    begun = SessionStarted(
        session=path.stem,
        folder=folder,
        program="",
        model=request.model if request else "",
        effort=request.effort if request else None,
    )
    return to_row(Record(first, ordered[0][1], begun))


def _lost_ranges(rows: list[Row]) -> Iterator[tuple[int, int]]:
    """The same as `_gaps`, with the first event where it was made here."""
    first, _, kind, version, body = rows[0]
    made, holes = not getattr(to_event(kind, version, body), "program", ""), list(_gaps(rows))
    if made and holes and holes[0][0] == first + 1:
        holes[0] = first, holes[0][1]
    elif made:
        holes.insert(0, (first, first))
    yield from holes


def _gaps(rows: list[Row]) -> Iterator[tuple[int, int]]:
    """First and last number of each range that is missing between rows."""
    for (before, *_), (after, *_) in pairwise(rows):
        if after > before + 1:
            yield before + 1, after - 1


def _copy_with_header(path: Path, copy: Path, beginning: bytes) -> None:
    """Copy a session's files, putting `beginning` in the place of what the first page says."""
    shutil.copyfile(path, copy)
    if (wal := sibling_path(path, "-wal")).exists():
        shutil.copyfile(wal, sibling_path(copy, "-wal"))
    pages = -(-path.stat().st_size // PAGE_SIZE)
    header = bytearray(beginning)
    header[_SIZE_IN_PAGES] = pages.to_bytes(4)
    header[_FREE_PAGES] = bytes(8)
    with copy.open("r+b") as file:
        file.write(header)
        file.truncate(max(pages, 1) * PAGE_SIZE)


def _read_tables(connection: sqlite3.Connection) -> _Recovered:
    rows: list[Row] = []
    with suppress(sqlite3.Error):
        rows.extend(_sound_rows(connection))
    return _Recovered(
        rows,
        next(
            (last for (last,) in _rows_if_readable(connection, "SELECT max(seq) FROM events")), None
        ),
        _rows_if_readable(connection, "SELECT request, seq, chunk FROM partial"),
        dict(_rows_if_readable(connection, "SELECT key, value FROM meta")),
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
        event = to_event(kind, version, body)
    except DamagedRow:
        return False
    return isinstance(event, SessionStarted) if before is None else seq == before + 1


def _rows_if_readable(connection: sqlite3.Connection, sql: str) -> list[Any]:
    """All rows of a table that may be beyond reading."""
    try:
        return connection.execute(sql).fetchall()
    except sqlite3.Error:
        return []


# Putting a sound one in its place ------------------------------------------------------


def _write(path: Path, found: _Recovered, report: SalvageResult, at: float) -> None:
    """Write what was found, and the sentence that says so, to a new file beside the old.

    It has its name only when it is complete.
    """
    sound, growing = sibling_path(path, ".salvaged"), sibling_path(path, ".salvaging.db")
    for file in (sound, growing):
        for ending in ("", "-wal", "-shm"):
            sibling_path(file, ending).unlink(missing_ok=True)
    aside = report.damaged_copy.name if report.damaged_copy else ""
    told = (report.kept_events, report.known_events, aside, report.lost, report.is_certain)
    facts: dict[str, str | float] = {
        store_schema.EVENTS_VERSION: VERSION,
        store_schema.START: found.rows[0][0],
        _REPORT: msgspec.json.encode(told).decode(),
    }
    store_schema.create_file(growing, found.meta | facts)
    notice = to_row(Record(report.kept_events + 1, at, report.event))
    with closing(connect(growing)) as connection:
        with transaction(connection):
            connection.executemany(INSERT, [*_with_gap_rows(found.rows), notice])
            connection.executemany("INSERT INTO partial VALUES (?, ?, ?)", found.partial)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    growing.replace(sound)


def _with_gap_rows(rows: list[Row]) -> Iterator[Row]:
    """The rows with one for each that is missing, at the time of the one before it."""
    holes = dict(_gaps(rows))
    for row in rows:
        yield row
        if (last := holes.get(row[0] + 1)) is not None:
            event = EventsLost(first=row[0] + 1, last=last)
            for seq in range(event.first, last + 1):
                yield to_row(Record(seq, row[1], event))


def _free_name(path: Path) -> Path:
    endings = (".damaged" if number == 1 else f".damaged-{number}" for number in count(1))
    return next(name for ending in endings if not (name := sibling_path(path, ending)).exists())


def _swap_files(path: Path, report: SalvageResult) -> None:
    """Set the damaged files aside; at every moment there is a file in the session's place."""
    aside = report.damaged_copy or _free_name(path)
    wal = sibling_path(path, "-wal")
    if wal.exists():
        # Kept before it is taken away: from then on `finish` has to do the rest.
        shutil.copy2(wal, sibling_path(aside, "-wal"))
        make_private(sibling_path(aside, "-wal"))
    if not aside.exists():
        try:
            aside.hardlink_to(path)
        except OSError:  # a file system without links
            shutil.copy2(path, aside)
        make_private(aside)
    wal.unlink(missing_ok=True)  # it would be laid over the sound file
    sibling_path(path, "-shm").unlink(missing_ok=True)
    sibling_path(path, ".salvaged").replace(path)


_STARTED = str(SessionStarted.__struct_config__.tag)
