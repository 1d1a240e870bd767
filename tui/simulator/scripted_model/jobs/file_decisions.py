"""Decides what a fix job does with a file."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tui.simulator.scripted_model import python_source as src
from tui.simulator.scripted_model.file_knowledge import FileKnowledge
from tui.simulator.scripted_model.jobs import bare_excepts, mutable_defaults, return_annotations

State = Literal["unread", "partial", "ready", "settled"]

_TRIES = 3
"""Most failed attempts to change one file."""


@dataclass(frozen=True, slots=True)
class FileDecision:
    """The state of a file in a fix job."""

    path: str
    state: State
    edits: tuple[src.SourceEdit, ...] = ()
    """Edits to make next, in this order."""
    left: tuple[src.SkippedPlace, ...] = ()
    """What was looked at and left alone."""
    trouble: str = ""
    """Why the job did not do all of it."""
    skipped: bool = False

    @property
    def change_count(self) -> int:
        """How many places its edits change."""
        return sum(len(edit.changes) for edit in self.edits)


def decide_file(
    path: str, file: FileKnowledge | None, fixes: tuple[str, ...], hands_off: str = ""
) -> FileDecision:
    """Decide what to do with a file.

    Args:
        path: The file.
        file: What the job knows of it; None before it was read.
        fixes: The fixes to make.
        hands_off: Why the job only proposes changes; empty where it makes them.
    """
    if file is None or not file.looked:
        return FileDecision(path, "unread")
    if file.refused:
        return _declined(file, fixes)
    if file.trouble:
        return FileDecision(path, "settled", trouble=f"not readable: {file.trouble}", skipped=True)
    if file.missed >= 2 or file.attempts >= _TRIES:
        why = f"could not be changed: {file.failures[-1]}"
        return FileDecision(path, "settled", trouble=why, skipped=True)
    if file.stale:
        return FileDecision(path, "unread")
    if file.endless:
        return FileDecision(path, "settled", trouble="too long to be read whole", skipped=True)
    if file.next_line is not None:
        return FileDecision(path, "partial")
    return _of_text(file, fixes, hands_off)


def _declined(file: FileKnowledge, fixes: tuple[str, ...]) -> FileDecision:
    """The user does not want it: what would be changed is still worth knowing."""
    found = run_fixes(file.path, file.lines, fixes) if file.known else src.FixFindings()
    edits = tuple(src.edits(file.lines, found.changes))
    why = f"declined: {file.refused}"
    return FileDecision(file.path, "settled", edits, found.left, why, skipped=True)


def _of_text(file: FileKnowledge, fixes: tuple[str, ...], hands_off: str) -> FileDecision:
    found = run_fixes(file.path, file.lines, fixes)
    if found.broken:
        return FileDecision(
            file.path, "settled", trouble=f"left alone, {found.broken}", skipped=True
        )
    edits = tuple(src.edits(file.lines, found.changes))
    if not edits:
        return FileDecision(file.path, "settled", left=found.left)
    if hands_off:
        return FileDecision(file.path, "settled", edits, found.left, "only proposed", skipped=True)
    if file.missed:
        edits = tuple(_with_carriage_returns(edit) for edit in edits)
    return FileDecision(file.path, "ready", edits, found.left)


@lru_cache(maxsize=256)
def run_fixes(path: str, lines: tuple[str, ...], fixes: tuple[str, ...]) -> src.FixFindings:
    """The changes of the first fix that has any, and what all of them leave alone.

    A pure function; the cache only saves time.
    """
    try:
        source = src.parse(path, lines)
    except src.UnreadableSource as broken:
        return src.FixFindings(broken=broken.reason)
    finders: dict[str, Callable[[src.PythonSource], src.FixFindings]] = {
        "annotate": return_annotations.find,
        "defaults": mutable_defaults.find,
        "excepts": bare_excepts.find,
    }
    changes: tuple[src.SourceChange, ...] = ()
    left: list[src.SkippedPlace] = []
    for name in fixes:
        try:
            findings = finders[name](source)
        except RecursionError:
            return src.FixFindings(broken="it is nested too deeply for me")
        left += findings.left
        changes = changes or findings.changes
    return src.FixFindings(changes, tuple(left))


def _with_carriage_returns(edit: src.SourceEdit) -> src.SourceEdit:
    """The same edit for a file whose carriage returns the client did not show."""
    if "\r" in edit.old or "\n" not in edit.old:
        return edit
    return src.SourceEdit(
        edit.old.replace("\n", "\r\n"), edit.new.replace("\n", "\r\n"), edit.changes
    )
