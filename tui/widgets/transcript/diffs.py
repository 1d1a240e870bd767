"""Unified diffs as people read them: signs, line numbers, and the code in its colours.

The sign and the number say what the background repeats.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from typing_extensions import override

from tui.reports.changed_words import changed_words, paired_rows
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


def changes_only(rows: Sequence[DiffRow]) -> list[DiffRow]:
    """The rows that changed; above rows that were only added, the row that says where."""
    kept: list[DiffRow] = []
    for above, row in pairwise([DiffRow("gap", 0, ""), *rows]):
        if row.kind == "added" and above.kind == "same" and above.text.strip():
            kept.append(above)
        if row.kind in ("added", "removed"):
            kept.append(row)
    return kept


class DiffText(PreformattedText):
    """The rows of the diff of one file, or of several diffs of it."""

    def __init__(self, path: str, *diffs: str) -> None:
        """Args:
        path: Of the file: what its code is coloured as.
        diffs: One after the other.
        """
        rows = [row for diff in diffs for row in drawable_rows(diff)]
        self._show(path, rows, [row.text for diff in diffs for row in parse_diff(clean(diff))])

    def _show(self, path: str, rows: Sequence[DiffRow], sources: Sequence[str]) -> None:
        super().__init__(row.text for row in rows)
        self.path = path
        self._drawn = rows
        self._sources = sources
        self._kinds: list[DiffRowKind] = [row.kind for row in rows]
        self._numbers = [row.number for row in rows]
        self._digits = len(str(max(self._numbers, default=0)))
        self.gutter_width = self._digits + 4
        self._pairs = paired_rows(self._kinds)

    def excerpt(self, most: int) -> tuple["DiffText", int]:
        """The first rows of what changed, each in one line, and how many more there are.

        Args:
            most: Rows of it.
        """
        shown = {id(row) for row in changes_only(self._drawn)}
        kept = [at for at, row in enumerate(self._drawn) if id(row) in shown]
        first = kept if len(kept) <= most else kept[: most - 1]  # the row that says so counts
        part = DiffText(self.path)
        part._show(
            self.path, [self._drawn[at] for at in first], [self._sources[at] for at in first]
        )
        part.wraps = False
        return part, len(kept) - len(first)

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
        found: list[RowSpans] = [()] * (last - first)
        if lexer is not None and module is not None:
            found = module.spans_of(lexer, self.rows[first:last])[0]
        return [
            _with_words(spans, self._word_spans(row)) if row in self._pairs else spans
            for row, spans in zip(range(first, last), found, strict=True)
        ]

    def _word_spans(self, row: int) -> RowSpans:
        """Marks on the words of a row that are not in the row it belongs to."""
        other = self.rows[self._pairs[row]]
        if self._kinds[row] == "removed":
            ranges, style = changed_words(self.rows[row], other)[0], transcript_styles.REMOVED_WORD
        else:
            ranges, style = changed_words(other, self.rows[row])[1], transcript_styles.ADDED_WORD
        return tuple(StyleSpan(start, end, style) for start, end in ranges)


def _with_words(spans: RowSpans, words: RowSpans) -> RowSpans:
    """Colours of code, but not where words are marked: few of them can be read on a mark."""
    kept = list(spans)
    for start, end, _style in words:
        outside = []
        for a, b, style in kept:
            if a < min(b, start):
                outside.append(StyleSpan(a, min(b, start), style))
            if max(a, end) < b:
                outside.append(StyleSpan(max(a, end), b, style))
        kept = outside
    return tuple(sorted((*kept, *words)))
