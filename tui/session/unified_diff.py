"""Unified diffs as values: read, put together, and written again.

`ComposedDiff` makes one diff of the changes of a file in a row, without the file: each logged
diff says what it removed, what it added and what was around it. A line that was added and then
removed leaves no trace, so the result is what differs between the first state and the last.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

CONTEXT = 3
"""Lines around a change that are shown, where they are known."""
_MAX_MATCHED = 4_000
"""Lines up to which removed and added lines are matched up; beyond, it takes too long."""
_HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_NO_END = "\\ No newline at end of file"
_END = sys.maxsize

Sign = Literal[" ", "+", "-"]


class FileLine(NamedTuple):
    """One line of a file."""

    text: str
    ended: bool = True
    """False for a last line without a line feed behind it."""


class DiffLine(NamedTuple):
    """One line of a diff."""

    sign: Sign
    line: FileLine


class Hunk(NamedTuple):
    """Lines in a row: those that differ, and what is around them."""

    old: int
    """Lines of the file before it, as it was."""
    new: int
    """Lines of the file before it, as it is."""
    lines: tuple[DiffLine, ...]

    def count(self, *signs: Sign) -> int:
        """Lines with one of these signs."""
        return sum(line.sign in signs for line in self.lines)

    @property
    def header(self) -> str:
        """`@@ -1,3 +1,4 @@`: with no lines on a side, the number is that of the line before."""
        sides = ((self.old, self.count(" ", "-")), (self.new, self.count(" ", "+")))
        old, new = (f"{before + bool(lines)},{lines}" for before, lines in sides)
        return f"@@ -{old} +{new} @@"


# Reading and writing -----------------------------------------------------------------


def parse_hunks(diff: str) -> tuple[Hunk, ...] | None:
    """The hunks of one file's diff; None where something of it is missing."""
    rows, at, hunks = diff.split("\n"), 0, list[Hunk]()
    while at < len(rows):
        header = _HEADER.match(rows[at])
        if header is not None:
            hunk, at = _read_hunk(header, rows, at + 1)
            if hunk is None:
                return None
            hunks.append(hunk)
        elif hunks and rows[at]:
            return None
        else:
            at += 1
    return tuple(hunks)


def _read_hunk(header: re.Match[str], rows: Sequence[str], at: int) -> tuple[Hunk | None, int]:
    """The hunk whose first line is row `at`, and the row behind it."""
    old, old_left, new, new_left = (1 if n is None else int(n) for n in header.groups())
    before = old - bool(old_left), new - bool(new_left)
    lines: list[DiffLine] = []
    while old_left > 0 or new_left > 0:
        row = rows[at] if at < len(rows) else ""
        sign = _SIGNS.get(row[:1])
        if sign is None:
            return None, at
        at += 1
        ended = at >= len(rows) or rows[at] != _NO_END
        at += not ended
        old_left -= sign != "+"
        new_left -= sign != "-"
        lines.append(DiffLine(sign, FileLine(row[1:], ended)))
    return Hunk(*before, tuple(lines)), at


def hunk_rows(hunks: Iterable[Hunk], line_end: str = "") -> Iterator[str]:
    """The lines of a diff, headers of the hunks included.

    Args:
        hunks: From the top of the file to its end.
        line_end: What stands before the line feed of each line of the file, such as a carriage
            return.
    """
    for hunk in hunks:
        yield hunk.header
        for sign, line in hunk.lines:
            yield sign + line.text + (line_end if line.ended else "")
            if not line.ended:
                yield _NO_END


# Applying ----------------------------------------------------------------------------


def reversed_hunks(hunks: Iterable[Hunk]) -> tuple[Hunk, ...]:
    """The hunks that lead back."""
    back: dict[Sign, Sign] = {"+": "-", "-": "+", " ": " "}
    return tuple(
        Hunk(hunk.new, hunk.old, tuple(DiffLine(back[line.sign], line.line) for line in hunk.lines))
        for hunk in hunks
    )


def apply_hunks(text: str, hunks: Iterable[Hunk]) -> str | None:
    """The text after the changes; None where they do not fit it.

    Args:
        text: With line feeds only.
        hunks: From the top of the file to its end.
    """
    rows = text.split("\n")
    lines = [FileLine(row) for row in rows[:-1]]
    lines += [FileLine(rows[-1], ended=False)] if rows[-1] else []
    at, made = 0, list[FileLine]()
    for hunk in hunks:
        if not at <= hunk.old <= len(lines):
            return None
        made += lines[at : hunk.old]
        at = hunk.old
        for sign, line in hunk.lines:
            if sign != "+":
                if lines[at : at + 1] != [line]:
                    return None
                at += 1
            if sign != "-":
                made.append(line)
    made += lines[at:]
    return "".join(line.text + "\n" * line.ended for line in made)


# Putting together --------------------------------------------------------------------


class _Kept(NamedTuple):
    """Lines of the first state that are still there, by number from 0."""

    start: int
    stop: int


_Segment = _Kept | tuple[FileLine, ...]
"""A piece of the file as it is: lines of the first state, or new ones."""


class ComposedDiff:
    """What changes in a row made of a file."""

    def __init__(self) -> None:
        self._segments: list[_Segment] = [_Kept(0, _END)]
        self._known: dict[int, FileLine] = {}
        """Lines of the first state that some diff has shown, by number from 0."""

    def apply(self, hunks: Sequence[Hunk]) -> bool:
        """Take the next change.

        Returns:
            False where it does not fit what is known of the file; nothing has changed then.
        """
        cursor, learnt = _Cursor(self._segments), dict[int, FileLine]()
        done = 0
        for hunk in hunks:
            if hunk.new < done:
                return False
            cursor.keep(hunk.new - done)
            for sign, line in hunk.lines:
                if sign == "+":
                    cursor.insert(line)
                    continue
                at = cursor.next_line()
                known = at if isinstance(at, FileLine) else self._known.get(at, line)
                if known != line:
                    return False
                if not isinstance(at, FileLine):
                    learnt[at] = line
                if sign == " ":
                    cursor.put_back(at)
            done = hunk.new + hunk.count(" ", "+")
        self._segments = cursor.rest()
        self._known |= learnt
        return True

    def hunks(self) -> tuple[Hunk, ...]:
        """What differs between the first state and the last, with the lines around it."""
        edits = [edit for block in self._blocks() for edit in self._matched(*block)]
        hunks, group, shift = list[Hunk](), list[_Edit](), 0
        for edit in edits:
            if group and not self._joins(group[-1].stop, edit.start):
                hunks.append(self._hunk(group, shift))
                shift += sum(len(each.lines) - (each.stop - each.start) for each in group)
                group = []
            group.append(edit)
        return (*hunks, self._hunk(group, shift)) if group else ()

    # Parts -----------------------------------------------------------------------

    def _blocks(self) -> Iterator[tuple[int, int, list[FileLine]]]:
        """Lines that left, from and to before, and the lines in their place."""
        at, come = 0, list[FileLine]()
        for segment in self._segments:
            if not isinstance(segment, _Kept):
                come += segment
                continue
            if segment.start > at or come:
                yield at, segment.start, come
                come = []
            at = segment.stop

    def _matched(self, start: int, stop: int, come: list[FileLine]) -> Iterator["_Edit"]:
        """The same without the lines that are on both sides."""
        gone = [self._known.get(at, _LOST) for at in range(start, stop)]
        if not gone or not come:
            yield _Edit(start, stop, tuple(come))
            return
        for a, b, c, d in _differences(gone, come):
            yield _Edit(start + a, start + b, tuple(come[c:d]))

    def _joins(self, stop: int, start: int) -> bool:
        """Whether two edits share a hunk: all lines between them are known, and few."""
        return start - stop <= 2 * CONTEXT and all(at in self._known for at in range(stop, start))

    def _hunk(self, edits: Sequence["_Edit"], shift: int) -> Hunk:
        """One hunk of edits near each other; `shift`: lines that the file grew above them."""
        first, last = edits[0].start, edits[-1].stop
        lead = self._known_lines(range(first - 1, first - 1 - CONTEXT, -1))[::-1]
        lines = [DiffLine(" ", line) for line in lead]
        at = first
        for edit in edits:
            lines += [DiffLine(" ", self._known[each]) for each in range(at, edit.start)]
            gone = range(edit.start, edit.stop)
            lines += [DiffLine("-", self._known.get(each, _LOST)) for each in gone]
            lines += [DiffLine("+", line) for line in edit.lines]
            at = edit.stop
        lines += [DiffLine(" ", line) for line in self._known_lines(range(last, last + CONTEXT))]
        old = first - len(lead)
        return Hunk(old, old + shift, tuple(lines))

    def _known_lines(self, numbers: range) -> list[FileLine]:
        """Known lines next to each other."""
        found = []
        for number in numbers:
            if number not in self._known:
                break
            found.append(self._known[number])
        return found


def _differences(gone: list[FileLine], come: list[FileLine]) -> Iterator[tuple[int, int, int, int]]:
    """Where lines differ: from and to before in the old ones, and in the new ones."""
    if max(len(gone), len(come)) > _MAX_MATCHED:
        if gone != come:
            yield 0, len(gone), 0, len(come)
        return
    from rapidfuzz.distance import Indel

    a = c = 0
    for block in Indel.opcodes(gone, come).as_matching_blocks():
        if block.a > a or block.b > c:
            yield a, block.a, c, block.b
        a, c = block.a + block.size, block.b + block.size


_LOST = FileLine("")
_SIGNS: dict[str, Sign] = {" ": " ", "+": "+", "-": "-"}


class _Edit(NamedTuple):
    """Lines of the first state that left, from and to before, and what is in their place."""

    start: int
    stop: int
    lines: tuple[FileLine, ...]


class _Cursor:
    """Goes through the segments of a file once, and makes the new ones."""

    def __init__(self, segments: Sequence[_Segment]) -> None:
        self._left = [
            each if isinstance(each, _Kept) else list(reversed(each)) for each in reversed(segments)
        ]
        """What is still to come, the next one last; new lines are backwards too."""
        self._made: list[_Segment] = []
        self._new: list[FileLine] = []
        """New lines at the end of what is made."""

    def keep(self, count: int) -> None:
        """Leave the next `count` lines as they are."""
        while count > 0:
            segment = self._left[-1]
            if isinstance(segment, _Kept):
                stop = min(segment.start + count, segment.stop)
                count -= stop - segment.start
                self._add_kept(segment.start, stop)
                self._left[-1] = _Kept(stop, segment.stop)
            else:
                self._new.append(segment.pop())
                count -= 1
            self._drop_empty()

    def next_line(self) -> int | FileLine:
        """Take the next line out: a number of the first state, or a new line."""
        segment = self._left[-1]
        taken: int | FileLine
        if isinstance(segment, _Kept):
            taken = segment.start
            self._left[-1] = _Kept(segment.start + 1, segment.stop)
        else:
            taken = segment.pop()
        self._drop_empty()
        return taken

    def put_back(self, line: int | FileLine) -> None:
        """Leave a line that was taken out."""
        if isinstance(line, FileLine):
            self._new.append(line)
        else:
            self._add_kept(line, line + 1)

    def insert(self, line: FileLine) -> None:
        """Add a new line."""
        self._new.append(line)

    def rest(self) -> list[_Segment]:
        """All segments, with what was not gone through as it was."""
        for segment in reversed(self._left):
            if isinstance(segment, _Kept):
                self._add_kept(*segment)
            else:
                self._new += reversed(segment)
        return self._made

    def _drop_empty(self) -> None:
        segment = self._left[-1]
        if not segment or (isinstance(segment, _Kept) and segment.start == segment.stop):
            self._left.pop()

    def _add_kept(self, start: int, stop: int) -> None:
        if self._new:
            self._made.append(tuple(self._new))
            self._new = []
        last = self._made[-1] if self._made else None
        if isinstance(last, _Kept) and last.stop == start:
            self._made[-1] = _Kept(last.start, stop)
        else:
            self._made.append(_Kept(start, stop))
