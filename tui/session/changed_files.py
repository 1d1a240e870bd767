"""The files that tools changed, and how many of their lines.

Only what the log knows counts: each change of a tool has its diff there. Changes of one file are
put together, so a line that was added and removed again is not counted.
"""

from collections.abc import Iterable
from typing import NamedTuple

from tui.session.events import FileChange
from tui.session.unified_diff import ComposedDiff, parse_hunks

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
    """The changes of one file so far."""

    def __init__(self, change: FileChange) -> None:
        self.added, self.removed = change.added, change.removed
        self.exact = True
        self._first: FileChange | None = change
        """The only change so far."""
        self._created = change.created
        self._lines = change.added + change.removed
        self._composed = ComposedDiff()

    def add(self, change: FileChange) -> None:
        """Take the next change of the file."""
        self._lines += change.added + change.removed
        if self.exact and self._put_together(change):
            hunks = self._composed.hunks()
            self.added = sum(hunk.count("+") for hunk in hunks)
            self.removed = sum(hunk.count("-") for hunk in hunks)
            return
        self.exact = False
        self.added += change.added
        self.removed += change.removed

    def _put_together(self, change: FileChange) -> bool:
        """Whether the changes are few, whole, and follow each other."""
        if self._lines > MAX_COUNTED_LINES or change.created:
            return False
        waiting, self._first = ([self._first] if self._first else []), None
        return all(_applies(self._composed, each) for each in (*waiting, change))

    @property
    def shows(self) -> bool:
        """Whether the file is another one than before."""
        return bool(self._created or self.added or self.removed)


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
        return tuple(
            ChangedFile(path, tally.added, tally.removed, tally.exact)
            for path, tally in self._tallies.items()
            if tally.shows
        )


def _applies(composed: ComposedDiff, change: FileChange) -> bool:
    hunks = parse_hunks(change.diff)
    if hunks is None or (not hunks and (change.added or change.removed)):
        return False
    return composed.apply(hunks)
