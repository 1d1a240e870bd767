"""Whether the files of an open session are still the ones that were opened.

A session may run for days. Meanwhile a clean-up may delete its file, a synchronisation may
replace it or somebody may truncate it: SQLite goes on writing into a file that nobody will
ever find again. So the store looks at the files before each write, which takes a few microseconds.
"""

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tui.session.database import connect_to_read
from tui.session.session_paths import sibling_path

_ENDINGS = ("", "-wal")
"""The files that hold events."""


@dataclass(frozen=True, slots=True)
class _FileStamp:
    """What the system says of a file."""

    device: int
    inode: int
    size: int
    changed: int
    """Nanoseconds since the Unix epoch."""

    @classmethod
    def at(cls, path: Path) -> "_FileStamp | None":
        try:
            found = os.stat(path)  # noqa: PTH116 - the cheaper call, before each write
        except OSError:
            return None
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


class FilePresence:
    """The files of one session as they were after our last look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: dict[str, _FileStamp | None] = {}
        self.remember()

    def remember(self) -> None:
        """Take the files as they are for ours."""
        self._seen = {
            ending: _FileStamp.at(sibling_path(self._path, ending)) for ending in _ENDINGS
        }

    def damage(self, last: int) -> str:
        """What happened to the files since the last look, as a verb; empty when nothing did.

        Args:
            last: Number of the last event they should hold.
        """
        now = {ending: _FileStamp.at(sibling_path(self._path, ending)) for ending in _ENDINGS}
        if now == self._seen:
            return ""
        for ending in _ENDINGS:
            before, after = self._seen[ending], now[ending]
            if before is not None and after is None:
                return "deleted"
            if before is not None and after is not None:
                if (before.device, before.inode) != (after.device, after.inode):
                    return "replaced"
                if after.size < before.size:
                    return "cut short"
        # Touched by somebody: what counts is what the next program would find.
        return "" if _last_event(self._path) == last else "overwritten"


def _last_event(path: Path) -> int | None:
    """Number of the last event that a program would find that opens the file now."""
    with suppress(sqlite3.Error, OSError), closing(connect_to_read(path)) as connection:
        (last,) = connection.execute("SELECT max(seq) FROM events").fetchone()
        return last if isinstance(last, int) else 0
    return None


def set_aside(path: Path) -> Path | None:
    """Move what lies in the place of a session out of the way; returns where, None if nothing.

    Raises:
        OSError: it could not be moved.
    """
    endings = (".replaced" if number == 1 else f".replaced-{number}" for number in count(1))
    free = next(name for ending in endings if not (name := sibling_path(path, ending)).exists())
    for ending in ("-wal", ""):
        if sibling_path(path, ending).exists():
            sibling_path(path, ending).replace(sibling_path(free, ending))
    sibling_path(path, "-shm").unlink(missing_ok=True)
    return free if free.exists() else None
