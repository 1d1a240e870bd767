"""Cutting a result to size before it is first sent: head, tail, and what is missing.

Whatever was sent once is read again with every later request and counts against the
budget, so a result is cut before it goes out, never after. The sentence in the middle says
how much was left out and how to see it.
"""

from dataclasses import dataclass

from tui.budget.token_estimate import utf8_size

_SENTENCE = 300
"""Characters set aside for the sentence in the middle."""


@dataclass(frozen=True, slots=True)
class TextEnds:
    """A text of which the beginning and the end are at hand, and perhaps not the middle."""

    head: str
    tail: str
    characters: int
    """Of the whole text."""
    line_breaks: int
    """Line breaks of the whole text."""


def truncate_result(text: str, limit: int, remedy: str = "") -> str:
    """`text`, or its head and tail if it is longer than `limit` characters.

    The limit is narrower for scripts that take more bytes, and so more tokens, a character.

    Args:
        text: The result.
        limit: Characters of it, for a script of one byte a character.
        remedy: A sentence that tells the model how to see what was left out.
    """
    return truncate_ends(TextEnds(text, text, len(text), text.count("\n")), limit, remedy)


def truncate_ends(ends: TextEnds, limit: int, remedy: str = "") -> str:
    """Like `truncate_result`, for a text that was too long to keep.

    Args:
        ends: What was kept of it.
        limit: Characters of the result, for a script of one byte a character.
        remedy: A sentence that tells the model how to see what was left out.
    """
    room = _character_room(ends, limit)
    if ends.characters <= room:
        return ends.head
    half = max(0, room - _SENTENCE - len(remedy)) // 2
    head, tail = _whole_lines_before(ends.head[:half]), _whole_lines_after(ends.tail, half)
    characters = ends.characters - len(head) - len(tail)
    lines = max(0, ends.line_breaks - head.count("\n") - tail.count("\n"))
    omitted = " ".join(filter(None, (_omission_words(characters, lines), remedy)))
    return f"{_with_line_end(head)}[{omitted}]\n{tail}"


def _character_room(ends: TextEnds, limit: int) -> int:
    sample = ends.head[:limit] + ends.tail[-limit:]
    return limit if not sample else limit * len(sample) // utf8_size(sample)


def _whole_lines_before(text: str) -> str:
    end = text.rfind("\n") + 1
    return text[:end] if end > len(text) * 3 // 4 else text


def _whole_lines_after(text: str, length: int) -> str:
    text = text[len(text) - length :] if length < len(text) else text
    start = text.find("\n") + 1
    return text[start:] if 0 < start < len(text) // 4 else text


def _with_line_end(head: str) -> str:
    return head if not head or head.endswith("\n") else head + "\n"


def _omission_words(characters: int, lines: int) -> str:
    counted = f"{lines:,} lines, " if lines > 1 else ""
    return f"… {counted}{characters:,} characters left out here."
