"""Which repository a folder belongs to, found without running git.

git runs programs that a repository's configuration names: filters, monitors, helpers. A folder
may have been unpacked with such a configuration in it. So git is asked only where the
configuration of the repository names none.
"""

import os
from pathlib import Path

from tui.agent.git_file_facts import config_facts

_POINTER = "gitdir:"
_WORKTREE = "core.worktree="
"""The way from the files of a submodule back to its folder: it leads nowhere else."""


def plain_repository(folder: Path) -> Path | None:
    """The top of the repository that a folder is in, if nothing in its configuration executes.

    None outside of git, and where the configuration cannot be read or names a program.
    """
    resolved = folder.resolve()
    for top in (resolved, *resolved.parents):
        if (top / ".git").exists():
            return top if is_plain(top / ".git") else None
    return None


def is_plain(place: Path) -> bool:
    """Whether the configuration behind a `.git` can be read and names no program."""
    try:
        common = _common_folder(place)
        files = [common / "config", common / "config.worktree"]
        back = f"{_WORKTREE}{os.path.relpath(place.parent, common)}"  # as git writes it
        return all(config_facts(file.read_bytes()) <= {back} for file in files if file.exists())
    except (OSError, ValueError):
        return False


def _common_folder(place: Path) -> Path:
    """The folder with the configuration: `.git`, or what the `.git` file of a worktree leads to.

    Raises:
        OSError: a file cannot be read.
        ValueError: it is no such file.
    """
    if place.is_dir():
        return place
    text = place.read_text("utf-8").strip()
    if not text.startswith(_POINTER):
        raise ValueError(text)
    own = place.parent / text.removeprefix(_POINTER).strip()
    shared = own / "commondir"
    return own / shared.read_text("utf-8").strip() if shared.exists() else own
