"""Text as it lies in a file: its encoding, its byte order mark, its line endings.

What is edited is written back as it was found. Inside the program, lines end with a line
feed; a file that ends its lines with carriage return and line feed gets them back.
"""

import codecs
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of a file and how it was written."""

    body: str
    """With line feeds only, if `newline` is another one; else exactly as found."""
    encoding: str = "utf-8"
    mark: bytes = b""
    """The byte order mark."""
    newline: str = "\n"
    """`\\r\\n` where every line ends so and there is no other carriage return."""

    @property
    def note(self) -> str:
        """How it is written, where that is unusual; empty for plain UTF-8."""
        said = [self.encoding] if self.encoding != "utf-8" else []
        said += ["byte order mark"] if self.mark else []
        said += ["CRLF line endings"] if self.newline != "\n" else []
        return ", ".join(said)

    def encode(self, body: str) -> bytes:
        """`body` written as this text was.

        Raises:
            UnicodeEncodeError: the encoding of the file has no such character.
        """
        if self.newline != "\n":
            body = body.replace(self.newline, "\n").replace("\n", self.newline)
        return self.mark + body.encode(self.encoding)


def decode_text(content: bytes) -> FileText:
    """`content` as text: UTF-8, what its byte order mark says, else Latin-1, which always fits."""
    mark, encoding = next(
        ((m, e) for m, e in _BYTE_ORDER_MARKS if content.startswith(m)), (b"", "utf-8")
    )
    try:
        return _from_decoded(content[len(mark) :].decode(encoding), encoding, mark)
    except UnicodeDecodeError:
        return _from_decoded(content.decode("latin-1"), "latin-1", b"")


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


def _from_decoded(body: str, encoding: str, mark: bytes) -> FileText:
    pairs = body.count("\r\n")
    if pairs and pairs == body.count("\n") == body.count("\r"):
        return FileText(body.replace("\r\n", "\n"), encoding, mark, "\r\n")
    return FileText(body, encoding, mark)
