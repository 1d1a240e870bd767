"""What leaves the program for standard output and standard error: cleaned, in one place.

Nothing else in the program prints. A terminal obeys what it is sent, so a folder, a session or
an argument with an escape sequence in its name must not get there as it is; see `tui.sanitize`.
"""

import codecs
import re
import sys
from contextlib import suppress
from typing import TextIO

from tui.sanitize import clean
from tui.terminal_streams import OutputFailed

_NOT_ASCII = re.compile("[^\x00-\x7e]+")


def print_text(text: str, stream: TextIO | None = None, *, end: str = "\n") -> None:
    """Print text.

    Args:
        text: One line or several, foreign text in it as it came.
        stream: Where to; None for standard output.
        end: What follows it.

    Raises:
        OutputFailed: it cannot be written.
        BrokenPipeError: nobody reads it any more.
    """
    _write(clean(text) + end, stream or sys.stdout)


def print_error(sentence: str, stream: TextIO | None = None) -> None:
    """Print what is wrong, as one line behind the name of the program.

    Where it cannot be written, nobody could be told: the exit code has to do.

    Args:
        sentence: One sentence or several, foreign text in it as it came.
        stream: Where to; None for standard error.
    """
    line = " ".join(clean(sentence).split())
    with suppress(OSError):
        _write(f"glideslope: {line}\n", stream or sys.stderr)


def print_beside(text: str, *, end: str = "\n") -> None:
    """Print progress on standard error, beside what goes to standard output.

    Where it cannot be written nothing is lost.

    Args:
        text: Foreign text in it as it came.
        end: What follows it; a carriage return lets the next one take its place.
    """
    with suppress(OSError):
        _write(clean(text) + end, sys.stderr)


def print_json(value: object, stream: TextIO | None = None) -> None:
    """Print a value as one line of JSON, with all that is not seen escaped.

    In another encoding than UTF-8 everything beyond ASCII is escaped: who reads JSON expects
    UTF-8 (RFC 8259, section 8.1).

    Raises:
        OutputFailed: it cannot be written.
        BrokenPipeError: nobody reads it any more.
    """
    from msgspec import json

    stream = stream or sys.stdout
    line = escape_unprintable(json.encode(value).decode())
    if not _is_utf8(stream):
        line = _NOT_ASCII.sub(lambda found: "".join(map(_escaped, found[0])), line)
    _write(line + "\n", stream)


def _is_utf8(stream: TextIO) -> bool:
    """Whether a stream writes UTF-8; one in memory has no encoding, and writes every letter."""
    return not stream.encoding or codecs.lookup(stream.encoding).name == "utf-8"


def escape_unprintable(json: str) -> str:
    r"""The same JSON with each character that is not printable as `\uXXXX`; the data are equal."""
    return _NOT_ASCII.sub(lambda found: "".join(map(_escape, found[0])), json)


def _escape(character: str) -> str:
    return character if character.isprintable() else _escaped(character)


def _escaped(character: str) -> str:
    """One character as JSON escapes it."""
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def _write(text: str, stream: TextIO) -> None:
    try:
        try:
            stream.write(text)
        except UnicodeEncodeError:
            encoding = stream.encoding or "ascii"
            stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputFailed(error.errno, error.strerror) from error
