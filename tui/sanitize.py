"""Foreign text on its way to a terminal or a page: the one place where it is cleaned.

Model output, tool output, file names and the user's own arguments are kept and sent verbatim. A
terminal would obey what is in them, and a reader would not see what is in them. So control
characters and escape sequences are taken out, and every character that is not seen (overrides of
the writing direction, characters without width, tags) is shown as U+FFFD. What scripts and emoji
need between their letters stays. Everything is pure, and text that needs nothing is given back
as it is.
"""

import re
from collections.abc import Callable
from textwrap import shorten
from typing import Final

MAX_LINE_CHARACTERS: Final = 4_000
"""Of one line of preformatted text; the rest is cut."""

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
"""What is shown in the place of a character, or a byte, that is no text."""

_INVISIBLE = (
    # Unicode's Default_Ignorable_Code_Point, and what else no font draws: marks of direction,
    # joiners, fillers, variation selectors, annotations, tags.
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_EMOJI = "\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_JOINING = (
    "\u0620-\u08ff\u0900-\u109f\u1780-\u17b3\u1820-\u18af\ua840-\ua87f\ufb50-\ufdcf\ufe70-\ufefc"
)
"""Letters of scripts in which a joiner decides how the next one is written."""
_TAGS = {
    nation: "".join(chr(0xE0000 + ord(letter)) for letter in nation) + "\U000e007f"
    for nation in ("gbeng", "gbsct", "gbwls")
}
_JUDGED = re.compile(
    "(?P<needed>"
    f"(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])"
    f"|(?<=[{_EMOJI}©®\u203c\u2049\u2122\u2139])[\ufe0e\ufe0f]"
    "|(?<=[#*0-9])\ufe0f(?=\u20e3)"
    f"|(?<=[{_HAN}])[\ufe00-\ufe02\U000e0100-\U000e01ef]"
    f"|(?<=[{_JOINING}])[\u200c\u200d]"
    "|(?<=[\u1820-\u18aa])[\u180b-\u180e]"
    f"|(?<=\U0001f3f4)(?:{'|'.join(_TAGS.values())})"
    f")|[{_INVISIBLE}]+"
)
_UNSEEN_ONE = re.compile(f"[{_INVISIBLE}]")
_UNSEEN_END = re.compile(f"[{_INVISIBLE}]+\\Z")
_SUSPECT = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_INVISIBLE}]")
_SEQUENCE = re.compile(
    # CSI: parameters, intermediates, one final byte.
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    # Strings to the terminal (OSC, DCS, SOS, PM, APC) that are ended on the same line.
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"
    # Any other escape; a string that never ends loses only its introducer.
    r"|\x1b[ -/]*[0-~]?"
)
_LINE_BREAK = re.compile("\r\n|[\r\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CONTROL_OF_INPUT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_MOST_SPELLED: Final = 100
"""Characters in a row that are written out one by one."""
_OPEN_SEQUENCE = re.compile(
    r"(?:\r"
    r"|\x1b[ -/]*"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*\x1b?"
    r")\Z"
)
_LONGEST_OPEN: Final = 4_096


def clean(text: str) -> str:
    """`text` without anything a terminal would obey; line feeds and tabs stay.

    Carriage returns become line ends, so that nothing is hidden by being written over.
    Characters that are not seen and lone surrogates become U+FFFD, one for several in a row. A
    byte order mark at the start is no text, and goes.
    """
    if _SUSPECT.search(text) is None:
        return text
    cleaned = _cleaned(text, "")
    return text if cleaned == text else cleaned


def clean_keeping_line_ends(text: str) -> str:
    """`text` as `clean` makes it, with CRLF where it has CRLF: for the clipboard."""
    if "\r\n" not in text:
        return clean(text)
    return "\r\n".join(map(clean, text.split("\r\n")))


def _cleaned(text: str, before: str) -> str:
    """Clean `text`, which follows the character `before`; empty: it is the beginning."""
    text = _SEQUENCE.sub("", text)
    text = _LINE_BREAK.sub("\n", text)
    text = _CONTROL.sub("", text)
    if not before:
        text = text.removeprefix("\ufeff")
    text = _SURROGATE.sub(REPLACEMENT, text)
    return mark_invisible(text, lambda _: REPLACEMENT, before)


def mark_invisible(text: str, mark: Callable[[str], str], before: str = "") -> str:
    """`text` with a mark in place of characters that are not seen.

    Those that a script or an emoji needs stay: joiners, one variation selector, the tags of a
    known flag.

    Args:
        text: Foreign text.
        mark: Makes the mark for some of them that follow each other.
        before: The character before `text`; empty at the beginning.
    """
    if _UNSEEN_ONE.search(text) is None:
        return text
    whole, at, parts = before + text, len(before), list[str]()
    for found in _JUDGED.finditer(whole, at):
        parts += [whole[at : found.start()], found["needed"] or mark(found[0])]
        at = found.end()
    return "".join((*parts, whole[at:]))


def remove_controls(text: str) -> str:
    """`text` without control characters, for input: line feeds, carriage returns and tabs stay."""
    return _CONTROL_OF_INPUT.sub("", text)


def spell_out_invisible(text: str) -> str:
    r"""`text` with every character written out that a terminal would obey or nobody would see.

    For what a person decides about: a command to allow, a file to trust. `clean` takes escape
    sequences out, and what stood in them would be allowed unread. `\x1b` becomes `⟦U+001B⟧`; line
    feeds and tabs stay, and a carriage return before a line feed goes.
    """
    if _SUSPECT.search(text) is None:
        return text
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    return mark_invisible(_NOT_TEXT.sub(lambda found: _spelled(found[0]), text), _spelled)


def code_point_names(text: str) -> list[str]:
    """What each character of `text` is called by number: `U+200B`."""
    return [f"U+{ord(each):04X}" for each in text]


def _spelled(run: str) -> str:
    names = code_point_names(run[:_MOST_SPELLED])
    more = len(run) - len(names)
    return f"⟦{' '.join(names)}{f' and {more:,} more' if more else ''}⟧"


def clean_line(text: str, limit: int = MAX_LINE_CHARACTERS) -> str:
    """`text` as one line of at most `limit` characters: a subject, a title, a name."""
    line = " ".join(clean(text[: 4 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def cut_between_words(line: str, most: int) -> str:
    """`line` of at most `most` characters, cut behind a word where that leaves half of it."""
    cut = shorten(line, most, placeholder=" …")
    if len(cut) > most // 2 or len(line) <= most:
        return cut
    return line[: most - 1].rstrip() + "…"


class StreamCleaner:
    """Cleans text that arrives in pieces, however its sequences are torn apart."""

    def __init__(self) -> None:
        self._held = ""
        self._before = ""
        """The last character that was given out."""

    def feed(self, piece: str) -> str:
        """The clean text that `piece` settles; the start of a sequence waits for its end."""
        text = self._held + piece
        self._held = ""
        if _SUSPECT.search(text) is None:
            self._before = text[-1:] or self._before
            return text
        start = max(0, len(text) - _LONGEST_OPEN)
        open_end = _OPEN_SEQUENCE.search(text, start) or _UNSEEN_END.search(text, start)
        if open_end is not None:
            self._held = open_end.group()
            text = text[: open_end.start()]
        return self._given(text)

    def finish(self) -> str:
        """What was waiting, once nothing more will come."""
        text, self._held = self._held, ""
        return self._given(text)

    def _given(self, text: str) -> str:
        cleaned = _cleaned(text, self._before)
        self._before = cleaned[-1:] or self._before
        return cleaned
