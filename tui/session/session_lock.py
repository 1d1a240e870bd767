"""The lock of a session: held by the kernel, so it ends with the process, however that ends.

It lies on a file of its own beside the database, because closing any handle of a database
file would drop SQLite's own locks on it. What is written into it is for people who ask where the
session is open, and decides nothing.
"""

import contextlib
import errno
import os
import sys
import time
from pathlib import Path

from tui.session.lock_holder import (
    MOST_BYTES,
    LockHolder,
    decode_holder,
    encode_holder,
    this_process,
)
from tui.session.session_paths import make_private, sibling_path
from tui.session.store_errors import SessionLocked

if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 1 << 20

    def _take(file: int) -> None:
        # Windows forbids others to read what is locked, so a byte far behind the text is.
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)

    _try = _take
else:
    import fcntl

    def _take(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _try(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)


_HELD_ERRORS = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK})
"""What the kernel says when another one holds the lock."""

GLANCE_SECONDS = 0.02
"""Longer than anybody has a lock who only asks whether it is held."""


class SessionLock:
    """The right to write a session. One holder, in this process or another."""

    def __init__(self, path: Path, file: int) -> None:
        """Call `acquire` instead."""
        self.path = path
        self._file: int | None = file

    @classmethod
    def acquire(cls, session: Path) -> "SessionLock":
        """Take the lock of a session file, at once or not at all.

        Raises:
            SessionLocked: another one holds it.
            OSError: the lock file could not be made, or the file system has no locks.
        """
        path = sibling_path(session, ".lock")
        waited = False
        while True:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _take(file)
                if _is_at(file, path):
                    make_private(path)
                    _write_note(file)
                    return cls(path, file)
            except OSError as error:
                holder = _read_note(file)
                os.close(file)
                if error.errno not in _HELD_ERRORS:
                    raise
                if waited:
                    raise SessionLocked(session, holder.pid or None, holder.place) from None
                waited = True
                time.sleep(GLANCE_SECONDS)
                continue
            # Its last holder removed the file between our two steps: take the new one.
            os.close(file)

    def is_in_place(self) -> bool:
        """Whether the file that is locked is the one that others would try to lock."""
        return self._file is not None and _is_at(self._file, self.path)

    def release(self) -> None:
        """Give the lock back; once is enough."""
        if self._file is None:
            return
        with contextlib.suppress(OSError):  # Windows keeps a file that is open
            if self.is_in_place():
                self.path.unlink()
        os.close(self._file)
        self._file = None


def _is_at(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def lock_holder(session: Path) -> LockHolder | None:
    """Who holds the lock of a session file; None where nobody does.

    Raises:
        OSError: the file system does not tell.
    """
    try:
        file = os.open(sibling_path(session, ".lock"), os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        _try(file)
    except OSError as error:
        if error.errno in _HELD_ERRORS:
            return _read_note(file)
        raise
    finally:
        os.close(file)
    return None


def _write_note(file: int) -> None:
    # A full disk must not keep anybody from reading a session.
    with contextlib.suppress(OSError):
        os.ftruncate(file, 0)
        os.write(file, encode_holder(this_process(os.environ)))


def _read_note(file: int) -> LockHolder:
    with contextlib.suppress(OSError):
        os.lseek(file, 0, os.SEEK_SET)
        return decode_holder(os.read(file, MOST_BYTES))
    return LockHolder(0)
