"""What a command printed, as plain text.

Colours and cursor movements go, a line that was painted over keeps its last state, lines
that end with a carriage return stay lines, bytes that are no UTF-8 become replacement
characters. Works on a stream, in bounded memory.
"""

import codecs
import re

from tui.agent.tools.carriage_returns import last_state

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
            text += self._pass_on_lines()
        if len(self._open) > _MAX_LINE_CHARACTERS:
            text, self._open = text + plain_output(self._open), ""
        return text

    def _pass_on_lines(self) -> str:
        """The lines of the open line that end with a carriage return; states are forgotten."""
        before, returned, rest = self._open.rpartition("\r")
        if not returned:
            return ""
        self._open = rest
        lines = plain_output(before)
        return lines + "\n" if "\n" in lines or "\r" not in before else ""

    def close(self) -> str:
        """What is left at the end."""
        text = plain_output(self._open + self._decoder.decode(b"", final=True))
        self._open = ""
        return text


def plain_output(text: str) -> str:
    """`text` without escape sequences, control characters and what was painted over."""
    if "\r" in text or "\b" in text:
        text = "\n".join(map(_apply_carriage_returns, text.split("\n")))
    return _CONTROLS.sub("", _without_escapes(text))


def _without_escapes(text: str) -> str:
    return _ESCAPES.sub("", text) if "\x1b" in text or "\x9b" in text else text


def _apply_carriage_returns(line: str) -> str:
    parts = [_apply_backspaces(_without_escapes(part)) for part in line.split("\r")]
    state = last_state(line, [part for part in parts if part])
    return "\n".join(parts).rstrip("\n") if state is None else state


def _apply_backspaces(line: str) -> str:
    kept: list[str] = []
    for char in line if "\b" in line else ():
        if char != "\b":
            kept.append(char)
        elif kept:
            kept.pop()
    return "".join(kept) if "\b" in line else line
