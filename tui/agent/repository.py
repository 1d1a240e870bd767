"""The repository around a folder, read from its files: git is not run.

Git reads a repository's own configuration, and that can name programs: a file system monitor,
filters, hooks, a pager. A clone, an archive or a folder inside a clone can bring such a
configuration, so root and branch are read here as what they are, a few short files. What is
read is checked against the form that git writes, so that a link in their place tells nothing.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from tui.agent.reftable import symbolic_head
from tui.settings.regular_file import NotRegularFile, read_regular_file

MAX_BYTES = 4_096
"""Bytes that any of these files may have."""

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NAME = re.compile(r"(?!.*(?:\.\.|@\{|//|/\.|\.lock(?:/|$)))[^\s~^:?*\[\\./][^\s~^:?*\[\\]{0,249}")
"""What git accepts as the name of a branch (git-check-ref-format), at most 250 characters."""
_IN_REFTABLE = ".invalid"
"""The branch that git writes into `HEAD` for older programs where it uses reftables."""
_DETACHED = "detached at "
"""What stands in front of a commit in the place of a branch."""
SHOWN_DIGITS = 9
"""Digits of a commit that are shown."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository that a folder belongs to."""

    root: Path
    """Its top folder, resolved."""
    head: str = ""
    """The branch, or `detached at 1a2b3c4d5`; empty where neither can be read."""


def find_repository(folder: Path) -> Repository | None:
    """The repository that `folder` belongs to; None where it belongs to none.

    The nearest folder upwards with a `.git` that is one. A `.git` of another user does not
    count: in a folder that many can write to, anybody could put one above this folder. The home
    folder and what is above it count only for themselves: there a `.git` keeps settings files,
    and what lies deeper is not part of it.
    """
    try:
        here = folder.resolve()
        owners = _owners(here)
        outer = _home_and_above()
    except (OSError, RuntimeError):
        return None
    for up in (here, *here.parents):
        if up in outer and up != here:
            return None
        marker = up / ".git"
        if not os.path.lexists(marker):
            continue
        found = _git_folder(marker)
        if found and _is_ours(marker, owners) and (head := _head(found)) is not None:
            return Repository(up, head)
    return None


def checked_out_branch(folder: Path) -> str:
    """The branch that is checked out in `folder`; empty where there is none."""
    found = find_repository(folder)
    return found.head if found and not found.head.startswith(_DETACHED) else ""


def is_in_repository(folder: Path) -> bool:
    """Whether a `.git` of any kind, working or not, is in a folder or above it."""
    here = folder.resolve()
    return any(os.path.lexists(up / ".git") for up in (here, *here.parents))


def _home_and_above() -> frozenset[Path]:
    """The home folder and everything above it."""
    home = Path.home().resolve()
    return frozenset((home, *home.parents))


def _owners(folder: Path) -> frozenset[int]:
    """Users whose repository this may be: the one who works, and the one who owns the folder."""
    user = os.geteuid() if hasattr(os, "geteuid") else -1
    return frozenset((user, folder.stat().st_uid))


def _is_ours(marker: Path, owners: frozenset[int]) -> bool:
    try:
        return marker.lstat().st_uid in owners
    except OSError:
        return False


def _git_folder(marker: Path) -> Path | None:
    """The folder with `HEAD` that a `.git` is or names; None where it is neither."""
    if marker.is_dir():
        return marker
    text = _read_short_file(marker)
    if text is None or not text.startswith("gitdir:"):
        return None
    named = text.removeprefix("gitdir:").strip()
    if not named or "\0" in named or "\n" in named:
        return None
    found = marker.parent / named
    return found if found.is_dir() else None


def _head(git: Path) -> str | None:
    """What is checked out, in words; None where `git` is no folder of a repository."""
    path = git / "HEAD"
    if path.is_symlink():  # as git wrote it long ago: the link is the name of the branch
        return _branch(str(path.readlink()))
    text = _read_short_file(path)
    if text is None:
        return None
    text = text.strip()
    if _COMMIT.fullmatch(text):
        return f"{_DETACHED}{text[:SHOWN_DIGITS]}"
    if not text.startswith("ref:"):
        return None
    return _branch(text.removeprefix("ref:").strip(), git)


def _branch(reference: str, git: Path | None = None) -> str | None:
    """The name of a branch from its full reference; None where it has another form."""
    if not reference.startswith("refs/"):
        return None
    name = reference.removeprefix("refs/heads/")
    if name == _IN_REFTABLE and git is not None:
        inner = symbolic_head(git / "reftable")
        return (inner and _branch(inner)) or ""
    good = _NAME.fullmatch(name) and name.isprintable() and not name.endswith(("/", "."))
    return name if good else ""


def _read_short_file(path: Path) -> str | None:
    """The text of a short regular file; None where it is something else."""
    try:
        if path.is_symlink():
            return None
        contents = read_regular_file(path, MAX_BYTES)
        return None if contents.is_truncated else contents.data.decode("utf-8")
    except (NotRegularFile, OSError, UnicodeDecodeError):
        return None
