"""Keeps every cell in its column where the terminal draws characters at other widths than ours.

Terminals do not agree on emoji with variation selectors and joiners, flags, jamo, marks of some
scripts, and, in East Asian locales, on all that Unicode calls ambiguous (UAX #11). One cell too
many or too few would move the rest of the row. So the cells of such a cluster are blanked first,
and behind it the cursor is put where it belongs (ECMA-48, CHA). Where a cluster could be drawn
over cells that this update does not paint, only its first character is sent.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterator, Mapping

from rich.cells import cell_len, split_graphemes

from tui.terminal_streams import LOOK_ALIKE

_AGREED = (
    "\x00-\u02ff\u0370-\u0482\u048a-\u0590\u05be\u05c0\u05d0-\u05f4\u1e00-\u200a\u2010-\u2027"
    "\u2030-\u205e\u2070-\u20cf\u2100-\u2319\u231c-\u23e8\u23f4-\u23f7\u23fb-\u25fc\u25ff\u2610-\u2612"
    "\u2713-\u2718\u276f\u2800-\u28ff"
    "\u3000-\u3029\u3041-\u3096\u309b-\u30ff\u3400-\u4dbf\u4e00-\ua48c\uac00-\ud7a3\uff01-\uffdc"
    "\U00020000-\U0003fffd"
)
"""Characters that terminals draw at the width of Unicode's tables, for twenty years now."""
_SUSPECT = re.compile(f"[^{_AGREED}]")
"""Finds at once, in nearly all that is sent, that there is nothing to do."""
_DOUBTFUL = re.compile(f"[^\x1b\n]?[^{_AGREED}]+")
_AMBIGUOUS = re.compile(
    f"[^\x1b\n]?[^{_AGREED}]+"
    "|[\u00a1-\u00b4\u00b6-\u00bf\u00d7\u00f7\u0391-\u0451\u2010-\u203b\u2103-\u22bf\u2312"
    "\u2460-\u25ff]+"
)
_PIECE = re.compile(
    r"(?P<column>\x1b\[\d+;(\d+)H)|(?P<line>\n)|\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]P][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[^\[\]P]|(?P<text>[^\x1b\n]+)"
)
_FLAG_LETTER = re.compile("[\U0001f1e6-\U0001f1ff]")
_EAST_ASIAN = ("ja", "ko", "zh")


class CellAligner:
    """Rewrites what is sent to one terminal."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        """Args: variables: the environment, which names the locale."""
        names = (variables.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
        locale = next(filter(None, names), "")
        ambiguous = locale.startswith(_EAST_ASIAN)
        self._doubtful = _AMBIGUOUS if ambiguous else _DOUBTFUL
        self._suspect = _AMBIGUOUS if ambiguous else _SUSPECT

    def __call__(self, data: str) -> str:
        """`data` with every cluster of doubtful width in its place."""
        if data.isascii() or not self._suspect.search(data):
            return data
        return "".join(self._aligned(data))

    def _aligned(self, data: str) -> Iterator[str]:
        column: int | None = None
        pieces = list(_PIECE.finditer(data))
        left = _cells_until_move(pieces)
        for piece, cells in zip(pieces, left, strict=True):
            if piece["column"] is not None:
                column = int(piece[2]) - 1
            elif piece["line"] is not None:
                column = 0
            elif piece["text"] is not None and column is not None:
                yield from self._place(piece[0], column, cells)
                column += cell_len(piece[0])
                continue
            yield piece[0]

    def _place(self, text: str, column: int, left: int) -> Iterator[str]:
        """A text that begins in `column`, with `left` cells painted from there on."""
        at = 0
        for found in self._doubtful.finditer(text):
            before = text[at : found.start()]
            width = cell_len(before)
            column, left = column + width, left - width
            yield before
            for cluster, cells in _clusters(found[0]):
                left -= cells
                yield _placed_cluster(cluster, column, cells, left)
                column += cells
            at = found.end()
        yield text[at:]


def _placed_cluster(cluster: str, column: int, cells: int, left: int) -> str:
    """One cluster in its cells, however wide the terminal draws it.

    Args:
        cluster: The cluster.
        column: Where it begins, from 0.
        cells: Its width.
        left: Cells behind it that are painted after it.
    """
    if cluster.isascii():
        return cluster
    first = 2 if unicodedata.east_asian_width(cluster[0]) == "A" else cells
    if first + sum(map(_most_cells, cluster[1:])) - cells > left:
        cluster = cluster[0]
        if cells < 2 and not cluster.isascii():
            cluster = codecs.decode(cluster.encode("ascii", LOOK_ALIKE), "ascii")
    return f"{' ' * cells}\x1b[{column + 1}G{cluster}\x1b[{column + cells + 1}G"


def _most_cells(joined: str) -> int:
    """Cells that a terminal may give to a character that others join to the one before it."""
    return 1 if unicodedata.category(joined) in ("Mn", "Me", "Cf") else 2


def _clusters(text: str) -> Iterator[tuple[str, int]]:
    """The clusters of a text with their widths; two letters of a flag are one of them."""
    flag = ""
    for start, end, cells in split_graphemes(text)[0]:
        cluster = text[start:end]
        if flag:
            if _FLAG_LETTER.match(cluster):
                yield flag + cluster, 1 + cells
                flag = ""
                continue
            yield flag, 1
            flag = ""
        if _FLAG_LETTER.fullmatch(cluster):
            flag = cluster
        else:
            yield cluster, cells
    if flag:
        yield flag, 1


def _cells_until_move(pieces: list[re.Match[str]]) -> list[int]:
    """For each piece the cells that are painted from it on, until the cursor is moved."""
    left, cells = [0] * len(pieces), 0
    for at in range(len(pieces) - 1, -1, -1):
        if pieces[at]["text"] is not None:
            cells += cell_len(pieces[at][0])
        elif pieces[at]["column"] is not None or pieces[at]["line"] is not None:
            cells = 0
        left[at] = cells
    return left
