"""The files that tools changed, and how many of their lines.

Only what the log knows counts: each change of a tool has its diff there. Changes of one file are
put together, so a line that was added and removed again is not counted.
"""

from collections.abc import Iterable
from typing import NamedTuple

from tui.session.events import FileChange
from tui.session.unified_diff import ComposedDiff, parse_hunks

MAX_COUNTED_LINES = 1_000
"""Lines of diffs up to which changes of one file are put together for a count that is needed at
once: it takes a few milliseconds."""


class ChangedFile(NamedTuple):
    """A file, and how many of its lines changed."""

    path: str
    """As in `FileChange`. Foreign text."""
    added: int
    removed: int
    exact: bool = True
    """False where changes of it are only summed up."""


def changes_by_path(changes: Iterable[FileChange]) -> dict[str, list[FileChange]]:
    """The changes of each file, in the order in which they were made."""
    found: dict[str, list[FileChange]] = {}
    for change in changes:
        found.setdefault(change.path, []).append(change)
    return found


def count_changed_files(changes: Iterable[FileChange]) -> tuple[ChangedFile, ...]:
    """How many lines changed in which files; one that is as it was is left out."""
    counted = [_counted(path, found) for path, found in changes_by_path(changes).items()]
    return tuple(file for file in counted if file is not None)


def compose_changes(changes: Iterable[FileChange]) -> ComposedDiff | None:
    """The changes of one file put together; None where one is not whole, or does not fit."""
    composed = ComposedDiff()
    for change in changes:
        hunks = parse_hunks(change.diff)
        whole = hunks is not None and (hunks or not (change.added or change.removed))
        if hunks is None or not whole or not composed.apply(hunks):
            return None
    return composed


def _counted(path: str, changes: list[FileChange]) -> ChangedFile | None:
    added = sum(change.added for change in changes)
    removed = sum(change.removed for change in changes)
    if len(changes) == 1:
        return ChangedFile(path, added, removed)
    created = any(change.created for change in changes)
    composed = compose_changes(changes) if added + removed <= MAX_COUNTED_LINES else None
    if composed is None:
        return ChangedFile(path, added, removed, exact=False)
    hunks = composed.hunks()
    if not hunks and not created:
        return None
    return ChangedFile(
        path,
        added=sum(hunk.count("+") for hunk in hunks),
        removed=sum(hunk.count("-") for hunk in hunks),
    )
