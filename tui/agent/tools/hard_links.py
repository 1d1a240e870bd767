"""The other names of a file: changing it under one of them changes all of them."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from tui.agent.protected_paths import CONTENT, fold_file_name, home_paths, path_protection_reason
from tui.agent.tools.base import PreparedCall, ToolEnvironment, ToolError
from tui.agent.tools.tool_paths import ResolvedPath

_MAX_ENTRIES = 500_000
"""Entries of folders that are looked through for another name."""


def linked_protection_reason(place: ResolvedPath, env: ToolEnvironment) -> str:
    """Why changing a file is always asked about for another name that it has; empty if not.

    Looks through the project folder, but only for a file that has several names.

    Args:
        place: The file.
        env: The surroundings.
    """
    try:
        found = place.path.lstat()
    except OSError:
        return ""
    if not stat.S_ISREG(found.st_mode) or found.st_nlink < 2:
        return ""
    roots = (env.folder, *env.program_folders, *home_paths())
    for name in _names_of(found, roots):
        reason = path_protection_reason(name, env.program_folders)
        if reason := reason or CONTENT.get(fold_file_name(name.name), ""):
            return f"it is a hard link to {name.name}: {reason}"
    return ""


def check_links(place: ResolvedPath, call: PreparedCall, env: ToolEnvironment) -> None:
    """Check that the file got no protected name since the call was prepared.

    Args:
        place: The file that is about to be changed.
        call: The call; where its question named the protection, the user agreed to it.
        env: The surroundings of the session.

    Raises:
        ToolError: it was linked to a protected file meanwhile.
    """
    asked = call.permission is not None and call.permission.always_ask_reason
    if not asked and linked_protection_reason(place, env):
        raise ToolError(f"{place.display_path} was linked to a protected file meanwhile.")


def _names_of(wanted: os.stat_result, roots: Iterable[Path]) -> Iterator[Path]:
    """The names of a file at and below some folders, without following links."""
    waiting, seen = list(roots), 0
    while waiting and seen < _MAX_ENTRIES:
        at = waiting.pop()
        try:
            with os.scandir(at) as entries:
                for entry in entries:
                    seen += 1
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    elif entry.inode() == wanted.st_ino and _is_file(Path(entry.path), wanted):
                        yield Path(entry.path)
        except NotADirectoryError:
            if _is_file(at, wanted):
                yield at
        except OSError:
            continue


def _is_file(path: Path, wanted: os.stat_result) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino)
