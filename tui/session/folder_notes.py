"""Which project folder the sessions below a key belong to, when the folder has another name now.

Beside the sessions of a folder lies a note: where the folder is, and what it is known by. The key
of the sessions follows from the folder's old name; the note finds them for the new one. A note
that is lost or damaged costs only that.
"""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tui.session.folder_identity import FolderIdentity, identify_folder
from tui.session.private_files import new_private_file
from tui.session.session_paths import folder_key

NOTE = "folder.json"
"""Name of the note, beside the sessions."""
_MAX_BYTES = 64 * 1024


class FolderNote(msgspec.Struct, frozen=True):
    """Where a project folder is, and what it is known by."""

    folder: str
    """Absolute path."""
    identity: FolderIdentity


@dataclass(frozen=True, slots=True)
class FolderPlaces:
    """The keys below which the sessions of one folder lie."""

    keys: tuple[str, ...]
    """The one of its name first, then those of names it had."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The last known path of the folder, by the keys of names it had."""


def write_note(sessions: Path, key: str, folder: Path) -> None:
    """Note where a folder is; never fails.

    Args:
        sessions: The folder of all sessions.
        key: The key of the folder's sessions.
        folder: The project folder.
    """
    note = FolderNote(os.path.realpath(folder), identify_folder(folder))
    path = sessions / key / NOTE
    if not note.identity.inode or read_note(path) == note:
        return
    with contextlib.suppress(OSError, UnicodeEncodeError, msgspec.MsgspecError):
        text = msgspec.json.encode(note).decode()
        fresh = path.with_name(f"{NOTE}.{os.getpid()}")
        with new_private_file(fresh) as file:
            file.write(text)
        fresh.replace(path)


def read_note(path: Path) -> FolderNote | None:
    """The note at `path`; None where there is none that can be read."""
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(_MAX_BYTES), type=FolderNote)
    except (OSError, ValueError):
        return None


def read_notes(sessions: Path) -> dict[str, FolderNote]:
    """All notes, by the key of their sessions."""
    try:
        keys = [entry.name for entry in os.scandir(sessions)]
    except OSError:
        return {}
    notes = ((key, read_note(sessions / key / NOTE)) for key in keys)
    return {key: note for key, note in notes if note is not None}


def find_places(sessions: Path, folder: Path | str) -> FolderPlaces:
    """Where the sessions of a folder lie, under its name and under those it had.

    Only what certainly is the same folder counts: it has the same inode number and was made at the
    same moment, or its old place is gone and the repository in it is the same.
    """
    own, here = folder_key(folder), identify_folder(Path(folder))
    moved = {
        key: note.folder
        for key, note in read_notes(sessions).items()
        if key != own and _has_moved_here(note, here)
    }
    return FolderPlaces((own, *sorted(moved)), moved)


def _has_moved_here(note: FolderNote, here: FolderIdentity) -> bool:
    if here.is_same_folder(note.identity):
        return True
    may_be = here.is_same_repository(note.identity)
    return may_be and is_gone(note.folder)


def is_gone(folder: str) -> bool:
    """Whether there is no folder at a path any more."""
    return not os.path.lexists(folder)


def is_similar(folder: Path | str, other: str, note: FolderNote | None) -> bool:
    """Whether a folder may be the one that was at another path, though it is not certain.

    Args:
        folder: The folder.
        other: The path where sessions were begun.
        note: What that folder was known by, if there is a note.
    """
    here = identify_folder(Path(folder))
    if note is not None and here.is_same_repository(note.identity):
        return True  # a copy
    if not is_gone(other):
        return False
    place, old = Path(os.path.realpath(folder)), Path(other)
    if note is None:  # sessions of an earlier version: renamed in its place, or moved
        return old.name == place.name or old.parent == place.parent
    return here.is_same_inode(note.identity) or old.name == place.name
