"""What a line with carriage returns is: progress that was painted over, or lines that end so.

A progress bar paints one state over the other, and only the last one counts. A text from an old
Macintosh ends each line with a carriage return, and all of it counts. Nothing but the text tells
which it is, so it is progress only where it looks so.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

_ERASURE = re.compile(r"\x1b\[[0-9;]*[JK]")
_PERCENT = re.compile(r"(\d{1,3})(?:\.\d+)?\s?%")
_COUNT = re.compile(r"(\d+)\s?(?:/|of)\s?(\d+)")
_BAR = re.compile(r"[#=>\u2500-\u259f\u25a0-\u25b1]{3,}|\[[#=>.\- ]+\]")
_SPINNER = re.compile(r"^\s*([\u2800-\u28ff\u25d0-\u25d3|/\\-])(?:\s|$)|\s([\u2800-\u28ff|/\\-])$")
_UNIT = re.compile(
    r"\d\s*(?:[kKMGT]i?B|bytes|fps|it/s|B/s)\b|\d:\d\d|--:--|\beta\b|\.\.\.", re.IGNORECASE
)
_VARYING = re.compile(r"[\d.,:%#=>/\\|\[\]()<\s\u2500-\u259f\u25a0-\u25d3\u2800-\u28ff-]+")
_MOST = 0.8
"""The part of the states, or of the steps between them, that has to look so."""


def last_state(line: str, parts: list[str]) -> str | None:
    """What is left of a line that was painted over; None where each part is a line of its own.

    Args:
        line: The line with its escape sequences, without the line feed.
        parts: What is between its carriage returns, as plain text, without empty parts.
    """
    if len(parts) < 2 or _ERASURE.search(line):
        return parts[-1] if parts else ""
    steps = list(pairwise(parts))
    grows = all(after.startswith(before.rstrip()) for before, after in steps)
    padded = any(_covers(before, after) for before, after in steps)
    return parts[-1] if grows or padded or _is_progress(line, parts) else None


def _covers(before: str, after: str) -> bool:
    """Whether blanks behind a shorter text cover what was there."""
    return len(after.rstrip()) < len(before.rstrip()) <= len(after)


def _is_progress(line: str, parts: list[str]) -> bool:
    states = parts[:-1] if len(parts) > 2 else parts  # the last one may say how it ended
    steps = list(pairwise(parts[:-1])) or list(pairwise(parts))
    alike = _share(_same_label(before, after) for before, after in steps) >= _MOST
    if alike and _share(map(_has_mark, states if len(parts) > 2 else parts[:1])) >= _MOST:
        return _advances(steps)
    if _share(_counts_on(before, after) for before, after in steps) >= _MOST:
        return True
    turning = [_spinner(part) for part in states]
    if all(turning) and len(set(turning)) > 1:
        return True
    units = _share(_UNIT.search(part) is not None for part in states) >= _MOST
    return alike and units and not line.endswith("\r")


def _share(facts: Iterable[bool]) -> float:
    known = list(facts)
    return sum(known) / len(known) if known else 0.0


def _has_mark(part: str) -> bool:
    return any(mark.search(part) for mark in (_PERCENT, _COUNT, _BAR))


def _same_label(before: str, after: str) -> bool:
    """Whether two states differ only in what varies, or the second says more."""
    first, second = (_VARYING.sub(" ", part).split() for part in (before, after))
    return first[:1] == second[:1] if first and second else not first or first == second


def _advances(steps: list[tuple[str, str]]) -> bool:
    """Whether percentages do not fall; text with percentages of its own goes up and down."""
    known = [
        (int(before[1]), int(after[1]))
        for one, other in steps
        if (before := _PERCENT.search(one)) and (after := _PERCENT.search(other))
    ]
    return not known or _share(before <= after for before, after in known) >= _MOST


def _counts_on(before: str, after: str) -> bool:
    """Whether `[1/20] …` comes before `[2/20] …`: the same whole, in brackets."""
    first, second = _COUNT.search(before), _COUNT.search(after)
    if first is None or second is None or "[" not in before[: first.start()]:
        return False
    return first[2] == second[2] and int(first[1]) <= int(second[1])


def _spinner(part: str) -> str:
    found = _SPINNER.search(part)
    return (found[1] or found[2]) if found else ""
