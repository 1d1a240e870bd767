"""Text as it lies in a file: its encoding, its byte order mark, its line endings.

What is edited is written back as it was found. Inside the program, lines end with a line
feed; a file whose lines all end with carriage return and line feed, or with a carriage
return, gets them back. A byte that is no text is a lone surrogate (PEP 383) inside the
program and a replacement character on its way to the model; it is written back as it was.
"""

import codecs
import re
from dataclasses import dataclass

from tui.agent.tools.base import ToolError
from tui.agent.tools.legacy_encodings import (
    STRAY_BYTE,
    is_mostly_utf8,
    is_plausibly_windows_1252,
    likely_encoding,
)
from tui.sanitize import REPLACEMENT

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FILE_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"BM", "a bitmap image"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a Windows program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"SQLite format 3\0", "a SQLite database"),
)
_SNIFFED_BYTES = 8_192
"""Bytes looked at to tell text from binary."""
_SECOND_BYTE = re.compile("[0-9@-~]")
_WINDOWS_1252 = bytes(set(range(256)) - {0x81, 0x8D, 0x8F, 0x90, 0x9D})
"""The bytes that are characters in it."""
_NEWLINE_NAMES = {"\r\n": "CRLF", "\r": "CR"}
_UNKNOWN = "ascii"
"""Name for an unknown encoding, of which the program understands only ASCII."""


class UnwritableText(Exception):
    """A text that cannot be written in the encoding of its file."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """The sentence behind the name of the file, without its full stop."""


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of a file and how it was written."""

    body: str
    """With line feeds only, if `newline` is another one; else exactly as found. Bytes that are
    no text are lone surrogates."""
    encoding: str = "utf-8"
    """`ascii`: unknown, only ASCII is understood. `windows-1252`: a guess, good for showing."""
    mark: bytes = b""
    """The byte order mark."""
    newline: str = "\n"
    """`\\r\\n` where every line ends so and there is no other carriage return; `\\r` where there
    is no line feed."""
    guess: str = ""
    """The name of the encoding that an unknown one looks like; empty where nothing tells."""

    @property
    def has_stray_bytes(self) -> bool:
        """Whether it holds bytes that are no text."""
        return not self.body.isascii() and STRAY_BYTE.search(self.body) is not None

    @property
    def note(self) -> str:
        """How it is written, where that is unusual; empty for plain UTF-8."""
        said = [self._encoding_note()] if self.encoding != "utf-8" else []
        if self.has_stray_bytes:
            said.append(f"bytes that are not {self._understood} are shown as {REPLACEMENT}")
        said += ["byte order mark"] if self.mark else []
        said += [f"{_NEWLINE_NAMES[self.newline]} line endings"] if self.newline != "\n" else []
        return ", ".join(said)

    @property
    def _understood(self) -> str:
        return "ASCII" if self.encoding == _UNKNOWN else "UTF-8"

    @property
    def encoding_words(self) -> str:
        """What is known of an unknown encoding, to follow the name of the file."""
        return f"is not UTF-8 ({self._looks()})"

    def may_split_character(self, at: int) -> bool:
        """Whether the ASCII character at `at` may be the second byte of another character.

        Shift-JIS, GBK and Big5 have letters and brackets there, GB18030 digits.
        """
        if self.encoding != _UNKNOWN or not at or not STRAY_BYTE.match(self.body[at - 1]):
            return False
        return _SECOND_BYTE.match(self.body, at) is not None

    def _encoding_note(self) -> str:
        if self.encoding == _UNKNOWN:
            return f"not UTF-8; {self._looks()}"
        if self.encoding == "windows-1252":
            return "not UTF-8; shown as Windows-1252, which is a guess"
        return self.encoding

    def _looks(self) -> str:
        return f"it looks like {self.guess}" if self.guess else "its encoding is not known"

    def encode(self, body: str) -> bytes:
        """`body` written as this text was; only lone surrogates of this text may be in it.

        Raises:
            UnwritableText: the encoding of the file has no such character, or is not known
                well enough to write it.
        """
        if self.newline != "\n":
            body = body.replace("\r\n", "\n").replace("\n", self.newline)
        if self.encoding == "windows-1252":
            self._check_known(body)
        errors = "surrogateescape" if self.encoding in ("utf-8", _UNKNOWN) else "strict"
        try:
            return self.mark + body.encode(self.encoding, errors)
        except UnicodeEncodeError as error:
            raise UnwritableText(self._lacks(error.object[error.start])) from error

    def _check_known(self, body: str) -> None:
        """The bytes of a guessed encoding are known only for the characters it holds already."""
        known = set(self.body)
        strange = next((char for char in body if char > "\x7f" and char not in known), None)
        if strange is not None:
            raise UnwritableText(self._lacks(strange))

    def _lacks(self, char: str) -> str:
        if self.encoding == _UNKNOWN:
            return (
                f"{self.encoding_words}, so only ASCII can be changed in it, and "
                f"{char!r} is not ASCII. {_WAY_OUT}"
            )
        if self.encoding == "windows-1252":
            return (
                "is not UTF-8 (it looks like Windows-1252 or Latin-1), so only ASCII and the "
                f"characters that it holds already can be written, and {char!r} is neither. "
                f"{_WAY_OUT}"
            )
        return f"is in {self.encoding}, which has no {char!r}"


_WAY_OUT = "Convert it to UTF-8 first, as with iconv, or change it with a command"


def refuse_half_characters(text: str) -> None:
    """Raise a `ToolError` for text of the model that is no Unicode text."""
    half = next((char for char in text if "\ud800" <= char <= "\udfff"), None)
    if half is not None:
        raise ToolError(f"The text holds {half!r}, which cannot be written.")


def shown(text: str) -> str:
    """`text` for the model and for people: what is no text becomes a replacement character."""
    return text if text.isascii() else STRAY_BYTE.sub(REPLACEMENT, text)


def decode_text(content: bytes) -> FileText:
    """`content` as text.

    It is what its byte order mark says, else UTF-8, perhaps with some bytes that are not; else
    Windows-1252 where it looks so; else ASCII among bytes that are not understood.
    """
    mark, encoding = next(
        ((m, e) for m, e in _BYTE_ORDER_MARKS if content.startswith(m)), (b"", "utf-8")
    )
    try:
        return _from_decoded(content[len(mark) :].decode(encoding), encoding, mark)
    except UnicodeDecodeError:
        return _decode_invalid(content, mark, encoding)


def _decode_invalid(content: bytes, mark: bytes, encoding: str) -> FileText:
    """Text that is not what its mark says, or has none and is not valid UTF-8."""
    if encoding != "utf-8":
        mark = b""
    rest = content[len(mark) :]
    if mark or is_mostly_utf8(rest):
        return _from_decoded(rest.decode("utf-8", "surrogateescape"), "utf-8", mark)
    if is_plausibly_windows_1252(content) and not content.translate(None, _WINDOWS_1252):
        return _from_decoded(content.decode("windows-1252"), "windows-1252", b"")
    guess = likely_encoding(content) if encoding == "utf-8" else f"{encoding.upper()}, damaged"
    return _from_decoded(content.decode("ascii", "surrogateescape"), _UNKNOWN, b"", guess)


def binary_kind(start: bytes) -> str:
    """What a file that starts so is, if not text; empty for text."""
    start = start[:_SNIFFED_BYTES]
    kind = next((kind for magic, kind in _FILE_SIGNATURES if start.startswith(magic)), "")
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return "a WebP image"
    marked = any(start.startswith(mark) for mark, _ in _BYTE_ORDER_MARKS)
    if b"\0" in start and not marked:
        return kind or "a binary file"
    # Two letters prove nothing: BM and MZ begin words too.
    return kind if kind.endswith(("image", "document")) and start[:2] != b"BM" else ""


def _from_decoded(body: str, encoding: str, mark: bytes, guess: str = "") -> FileText:
    pairs, feeds, returns = body.count("\r\n"), body.count("\n"), body.count("\r")
    newline = "\n"
    if pairs and pairs == feeds == returns:
        newline = "\r\n"
    elif returns and not feeds:
        newline = "\r"
    return FileText(body.replace(newline, "\n"), encoding, mark, newline, guess)
