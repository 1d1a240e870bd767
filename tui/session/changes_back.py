"""What leads back to before a prompt, file by file, as far as the log tells.

The log has a diff of each change, and digests of what a file held before and after it. The changes
since the prompt are put together and turned round. Nothing is restored on trust: whoever applies
this compares the digests.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui.session.changed_files import logged_hunks
from tui.session.session_changes import LoggedChange
from tui.session.unified_diff import ComposedDiff, Hunk, reversed_hunks

CUT = "the log has only a part of its changes"
OTHERS = "something else changed it in between"


@dataclass(frozen=True, slots=True)
class FileBack:
    """How one file becomes what it was."""

    path: str
    """As in `FileChange`. Foreign text."""
    hunks: tuple[Hunk, ...] = ()
    """From what it is to what it was; empty where it is to go, or cannot be restored."""
    goes: bool = False
    """Whether it was not there."""
    is_there: bool = True
    """Whether it is there now."""
    now: str = ""
    """Digest of what it holds, by the log."""
    then: str = ""
    """Digest of what it held; empty where it was not there."""
    problem: str = ""
    """Why it cannot be restored; empty where it can."""

    @property
    def added(self) -> int:
        """Lines that going back takes away."""
        return sum(hunk.count("-") for hunk in self.hunks)

    @property
    def removed(self) -> int:
        """Lines that come back."""
        return sum(hunk.count("+") for hunk in self.hunks)


def changes_back(changes: Sequence[LoggedChange], turn: int) -> tuple[FileBack, ...]:
    """The files that are others than before a prompt, each with its way back.

    Args:
        changes: All of the session, in order.
        turn: Number of the prompt.
    """
    first = next((at for at, each in enumerate(changes) if each.turn >= turn), len(changes))
    by_path: dict[str, list[LoggedChange]] = {}
    for change in changes[first:]:
        by_path.setdefault(change.change.path, []).append(change)
    return tuple(_files_back(by_path))


def _files_back(by_path: dict[str, list[LoggedChange]]) -> Iterator[FileBack]:
    for path, every in by_path.items():
        start, end = every[0].change, every[-1].change
        if start.created and end.removes_file:
            continue
        if not start.created and start.before and start.before == end.after:
            continue
        yield _file_back(path, every)


def _file_back(path: str, every: Sequence[LoggedChange]) -> FileBack:
    start, end = every[0].change, every[-1].change
    composed, digest = ComposedDiff(), ""
    for _, _, _, change in every:
        if digest and change.before not in ("", digest):
            return FileBack(path, problem=OTHERS)
        hunks = logged_hunks(change)
        if hunks is None or not composed.apply(hunks):
            return FileBack(path, problem=CUT)
        digest = change.after
    if not end.after and not end.removes_file:
        return FileBack(path, problem=CUT)  # of an older program: nothing tells the file
    return FileBack(
        path,
        reversed_hunks(composed.hunks()),
        goes=start.created,
        is_there=not end.removes_file,
        now=end.after,
        then="" if start.created else start.before,
    )
