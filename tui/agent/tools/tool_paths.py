"""Where a path of the model leads: links followed, inside the project folder or outside."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tui.agent.protected_paths import path_protection_reason
from tui.agent.shell.rule_escaping import escape_pattern
from tui.agent.tools.base import (
    PermissionKind,
    PermissionRequest,
    PreparedCall,
    ToolEnvironment,
    ToolError,
)
from tui.agent.tools.file_names import find_name, shown_name
from tui.agent.tools.nofollow_files import open_nofollow_file, open_nofollow_folder
from tui.typos import most_similar_name

_REASONS: dict[PermissionKind, str] = {
    "read": "reads",
    "edit": "changes a file",
    "write": "writes a file",
}
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISCHR, "a device"),
)


@dataclass(frozen=True, slots=True)
class ResolvedPath:
    """One file or folder, there or not."""

    path: Path
    """Absolute and free of links."""
    display_path: str
    """Relative to the project folder where it is inside, with forward slashes, as text of one
    line: `file_names` tells how."""
    outside_project: bool
    protected_reason: str = ""
    """Why changing it is always asked about; empty where it is not."""

    def permission(
        self, kind: PermissionKind, *, preview: str = "", protected: str = ""
    ) -> PermissionRequest:
        """What a call that does `kind` here wants.

        Args:
            kind: What it does.
            preview: What the user is shown of it.
            protected: Why the change itself, not the place, is always asked about.
        """
        beyond = " outside the project folder" if self.outside_project else ""
        always = "" if kind == "read" else self.protected_reason or protected
        return PermissionRequest(
            kind=kind,
            target=self.path.as_posix(),
            reason=_REASONS[kind] + (beyond or (" a file" if kind == "read" else "")),
            preview=preview,
            rules=() if always else self._permission_rules(kind),
            outside_project=self.outside_project,
            always_ask_reason=always,
        )

    def _permission_rules(self, kind: PermissionKind) -> tuple[str, ...]:
        verb = "read" if kind == "read" else "edit"
        if not self.outside_project:
            return (f"{verb}(**)",)
        folder = (self.path if self.path.is_dir() else self.path.parent).as_posix()
        # No rule can name what text cannot hold.
        plain = shown_name(folder) == folder
        return (f"{verb}({escape_pattern(folder)}/**)",) if plain else ()


def resolve_path(text: str, env: ToolEnvironment) -> ResolvedPath:
    """The place `text` leads to from the project folder.

    Raises:
        ToolError: it is no path, or may mean several files.
    """
    if not text.strip() or "\0" in text:
        raise ToolError("The path is empty." if "\0" not in text else "The path holds a NUL byte.")
    # realpath, unlike Path.resolve, does not give up at a loop of links.
    written = find_name(env.folder / expand_user(text))
    try:
        path = Path(os.path.realpath(written))
    except OSError as error:  # what was a link a moment ago is none any more
        raise ToolError(f"{text} is being changed by another program; try again.") from error
    inside = path.is_relative_to(env.folder)
    ours = env.scratch_folder is not None and path.is_relative_to(env.scratch_folder)
    shown = shown_name((path.relative_to(env.folder) if inside else path).as_posix())
    # A link may lead to a protected file, and a protected name may be a link to any file.
    plainly = Path(os.path.normpath(written))
    protected = path_protection_reason(path, env.program_folders) or path_protection_reason(
        plainly, env.program_folders
    )
    return ResolvedPath(
        path, shown, outside_project=not inside and not ours, protected_reason=protected
    )


def expand_user(text: str) -> Path:
    """A path with `~` filled in, where that means somebody."""
    try:
        return Path(text).expanduser()
    except RuntimeError:  # nobody of that name has a home here
        return Path(text)


def recheck_path(call: PreparedCall, text: str, env: ToolEnvironment) -> ResolvedPath:
    """The place of a prepared call, looked up once more before it runs.

    Raises:
        ToolError: a link has been put in the way meanwhile; nobody agreed to that place.
    """
    place = resolve_path(text, env)
    if place.path != call.path:
        raise path_moved_error(place)
    return place


def path_status(place: ResolvedPath) -> os.stat_result | None:
    """What is at `place` now; None where nothing is.

    Raises:
        ToolError: it cannot be looked at, or a link has been put in the way.
    """
    try:
        if place.path == place.path.parent:
            return place.path.stat()
        with open_nofollow_folder(place.path.parent) as folder:
            found = folder.status(place.path.name)
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        check_not_moved(place)
        return None
    except OSError as error:
        raise ToolError(f"{place.display_path} cannot be read: {os_error_text(error)}.") from error
    if stat.S_ISLNK(found.st_mode):
        raise path_moved_error(place)
    return found


def check_not_moved(place: ResolvedPath) -> None:
    """Raise a `ToolError` if a part of the path is a link now: it was none when it was judged."""
    try:
        moved = os.path.realpath(place.path) != str(place.path)
    except OSError:  # a link that went while it was followed
        moved = True
    if moved:
        raise path_moved_error(place)


def path_moved_error(place: ResolvedPath) -> ToolError:
    """The error for a path that leads elsewhere than when it was judged."""
    return ToolError(f"{place.display_path} leads somewhere else now; try again.")


def stat_regular_file(place: ResolvedPath) -> os.stat_result:
    """The status of the regular file at `place`.

    Raises:
        ToolError: there is none; the sentence says what is there instead, or what is near.
    """
    found = path_status(place)
    if found is None:
        raise ToolError(f"{place.display_path} does not exist.{_similar_name_hint(place)}")
    check_regular(place, found)
    return found


def check_regular(place: ResolvedPath, found: os.stat_result) -> None:
    """Raise a `ToolError` for whatever is not a regular file."""
    if stat.S_ISREG(found.st_mode):
        return
    kind = next((kind for is_kind, kind in _KINDS if is_kind(found.st_mode)), "no regular file")
    way = " Use glob to list it." if kind == "a folder" else ""
    raise ToolError(f"{place.display_path} is {kind}, not a file.{way}")


@contextmanager
def open_regular_file(place: ResolvedPath) -> Iterator[BinaryIO]:
    """The regular file at `place`, open for reading and held.

    Opened without waiting and without following links, and looked at once more when open:
    what was a file a moment ago may have become a link, or a pipe nobody writes to.

    Raises:
        ToolError: it cannot be read.
    """
    try:
        with open_nofollow_file(place.path) as file:
            check_regular(place, os.fstat(file.fileno()))
            yield file
    except FileNotFoundError as error:
        raise ToolError(f"{place.display_path} does not exist any more.") from error
    except OSError as error:
        check_not_moved(place)
        raise ToolError(f"{place.display_path} cannot be read: {os_error_text(error)}.") from error


def read_contents(place: ResolvedPath) -> bytes:
    """All bytes of the regular file at `place`.

    Raises:
        ToolError: it cannot be read.
    """
    with open_regular_file(place) as file:
        return file.read()


def os_error_text(error: OSError) -> str:
    """Why the system refused, in its own words without path and number."""
    return (error.strerror or str(error)).lower()


def _similar_name_hint(place: ResolvedPath) -> str:
    """A hint at a file of nearly the same name, in the same folder."""
    try:
        with open_nofollow_folder(place.path.parent) as folder:
            names = sorted(folder.list_names()[:2000])
    except OSError:
        return ""
    near = most_similar_name(place.path.name, names, likeness=0.7)
    if not near:
        return ""
    there = Path(place.display_path).with_name(shown_name(near))
    return f" Did you mean {there.as_posix()}?"
