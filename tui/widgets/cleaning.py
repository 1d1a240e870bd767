"""Foreign text on its way to the screen: the one place where it is cleaned.

Model output, tool output, file names and branch names are kept and sent verbatim; a
terminal would obey what is in them. Here control characters and escape sequences are
taken out, writing-direction overrides are made visible, tabs become spaces and endless
lines are cut. Everything is pure, and text that needs nothing is given back as it is.
"""

import re
from typing import Final

MOST_CHARACTERS: Final = 4_000
"""Of one line of preformatted text; the rest is cut."""

TAB: Final = 4
"""Cells between tab stops, as Markdown has them."""

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"

_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_SEQUENCE = re.compile(
    # CSI: parameters, intermediates, one final byte.
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    # Strings to the terminal (OSC, DCS, SOS, PM, APC) that are ended on the same line.
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"
    # Any other escape; a string that never ends loses only its introducer.
    r"|\x1b[ -/]*[0-~]?"
)
_LINE_BREAK = re.compile("\r\n|[\r\u2028\u2029]")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_OPEN_SEQUENCE = re.compile(
    r"(?:\r"
    r"|\x1b[ -/]*"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*\x1b?"
    r")\Z"
)
_LONGEST_OPEN: Final = 4_096
_TOO_LONG = re.compile(rf"[^\n]{{{MOST_CHARACTERS + 1},}}")


def clean(text: str) -> str:
    """`text` without anything a terminal would obey; line feeds and tabs stay.

    Carriage returns become line ends, so that nothing is hidden by being written over.
    Direction overrides and lone surrogates become U+FFFD, so that they are seen.
    """
    if _SUSPECT.search(text) is None:
        return text
    text = _SEQUENCE.sub("", text)
    text = _LINE_BREAK.sub("\n", text)
    text = _DIRECTION.sub(REPLACEMENT, text)
    return _CONTROL.sub("", text)


def expand_tabs(text: str) -> str:
    """`text` with tabs as spaces up to the next stop."""
    return text.expandtabs(TAB) if "\t" in text else text


def cut_lines(text: str) -> str:
    """`text` with every line of more than `MOST_CHARACTERS` cut, and told to be."""
    if len(text) <= MOST_CHARACTERS:
        return text
    return _TOO_LONG.sub(_cut, text)


def _cut(match: re.Match[str]) -> str:
    line = match.group()
    return f"{line[:MOST_CHARACTERS]} … {len(line) - MOST_CHARACTERS:,} more characters"


def for_screen(text: str) -> str:
    """Preformatted `text` (tool output, a diff, a prompt) as it may be drawn."""
    return cut_lines(expand_tabs(clean(text)))


def clean_line(text: str, limit: int = MOST_CHARACTERS) -> str:
    """`text` as one line of at most `limit` characters: a subject, a title, a name."""
    line = " ".join(clean(text[: 4 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


class Cleaner:
    """Cleans text that arrives in pieces, however its escape sequences are torn apart."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        """The clean text that `piece` settles; the start of a sequence waits for its end."""
        text = self._held + piece
        self._held = ""
        if _SUSPECT.search(text) is None:
            return text
        if (open_end := _OPEN_SEQUENCE.search(text, max(0, len(text) - _LONGEST_OPEN))) is not None:
            self._held = open_end.group()
            text = text[: open_end.start()]
        return clean(text)

    def finish(self) -> str:
        """What was waiting, once nothing more will come."""
        text, self._held = self._held, ""
        return clean(text)
