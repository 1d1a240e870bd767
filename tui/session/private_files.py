"""Folders and files for this user alone, whatever the umask.

The umask takes bits away from the mode a program asks for, and never adds any. Under an
umask of 000 everything that was not asked for narrowly is open to everybody; under 777 a
program cannot read back what it has just written. So every file and folder of the program is
made here: with a narrow mode from the first moment, and set to exactly that mode afterwards.
"""

import contextlib
import os
from pathlib import Path
from typing import TextIO

FOLDER = 0o700
"""Mode of a private folder."""
FILE = 0o600
"""Mode of a private file."""

_BINARY: int = getattr(os, "O_BINARY", 0)
_NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)


def make_private_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, for this user alone.

    A folder that is there keeps its mode.

    Raises:
        OSError: it could not be made.
    """
    missing = [level for level in (folder, *folder.parents) if not level.exists()]
    for level in reversed(missing):
        with contextlib.suppress(FileExistsError):  # another process was faster
            level.mkdir(mode=FOLDER)
        level.chmod(FOLDER)


def open_private(path: Path, flags: int) -> int:
    """Open a file of this user's alone, made if it is not there; returns the descriptor.

    Args:
        path: The file; its folder must be there. A link in its place is not followed.
        flags: As for `os.open`; `os.O_CREAT` is added.

    Raises:
        OSError: it could not be opened.
    """
    handle = os.open(path, flags | os.O_CREAT | _BINARY | _NO_FOLLOW, FILE)
    try:
        narrow(handle)
    except OSError:
        os.close(handle)
        raise
    return handle


def narrow(handle: int, mode: int = FILE) -> None:
    """Give an open file exactly this mode, if it has another."""
    if hasattr(os, "fchmod") and os.fstat(handle).st_mode & 0o777 != mode:
        os.fchmod(handle, mode)


def new_private_file(path: Path) -> TextIO:
    """Open a new text file of this user's alone for writing, its folder made as well.

    Raises:
        FileExistsError: something is there already.
        OSError: it could not be made.
    """
    make_private_folder(path.parent)
    handle = open_private(path, os.O_WRONLY | os.O_EXCL)
    return os.fdopen(handle, "w", encoding="utf-8", newline="\n")
