"""What is protected in which folder of a project, and what kind of file it is."""

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tui.agent.protected_paths import (
    CONTENT,
    FILES,
    FOLDERS,
    PAIRS,
    fold_file_name,
    holds_head,
    protected_kind,
)

Role = Literal[
    "tree",
    "all",
    "git",
    "hooks",
    "info",
    "modules",
    "worktrees",
    "worktree",
    "packages",
    "settings",
]
"""What a folder is, and so what in it is protected."""
Kind = Literal["whole", "ours", "config", "attributes", "pointer", "head"]
"""What of a file counts: all of it · also that it is there · what executes something · where
it points to · that it makes a repository of its folder."""

_SKIPPED = frozenset(
    (
        *("node_modules", "bower_components", ".venv", "venv", "__pycache__", ".tox", ".nox"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".cache", ".direnv"),
        *(".gradle", ".terraform", ".next", ".nuxt", ".svelte-kit", ".yarn", "site-packages"),
    )
)
"""Folders of dependencies and caches: large, and nobody works in them."""
_ORDINARY = re.compile(
    r"(?!agents\.md|claude\.md|lefthook)[A-Za-z0-9_][\w.+=@-]*(?<!\.code-workspace)(?<![. ])",
    re.ASCII | re.IGNORECASE,
)
"""Names of files that need no second look: most of a large project."""


@dataclass(slots=True)
class WatchedFolder:
    """A folder that was looked into, and what in it is protected or looked into as well."""

    stamp: tuple[int, ...]
    read_at: int
    files: dict[Path, Kind] = field(default_factory=dict)
    folders: dict[Path, Role] = field(default_factory=dict)


def classify_children(
    path: Path,
    role: Role,
    children: Iterable[os.DirEntry[str]],
    made: WatchedFolder,
    is_in_project: Callable[[Path], bool],
) -> None:
    """Note in `made` which children of a folder are protected, and which may hold such files."""
    for entry in children:
        is_folder = entry.is_dir(follow_symlinks=False)
        if role == "tree" and not is_folder and _ORDINARY.fullmatch(entry.name):
            continue
        file, folder = _classify_child(role, path, entry.name, is_folder=is_folder)
        if not file and not folder:
            continue
        child = path / entry.name
        if file and not is_folder:
            made.files[child] = file
        if folder and is_folder:
            made.folders[child] = folder
        if entry.is_symlink():
            _watch_link(child, file, folder, made, is_in_project)
    names = {entry.name for entry in children}
    if role == "tree" and "HEAD" in names and _repository_in(path, names):
        made.files[path / "HEAD"] = "head"
        made.files |= {path / "config": "config", path / "commondir": "whole"}
        made.folders |= {path / "hooks": "hooks", path / "info": "info"}


def _repository_in(path: Path, names: set[str]) -> bool:
    return bool(names & {"objects", "refs", "commondir", "config"}) and holds_head(path)


def _watch_link(
    child: Path,
    file: Kind | None,
    folder: Role | None,
    made: WatchedFolder,
    is_in_project: Callable[[Path], bool],
) -> None:
    """Watch a link of a protected name, and what it leads to."""
    made.files[child] = file or "whole"
    target = resolve_links(child)
    if not is_in_project(target) and folder != "git":
        return
    if target.is_dir() and folder:
        made.folders[target] = folder
    elif file and target.is_file():
        made.files[target] = file


def _classify_child(
    role: Role, path: Path, name: str, *, is_folder: bool
) -> tuple[Kind | None, Role | None]:
    """What a child of a folder is: as a file, and as a folder."""
    plain = fold_file_name(name)
    match role:
        case "tree":
            return _in_tree(path, plain, is_folder=is_folder)
        case "all":
            return ("ours" if _is_ours(path) else "whole"), "all"
        case "git":
            kinds: dict[str, Kind] = {
                "config": "config",
                "config.worktree": "config",
                "commondir": "whole",
            }
            roles: dict[str, Role] = {
                "hooks": "hooks",
                "info": "info",
                "modules": "modules",
                "worktrees": "worktrees",
            }
            return kinds.get(plain), roles.get(plain)
        case "hooks":
            return (None if plain.endswith(".sample") else "whole"), "hooks"
        case "info":
            return ("attributes" if plain == "attributes" else None), None
        case "modules":
            return None, "git" if is_folder and holds_head(path / name) else "modules"
        case "worktrees":
            return None, "worktree"
        case "worktree":
            return ("config" if plain == "config.worktree" else None), None
        case "packages":
            return ("whole" if (fold_file_name(path.name), plain) in PAIRS else None), None
        case "settings":
            return ("ours" if plain.endswith(".toml") else None), None


def _in_tree(path: Path, plain: str, *, is_folder: bool) -> tuple[Kind | None, Role | None]:
    if plain == ".git":
        return "pointer", "git"
    if plain in FOLDERS:
        return ("ours" if plain == ".glideslope" else "whole"), "all"
    if plain in CONTENT:
        return ("attributes" if plain == ".gitattributes" else "config"), None
    if plain in FILES or protected_kind(plain) == "file":
        return "whole", None
    if is_folder and plain in {folder for folder, _ in PAIRS}:
        return None, "packages"
    return None, "tree" if is_folder and plain not in _SKIPPED else None


def _is_ours(path: Path) -> bool:
    return any(fold_file_name(part) == ".glideslope" for part in path.parts)


def resolve_links(path: Path) -> Path:
    """The path free of links, or as it is where the system cannot say."""
    try:
        return Path(os.path.realpath(path))
    except OSError:
        return path
