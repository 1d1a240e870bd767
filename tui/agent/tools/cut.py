"""Cutting a result to size before it is first sent: head, tail, and what is missing.

Whatever was sent once is read again with every later request and counts against the
budget, so a result is cut before it goes out, never after. The sentence in the middle says
how much was left out and how to see it.
"""

from dataclasses import dataclass

from tui.agent.tools.estimate import weight

_SENTENCE = 300
"""Characters set aside for the sentence in the middle."""


@dataclass(frozen=True, slots=True)
class Ends:
    """A text of which the beginning and the end are at hand, and perhaps not the middle."""

    head: str
    tail: str
    characters: int
    """Of the whole text."""
    breaks: int
    """Line breaks of the whole text."""


def cut(text: str, limit: int, rest: str = "") -> str:
    """`text`, or its head and tail if it is longer than `limit` characters.

    The limit is narrower for scripts that take more bytes, and so more tokens, a character.
    `rest` is a sentence that says how to see what was left out.
    """
    return join(Ends(text, text, len(text), text.count("\n")), limit, rest)


def join(ends: Ends, limit: int, rest: str = "") -> str:
    """Like `cut`, for a text that was too long to keep."""
    room = _room(ends, limit)
    if ends.characters <= room:
        return ends.head
    half = max(0, room - _SENTENCE - len(rest)) // 2
    head, tail = _whole_lines_before(ends.head[:half]), _whole_lines_after(ends.tail, half)
    characters = ends.characters - len(head) - len(tail)
    lines = max(0, ends.breaks - head.count("\n") - tail.count("\n"))
    return f"{_ended(head)}[{_left_out(characters, lines)}{' ' + rest if rest else ''}]\n{tail}"


def _room(ends: Ends, limit: int) -> int:
    sample = ends.head[:limit] + ends.tail[-limit:]
    return limit if not sample else limit * len(sample) // weight(sample)


def _whole_lines_before(text: str) -> str:
    end = text.rfind("\n") + 1
    return text[:end] if end > len(text) * 3 // 4 else text


def _whole_lines_after(text: str, length: int) -> str:
    text = text[len(text) - length :] if length < len(text) else text
    start = text.find("\n") + 1
    return text[start:] if 0 < start < len(text) // 4 else text


def _ended(head: str) -> str:
    return head if not head or head.endswith("\n") else head + "\n"


def _left_out(characters: int, lines: int) -> str:
    counted = f"{lines:,} lines, " if lines > 1 else ""
    return f"… {counted}{characters:,} characters left out here."
