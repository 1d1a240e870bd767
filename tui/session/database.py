"""SQLite: how a file is opened, and how its errors become errors of the store."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tui.session.session_paths import sibling_path
from tui.session.store_errors import (
    SessionDamaged,
    SessionMissing,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreUnwritable,
)

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another program that holds a file, such as a backup."""

PAGE_SIZE = 4096
"""Bytes of a database page. Fixed, because salvaging depends on it."""


def connect(path: Path) -> sqlite3.Connection:
    """Open a database for writing, in autocommit: the caller begins and ends each transaction.

    One thread at a time may use it, and it need not be the one that opened it.
    """
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
    )
    # NORMAL loses nothing when the process dies; only a power cut may take the last commits.
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a database for reading; nothing on disk is changed or locked."""
    wal = sibling_path(path, "-wal")
    # Without a write-ahead log nobody has written since the last clean end, and only this way
    # of opening leaves no files of its own behind and works in a folder that is not ours.
    quiet = not wal.exists() or wal.stat().st_size == 0
    how = "immutable=1" if quiet else "mode=ro"
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        timeout=BUSY_TIMEOUT,
        isolation_level=None,
        check_same_thread=False,
    )


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise about `path` into a `StoreError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise from_sqlite(path, error) from error
    except OSError as error:
        raise from_system(path, error) from error


def from_sqlite(path: Path, error: sqlite3.Error) -> StoreError:
    """What an error of SQLite means for a session file."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_FULL:
            return StoreFull(path)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            return StoreUnwritable(path) if _may_be_there(path) else SessionMissing(path)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return SessionDamaged(path, str(error))
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusy(path)
        case _:
            return StoreError(path, f"{path} could not be read or written ({error}).")


def from_system(path: Path, error: OSError) -> StoreError:
    """What an error of the operating system means for a session file."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return StoreFull(path)
        case errno.EACCES | errno.EPERM | errno.EROFS | errno.ENOTDIR:
            return StoreUnwritable(path)
        case errno.ENOENT:
            return SessionMissing(path)
        case _:
            reason = error.strerror or type(error).__name__
            return StoreError(path, f"{path} could not be read or written ({reason}).")


def _may_be_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # we may not even look
        return True
