"""Finds the name that a mistyped one comes nearest to.

Where names are short (commands, options) only a slip of the fingers counts: a letter too many, too
few, a wrong one, or two that changed places. A short name that merely looks alike is another one,
and suggesting it would mislead. Long names (settings, files) may be alike.
"""

from collections.abc import Iterable, Sequence

LONG_NAME = 7
"""Letters from which on a name may have two slips in it."""


def nearest_name(typed: str, names: Iterable[str], *, max_typos: int | None = None) -> str | None:
    """The one of `names` that `typed` is a slip of, the closest first; None where none is.

    Args:
        typed: What was written.
        names: What there is.
        max_typos: How many slips there may be; None for as many as the length of `typed` makes
            likely.
    """
    allowed = max_typos or (2 if len(typed) >= LONG_NAME else 1)
    near = [
        (edit_distance(typed, name), name)
        for name in names
        if abs(len(name) - len(typed)) <= allowed
    ]
    found = min(near, key=lambda row: row[0], default=(allowed + 1, ""))
    return found[1] if found[0] <= allowed else None


def edit_distance(typed: str, name: str) -> int:
    """How many letters were put in, left out, replaced or exchanged with the next one.

    Damerau and Levenshtein's distance, in which no pair of letters is changed twice.
    """
    before: list[int] = []
    row = list(range(len(name) + 1))
    for i, letter in enumerate(typed, 1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(name, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == name[j - 2] and typed[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def most_similar_name(typed: str, names: Sequence[str], likeness: float = 0.6) -> str | None:
    """The one of `names` that is most like `typed`, the earlier of two; None where none is.

    Args:
        typed: What was written.
        names: What there is.
        likeness: The least that counts, 0 to 1: twice the letters that both have in the same
            order, by all letters of both.
    """
    # 30 ms to import, and needed only where something is wrong.
    from rapidfuzz import fuzz, process

    found = process.extractOne(typed, names, scorer=fuzz.ratio, score_cutoff=100 * likeness)
    return found[0] if found else None
