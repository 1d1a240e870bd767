"""The lock of a session: held by the kernel, so it ends with the process, however that ends.

It lies on a file of its own beside the database, because closing any handle of a database
file would drop SQLite's own locks on it. The number written into it is for the sentence
"open in process N" and decides nothing.
"""

import contextlib
import errno
import os
import sys
from pathlib import Path

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
else:
    import fcntl

    def _take(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


_HELD_ERRORS = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK})
"""What the kernel says when another one holds the lock."""


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
        while True:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _take(file)
                if _is_at(file, path):
                    make_private(path)
                    _write_pid(file)
                    return cls(path, file)
            except OSError as error:
                holder = _holder_pid(file)
                os.close(file)
                if error.errno in _HELD_ERRORS:
                    raise SessionLocked(session, holder) from None
                raise
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


def _write_pid(file: int) -> None:
    # A full disk must not keep anybody from reading a session.
    with contextlib.suppress(OSError):
        os.ftruncate(file, 0)
        os.write(file, str(os.getpid()).encode())


def _holder_pid(file: int) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        os.lseek(file, 0, os.SEEK_SET)
        return int(os.read(file, 20))
    return None
