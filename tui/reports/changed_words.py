"""Which words of a line a change replaced.

A removed line and the added line that took its place are compared word by word. Lines that have
little in common have no changed words: all of them is new.
"""

import re
from collections.abc import Sequence
from typing import Final

Ranges = tuple[tuple[int, int], ...]
"""Parts of a line, each from a character to the one behind its last."""

LONGEST: Final = 400
"""Characters of a line that is compared: longer ones cost more than they tell."""

LEAST_ALIKE: Final = 0.5
"""Part of two lines that has to be the same."""

_WORDS: Final = re.compile(r"\w+|\s+|[^\w\s]")


def changed_words(old: str, new: str) -> tuple[Ranges, Ranges]:
    """The words of `old` that are gone, and those of `new` that are there instead."""
    if max(len(old), len(new)) > LONGEST or not old.strip() or not new.strip():
        return (), ()
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    from rapidfuzz.distance import Indel

    codes = [*Indel.opcodes(before, after)]
    same = sum(
        _cells(before[code.src_start : code.src_end]) for code in codes if code.tag == "equal"
    )
    if 2 * same < LEAST_ALIKE * (_cells(before) + _cells(after)):
        return (), ()
    changed = [code for code in codes if code.tag != "equal"]
    return (
        _ranges(before, [(code.src_start, code.src_end) for code in changed]),
        _ranges(after, [(code.dest_start, code.dest_end) for code in changed]),
    )


def _cells(words: Sequence[str]) -> int:
    """Characters of some words, blanks left out: an indentation makes no line alike."""
    return sum(len(word) for word in words if not word.isspace())


def _ranges(words: Sequence[str], parts: Sequence[tuple[int, int]]) -> Ranges:
    """Parts of a list of words as parts of the line; those with nothing in them are left out."""
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    return tuple((starts[a], starts[b]) for a, b in parts if a < b)


def paired_rows(kinds: Sequence[str]) -> dict[int, int]:
    """Which removed row each added row took the place of, and the other way round.

    Args:
        kinds: Of the rows of a diff: `removed`, `added`, or anything else.
    """
    pairs: dict[int, int] = {}
    at = 0
    while at < len(kinds):
        added = at
        while added < len(kinds) and kinds[added] == "removed":
            added += 1
        for step in range(added - at):
            if added + step >= len(kinds) or kinds[added + step] != "added":
                break
            pairs[at + step], pairs[added + step] = added + step, at + step
        at = max(added, at + 1)
    return pairs
