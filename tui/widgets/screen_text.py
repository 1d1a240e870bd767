"""Clean text as it may be drawn: tabs as spaces, endless lines cut."""

import re
from collections.abc import Iterable
from typing import Final

from tui.sanitize import MAX_LINE_CHARACTERS, clean

TAB_CELLS: Final = 4
"""Cells between tab stops, as Markdown has them."""

_TOO_LONG = re.compile(rf"[^\n]{{{MAX_LINE_CHARACTERS + 1},}}")


def expand_tabs(text: str) -> str:
    """`text` with tabs as spaces up to the next stop."""
    return text.expandtabs(TAB_CELLS) if "\t" in text else text


def cut_long_lines(text: str) -> str:
    """`text` with every line of more than `MAX_LINE_CHARACTERS` cut, and told to be."""
    if len(text) <= MAX_LINE_CHARACTERS:
        return text
    return _TOO_LONG.sub(_cut, text)


def _cut(match: re.Match[str]) -> str:
    line = match.group()
    return f"{line[:MAX_LINE_CHARACTERS]} … {len(line) - MAX_LINE_CHARACTERS:,} more characters"


def excerpt_source(shown: Iterable[str], sources: Iterable[str], start: int, end: int) -> str:
    """What a part of some rows was made from: with its tabs, whole where a row was cut.

    Args:
        shown: The rows as they are drawn.
        sources: The lines they came from; what is around a row (a list, a quote) may be before it,
            and a carriage return behind it.
        start: Where the part begins, in characters of the rows joined by line feeds.
        end: Where it ends.
    """
    pieces, at = list[str](), 0
    for row, source in zip(shown, sources, strict=False):
        if at <= end and at + len(row) >= start:
            line = source.removesuffix("\r")
            piece = _source_columns(row, line, max(0, start - at), min(len(row), end - at))
            pieces.append(piece + source[len(line) :])
        at += len(row) + 1
    return "\n".join(pieces).removesuffix("\r")


def _source_columns(row: str, source: str, start: int, end: int) -> str:
    """Characters `start` to `end` of `row`, the end of `source` as it is drawn, in the source."""
    if row == source:
        return source[start:end]
    whole = expand_tabs(source)
    drawn = cut_long_lines(whole)
    around = len(drawn if drawn.endswith(row) else whole) - len(row)
    last = len(whole) if end >= min(len(row), MAX_LINE_CHARACTERS - around) else around + end
    pieces, at = list[str](), 0
    for sign in source:
        size = TAB_CELLS - at % TAB_CELLS if sign == "\t" else 1
        if at < around < at + size:
            pieces.append(" " * (at + size - around) if start == 0 else "")
        elif at >= around and at + size > around + start and at < last:
            pieces.append(sign)
        at += size
    return "".join(pieces)


def prepare_for_screen(text: str) -> str:
    """Preformatted `text` (tool output, a diff, a prompt) as it may be drawn."""
    return cut_long_lines(expand_tabs(clean(text)))
