"""What is to be done with one file of a fix job, judged from what is known of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Literal

from tui.simulator.pilot import source as src
from tui.simulator.pilot.jobs import annotate, defaults, docstrings, excepts
from tui.simulator.pilot.sheets import Sheet
from tui.simulator.pilot.source import Change, Edit, Findings, Left, Source, Unreadable

State = Literal["unread", "partial", "ready", "settled"]

_TRIES = 3
"""Most failed attempts to change one file."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of a file in a fix job."""

    path: str
    state: State
    edits: tuple[Edit, ...] = ()
    """Edits to make next, in this order."""
    left: tuple[Left, ...] = ()
    """What was looked at and left alone."""
    trouble: str = ""
    """Why it is not, or not wholly, done."""
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What all fixes together say of one text."""

    changes: tuple[Change, ...] = ()
    """The changes of the first fix that has any."""
    left: tuple[Left, ...] = ()
    broken: str = ""
    """Why the text could not be understood."""


@dataclass(frozen=True)
class Rules:
    """Which fixes are made, and how."""

    fixes: tuple[str, ...]
    project: annotate.Project = field(default_factory=annotate.Project)


def judge(path: str, sheet: Sheet | None, rules: Rules, hands_off: str = "") -> Verdict:
    """The verdict on a file."""
    if sheet is None or not sheet.looked:
        return Verdict(path, "unread")
    if sheet.refused:
        return _declined(sheet, rules)
    if sheet.trouble:
        return Verdict(path, "settled", trouble=f"not readable: {sheet.trouble}", skipped=True)
    if sheet.missed >= 2 or sheet.attempts >= _TRIES:
        why = f"could not be changed: {sheet.failures[-1]}"
        return Verdict(path, "settled", trouble=why, skipped=True)
    if sheet.stale:
        return Verdict(path, "unread")
    if sheet.endless:
        return Verdict(path, "settled", trouble="too long to be read whole", skipped=True)
    if sheet.next_line is not None:
        return Verdict(path, "partial")
    return _of_text(sheet, rules, hands_off)


def _declined(sheet: Sheet, rules: Rules) -> Verdict:
    """The user does not want it: what would be changed is still worth knowing."""
    found = look(sheet.path, sheet.lines, rules) if sheet.known else Look()
    edits = tuple(src.edits(sheet.lines, found.changes))
    why = f"declined: {sheet.refused}"
    return Verdict(sheet.path, "settled", edits, found.left, why, skipped=True)


def _of_text(sheet: Sheet, rules: Rules, hands_off: str) -> Verdict:
    found = look(sheet.path, sheet.lines, rules)
    if found.broken:
        return Verdict(sheet.path, "settled", trouble=f"left alone, {found.broken}", skipped=True)
    edits = tuple(src.edits(sheet.lines, found.changes))
    if not edits:
        return Verdict(sheet.path, "settled", left=found.left)
    if hands_off:
        return Verdict(sheet.path, "settled", edits, found.left, "only proposed", skipped=True)
    if sheet.missed:
        edits = tuple(_with_carriage_returns(edit) for edit in edits)
    return Verdict(sheet.path, "ready", edits, found.left)


@lru_cache(maxsize=256)
def look(path: str, lines: tuple[str, ...], rules: Rules) -> Look:
    """Run the fixes over a text. A pure function; the cache only saves time."""
    try:
        source = src.parse(path, lines)
    except Unreadable as broken:
        return Look(broken=broken.reason)
    changes: tuple[Change, ...] = ()
    left: list[Left] = []
    for name in rules.fixes:
        try:
            findings = _fix(name, rules)(source)
        except RecursionError:
            return Look(broken="it is nested too deeply for me")
        left += findings.left
        changes = changes or findings.changes
    return Look(changes, tuple(left))


def _fix(name: str, rules: Rules) -> Callable[[Source], Findings]:
    fixes: dict[str, Callable[[Source], Findings]] = {
        "annotate": partial(annotate.find, project=rules.project),
        "defaults": defaults.find,
        "excepts": excepts.find,
        "docstrings": docstrings.find,
    }
    return fixes[name]


def _with_carriage_returns(edit: Edit) -> Edit:
    """The same edit for a file whose carriage returns the client did not show."""
    if "\r" in edit.old or "\n" not in edit.old:
        return edit
    return Edit(edit.old.replace("\n", "\r\n"), edit.new.replace("\n", "\r\n"), edit.changes)
