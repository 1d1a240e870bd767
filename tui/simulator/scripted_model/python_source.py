"""A Python file as the scripted model knows it, and changes to it that cannot break it.

A change is a few replacements inside single lines; it becomes an edit by exact
replacement with as much context as makes it unique in the file. Lines are kept exactly
as they were read, a carriage return at their end included.
"""

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

_NEAR = 3
"""Changes with at most so many lines between them share an edit …"""
_LONG = 16
"""… unless that would make it longer than so many lines: people read edits."""


@dataclass(frozen=True, slots=True)
class LinePatch:
    """A replacement inside one line."""

    line: int
    """From 1."""
    start: int
    """Column in characters."""
    end: int
    new: str
    """May hold line feeds: then it adds lines."""


@dataclass(frozen=True, slots=True)
class SourceChange:
    """One improvement: its patches are made together or not at all."""

    subject: str
    """What it is about, such as a function's name."""
    line: int
    what: str
    """What is done, in a few words."""
    patches: tuple[LinePatch, ...]

    @property
    def span(self) -> tuple[int, int]:
        """First and last line it touches."""
        return min(p.line for p in self.patches), max(p.line for p in self.patches)


@dataclass(frozen=True, slots=True)
class SkippedPlace:
    """Something that was looked at and left alone."""

    subject: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class FixFindings:
    """What a look at one file brought."""

    changes: tuple[SourceChange, ...] = ()
    left: tuple[SkippedPlace, ...] = ()
    broken: str = ""
    """Why the text could not be understood."""


@dataclass(frozen=True, slots=True)
class SourceEdit:
    """An exact replacement of text that occurs once."""

    old: str
    new: str
    changes: tuple[SourceChange, ...]


class UnreadableSource(Exception):
    """The text is no Python this interpreter understands."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class PythonSource:
    """Lines of a file with their syntax tree."""

    path: str
    lines: tuple[str, ...]
    """As read, without the line feed."""
    tree: ast.Module

    @cached_property
    def text(self) -> str:
        """The text the tree was made of: no carriage returns, no byte order mark."""
        return _plain(self.lines)

    @cached_property
    def tokens(self) -> tuple[tokenize.TokenInfo, ...]:
        """All tokens; their columns count characters of `text`."""
        return tuple(tokenize.generate_tokens(io.StringIO(self.text).readline))

    def column(self, line: int, offset: int) -> int:
        """The column in characters for a tree's offset in bytes."""
        row = self.text_lines[line - 1]
        return len(row.encode()[:offset].decode(errors="replace")) + self.shift(line)

    def start_of(self, node: ast.stmt) -> tuple[int, str]:
        """The first line of a statement, decorators included, and its indentation."""
        line = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        row = self.text_lines[line - 1]
        return line, row[: len(row) - len(row.lstrip())]

    def shift(self, line: int) -> int:
        """Characters before the text of a line: a byte order mark has one."""
        return 1 if line == 1 and self.lines and self.lines[0].startswith("\ufeff") else 0

    @cached_property
    def text_lines(self) -> tuple[str, ...]:
        """`text` by lines."""
        return tuple(self.text.split("\n"))


def parse(path: str, lines: Sequence[str]) -> PythonSource:
    """The source of a file; raises `UnreadableSource` with a reason in words."""
    if any("\r" in line[:-1] for line in lines):
        raise UnreadableSource("it has bare carriage returns inside lines")
    return PythonSource(path, tuple(lines), tree_of(_plain(lines)))


def tree_of(text: str) -> ast.Module:
    """The syntax tree of a text that also compiles; raises `UnreadableSource`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            compile(text, "<source>", "exec", dont_inherit=True)
    except SyntaxError as error:
        where = f" in line {error.lineno}" if error.lineno else ""
        raise UnreadableSource(f"it does not parse: {error.msg}{where}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnreadableSource(f"it does not parse: {error}") from error
    return tree


def safe_changes(
    source: PythonSource,
    changes: Iterable[SourceChange],
    left: Iterable[SkippedPlace],
    bare: Callable[[ast.Module], None],
) -> FixFindings:
    """Only those changes that leave the file the same but for what `bare` takes out of a tree.

    Args:
        source: The file.
        changes: To be made.
        left: Places that are left alone anyway.
        bare: Takes what such changes may change out of a syntax tree.
    """
    found = FixFindings(tuple(changes), tuple(left))
    if _holds(source, found.changes, bare):
        return found
    kept: list[SourceChange] = []
    spoilt: list[SkippedPlace] = []
    for change in found.changes:
        if _holds(source, [*kept, change], bare):
            kept.append(change)
        else:
            why = "my own change did not check out"
            spoilt.append(SkippedPlace(change.subject, change.line, why))
    return FixFindings(tuple(kept), (*found.left, *spoilt))


def changed(lines: Sequence[str], changes: Iterable[SourceChange]) -> list[str]:
    """The lines after all changes."""
    patches = [patch for change in changes for patch in change.patches]
    rows = list(lines)
    order = sorted(range(len(patches)), key=lambda n: (patches[n].line, patches[n].start, n))
    for patch in (patches[n] for n in reversed(order)):
        row = rows[patch.line - 1]
        # New lines end as the line does that they are put into.
        new = patch.new.replace("\n", "\r\n") if row.endswith("\r") else patch.new
        rows[patch.line - 1] = row[: patch.start] + new + row[patch.end :]
    return "\n".join(rows).split("\n")


def edits(lines: Sequence[str], changes: Iterable[SourceChange]) -> list[SourceEdit]:
    """Edits that make the changes one after the other, each unique when its time comes."""
    rows = list(lines)
    made: list[SourceEdit] = []
    for hunk in reversed(_hunks(changes)):
        # From the end to the start: the lines of earlier hunks keep their numbers.
        low, high = min(c.span[0] for c in hunk), max(c.span[1] for c in hunk)
        after = changed(rows, hunk)
        grown = len(after) - len(rows)
        made.append(_edit(rows, after, low, high, grown, hunk))
        rows = after
    return made


def _hunks(changes: Iterable[SourceChange]) -> list[tuple[SourceChange, ...]]:
    hunks: list[tuple[SourceChange, ...]] = []
    for change in sorted(changes, key=lambda c: c.span):
        start = hunks[-1][0].span[0] if hunks else 0
        end = max(c.span[1] for c in hunks[-1]) if hunks else 0
        near = change.span[0] - end <= _NEAR + 1 and change.span[1] - start < _LONG
        # Two changes of one line cannot be two edits.
        if hunks and (near or change.span[0] <= end):
            hunks[-1] = (*hunks[-1], change)
        else:
            hunks.append((change,))
    return hunks


def _edit(
    rows: list[str],
    after: list[str],
    low: int,
    high: int,
    grown: int,
    hunk: tuple[SourceChange, ...],
) -> SourceEdit:
    """The smallest replacement around lines low…high that occurs once in the file."""
    whole = "\n".join(rows)
    above = True
    while True:
        old = "\n".join(rows[low - 1 : high])
        new = "\n".join(after[low - 1 : high + grown])
        old, new = _trimmed(old, new)
        # Where lines are added, the end of one is quoted: a client that keeps carriage
        # returns to itself then refuses the edit instead of mixing line endings.
        enough = "\n" not in new or bool(re.search(r"[^\n]\n", old))
        if (whole.count(old) == 1 and enough) or (low == 1 and high == len(rows)):
            return SourceEdit(old, new, hunk)
        # Context grows upwards first: the lines above a definition name it.
        above = not above
        if (not above and low > 1) or high == len(rows):
            low -= 1
        else:
            high += 1


def _trimmed(old: str, new: str) -> tuple[str, str]:
    """Without the carriage return at the very end, which a client may or may not show."""
    if old.endswith("\r") and new.endswith("\r"):
        return old[:-1], new[:-1]
    return old, new


def _holds(
    source: PythonSource, changes: Sequence[SourceChange], bare: Callable[[ast.Module], None]
) -> bool:
    try:
        tree = tree_of(_plain(changed(source.lines, changes)))
    except UnreadableSource:
        return False
    before = tree_of(source.text)
    bare(before)
    bare(tree)
    return ast.dump(before) == ast.dump(tree)


def _plain(lines: Sequence[str]) -> str:
    rows = [line[:-1] if line.endswith("\r") else line for line in lines]
    if rows and rows[0].startswith("\ufeff"):
        rows[0] = rows[0][1:]
    return "\n".join(rows)
