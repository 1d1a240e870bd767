"""What leaves the program for standard output and standard error: cleaned, in one place.

Nothing else in the program prints. A terminal obeys what it is sent, so a folder, a session or
an argument with an escape sequence in its name must not get there as it is; see `tui.sanitize`.
"""

import re
import sys
from typing import TextIO

from tui.sanitize import clean

_NOT_ASCII = re.compile("[^\x00-\x7e]+")


def print_text(text: str, stream: TextIO | None = None, *, end: str = "\n") -> None:
    """Print text.

    Args:
        text: One line or several, foreign text in it as it came.
        stream: Where to; None for standard output.
        end: What follows it.

    Raises:
        OSError: it cannot be written.
    """
    _write(clean(text) + end, stream or sys.stdout)


def print_error(sentence: str, stream: TextIO | None = None) -> None:
    """Print what is wrong, as one line behind the name of the program.

    Args:
        sentence: One sentence or several, foreign text in it as it came.
        stream: Where to; None for standard error.

    Raises:
        OSError: it cannot be written.
    """
    line = " ".join(clean(sentence).split())
    _write(f"glideslope: {line}\n", stream or sys.stderr)


def print_json(value: object, stream: TextIO | None = None) -> None:
    """Print a value as one line of JSON, with all that is not seen escaped.

    Raises:
        OSError: it cannot be written.
    """
    from msgspec import json

    _write(escape_unprintable(json.encode(value).decode()) + "\n", stream or sys.stdout)


def escape_unprintable(json: str) -> str:
    r"""The same JSON with each character that is not printable as `\uXXXX`; the data are equal."""
    return _NOT_ASCII.sub(lambda found: "".join(map(_escape, found[0])), json)


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def _write(text: str, stream: TextIO) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()
