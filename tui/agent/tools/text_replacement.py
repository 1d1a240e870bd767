"""Find and replace text in a file; where it is missing, tell what comes close to it."""

import re
from dataclasses import dataclass
from itertools import accumulate, pairwise, takewhile

from tui.agent.tools.base import ToolError, one_line

_COMPARED = 20_000
"""Lines that are looked through for one that resembles."""


class TextNotFound(ToolError):
    """The text to be replaced is not there."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A text after an exact replacement."""

    body: str
    lines: tuple[int, ...]
    """The lines at which the replaced pieces began, from 1."""


def replace_text(body: str, old: str, new: str, *, everywhere: bool) -> Replacement:
    """`body` with `old` replaced, which must be there, and only once unless `everywhere`.

    A line feed in `old` also matches the line ending of the text; what replaces it gets it.

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
    return Replacement(_joined(body, spans, new), lines)


def similar_text_hint(body: str, old: str) -> str:
    """A hint at what in `body` comes closest to `old`; empty where nothing does."""
    have, want = body.split("\n")[:_COMPARED], old.strip("\n").split("\n")
    starts = [at for at, line in enumerate(have) if line.strip() == want[0].strip()]
    if not want[0].strip() or not starts:
        return _most_similar(have, next((line for line in want if line.strip()), ""))
    start = max(starts, key=lambda at: _matching_line_count(have, at, want))
    off = start + _matching_line_count(have, start, want)
    if off >= len(have):
        return f" It begins like line {start + 1}, but the file ends before it does."
    if _matching_line_count(have, start, want, blanks=False) >= len(want):
        return f" Line {off + 1} differs in white space: {_quote_line(have[off])}"
    return f" It begins like line {start + 1}, but line {off + 1} is {_quote_line(have[off])}"


def _occurrences(body: str, old: str) -> list[tuple[int, int]]:
    pattern = re.escape(old)
    found = [match.span() for match in re.finditer(pattern, body)]
    if found or ("\r" not in body and "\r" not in old):
        return found
    # A text of mixed line endings, or a model that wrote the ones it imagines.
    loose = r"\r?\n".join(map(re.escape, old.replace("\r\n", "\n").split("\n")))
    return [match.span() for match in re.finditer(loose, body)]


def _lines_of(body: str, spans: list[tuple[int, int]]) -> tuple[int, ...]:
    starts = [0, *(start for start, _ in spans)]
    breaks = (body.count("\n", before, start) for before, start in pairwise(starts))
    return tuple(line + 1 for line in accumulate(breaks))


def _joined(body: str, spans: list[tuple[int, int]], new: str) -> str:
    parts, at = [], 0
    for start, end in spans:
        parts += [body[at:start], _with_line_endings_of(body[start:end], new)]
        at = end
    return "".join([*parts, body[at:]])


def _with_line_endings_of(replaced: str, new: str) -> str:
    if "\r\n" in replaced:
        return new.replace("\r\n", "\n").replace("\n", "\r\n")
    return new.replace("\r\n", "\n") if "\n" in replaced else new


def _matching_line_count(have: list[str], at: int, want: list[str], *, blanks: bool = True) -> int:
    """How many lines agree from `at` on; `blanks`: their white space too."""
    here = have[at : at + len(want)]
    same = (a == b if blanks else a.split() == b.split() for a, b in zip(here, want, strict=False))
    return sum(1 for _ in takewhile(bool, same))


def _most_similar(have: list[str], wanted: str) -> str:
    from rapidfuzz import fuzz, process

    found = process.extractOne(wanted.strip(), have, scorer=fuzz.ratio, score_cutoff=60)
    return f" The closest is line {found[2] + 1}: {_quote_line(found[0])}" if found else ""


def _quote_line(line: str) -> str:
    # White space at the end is often what differs.
    return f"`{line[:200]}`" if line.strip() else f"`{one_line(line)}` (blank)"
