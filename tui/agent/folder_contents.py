"""What is in a project folder, as far as a glance tells: a few entries, never the whole tree.

Nothing is run for it, git least of all: a folder that nobody trusts yet may tell git what to run.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePath

MOST_ENTRIES = 200
"""Entries of the folder that are looked at."""
MOST_FOLDERS = 8
"""Folders in it that are looked into."""
MOST_INSIDE = 50
"""Entries of each of them."""

_OF_OTHERS = frozenset(
    ("node_modules", "venv", "env", "target", "dist", "build", "vendor", "__pycache__")
)
"""Folders whose contents nobody in the project wrote."""


@dataclass(frozen=True, slots=True)
class FolderContents:
    """The entries that were looked at."""

    files: tuple[str, ...] = ()
    """Relative to the folder, with slashes; those in the folder itself first."""
    folders: tuple[str, ...] = ()
    """Names of the folders in it."""
    changed: str = ""
    """The file that changed last, if that was after git last wrote its index; else empty."""
    is_known: bool = True
    """False where the folder could not be read."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to work on."""
        return self.is_known and not self.files and not self.folders


def glance_at(folder: Path) -> FolderContents:
    """Look at the first entries of a folder, and of a few folders in it. Reads the disk."""
    try:
        files, folders = _entries(folder, MOST_ENTRIES)
    except OSError:
        return FolderContents(is_known=False)
    found = dict(files)
    for name in [each for each in folders if each not in _OF_OTHERS][:MOST_FOLDERS]:
        with suppress(OSError):
            inside, _ = _entries(folder / name, MOST_INSIDE)
            found |= {f"{name}/{file}": modified for file, modified in inside.items()}
    return FolderContents(tuple(found), tuple(folders), _changed_file(folder, found))


def _entries(folder: Path, most: int) -> tuple[dict[str, float], list[str]]:
    """Files with the time of their last change, and folders; hidden ones are left out.

    Raises:
        OSError: the folder cannot be read.
    """
    files: dict[str, float] = {}
    folders: list[str] = []
    for entry in sorted(islice(_visible(folder), most), key=lambda each: each.name):
        with suppress(OSError):
            if entry.is_dir():
                folders.append(entry.name)
            else:
                files[entry.name] = entry.stat().st_mtime
    return files, folders


def _visible(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from (entry for entry in entries if not entry.name.startswith("."))


def _changed_file(folder: Path, files: dict[str, float]) -> str:
    try:
        committed = (folder / ".git" / "index").stat().st_mtime
    except OSError:
        return ""
    newest = max(files, key=lambda name: files[name], default="")
    return newest if newest and files[newest] > committed and PurePath(newest).suffix else ""
