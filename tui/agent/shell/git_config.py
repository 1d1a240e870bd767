"""Whether no configuration of a repository makes git start another program.

`git diff` and `git log` only read, but a repository's own configuration can give them a program to
run: an external diff, a filter, a program that checks signatures.
"""

import os
from pathlib import Path

from tui.agent.git_file_facts import config_facts
from tui.settings.regular_file import NotRegularFile, read_regular_file

_MOST = 100_000
"""Bytes of a configuration that is read."""
_FILES = ("config", "config.worktree")


def git_obeys_nothing(folder: Path) -> bool:
    """Whether the repository around `folder`, if there is one, names no program to git.

    A worktree or a submodule, whose `.git` is a file, counts as naming one: its configuration
    lies elsewhere.
    """
    for up in (folder, *folder.parents):
        git = up / ".git"
        if os.path.lexists(git):
            return (
                git.is_dir()
                and not git.is_symlink()
                and all(_is_plain_config(git / n) for n in _FILES)
            )
    return True


def _is_plain_config(config: Path) -> bool:
    try:
        contents = read_regular_file(config, _MOST)
    except FileNotFoundError:
        return True
    except (NotRegularFile, OSError):
        return False
    return not contents.is_truncated and not config_facts(contents.data)
