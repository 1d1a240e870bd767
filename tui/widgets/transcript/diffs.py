"""Unified diffs as people read them: signs, line numbers, and the code in its colours.

The sign and the number say what the background repeats.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from typing_extensions import override

from tui.widgets.cleaning import for_screen
from tui.widgets.transcript import palette
from tui.widgets.transcript.sheets import Sheet, Spans, highlighting
from tui.widgets.transcript.styled import Span, Styled

Kind = Literal["added", "removed", "same", "gap"]

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")
_NO_END = "\\ No newline at end of file"

SIGNS: Final[dict[Kind, str]] = {"added": "+", "removed": "−", "same": " ", "gap": "⋯"}
STYLES: Final[dict[Kind, str]] = {
    "added": palette.ADDED,
    "removed": palette.REMOVED,
    "same": palette.MUTED,
    "gap": palette.MUTED,
}
FILLS: Final[dict[Kind, str]] = {
    "added": palette.ADDED_FILL,
    "removed": palette.REMOVED_FILL,
    "same": "",
    "gap": "",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a diff."""

    kind: Kind
    number: int
    """In the new file; of a removed line, in the old one. 0 for a gap."""
    text: str


def rows_of(diff: str) -> Iterator[Row]:
    """The lines of a unified diff as they may be drawn."""
    return parsed(for_screen(diff))


def parsed(diff: str) -> Iterator[Row]:
    """The lines of a unified diff; headers are left out, hunks are parted by a gap.

    Where a hunk ends is told by the counts in its header: what looks like another header
    before that is a line of the file. Of a further file, the gap says the name.
    """
    old = new = old_end = new_end = 0
    started = False
    for line in diff.split("\n"):
        inside = old < old_end or new < new_end
        if (hunk := _HUNK.match(line)) is not None:
            if started:
                yield Row("gap", 0, hunk.group(5))
            old, new, started = int(hunk.group(1)), int(hunk.group(3)), True
            old_end, new_end = old + int(hunk.group(2) or 1), new + int(hunk.group(4) or 1)
        elif not started or line == _NO_END or not (line or inside):
            continue
        elif not inside and line.startswith(("--- ", "+++ ")):
            if line[0] == "+":
                yield Row("gap", 0, line[4:])
                started = False
        elif line[:1] == "+":
            yield Row("added", new, line[1:])
            new += 1
        elif line[:1] == "-":
            yield Row("removed", old, line[1:])
            old += 1
        else:
            yield Row("same", new, line[1:])
            old += 1
            new += 1


class Diff(Sheet):
    """The rows of one file's diff."""

    def __init__(self, path: str, diff: str) -> None:
        rows = list(rows_of(diff))
        super().__init__(row.text for row in rows)
        self.path = path
        self._kinds = [row.kind for row in rows]
        self._numbers = [row.number for row in rows]
        self._digits = len(str(max(self._numbers, default=0)))
        self.gutter_width = self._digits + 4

    @override
    def gutter(self, row: int, first: bool) -> Styled:
        kind = self._kinds[row]
        number = str(self._numbers[row]) if first and kind != "gap" else ""
        sign = SIGNS[kind] if first else "┆"
        text = f" {number:>{self._digits}} {sign} "
        end = self._digits + 2
        return Styled(text, (Span(0, end, palette.MUTED), Span(end, len(text), STYLES[kind])))

    @override
    def fill(self, row: int) -> str:
        return FILLS[self._kinds[row]]

    @override
    def spans(self, first: int, last: int) -> list[Spans]:
        module = highlighting()
        lexer = None if module is None else module.at_hand(module.lexer_for_file, self.path)
        if lexer is None or module is None:
            return [()] * (last - first)
        found: list[Spans] = module.spans_of(lexer, self.rows[first:last])[0]
        return found
