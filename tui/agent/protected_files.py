"""The protected files of a project, watched around commands: what is there, what changed.

A look costs one `stat` for each folder and each protected file that is known: a folder is
read again only when it changed, a file only when its status did. What a command changed is
put back at once, so that nothing acts on it while the user is asked, and also if nobody ever
answers. `tui.agent.command_protection` asks.
"""

import os
import stat
import time
from collections.abc import Iterable, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Literal, NamedTuple

from tui.agent.git_file_facts import GitFacts, attributes_facts, config_facts, every_byte
from tui.agent.protected_kinds import Kind, Role, WatchedFolder, classify_children, resolve_links
from tui.agent.protected_paths import (
    CONTENT,
    GIT,
    OURS,
    fold_file_name,
    holds_head,
    path_protection_reason,
)
from tui.agent.tools.nofollow_files import NofollowFolder, open_nofollow_folder
from tui.settings.toml_writer import was_written_here

_MAX_FOLDERS = 3_000
"""Folders that are watched at most, the nearest to the project folder first."""
_MAX_KEPT_BYTES = 1_000_000
"""Bytes of a file that are kept, to put it back."""
_RACY_NANOSECONDS = 50_000_000
"""Nanoseconds in which a file system may not tell two changes apart."""


class FileState(NamedTuple):
    """What is at a path."""

    type: Literal["file", "link", "other"]
    mode: int = 0
    """Permission bits of a file."""
    content: bytes | None = b""
    """Of a file, or what a link leads to; None where it is too much to keep."""
    digest: bytes = b""
    """Of a file that is too large to keep."""


class ProtectedFile(NamedTuple):
    """A protected file and what is there."""

    kind: Kind
    state: FileState
    folder: tuple[int, int]
    """Device and number of the folder it is in."""


@dataclass(frozen=True, slots=True)
class ProtectedSnapshot:
    """The protected files of a moment."""

    files: Mapping[Path, ProtectedFile]
    folders: Set[Path]
    """All folders that were looked into."""


@dataclass(frozen=True, slots=True)
class ProtectedChange:
    """A protected file that is not as it was, in what matters."""

    path: Path
    display_name: str
    why: str
    """Why it is protected, in words."""
    before: FileState | None
    after: FileState | None
    note: str = ""
    """What else belongs to it, for people."""


@dataclass(slots=True)
class _File:
    stamp: tuple[int, ...]
    read_at: int
    state: FileState


class ProtectedFiles:
    """Finds the protected files of a project and remembers what it has read. One thread only."""

    def __init__(self, folder: Path, roots: Iterable[Path] = (), own: Iterable[Path] = ()) -> None:
        """Watch a project.

        Args:
            folder: The project folder, absolute and free of links.
            roots: Folders of git outside of it that commands may write.
            own: Folders of the program itself: settings and key bindings in them are watched.
        """
        self.folder = folder
        self.own_paths = tuple(own)
        self._roots: dict[Path, Role] = {folder: "tree", **dict.fromkeys(roots, "git")}
        self._roots |= dict.fromkeys(self.own_paths, "settings")
        self._folders: dict[tuple[Path, Role], WatchedFolder] = {}
        self._files: dict[Path, _File] = {}

    def snapshot(self) -> ProtectedSnapshot:
        """What is there now."""
        view: dict[Path, ProtectedFile] = {}
        seen: dict[tuple[Path, Role], WatchedFolder] = {}
        level = dict(self._roots)
        while level:
            below: dict[Path, Role] = {}
            for path, role in level.items():
                if (path, role) in seen or len(seen) >= _MAX_FOLDERS:
                    continue
                found = self._read_folder(path, role)
                if found is None:
                    continue
                seen[path, role] = found
                home = (found.stamp[0], found.stamp[1])
                for file, kind in found.files.items():
                    if (state := self._read_file(file)) is not None:
                        view[file] = ProtectedFile(kind, state, home)
                        if kind == "config" and (hooks := self._hooks(file, state)):
                            below[hooks] = "hooks"
                below |= found.folders
            level = below
        self._folders = seen
        self._files = {path: file for path, file in self._files.items() if path in view}
        return ProtectedSnapshot(view, {path for path, _ in seen})

    def _read_folder(self, path: Path, role: Role) -> WatchedFolder | None:
        try:
            found = path.lstat()
            if not stat.S_ISDIR(found.st_mode):
                return None
            stamp = (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns)
            known = self._folders.get((path, role))
            if (
                known
                and known.stamp == stamp
                and known.read_at - found.st_ctime_ns > _RACY_NANOSECONDS
            ):
                return known
            made = WatchedFolder(stamp, time.time_ns())
            with os.scandir(path) as entries:
                children = list(entries)
            classify_children(path, role, children, made, self.is_in_project)
        except OSError:
            return None
        return made

    def _read_file(self, path: Path) -> FileState | None:
        try:
            found = path.lstat()
        except OSError:
            return None
        stamp = (
            *(found.st_mode, found.st_dev, found.st_ino, found.st_size),
            *(found.st_mtime_ns, found.st_ctime_ns),
        )
        known = self._files.get(path)
        if known and known.stamp == stamp and known.read_at - found.st_ctime_ns > _RACY_NANOSECONDS:
            return known.state
        read_at = time.time_ns()
        state = _state(path, found)
        self._files[path] = _File(stamp, read_at, state)
        return state

    def _hooks(self, config: Path, state: FileState) -> Path | None:
        """The folder in the project that a configuration of git takes hooks from."""
        if b"hookspath" not in (state.content or b"").lower():
            return None
        for fact in config_facts(state.content or b""):
            if fact.startswith("core.hookspath="):
                named = fact.partition("=")[2].strip('"')
                folder = resolve_links(config.parent.parent / named)
                return folder if self.is_in_project(folder) and folder != self.folder else None
        return None

    def is_in_project(self, path: Path) -> bool:
        """Whether a path is in the project folder."""
        return path.is_relative_to(self.folder)

    def compare(self, before: ProtectedSnapshot, after: ProtectedSnapshot) -> list[ProtectedChange]:
        """What is not as it was, in what matters; links first, then from the top down."""
        old, new = before.files, after.files
        moved = {watched.folder for path, watched in old.items() if path not in new}
        found: list[ProtectedChange] = []
        for path in old.keys() | new.keys():
            is_new = path not in old
            if is_new and new[path].folder in moved and path.parent != self.folder:
                continue  # its whole folder was moved
            if is_new and self._comes_with_repository(path, before, after):
                continue
            if change := self._change(path, old.get(path), new.get(path), before, after):
                found.append(change)
        links = {change.path for change in found if change.after and change.after.type == "link"}
        return sorted(found, key=lambda change: (change.path not in links, change.path.parts))

    def _comes_with_repository(
        self, path: Path, before: ProtectedSnapshot, after: ProtectedSnapshot
    ) -> bool:
        """Whether a file belongs to the files of a repository that was made or cloned here.

        A folder that was not there and is a repository now is another project: what its own
        files say holds for who opens it, and asks there. Its `.git` is watched as any other.
        """
        for up in path.parents:
            if up == self.folder or up in before.folders or not self.is_in_project(up):
                return False
            if fold_file_name(up.name) == ".git":
                return False
            if up / ".git" in after.folders or up / ".git" in after.files:
                return path != up / ".git"
        return False

    def _change(
        self,
        path: Path,
        old: ProtectedFile | None,
        new: ProtectedFile | None,
        before: ProtectedSnapshot,
        after: ProtectedSnapshot,
    ) -> ProtectedChange | None:
        kind = (new or old or ProtectedFile("whole", FileState("other"), (0, 0))).kind
        note = ""
        if kind == "head":
            note = "" if old is not None or new is None else _executed_commands(path.parent, after)
            if not note:
                return None
        elif any(
            _new_repository(folder, before, after) for folder in (path.parent, path.parent.parent)
        ):
            return None  # its HEAD says it
        elif (new is None and not _matters_when_missing(path, kind)) or (
            self._facts(path, kind, old) == self._facts(path, kind, new)
        ):
            return None
        elif new and new.state.content and was_written_here(path, new.state.content):
            return None  # the program's own act
        shown = path.relative_to(self.folder).as_posix() if self.is_in_project(path) else str(path)
        why = _why(path, self.own_paths)
        return ProtectedChange(path, shown, why, old and old.state, new and new.state, note)

    def _facts(self, path: Path, kind: Kind, watched: ProtectedFile | None) -> GitFacts:
        if watched is None:
            return frozenset(("missing",)) if kind == "ours" else frozenset()
        state = watched.state
        if state.type != "file" or state.content is None:
            return every_byte(state.type.encode() + state.digest + (state.content or b""))
        match kind:
            case "config":
                return self._without_own_tree(path, config_facts(state.content))
            case "attributes":
                return attributes_facts(state.content)
            case "pointer":
                return _git_file_target(path, state.content, self.folder)
            case _:
                return every_byte(oct(state.mode).encode() + b" " + state.content)

    def _without_own_tree(self, path: Path, facts: GitFacts) -> GitFacts:
        """The facts without the way from a submodule's folder back to its own files."""
        if "modules" not in path.parts:
            return facts
        return frozenset(
            fact
            for fact in facts
            if not fact.startswith("core.worktree=")
            or not self.is_in_project(resolve_links(path.parent / fact.partition("=")[2]))
        )


def restore(changes: Iterable[ProtectedChange]) -> list[ProtectedChange]:
    """Make protected files what they were; returns those that could not be."""
    return [change for change in changes if not _write_state(change.path, change.before)]


def reapply(changes: Iterable[ProtectedChange]) -> list[ProtectedChange]:
    """Make protected files what the command had made of them; returns those that could not be."""
    return [change for change in changes if not _write_state(change.path, change.after)]


def _write_state(path: Path, state: FileState | None) -> bool:
    """Put a state in the place of whatever is there; whether that was possible."""
    if state is not None and (state.content is None or state.type == "other"):
        return False
    try:
        with open_nofollow_folder(path.parent, create=state is not None) as folder:
            _clear(folder, path.name)
            if state is None:
                return True
            if state.type == "link":
                folder.link(path.name, os.fsdecode(state.content or b""))
                return True
            _write_file(folder, path.name, state)
    except FileNotFoundError:
        return state is None
    except OSError:
        return False
    return True


def _clear(folder: NofollowFolder, name: str) -> None:
    try:
        found = folder.status(name)
    except FileNotFoundError:
        return
    if stat.S_ISDIR(found.st_mode):
        folder.move(name, f"{name}.removed-{time.time_ns():x}")
    else:
        folder.remove(name)


def _write_file(folder: NofollowFolder, name: str, state: FileState) -> None:
    handle = folder.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(state.content or b"")
        if hasattr(os, "fchmod"):
            os.fchmod(file.fileno(), state.mode)


def _state(path: Path, found: os.stat_result) -> FileState:
    mode = stat.S_IMODE(found.st_mode)
    with suppress(OSError):
        if stat.S_ISLNK(found.st_mode):
            return FileState("link", 0, os.fsencode(path.readlink()))
        if stat.S_ISREG(found.st_mode):
            with open_nofollow_folder(path.parent) as folder:
                handle = folder.open(path.name, os.O_RDONLY)
            with os.fdopen(handle, "rb") as file:
                content = file.read(_MAX_KEPT_BYTES + 1)
                if len(content) <= _MAX_KEPT_BYTES:
                    return FileState("file", mode, content)
                file.seek(0)
                return FileState("file", mode, None, file_digest(file, "sha256").digest())
    return FileState("other", mode, None)


def _git_file_target(path: Path, content: bytes, project: Path) -> GitFacts:
    """Where a `.git` file leads; nothing where that is a part of the repository around it."""
    text = content[:4_096].decode("utf-8", "surrogateescape").strip()
    target = resolve_links(path.parent / text.removeprefix("gitdir:").strip())
    for up in (path.parent, *path.parent.parents):
        known = up / ".git"
        if any(target.is_relative_to(known / part) for part in ("worktrees", "modules")):
            return frozenset()
        if up == project:
            break
    return every_byte(content)


def _matters_when_missing(path: Path, kind: Kind) -> bool:
    """Whether it matters that a file is gone: it may have forbidden something."""
    return kind == "ours" or (kind == "config" and holds_head(path.parent))


def _new_repository(folder: Path, before: ProtectedSnapshot, after: ProtectedSnapshot) -> bool:
    """Whether a folder that was none is a bare repository now."""
    head = folder / "HEAD"
    found = after.files.get(head)
    return found is not None and found.kind == "head" and head not in before.files


def _executed_commands(folder: Path, view: ProtectedSnapshot) -> str:
    """What a repository would execute, for people; empty for nothing."""
    said: list[str] = []
    for path, watched in view.files.items():
        if watched.kind == "head" or not path.is_relative_to(folder):
            continue
        content = watched.state.content or b""
        if watched.kind == "config" and path.parent == folder:
            said += config_facts(content)
        elif watched.kind == "attributes":
            said += attributes_facts(content)
        elif path.parent.name == "hooks":
            said.append(f"hook {path.name}")
    return "\n".join(sorted(said))


def _why(path: Path, own: Iterable[Path]) -> str:
    in_own = any(path.is_relative_to(folder) for folder in own)
    return (
        OURS
        if in_own
        else path_protection_reason(path) or CONTENT.get(fold_file_name(path.name)) or GIT
    )
