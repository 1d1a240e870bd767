"""Which of many names the user means by a few letters."""

from collections.abc import Sequence

MIN_SIMILARITY = 60.0
"""Similarity, 0..100, below which a name is not meant."""


def best_matches(query: str, names: Sequence[str], limit: int) -> list[int]:
    """Places of the names that match `query`, the best first.

    The name itself comes first, then one whose first word the query is, then one that begins
    with it, or whose last part as a path does, then one that contains it, then similar ones;
    among equals the earlier one.
    """
    wanted = query.casefold()
    if not wanted:
        return list(range(min(limit, len(names))))
    # 30 ms to import, and not needed before somebody completes something.
    from rapidfuzz import fuzz, process

    found = process.extract(
        wanted,
        names,
        scorer=fuzz.partial_ratio,
        processor=str.casefold,
        score_cutoff=MIN_SIMILARITY,
        limit=None,
    )
    ranked = sorted(found, key=lambda row: (-_similarity(wanted, row[0]), -row[1], row[2]))
    return [at for _, _, at in ranked[:limit]]


def contained_matches(query: str, folded: Sequence[str]) -> list[int]:
    """Places of the texts that contain each word of `query`, in their order.

    Args:
        query: Words in any order and case.
        folded: Texts after `str.casefold`.
    """
    words = query.casefold().split()
    return [at for at, text in enumerate(folded) if all(word in text for word in words)]


def _similarity(wanted: str, name: str) -> int:
    name = name.casefold()
    if name == wanted:
        return 6
    last = name.rstrip("/").rpartition("/")[2]
    if name.startswith(wanted):
        return 4 if name[len(wanted)].isalnum() else 5
    if last.startswith(wanted):
        return 3
    if wanted in last:
        return 2
    return 1 if wanted in name else 0
