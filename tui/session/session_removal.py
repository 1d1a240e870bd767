"""Taking a session off the disk, with the files SQLite and the lock keep beside it."""

from pathlib import Path

from tui.session.session_paths import sibling_path

_BESIDE = ("-wal", "-shm", "-journal", ".lock")


def remove_session(path: Path) -> None:
    """Remove the session at `path`; it must be closed.

    Raises:
        OSError: a file could not be removed.
    """
    for file in (path, *(sibling_path(path, ending) for ending in _BESIDE)):
        file.unlink(missing_ok=True)
