"""What a command printed, as plain text.

Colours and cursor movements go, a line that was painted over keeps its last state, bytes
that are no UTF-8 become replacement characters. Works on a stream, in bounded memory.
"""

import codecs
import re

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor movements
    r"|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # titles, links
    r"|\x1b[PX^_][^\x1b\n]*(?:\x1b\\)?"  # device control strings
    r"|\x1b[ -/]*[0-~]?"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
_CONTROLS = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_MAX_LINE_CHARACTERS = 65_536
"""Characters of one line after which it is passed on in pieces."""


class TerminalDecoder:
    """Turns the bytes of a command into plain text, line by line."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._open = ""

    @property
    def open_line(self) -> str:
        """The line that is still being written, as it looks now."""
        return plain_output(self._open)

    def feed(self, data: bytes) -> str:
        """The lines that `data` completed."""
        whole, newline, self._open = (self._open + self._decoder.decode(data)).rpartition("\n")
        text = plain_output(whole) + newline
        if len(self._open) > _MAX_LINE_CHARACTERS:
            text, self._open = text + plain_output(self._open), ""
        return text

    def close(self) -> str:
        """What is left at the end."""
        text = plain_output(self._open + self._decoder.decode(b"", final=True))
        self._open = ""
        return text


def plain_output(text: str) -> str:
    """`text` without escape sequences, control characters and what was painted over."""
    if "\x1b" in text or "\x9b" in text:
        text = _ESCAPES.sub("", text)
    if "\r" in text or "\b" in text:
        text = "\n".join(map(_apply_carriage_returns, text.split("\n")))
    return _CONTROLS.sub("", text)


def _apply_carriage_returns(line: str) -> str:
    painted = [part for part in line.split("\r") if part]
    return _apply_backspaces(painted[-1]) if painted else ""


def _apply_backspaces(line: str) -> str:
    kept: list[str] = []
    for char in line if "\b" in line else ():
        if char != "\b":
            kept.append(char)
        elif kept:
            kept.pop()
    return "".join(kept) if "\b" in line else line
