"""Which subtask a file belongs to: the one whose title, or id, names it.

A title names a file by a word such as `parse.py` or `src/parse.py`, a folder by a word such as
`src/io`, and a title that is one word names the file of that stem: `mod20` is `mod20.py`.
"""

import re
from collections.abc import Iterator

from tui.session.checklist import Subtask

_WORD = re.compile(r"""[^\s`'"()\[\]{}<>|,;:!?*=]+""")
_LONGEST = 2_000
"""Characters of a title, path or command that are looked at."""
_DEEPEST = 12
"""Folders of a path that are looked at, from the file upwards."""
_STEM = "stem "
"""Marks the name of a file without its suffix; no path begins like this."""
_FOLDER = "folder "
"""Marks a name that means all files in a folder."""


def paths_in(text: str) -> list[str]:
    """The words of a text, such as a command, that look like paths."""
    words = (_plain(word) for word in _WORD.findall(text[:_LONGEST]))
    return list(dict.fromkeys(word for word in words if "." in word or "/" in word))


def subtask_names(task: Subtask) -> set[str]:
    """The names by which a subtask's title and id call files and folders."""
    names: set[str] = set()
    for whole in (task.title, task.id):
        word = _plain(whole.strip())
        names |= {word, _STEM + word}
    for word in paths_in(task.title):
        names.add(word)
        if "/" in word:
            names.add(_FOLDER + word)
        if word.startswith("/"):
            names |= set(_path_suffixes(word))
    folders = (word for word in _WORD.findall(task.title[:_LONGEST]) if word.endswith("/"))
    names |= {_FOLDER + _plain(word) for word in folders}
    return names - {"", _STEM, _FOLDER}


def path_names(path: str) -> list[str]:
    """The names that may mean a file, the most specific first."""
    path = _plain(path[:_LONGEST])
    if not path:
        return []
    file = path.rpartition("/")[2]
    stem = file.rpartition(".")[0]
    names = [*_path_suffixes(path), *([_STEM + stem] if stem else [])]
    folder = path.rpartition("/")[0]
    for _ in range(_DEEPEST):
        if not folder:
            break
        names += [_FOLDER + end for end in _path_suffixes(folder)]
        folder = folder.rpartition("/")[0]
    return names


class SubtaskNames:
    """The names of all subtasks of a checklist."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}
        """Names by the id of their subtask."""
        self._tasks: dict[str, set[str]] = {}
        """Ids of subtasks by a name of theirs."""

    def add(self, task: Subtask) -> set[str]:
        """Take a subtask as it is called now.

        Returns:
            The names that came or went.
        """
        before, after = self._names.get(task.id, set()), subtask_names(task)
        for name in before - after:
            self._tasks[name].discard(task.id)
        for name in after - before:
            self._tasks.setdefault(name, set()).add(task.id)
        self._names[task.id] = after
        return before ^ after

    def matching(self, names: list[str]) -> set[str]:
        """The subtasks that the most specific of `names` belongs to; none where nobody has one."""
        found = (self._tasks.get(name) for name in names)
        return next((ids for ids in found if ids), set())


def _plain(path: str) -> str:
    """A path in one spelling: `./src/io/.` is `src/io`."""
    path = path.replace("\\", "/").rstrip(".").rstrip("/")
    while path.startswith("./"):
        path = path[2:]
    return path


def _path_suffixes(path: str) -> Iterator[str]:
    """`a/b/c.py`, `b/c.py`, `c.py`: the ends of a path, the longest first."""
    parts = path.strip("/").split("/")[-_DEEPEST:]
    if path.startswith("/"):
        yield path
    for at in range(len(parts)):
        yield "/".join(parts[at:])
