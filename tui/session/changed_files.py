"""The files that tools changed, and how many of their lines.

Only what the log knows counts: each change of a tool has its diff there. Changes of one file are
put together, so a line that was added and removed again is not counted.
"""

from collections.abc import Iterable
from typing import NamedTuple

from tui.session.events import FileChange
from tui.session.unified_diff import ComposedDiff, Hunk, parse_hunks

MAX_COUNTED_LINES = 500
"""Changed lines up to which changes of one file are put together for a count that is needed at
once: it takes a few milliseconds."""


class ChangedFile(NamedTuple):
    """A file, and how many of its lines changed."""

    path: str
    """As in `FileChange`. Foreign text."""
    added: int
    removed: int
    exact: bool = True
    """False where changes of it are only summed up."""


class _Tally:
    """The changes of one file so far; nothing is put together before somebody asks."""

    def __init__(self, change: FileChange) -> None:
        self._created = change.created
        self._added, self._removed = change.added, change.removed
        self._changes = 1
        self._waiting = [change]
        """Changes that are not yet put together with those before."""
        self._composed: ComposedDiff | None = ComposedDiff()
        """None where changes are only summed up."""

    def add(self, change: FileChange) -> None:
        """Take the next change of the file."""
        self._added += change.added
        self._removed += change.removed
        self._changes += 1
        self._created = (self._created or change.created) and not change.removes_file
        if self._added + self._removed > MAX_COUNTED_LINES or change.created:
            self._composed = None
        self._waiting = [*self._waiting, change] if self._composed is not None else []

    def count(self, path: str) -> ChangedFile:
        """How many lines differ in the end."""
        if self._changes > 1 and self._composed is not None:
            waiting, self._waiting = self._waiting, []
            if not all(_applies(self._composed, each) for each in waiting):
                self._composed = None
        if self._changes == 1 or self._composed is None:
            return ChangedFile(path, self._added, self._removed, exact=self._changes == 1)
        hunks = self._composed.hunks()
        added = sum(hunk.count("+") for hunk in hunks)
        return ChangedFile(path, added, sum(hunk.count("-") for hunk in hunks))

    def shows(self, count: ChangedFile) -> bool:
        """Whether the file is another one than before."""
        return bool(self._created or count.added or count.removed)


class ChangedFileCounter:
    """Counts the changed lines of files, change by change."""

    def __init__(self) -> None:
        self._tallies: dict[str, _Tally] = {}

    def add(self, changes: Iterable[FileChange]) -> None:
        """Take the next changes."""
        for change in changes:
            tally = self._tallies.get(change.path)
            if tally is None:
                self._tallies[change.path] = _Tally(change)
            else:
                tally.add(change)

    def files(self) -> tuple[ChangedFile, ...]:
        """How many lines changed in which files; one that is as it was is left out."""
        counts = [(tally, tally.count(path)) for path, tally in self._tallies.items()]
        return tuple(count for tally, count in counts if tally.shows(count))


def logged_hunks(change: FileChange) -> tuple[Hunk, ...] | None:
    """The hunks of a logged change; None where the log keeps only a part of it."""
    hunks = parse_hunks(change.diff)
    return None if hunks == () and (change.added or change.removed) else hunks


def _applies(composed: ComposedDiff, change: FileChange) -> bool:
    hunks = logged_hunks(change)
    return hunks is not None and composed.apply(hunks)
