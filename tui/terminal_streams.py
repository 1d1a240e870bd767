"""The standard streams at the start: which are missing, whether a screen can be shown on them,
and in which encoding the terminal reads and writes.
"""

import codecs
import locale
import os
import re
import sys
import unicodedata
from collections.abc import Mapping

_WITHOUT_CURSOR = frozenset({"dumb", "unknown"})
"""Values of TERM for terminals that cannot place a cursor (terminfo: no `cup`)."""
_EMACS_SHELLS = re.compile(r"\b(?:comint|eshell)\b")
_ASCII_NAMES = frozenset({"ascii", "646"})
_CODESET = re.compile(r"\.([^@]+)")

_LOOK_ALIKES = {
    look_alike: ord(ascii_sign)
    for ascii_sign, look_alikes in {
        "-": "─━═╌┄┈–—−‒―⎯",
        "|": "│┃║╎┆┊▏▎▍▌▐▕",
        "+": "┌┐└┘├┤┬┴┼╭╮╯╰┏┓┗┛╔╗╚╝╠╣╦╩╬",
        "#": "█▉▊▋▓▒░■▇▆▅",
        "_": "▁▂▃▄",
        ">": "❯›▸▶→»",
        "<": "‹◂◀←«",
        "*": "•●▪✱⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏⠒",
        "o": "○◦◌",
        ".": "…·⋯‥",
        "^": "↑▲",
        "v": "↓▾▼✓✔",
        "x": "✗✘×⊘",
        "~": "≈",
        "'": "‘’",
        '"': "“”„",
        "[": "⟦",
        "]": "⟧",
        " ": "\N{NO-BREAK SPACE}",
    }.items()
    for look_alike in look_alikes
}


class OutputFailed(OSError):
    """Standard output cannot be written, for the reason in `strerror`."""


def open_missing_streams() -> frozenset[str]:
    """Open the null device for each standard stream that is closed; return their names.

    Without this the next file that the program opens would be its standard output.
    """
    missing = set[str]()
    for number, (name, mode) in enumerate({"stdin": "r", "stdout": "w", "stderr": "w"}.items()):
        try:
            os.fstat(number)
        except OSError:
            nothing = os.open(os.devnull, os.O_RDWR)
            if nothing != number:
                os.dup2(nothing, number)
                os.close(nothing)
        if getattr(sys, name) is None:
            missing.add(name)
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
    return frozenset(missing)


def screen_refusal(variables: Mapping[str, str]) -> str:
    """Why there can be no screen here, as a sentence; empty where there can be one."""
    instead = "For a run without a screen use: glideslope -p PROMPT."
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return f"This is not a terminal. {instead}"
    if _EMACS_SHELLS.search(variables.get("INSIDE_EMACS", "")):
        return (
            "A shell buffer of Emacs cannot show a screen; M-x term, vterm and eat can. " + instead
        )
    term = variables.get("TERM", "")
    if term in _WITHOUT_CURSOR:
        return (
            f"TERM is {term!r}: such a terminal cannot show a screen. If yours can, set TERM to "
            f"its name, such as xterm-256color. {instead}"
        )
    return ""


def terminal_encoding(variables: Mapping[str, str]) -> str:
    """The encoding of the terminal: the one of the locale, as a name that Python knows.

    UTF-8 where the locale names none, as C and POSIX do. `PYTHONIOENCODING` is about files and
    pipes.
    """
    named = next(
        (variables[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if variables.get(name)), ""
    )
    codeset = _CODESET.search(named)
    for candidate in (codeset[1] if codeset else "", locale.getencoding()):
        try:
            name = codecs.lookup(candidate).name
        except LookupError:
            continue
        if name not in _ASCII_NAMES:
            return name
    return "utf-8"


def replace_with_look_alikes(error: UnicodeError) -> tuple[str, int]:
    """Handle an encoding error: as many cells of ASCII, similar to what is missing, or `?`.

    Raises:
        UnicodeError: it is not about encoding.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(map(_ascii_cells, missing)), error.end


def _ascii_cells(character: str) -> str:
    if (known := _LOOK_ALIKES.get(character)) is not None:
        return chr(known)
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return ""
    if unicodedata.east_asian_width(character) in ("W", "F"):
        return "??"
    plain = unicodedata.normalize("NFKD", character)[0]
    return plain if " " <= plain <= "~" else "?"


LOOK_ALIKE = "glideslope-look-alike"
"""The name of `replace_with_look_alikes` as an error handler of codecs."""
codecs.register_error(LOOK_ALIKE, replace_with_look_alikes)
