"""What became of the files that a session changed: what is on disk now, compared with the log."""

import os
import shlex
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from tui.agent.tools.change_diff import content_digest
from tui.agent.tools.file_text import binary_kind
from tui.session.session_changes import FileDiff

MAX_COMPARED_BYTES = 10_000_000
"""Bytes of a file that is read to compare it."""

GONE = "deleted or renamed since then"
CHANGED = "changed since then by a command or another program"


def notes_on_files(
    folder: Path, files: Iterable[FileDiff], commands: Sequence[str]
) -> dict[str, str]:
    """What happened to files after the session changed them last, by their path; reads the disk.

    Args:
        folder: The project folder.
        files: The files; of those that the session changed again later there is nothing to say.
        commands: The commands of the session: one may have renamed a file.
    """
    found: dict[str, str] = {}
    if not folder.is_dir():
        return found  # it says nothing about single files
    for file in files:
        note = _note(folder, file, commands) if file.is_latest else ""
        if note:
            found[file.path] = note
    return found


def _note(folder: Path, file: FileDiff, commands: Sequence[str]) -> str:
    path = folder / file.path
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            return "no longer a file"
        if not file.digest or found.st_size > MAX_COMPARED_BYTES:
            return ""
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        moved = renamed_to(folder, file.path, commands)
        return f"renamed to {moved} since then" if moved else GONE
    except (OSError, ValueError) as error:
        return f"cannot be read now: {getattr(error, 'strerror', None) or error}"
    if content_digest(content) == file.digest:
        return ""
    kind = binary_kind(content)
    return f"replaced since then: now {kind}" if kind else CHANGED


def renamed_to(folder: Path, path: str, commands: Sequence[str]) -> str:
    """Where a command `mv` put a file; empty where none did that can still be found.

    Args:
        folder: The project folder.
        path: The file, relative to it.
        commands: Command lines, the newest last.
    """
    for command in reversed(commands):
        for *sources, target in _moves(command):
            if os.path.normpath(path) not in map(os.path.normpath, sources):
                continue
            into = (folder / target).is_dir()
            moved = Path(target) / Path(path).name if into else Path(target)
            if (folder / moved).exists():
                return str(moved)
    return ""


def _moves(command: str) -> list[list[str]]:
    """The operands of each `mv` in a command line; none where it is not understood."""
    words = shlex.shlex(command, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    found: list[list[str]] = []
    moving = False
    try:
        for word in words:
            if word == "mv":
                moving = True
                found.append([])
            elif set(word) <= set(";&|()<>"):
                moving = False
            elif moving and not word.startswith("-"):
                found[-1].append(word)
    except ValueError:
        return []
    return [operands for operands in found if len(operands) > 1]
