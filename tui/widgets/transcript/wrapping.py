"""Where lines break: words for prose, cells for code.

A line is a pair of offsets into the text. Breaking is greedy, so the lines after a known
line start do not depend on what is before it: text that only grows is wrapped on from its
last line but one. Widths are those of the terminal's grapheme tables (Rich's): CJK text
breaks between its characters, a cluster of joined emoji never inside.
"""

import re
from typing import Final, TypeAlias

from rich.cells import cell_len, split_graphemes

Breaks: TypeAlias = list[tuple[int, int]]
"""Start and end of each line, in characters; spaces at a break belong to no line."""

_SINGLE = re.compile(
    # Ranges in which every character is one cell wide, and never joins with another.
    "[\n\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u2030-\u205e\u2190-\u2193"
    "\u2200-\u2319\u2500-\u25fc\u2800-\u28ff\u2713-\u2717]*"
)
_CLOSING: Final = frozenset("、。，．：；！？）］｝」』】〉》〕ー…‥")
"""Wide characters that do not begin a line."""


def is_single(text: str) -> bool:
    """Whether every character of `text` is one cell wide."""
    return text.isascii() or _SINGLE.fullmatch(text) is not None


def cell_width(text: str) -> int:
    """Cells that `text`, one line of it, takes."""
    return len(text) if is_single(text) else cell_len(text)


def wrap(text: str, width: int, before: Breaks | None = None) -> Breaks:
    """Lines of at most `width` cells, broken at spaces where that is possible.

    Args:
        text: May have line feeds; each begins a new line.
        width: Cells, at least 1.
        before: The lines of a shorter text that this one starts with.
    """
    width = max(1, width)
    breaks: Breaks = []
    start = 0
    if before is not None and len(before) > 2:
        breaks = before[:-2]
        start = before[-2][0]
    single = is_single(text)
    while True:
        end = text.find("\n", start)
        stop = len(text) if end < 0 else end
        if single:
            _wrap_single(text, start, stop, width, breaks)
        else:
            _wrap_wide(text, start, stop, width, breaks)
        if end < 0:
            return breaks
        start = end + 1


def _wrap_single(text: str, start: int, stop: int, width: int, breaks: Breaks) -> None:
    """Break one source line in which a character is a cell."""
    rfind = text.rfind
    while stop - start > width:
        cut = rfind(" ", start, start + width + 1)
        if cut <= start:
            breaks.append((start, start + width))
            start += width
        else:
            end = cut
            while end > start and text[end - 1] == " ":
                end -= 1
            breaks.append((start, end))
            start = cut + 1
        while start < stop and text[start] == " ":
            start += 1
        if start == stop:
            return
    breaks.append((start, stop))


def _wrap_wide(text: str, start: int, stop: int, width: int, breaks: Breaks) -> None:
    """Break one source line grapheme by grapheme; spaces hang over the edge."""
    line = start
    used = 0
    chance = -1
    for first, after, size in split_graphemes(text[start:stop])[0]:
        at, end = start + first, start + after
        cluster = text[at:end]
        if cluster == " ":
            used, chance = used + 1, end
            continue
        if size == 2 and cluster not in _CLOSING:
            chance = at
        while used + size > width and at > line:
            cut = chance if chance > line else at
            breaks.append((line, _without_spaces(text, line, cut)))
            line, used = cut, cell_len(text[cut:at])
        used += size
        if size == 2 and text[end : end + 1] not in _CLOSING:
            chance = end
    breaks.append((line, stop if used <= width else _without_spaces(text, line, stop)))


def _without_spaces(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] == " ":
        end -= 1
    return end


def wrap_at_cells(text: str, width: int) -> Breaks:
    """Lines of at most `width` cells, broken wherever the width is used up (code, output)."""
    width = max(1, width)
    if len(text) <= width and is_single(text):
        return [(0, len(text))]
    if is_single(text):
        return [(at, min(at + width, len(text))) for at in range(0, len(text), width)]
    breaks: Breaks = []
    line = used = 0
    for first, _after, size in split_graphemes(text)[0]:
        if used + size > width and first > line:
            breaks.append((line, first))
            line, used = first, 0
        used += size
    breaks.append((line, len(text)))
    return breaks


def truncate(text: str, width: int) -> str:
    """The start of `text` in at most `width` cells, with an ellipsis where some is missing."""
    if cell_width(text) <= width:
        return text
    return _head(text, width - 1).rstrip() + "…" if width > 0 else ""


def truncate_middle(text: str, width: int) -> str:
    """Both ends of `text` in at most `width` cells: of a path, the name is the point."""
    if cell_width(text) <= width:
        return text
    if width < 8:
        return truncate(text, width)
    head = _head(text, (width - 1) // 4)
    room = width - 1 - cell_width(head)
    start = len(text)
    for first, _after, size in reversed(split_graphemes(text)[0]):
        if size > room:
            break
        room -= size
        start = first
    return f"{head}…{text[start:]}"


def _head(text: str, room: int) -> str:
    """As much of the start of `text` as `room` cells hold."""
    end = 0
    for _first, after, size in split_graphemes(text)[0]:
        if size > room:
            break
        room -= size
        end = after
    return text[:end]


def grapheme_clusters(text: str) -> list[tuple[int, int, int]]:
    """What is drawn as one: start, end and cells of each cluster of characters."""
    if is_single(text):
        return [(at, at + 1, 1) for at in range(len(text))]
    return split_graphemes(text)[0]


def grapheme_length(text: str, at: int) -> int:
    """How many characters are drawn as one with the character at `at`."""
    if at >= len(text) or text[at : at + 2].isascii():
        return 1
    return split_graphemes(text[at : at + 32])[0][0][1]
