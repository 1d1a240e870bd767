"""Unified diffs as people read them: signs, line numbers, and the code in its colours.

The sign and the number say what the background repeats.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from typing_extensions import override

from tui.sanitize import clean
from tui.widgets.screen_text import prepare_for_screen
from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.preformatted import PreformattedText, RowSpans, loaded_highlighting
from tui.widgets.transcript.styled_text import StyledText, StyleSpan

DiffRowKind = Literal["added", "removed", "same", "gap"]

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")
_NO_END = "\\ No newline at end of file"

SIGNS: Final[dict[DiffRowKind, str]] = {"added": "+", "removed": "−", "same": " ", "gap": "⋯"}
STYLES: Final[dict[DiffRowKind, str]] = {
    "added": transcript_styles.ADDED,
    "removed": transcript_styles.REMOVED,
    "same": transcript_styles.MUTED,
    "gap": transcript_styles.MUTED,
}
FILLS: Final[dict[DiffRowKind, str]] = {
    "added": transcript_styles.ADDED_FILL,
    "removed": transcript_styles.REMOVED_FILL,
    "same": "",
    "gap": "",
}


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One line of a diff."""

    kind: DiffRowKind
    number: int
    """In the new file; of a removed line, in the old one. 0 for a gap."""
    text: str


def drawable_rows(diff: str) -> Iterator[DiffRow]:
    """The lines of a unified diff as they may be drawn."""
    return parse_diff(prepare_for_screen(diff))


def parse_diff(diff: str) -> Iterator[DiffRow]:
    """The lines of a unified diff; headers are left out, hunks are parted by a gap.

    The counts in its header say where a hunk ends: what looks like another header
    before that is a line of the file. Of a further file, the gap says the name.
    """
    old = new = old_end = new_end = 0
    started = False
    for line in diff.split("\n"):
        inside = old < old_end or new < new_end
        if (hunk := _HUNK.match(line)) is not None:
            if started:
                yield DiffRow("gap", 0, hunk.group(5))
            old, new, started = int(hunk.group(1)), int(hunk.group(3)), True
            old_end, new_end = old + int(hunk.group(2) or 1), new + int(hunk.group(4) or 1)
        elif not started or line == _NO_END or not (line or inside):
            continue
        elif not inside and line.startswith(("--- ", "+++ ")):
            if line[0] == "+":
                yield DiffRow("gap", 0, line[4:])
                started = False
        elif line[:1] == "+":
            yield DiffRow("added", new, line[1:])
            new += 1
        elif line[:1] == "-":
            yield DiffRow("removed", old, line[1:])
            old += 1
        else:
            yield DiffRow("same", new, line[1:])
            old += 1
            new += 1


class DiffText(PreformattedText):
    """The rows of one file's diff."""

    def __init__(self, path: str, diff: str) -> None:
        rows = list(drawable_rows(diff))
        super().__init__(row.text for row in rows)
        self.path = path
        self._sources = [row.text for row in parse_diff(clean(diff))]
        self._kinds = [row.kind for row in rows]
        self._numbers = [row.number for row in rows]
        self._digits = len(str(max(self._numbers, default=0)))
        self.gutter_width = self._digits + 4

    @override
    def source_row(self, row: int) -> str:
        return f" {self._sources[row]}"  # as behind its sign, which tab stops count

    @override
    def row_gutter(self, row: int, first: bool) -> StyledText:
        kind = self._kinds[row]
        number = str(self._numbers[row]) if first and kind != "gap" else ""
        sign = SIGNS[kind] if first else "┆"
        text = f" {number:>{self._digits}} {sign} "
        end = self._digits + 2
        return StyledText(
            text,
            (StyleSpan(0, end, transcript_styles.MUTED), StyleSpan(end, len(text), STYLES[kind])),
        )

    @override
    def row_fill(self, row: int) -> str:
        return FILLS[self._kinds[row]]

    @override
    def row_spans(self, first: int, last: int) -> list[RowSpans]:
        module = loaded_highlighting()
        lexer = None if module is None else module.at_hand(module.lexer_for_file, self.path)
        if lexer is None or module is None:
            return [()] * (last - first)
        found: list[RowSpans] = module.spans_of(lexer, self.rows[first:last])[0]
        return found
