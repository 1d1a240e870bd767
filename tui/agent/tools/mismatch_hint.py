"""What to say when a text to be replaced is not in a file: what comes closest, and how it differs.

What differs is often not to be seen: blanks at the end of a line, tabs, no-break spaces,
characters of no width, accents that are characters of their own. So it is named.
"""

import re
import unicodedata
from itertools import groupby, takewhile

from tui.agent.tools.base import one_line
from tui.agent.tools.file_text import shown

_MAX_LINES = 20_000
"""Lines that are looked through for one that resembles."""
_MAX_ALIGNED = 400
"""Characters of a line up to which the place of the difference is worked out."""
_NO_WIDTH = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
_INVISIBLE = re.compile(f"[\\s{_NO_WIDTH}]")
_LOOK_ALIKES = str.maketrans(
    dict.fromkeys(_NO_WIDTH)
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')
)
_LINE_NUMBER = re.compile(r" *\d+\t")
_PLAIN_NAMES = {" ": "blank", "\t": "tab", "\r": "carriage return"}


def similar_text_hint(body: str, old: str) -> str:
    """A hint at what in `body` comes closest to `old`; empty where nothing does."""
    # What ends a line never differs: every line end is found.
    have = [line.removesuffix("\r") for line in shown(body).split("\n")[:_MAX_LINES]]
    want = re.split("\r\n|\r|\n", old.strip("\r\n"))
    opens, closes = old[:1] not in "\r\n", old[-1:] not in "\r\n"
    if found := _same_but_for_looks(have, want, opens=opens, closes=closes):
        return found
    if all(map(_LINE_NUMBER.match, want)):
        return " It begins with the line numbers that read shows; they are not part of the file."
    starts = [at for at, line in enumerate(have) if line.strip() == want[0].strip()]
    if not want[0].strip() or not starts:
        return _most_similar(have, next((line for line in want if line.strip()), ""))
    start = max(starts, key=lambda at: _matching_line_count(have, at, want))
    off = start + _matching_line_count(have, start, want)
    if off >= len(have):
        return f" It begins like line {start + 1}, but the file ends before it does."
    return f" It begins like line {start + 1}, but line {off + 1} is {_quote_line(have[off])}"


def _same_but_for_looks(have: list[str], want: list[str], *, opens: bool, closes: bool) -> str:
    """A hint at the place that would be found if only what is plain to see counted.

    Args:
        have: The lines of the file.
        want: The lines of what was to be replaced.
        opens: Whether its first line may begin within a line of the file.
        closes: Whether its last line may end within one.
    """
    if not any(line.strip() for line in want):
        return ""
    text, wanted = "\n".join(map(_folded, have)), "\n".join(map(_folded, want))
    at = text.find(wanted)
    if at < 0:
        return ""
    first = text.count("\n", 0, at)
    for number, line in enumerate(want):
        there = have[first + number]
        is_last = closes and number == len(want) - 1
        part = _aligned(there, line, is_first=opens and not number, is_last=is_last)
        if part != line:
            words = _difference_words(part, line)
            kind = "in white space" if _is_blank_difference(part, line) else "in how it is written"
            return f" Line {first + number + 1} differs {kind}: `{there[:200]}` ({words})"
    return ""


def _folded(line: str) -> str:
    """What of a line is plain to see."""
    if not line.isascii():
        line = unicodedata.normalize("NFKC", line.translate(_LOOK_ALIKES))
    return " ".join(line.split())


def _aligned(there: str, wanted: str, *, is_first: bool, is_last: bool) -> str:
    """The part of a line of the file that `wanted` means, which may begin or end within it."""
    if wanted in there and (is_first or is_last):
        fits = (is_first or there.startswith(wanted)) and (is_last or there.endswith(wanted))
        if fits:
            return wanted
    if len(there) > _MAX_ALIGNED:
        return there
    start, end, sense = 0, len(there), _folded(wanted)
    if is_first:
        starts = (at for at in range(end, -1, -1) if _holds(_folded(there[at:]), sense, is_last))
        start = next(starts, 0)
    if is_last:
        ends = (at for at in range(start, end + 1) if _folded(there[start:at]) == sense)
        end = next(ends, end)
    # Blanks around it are its own only where it has some, or where the line has to end there.
    while is_first and start and wanted[:1].isspace() and _INVISIBLE.match(there[start - 1]):
        start -= 1
    while is_last and end < len(there) and wanted[-1:].isspace() and _INVISIBLE.match(there[end]):
        end += 1
    return there[start:end]


def _holds(text: str, sense: str, may_go_on: bool) -> bool:
    return text.startswith(sense) if may_go_on else text == sense


def _is_blank_difference(there: str, wanted: str) -> bool:
    return "".join(there.split()) == "".join(wanted.split())


def _difference_words(there: str, wanted: str) -> str:
    """What the line of the file has in the place of what `wanted` has."""
    if unicodedata.normalize("NFC", there) == unicodedata.normalize("NFC", wanted):
        forms = "NFD, with accents as characters of their own", "NFC, with composed letters"
        if unicodedata.is_normalized("NFC", there):
            forms = forms[1], forms[0]
        return f"the file has it as {forms[0]}; old_string is {forms[1]}"
    left, right, before = _differing_middles(there, wanted)
    place = "at its beginning" if not before.strip() else f"behind `{before.strip()[-20:]}`"
    if not there[len(before) + len(left) :].strip() and before.strip() and not left.strip():
        place = "at its end"
    return f"{place} the file has {_char_words(left)}, old_string {_char_words(right)}"


def _differing_middles(there: str, wanted: str) -> tuple[str, str, str]:
    """The first parts that differ, with the whole of the blanks there, and what is before."""
    if len(there) > _MAX_ALIGNED:
        pairs = enumerate(zip(there, wanted, strict=False))
        start = next((at for at, (a, b) in pairs if a != b), min(len(there), len(wanted)))
        return there[start : start + 20], wanted[start : start + 20], there[:start]
    from rapidfuzz.distance import Levenshtein

    first = next(op for op in Levenshtein.opcodes(there, wanted) if op.tag != "equal")
    start, stop, other, other_stop = (
        first.src_start,
        first.src_end,
        first.dest_start,
        first.dest_end,
    )
    if not _INVISIBLE.sub("", there[start:stop] + wanted[other:other_stop]):
        while start and other and _INVISIBLE.match(there[start - 1]):
            start, other = start - 1, other - 1
        stop, other_stop = _blanks_end(there, stop), _blanks_end(wanted, other_stop)
    return there[start:stop], wanted[other:other_stop], there[:start]


def _blanks_end(line: str, at: int) -> int:
    while at < len(line) and _INVISIBLE.match(line[at]):
        at += 1
    return at


def _char_words(text: str) -> str:
    """`text` with names for what is not seen: `2 blanks and 1 tab`, `U+00A0 no-break space`."""
    if len(text) > 1 and not all(map(_INVISIBLE.match, text)):
        odd = dict.fromkeys(char for char in text if char > "\x7f")
        names = ", ".join(_char_name(char) for char in odd)
        return f"`{text[:40]}`" + (f" ({names})" if names else "")
    runs = [(char, len(list(run))) for char, run in groupby(text)]
    return " and ".join(f"{count} {_char_name(char, count)}" for char, count in runs) or "nothing"


def _char_name(char: str, count: int = 1) -> str:
    plural = "s" if count > 1 else ""
    if char in _PLAIN_NAMES:
        return _PLAIN_NAMES[char] + plural
    name = unicodedata.name(char, "character").lower()
    return f"`{char}`" if "!" <= char <= "~" else f"{name}{plural} (U+{ord(char):04X})"


def _matching_line_count(have: list[str], at: int, want: list[str]) -> int:
    """How many lines agree from `at` on."""
    here = have[at : at + len(want)]
    same = (_folded(a) == _folded(b) for a, b in zip(here, want, strict=False))
    return sum(1 for _ in takewhile(bool, same))


def _most_similar(have: list[str], wanted: str) -> str:
    from rapidfuzz import fuzz, process

    found = process.extractOne(wanted.strip(), have, scorer=fuzz.ratio, score_cutoff=60)
    return f" The closest is line {found[2] + 1}: {_quote_line(found[0])}" if found else ""


def _quote_line(line: str) -> str:
    """A line as it is, with names for the unusual characters in it that are not seen."""
    odd = dict.fromkeys(char for char in line if _INVISIBLE.match(char))
    names = [_char_name(char) for char in odd if char not in _PLAIN_NAMES]
    if not unicodedata.is_normalized("NFC", line):
        names.append("accents as characters of their own, NFD")
    holds = f" (with {', '.join(names)})" if names else ""
    # White space at the end is often what differs.
    return f"`{line[:200]}`{holds}" if line.strip() else f"`{one_line(line)}` (blank)"
