"""The tables of a session file, and how a new one is laid out.

The log is append-only and without gaps, and the database itself says so: triggers refuse
every change, and every row that is not the next one. A fork goes on counting where it left
its parent, so its first row may have any number.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tui.session.database import PAGE_SIZE, connect, transaction, translate_errors
from tui.session.event_codec import INSERT, Row
from tui.session.events import VERSION
from tui.session.private_files import make_private_folder
from tui.session.session_paths import make_private_file, sibling_path
from tui.session.store_errors import NotASession, SessionDamaged

APPLICATION = 0x476C6964
"""SQLite's application id of a session file: `Glid`."""

STORE_VERSION = 1
"""Version of these tables, kept as SQLite's `user_version`."""

TABLES = (
    """CREATE TABLE events (
        seq INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL,
        version INTEGER NOT NULL, body BLOB NOT NULL)""",
    """CREATE TRIGGER events_never_change BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END""",
    """CREATE TRIGGER events_never_go BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END""",
    """CREATE TRIGGER events_have_no_gaps BEFORE INSERT ON events
        WHEN NEW.seq <> (SELECT coalesce(max(seq) + 1, NEW.seq) FROM events)
        BEGIN SELECT RAISE(ABORT, 'the log has no gaps'); END""",
    """CREATE TABLE partial (
        request INTEGER NOT NULL, seq INTEGER NOT NULL, chunk TEXT NOT NULL,
        PRIMARY KEY (request, seq)) WITHOUT ROWID""",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
)

EVENTS_VERSION = "events_version"
"""Key in `meta`: the newest event version in the log."""
START = "start"
"""Key in `meta`: number of the first event."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the header of a session file tells."""

    start: int
    """Number of the first event."""
    last: int
    """Number of the last event; one less than `start` when there is none."""
    tables: int
    """Version of its tables."""
    events: int
    """The newest event version in its log."""
    meta: Mapping[str, str | float]
    """What is noted of the file."""

    @property
    def is_newer(self) -> bool:
        """Whether a newer program wrote it, so that ours may not go on."""
        return self.tables > STORE_VERSION or self.events > VERSION


def create_file(path: Path, meta: Mapping[str, str | float]) -> None:
    """Make a new, empty session file.

    Args:
        path: Where; its folder is made too. Both are for this user only.
        meta: What to note beside the versions.

    Raises:
        SessionExists: there is already one.
        StoreError: it could not be made.
    """
    with translate_errors(path):
        make_private_folder(path.parent)
        make_private_file(path)
        with closing(connect(path)) as connection:
            _fill(connection, {EVENTS_VERSION: VERSION, **meta})


def write_file(path: Path, meta: Mapping[str, str | float], rows: Iterable[Row]) -> None:
    """Make a session file with a log in it; it has its name only when it is whole.

    Args:
        path: Where nothing is.
        meta: What to note beside the versions.
        rows: The log, in order and without gaps.

    Raises:
        StoreError: it could not be made.
    """
    growing = sibling_path(path, ".writing")
    with translate_errors(path):
        for ending in ("", "-wal", "-shm"):
            sibling_path(growing, ending).unlink(missing_ok=True)
        create_file(growing, meta)
        with closing(connect(growing)) as connection:
            with transaction(connection):
                connection.executemany(INSERT, rows)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        growing.replace(path)


def _fill(connection: sqlite3.Connection, meta: Mapping[str, str | float]) -> None:
    connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    with transaction(connection):
        for statement in TABLES:
            connection.execute(statement)
        connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        connection.execute(f"PRAGMA user_version = {STORE_VERSION}")
    # Last, so that tables and versions are in the main file and need no log beside it.
    connection.execute("PRAGMA journal_mode = WAL")


def read_facts(connection: sqlite3.Connection, path: Path) -> FileFacts:
    """Read what kind of file this is and where its log ends.

    Raises:
        NotASession: it belongs to another program.
        SessionDamaged: it is ours, or was, and not whole.
        sqlite3.Error: SQLite could not read it.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("PRAGMA user_version").fetchone()
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not names:
        raise SessionDamaged(path, "it is empty")
    if application != APPLICATION and "events" not in names:
        raise NotASession(path)
    try:
        (last,) = connection.execute("SELECT max(seq) FROM events").fetchone()
        # After the log: events of a newer version may join it meanwhile.
        meta = dict(connection.execute("SELECT key, value FROM meta"))
        start, events = int(meta[START]), int(meta[EVENTS_VERSION])
    except (sqlite3.OperationalError, KeyError, ValueError) as error:
        raise SessionDamaged(path, "its tables are not whole") from error
    return FileFacts(start, start - 1 if last is None else last, tables, events, meta)


def stamp_version(connection: sqlite3.Connection) -> None:
    """Note that events of our version are in the log, so that an older program keeps off."""
    connection.execute("UPDATE meta SET value = ? WHERE key = ?", (VERSION, EVENTS_VERSION))
