"""What is known of each file: its lines as read, and what became of attempts to change it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tui.simulator.scripted_model.message_history import CallEntry
from tui.simulator.scripted_model.tool_actions import (
    EditAction,
    ReadAction,
    ToolAction,
    WriteAction,
)

_NUMBERED = re.compile(r"^ {0,8}(\d+)(?:\t|→|: ?\| ?)(.*)$", re.DOTALL)
_MORE = re.compile(r"offset|more lines|left out|truncat|omitted|rest of|view_range", re.IGNORECASE)
_EMPTY = re.compile(r"^\W*(the )?(file|it)?\b.{0,30}\bempty\b.{0,40}$", re.IGNORECASE | re.DOTALL)
_REFUSED = re.compile(
    r"said no|denied|\bdeny\b|declin|reject|refus|not allowed|not permitted|permission|"
    r"do(es)? ?n[o']t want|read[- ]only|plan mode",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"\b(?:they|the user|he|she) (?:said|says|wrote): *(?P<reason>.+)$", re.IGNORECASE
)
_CHANGED = re.compile(
    r"changed on disk|modified since|has been modified|read (it|the file) (again|first)|stale",
    re.IGNORECASE,
)
_NOT_RUN = re.compile(r"^\W*not run\b", re.IGNORECASE)
_INTERRUPTED = re.compile(
    r"\W*(request |tool call )?interrupted( by (the )?user\b|:)", re.IGNORECASE
)
_PAGES = 6
"""Most results that are read of one file."""


@dataclass
class FileKnowledge:
    """One file."""

    path: str
    rows: dict[int, str] = field(default_factory=dict)
    """Lines by number, as shown."""
    more: bool = False
    """There are lines after the last one."""
    pages: int = 0
    stale: bool = False
    """The lines are not to be trusted any more."""
    trouble: str = ""
    """Why it could not be read."""
    refused: str = ""
    """Why the user does not want it read or changed, in the words of the result."""
    failures: list[str] = field(default_factory=list)
    """What attempts to change it failed with."""
    attempts: int = 0
    """How many replies with changes failed, wholly or in part."""
    missed: int = 0
    """In how many of them text was not found that the lines have."""
    made: list[tuple[str, str]] = field(default_factory=list)
    """Replacements that were done."""
    wrote: bool = False

    @property
    def looked(self) -> bool:
        """Whether it has been read at all, with whatever success."""
        return bool(self.pages or self.trouble or self.refused)

    @property
    def next_line(self) -> int | None:
        """The first line that is still to be read, or None if all are known."""
        last = max(self.rows, default=0)
        if len(self.rows) < last:
            return next(n for n in range(1, last + 1) if n not in self.rows)
        return last + 1 if self.more else None

    @property
    def endless(self) -> bool:
        """Whether it is too long to be read whole."""
        return self.next_line is not None and self.pages >= _PAGES

    @property
    def known(self) -> bool:
        """Whether all its lines are known and up to date."""
        return bool(self.pages) and not self.stale and not self.trouble and self.next_line is None

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines in order."""
        return tuple(self.rows[n] for n in sorted(self.rows))


def _users_reason(line: str) -> str:
    """Why the user said no, without the words around it; the line where it has no such words."""
    said = _SAID.search(line)
    return said["reason"] if said else line


def was_refused(call: CallEntry) -> bool:
    """Whether a call failed because somebody did not want it."""
    return call.failed and bool(_REFUSED.search(call.result or ""))


def was_interrupted(call: CallEntry) -> bool:
    """Whether a call was broken off while it ran."""
    return bool(_INTERRUPTED.match(call.result or ""))


def did_not_run(call: CallEntry) -> bool:
    """Whether a call was answered without having been made."""
    return call.result is None or bool(_NOT_RUN.match(call.result))


def known_files(calls: Iterable[tuple[ToolAction, CallEntry]]) -> dict[str, FileKnowledge]:
    """What is known of each file that was read, edited or written, by path.

    `calls` are those that ran, each with the action it was.
    """
    known: dict[str, FileKnowledge] = {}
    for act, call in calls:
        if isinstance(act, ReadAction | EditAction | WriteAction) and act.path:
            file = known.setdefault(act.path, FileKnowledge(act.path))
            _note(file, act, call)
    return known


def _note(file: FileKnowledge, act: ReadAction | EditAction | WriteAction, call: CallEntry) -> None:
    result = call.result or ""
    if call.failed and was_refused(call):
        file.refused = _users_reason(_first_line(result))
    elif was_interrupted(call):
        file.stale = True
    elif call.failed:
        _fail(file, act, result)
    elif isinstance(act, ReadAction):
        _show(file, act, result)
    elif isinstance(act, EditAction):
        _replace(file, act)
    else:
        file.wrote = True
        file.rows = dict(enumerate(act.content.removesuffix("\n").split("\n"), 1))
        file.more = file.stale = False
        file.pages = max(1, file.pages)


def _fail(file: FileKnowledge, act: ReadAction | EditAction | WriteAction, result: str) -> None:
    if isinstance(act, ReadAction):
        file.trouble = _first_line(result) or "it could not be read"
        return
    file.failures.append(_first_line(result))
    if not file.stale:
        # Edits of one reply fail together: that is one attempt.
        file.attempts += 1
        file.missed += not _CHANGED.search(result)
    file.stale = True


def _show(file: FileKnowledge, act: ReadAction, result: str) -> None:
    if file.stale or (act.offset <= 1 and act.limit is None and file.next_line is None):
        # A fresh look replaces what was known.
        file.rows, file.pages, file.stale = {}, 0, False
    file.trouble = ""
    before, last = len(file.rows), max(file.rows, default=0)
    file.pages += 1
    more = _take(file, act, result)
    if not (act.limit and act.offset + act.limit <= last):
        # A look at a few lines in the middle says nothing of the end.
        file.more = more
    if file.next_line is not None and len(file.rows) == before:
        # No progress: asking again would bring the same.
        file.pages = _PAGES


def _take(file: FileKnowledge, act: ReadAction, result: str) -> bool:
    """Take the numbered lines of a result; whether it says that more follow."""
    matches = [(_NUMBERED.match(row), row) for row in result.split("\n")]
    if not any(match for match, _ in matches):
        if result.strip() and not _EMPTY.match(result.strip()):
            file.rows.update(enumerate(result.removesuffix("\n").split("\n"), act.offset))
        return False
    more = False
    for index, (match, row) in enumerate(matches):
        if match:
            file.rows[int(match[1])] = match[2]
        elif _MORE.search(row):
            more = index == len(matches) - 1 or not any(m for m, _ in matches[index + 1 :])
            _distrust(file, matches[max(0, index - 1)][0] if not more else None)
            _distrust(file, matches[index + 1][0] if index + 1 < len(matches) else None)
    return more


def _distrust(file: FileKnowledge, match: re.Match[str] | None) -> None:
    """A line beside a gap may be cut in the middle: it is read again."""
    if match:
        file.rows.pop(int(match[1]), None)


def _replace(file: FileKnowledge, act: EditAction) -> None:
    text = "\n".join(file.lines)
    shown = "\r" in text
    old, new = (act.old, act.new) if shown else (_unix(act.old), _unix(act.new))
    file.made.append((act.old, act.new))
    if text.count(old) == 1:
        file.rows = dict(enumerate(text.replace(old, new).split("\n"), 1))
    elif file.rows:
        file.stale = True


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:300]
