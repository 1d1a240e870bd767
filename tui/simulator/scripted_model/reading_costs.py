"""What reading a file costs in tokens, by its number of lines."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tui.simulator.scripted_model.message_history import CallEntry
from tui.simulator.scripted_model.tool_actions import CountLinesAction, ReadAction, ToolAction

LINE = 14.0
"""Tokens of a numbered line of code, before any was read."""
_UNKNOWN = 150
"""Lines that a file counts as before they are counted."""
_ENOUGH = 3
"""Files that have to be counted before their average is taken for the others."""
_TRUSTED = 200
"""Lines that have to be read before their own average is taken."""
_OVERHEAD = 60
"""Tokens of the call and of what surrounds its result."""
_COUNTED = (re.compile(r"^(?:\./)?(.+):(\d+)$"), re.compile(r"^ *()(\d+) (?:\./)?(.+)$"))
"""A file with its lines, as searches print it and as `wc` does."""


@dataclass(frozen=True, slots=True)
class ReadingCosts:
    """What is known of the sizes of files."""

    lines: Mapping[str, int]
    """Lines by path, as counted."""
    asked: frozenset[str]
    """Paths whose lines were counted or asked for, with whatever success."""
    per_line: float = LINE
    """Tokens of a line."""

    def lines_of(self, path: str) -> int:
        """Lines of a file; where they were not counted, as many as the others have on average."""
        if path in self.lines or len(self.lines) < _ENOUGH:
            return self.lines.get(path, _UNKNOWN)
        return sum(self.lines.values()) // len(self.lines)

    def reading(self, path: str, known: int = 0) -> int:
        """Tokens of reading a file.

        Args:
            path: The file.
            known: Lines that were read already.
        """
        return _OVERHEAD + int(max(0, self.lines_of(path) - known) * self.per_line)


def reading_costs(
    calls: Iterable[tuple[ToolAction, CallEntry]], count: Callable[[str], int]
) -> ReadingCosts:
    """The weights that the calls of a job tell.

    Args:
        calls: What was done, with the answers.
        count: The tokenizer.
    """
    lines: dict[str, int] = {}
    asked: set[str] = set()
    tokens = read = 0
    for act, call in calls:
        if isinstance(act, CountLinesAction):
            asked.update(act.paths)
            lines.update({} if call.failed else _counted(call.result or ""))
        elif isinstance(act, ReadAction) and not call.failed and call.result:
            tokens, read = tokens + count(call.result), read + call.result.count("\n") + 1
    return ReadingCosts(
        lines, frozenset(asked | lines.keys()), tokens / read if read >= _TRUSTED else LINE
    )


def _counted(text: str) -> dict[str, int]:
    found = {}
    for row in text.splitlines():
        if match := _COUNTED[0].match(row):
            found[match[1]] = int(match[2])
        elif match := _COUNTED[1].match(row):
            found[match[3]] = int(match[2])
    return found
