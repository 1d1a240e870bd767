"""Finding paths by some letters of them, in folders of any size.

Python compares too slowly to look at a hundred thousand paths for each letter that is typed.
Here all of them are one text, a path a line, that `str.find` searches; lines are counted only
up to what is found. Names are compared without regard to case, and in one form of Unicode
(NFC): macOS writes `é` as two characters, and a keyboard does not.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice

from tui.widgets.fuzzy_match import best_matches

MAX_COMPARED = 2_500
"""Paths that are compared for similarity, where too few contain the letters."""
_MAX_HITS = 200
"""Hits of one kind that are looked at, to show the shortest names first."""


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


class _Lines:
    """Texts to search in, a line each."""

    def __init__(self, text: str) -> None:
        self._text = f"\n{text}\n"

    def lines_with(self, words: str) -> Iterator[int]:
        """Numbers of the lines that contain `words`, in order; a line feed is a line's edge."""
        text, line, at, counted = self._text, -1, 0, 0
        while 0 <= (at := text.find(words, at)) < len(text) - 1:
            line += text.count("\n", counted, at + 1)
            yield line
            at = counted = text.index("\n", at + 1)  # the rest of the line does not matter


class FileIndex:
    """The paths of a project, to be searched; made once for each listing."""

    def __init__(
        self, paths: Sequence[str], *, left_out: int = 0, is_truncated: bool = False
    ) -> None:
        """Args:
        paths: Relative to the project folder, with forward slashes.
        left_out: Files whose names cannot be written in a prompt.
        is_truncated: Whether the project has more files than these.
        """
        self.paths = paths
        self.left_out = left_out
        self.is_truncated = is_truncated
        folded = _folded("\n".join(paths))
        self._whole = _Lines(folded)
        last_parts = (line[line.rfind("/") + 1 :] for line in folded.split("\n"))
        self._last_parts = _Lines("\n".join(last_parts))

    def search(self, query: str, limit: int, *, similar: bool = True) -> list[str]:
        """The paths that match `query`, the best first.

        First come those that begin with it, or whose last part does, then those that contain
        it; among equals the shorter one. Then similar ones, if there is room.

        Args:
            query: Letters, in any case.
            limit: How many are wanted at most.
            similar: Whether those that only resemble it count.
        """
        if not query:
            return list(self.paths[:limit])
        found: dict[int, None] = {}
        for at in self._containing(_folded(query), limit):
            found[at] = None
            if len(found) == limit:
                break
        if similar and len(found) < limit:
            found |= dict.fromkeys(self._similar(query, limit))
        return [self.paths[at] for at in found][:limit]

    def _containing(self, query: str, limit: int) -> Iterator[int]:
        for lines, words in (
            (self._whole, f"\n{query}"),
            (self._last_parts, f"\n{query}"),
            (self._last_parts, query),
            (self._whole, query),
        ):
            hits = islice(lines.lines_with(words), _MAX_HITS)
            yield from sorted(hits, key=lambda at: (len(self.paths[at]), at))[:limit]

    def _similar(self, query: str, limit: int) -> Iterator[int]:
        """In a large project only what begins with the same letter is compared."""
        places: Sequence[int] = range(len(self.paths))
        if len(places) > MAX_COMPARED:
            begun = self._last_parts.lines_with(f"\n{_folded(query[0])}")
            places = list(islice(begun, MAX_COMPARED))
        names = [self.paths[at] for at in places]
        yield from (places[at] for at in best_matches(query, names, limit))
