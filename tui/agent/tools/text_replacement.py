"""Find and replace text in a file, and keep its line ends and what is no text as they are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

from tui.agent.tools.base import ToolError
from tui.agent.tools.legacy_encodings import STRAY_BYTE
from tui.sanitize import REPLACEMENT

_LINE_END = re.compile("\r\n|\n")
_ANY_LINE_END = re.compile("\r\n|\n|\r")


class TextNotFound(ToolError):
    """The text to be replaced is not there."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A text after an exact replacement."""

    body: str
    lines: tuple[int, ...]
    """The lines at which the replaced pieces began, from 1."""
    starts: tuple[int, ...]
    """Where in the old text they began, in characters."""


def replace_text(body: str, old: str, new: str, *, everywhere: bool) -> Replacement:
    """`body` with `old` replaced, which must be there, and only once unless `everywhere`.

    A line end in `old` matches every kind of line end. Those of `new` become what the replaced
    ones are, one after the other, and further ones what the next line end of the text is. A
    replacement character in `old` also matches a byte that is no text; in `new` it puts that
    byte back.

    Args:
        body: The text.
        old: What to replace.
        new: What to put in its place.
        everywhere: Whether to replace each occurrence; else there must be only one.

    Raises:
        ToolError: it is not there, or there more than once. The sentence says where, and
            quotes nothing of the text.
    """
    spans = _occurrences(body, old)
    lines = _lines_of(body, spans)
    if not spans:
        raise TextNotFound("old_string was not found.")
    if len(spans) > 1 and not everywhere:
        some = ", ".join(map(str, lines[:10])) + (", …" if len(lines) > 10 else "")
        raise ToolError(
            f"old_string occurs {len(spans)} times, at lines {some}. Add lines around it until "
            "it is unique, or set replace_all."
        )
    return Replacement(_joined(body, spans, new), lines, tuple(start for start, _ in spans))


def _occurrences(body: str, old: str) -> list[tuple[int, int]]:
    pattern = re.escape(old)
    if REPLACEMENT in old:
        pattern = pattern.replace(REPLACEMENT, f"[{REPLACEMENT}\udc80-\udcff]")
    found = [match.span() for match in re.finditer(pattern, body)]
    if found or ("\r" not in body and "\r" not in old):
        return found
    # A text of mixed line ends, or a model that wrote the ones it imagines.
    ends = _line_end_of(body).pattern
    loose = f"(?:{ends})".join(re.escape(piece) for piece in _ANY_LINE_END.split(old))
    loose = loose.replace(REPLACEMENT, f"[{REPLACEMENT}\udc80-\udcff]")
    return [match.span() for match in re.finditer(loose, body)]


def _lines_of(body: str, spans: list[tuple[int, int]]) -> tuple[int, ...]:
    starts = [0, *(start for start, _ in spans)]
    breaks = (body.count("\n", before, start) for before, start in pairwise(starts))
    return tuple(line + 1 for line in accumulate(breaks))


def _joined(body: str, spans: list[tuple[int, int]], new: str) -> str:
    parts, at, ends = [], 0, _line_end_of(body)
    for span in spans:
        fitted = _with_neighbouring_line_ends(body, span, new, ends)
        parts += [body[at : span[0]], _with_stray_bytes(body[slice(*span)], fitted)]
        at = span[1]
    return "".join([*parts, body[at:]])


def _line_end_of(body: str) -> re.Pattern[str]:
    """What ends a line of `body`; a carriage return alone only where most lines end so."""
    feeds = body.count("\n")
    return _ANY_LINE_END if body.count("\r") - body.count("\r\n") > feeds else _LINE_END


def _with_neighbouring_line_ends(
    body: str, span: tuple[int, int], new: str, ends: re.Pattern[str]
) -> str:
    """`new` with the line ends of what it replaces, then those of the line it ends in."""
    if "\n" not in new and "\r\n" not in new:
        return new
    start, end = span
    replaced = iter(ends.findall(body[start:end]))
    near = _near_line_end(body, span, ends)
    if near is None:
        return new
    return re.sub("\r\n|\n", lambda _: next(replaced, near), new)


def _near_line_end(body: str, span: tuple[int, int], ends: re.Pattern[str]) -> str | None:
    """The line end in or behind the span that is nearest to its end; else the one before it."""
    start, end = span
    within = ends.findall(body[start:end])
    if within:
        return str(within[-1])
    if behind := ends.search(body, end):
        return behind[0]
    last = body.rfind("\n", 0, start)
    if ends is _ANY_LINE_END:
        last = max(last, body.rfind("\r", 0, start))
    found: list[str] = [] if last < 0 else ends.findall(body[max(0, last - 1) : start])
    return found[-1] if found else None


def _with_stray_bytes(replaced: str, new: str) -> str:
    """`new` with the bytes of `replaced` that are no text, in their order.

    Raises:
        ToolError: it is not plain which replacement character is which byte.
    """
    if REPLACEMENT not in new:
        return new
    strays = [char for char in replaced if char == REPLACEMENT or STRAY_BYTE.match(char)]
    if not any(map(STRAY_BYTE.match, strays)):
        return new
    wanted = new.count(REPLACEMENT)
    if wanted > len(strays) or (wanted < len(strays) and len(set(strays)) > 1):
        raise ToolError(
            f"{REPLACEMENT} stands for a byte that is no text, and new_string has another number "
            "of them than old_string. Change the text around them."
        )
    left: Iterator[str] = iter(strays)
    return re.sub(REPLACEMENT, lambda _: next(left), new)
