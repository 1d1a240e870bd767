"""Terminal input cut into what belongs together: typed text, sequences, chords and pastes.

A terminal sends one stream of characters, in pieces of any size. In it are keys, pastes,
mouse reports, and answers to what was asked at the start, which may come late. What is no key
must never be read as typed text, so a sequence is passed on as a whole or not at all.

Sequences are cut as ECMA-48 defines them (section 5.4: parameters, intermediates, one final
byte), strings (OSC, DCS, APC, PM, SOS) to their terminator.
"""

import re
from enum import Enum, auto
from typing import NamedTuple

from tui.sanitize import remove_controls

ESCAPE = "\x1b"
PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"
MAX_SEQUENCE = 4096
"""Characters; a control sequence that goes on for longer is not one."""
MAX_STRING = 1 << 16
"""Characters of an answer that is a string, such as a colour or the name of the terminal."""

_SEQUENCE = re.compile(r"\x1b\[(?:\[[A-E]|M[^\x1b]{3}|[0-?]*[ -/]*[@-LN-Z\\-~]|[0-?]+[ -/]*M)")
"""A control sequence; also the function keys of the Linux console, and mouse reports of old."""
_BEGUN_SEQUENCE = re.compile(r"\x1b\[(?:\[|M[^\x1b]{0,2}|[0-?]*[ -/]*)?\Z")
_STRING = re.compile(r"\x1b[\]P_](?:[^\x1b\x07\x9c]|\x1b(?!\\))*?(?:[\x07\x9c]|\x1b\\)", re.DOTALL)
_BEGUN_STRING = re.compile(r"\x1b[\]P_]")
_CHORD = re.compile(r"\x1b[^\x1b\[O]", re.DOTALL)
_KEYPAD = re.compile(r"\x1bO[^\x00-\x1f\x7f-\x9f\x1b]")
_ALT_SEQUENCE = re.compile(r"\x1b(\x1b\[[A-D])")
_SEQUENCE_REST = re.compile(
    r"\[[A-Z]|\[\[[A-E]|\[[<-?]?\d[\d;:]*[ -/]*[@-~]|\[[<-?\d][\d;:]*\Z|O[A-S]"
    r"|[\]P_][^\x1b\x07\x9c]*(?:[\x07\x9c]|\x1b\\)|\]\d+;|P[>!]|P\d[+$]|_G"
)
"""What is left of a sequence that the line tore behind its Escape: whole, or begun for certain."""
_POSSIBLE_REST = re.compile(r"(?:\[[<-?[]?|O|\]\d*|P\d?|_)\Z")
"""What may be left of a sequence, or typed: one more character tells."""


class PieceKind(Enum):
    """What a piece of input is."""

    TEXT = auto()
    """Characters outside of any sequence, control characters included."""
    SEQUENCE = auto()
    """One whole control sequence: a key, a mouse report, or an answer of the terminal."""
    CHORD = auto()
    """Escape and one character: alt with a key, as most terminals send it."""
    PASTE = auto()
    """The text of a bracketed paste, without control characters."""


class Piece(NamedTuple):
    """One piece of input."""

    kind: PieceKind
    text: str


class InputSplitter:
    """Cuts input into pieces, however it arrives; what is not whole yet is held."""

    def __init__(self) -> None:
        self._held = ""
        self._pasted: list[str] | None = None
        """The paste that has begun and not ended, as it came."""

    @property
    def held(self) -> str:
        """The begin of a sequence; empty while there is none, and within a paste."""
        return "" if self.is_pasting else self._held

    @property
    def is_pasting(self) -> bool:
        """Whether a paste has begun and not ended."""
        return self._pasted is not None

    def take_held(self) -> str:
        """Take out the begin of a sequence, for which nobody waits any longer."""
        held, self._held = self._held, ""
        return held

    def end_paste(self) -> str:
        """Take out what came of a paste whose end was lost."""
        text = "".join([*(self._pasted or []), self._held])
        self._pasted, self._held = None, ""
        return remove_controls(text)

    def feed(self, data: str) -> list[Piece]:
        """Return the pieces that are whole with `data`."""
        data, self._held = self._held + data, ""
        pieces: list[Piece] = []
        at = 0
        while at < len(data):
            if self._pasted is not None:
                at = self._read_paste(self._pasted, data, at, pieces)
            elif data[at] == ESCAPE:
                at = self._read_sequence(data, at, pieces)
            else:
                end = data.find(ESCAPE, at)
                end = len(data) if end < 0 else end
                pieces.append(Piece(PieceKind.TEXT, data[at:end]))
                at = end
        return pieces

    def _read_paste(self, parts: list[str], data: str, at: int, pieces: list[Piece]) -> int:
        end = data.find(PASTE_END, at)
        if end < 0:
            # The end may be cut in two: its length less one is looked at again.
            cut = max(at, len(data) - len(PASTE_END) + 1)
            parts.append(data[at:cut])
            self._held = data[cut:]
            return len(data)
        self._pasted = None
        pieces.append(Piece(PieceKind.PASTE, remove_controls("".join([*parts, data[at:end]]))))
        return end + len(PASTE_END)

    def _read_sequence(self, data: str, at: int, pieces: list[Piece]) -> int:
        """Read what begins with the escape at `at`; return where the next piece begins."""
        if found := _ALT_SEQUENCE.match(data, at):
            # Alt with an arrow, as rxvt and some settings of iTerm send it.
            pieces.append(Piece(PieceKind.SEQUENCE, f"{ESCAPE}[1;3{found[1][-1]}"))
            return found.end()
        if data.startswith(ESCAPE, at + 1):  # the key, and then the begin of something else
            pieces.append(Piece(PieceKind.SEQUENCE, ESCAPE))
            return at + 1
        if data.startswith(PASTE_START, at):
            self._pasted = []
            return at + len(PASTE_START)
        for whole in (_SEQUENCE, _KEYPAD, _STRING):
            if found := whole.match(data, at):
                pieces.append(Piece(PieceKind.SEQUENCE, found[0]))
                return found.end()
        if self._may_go_on(data, at):
            self._held = data[at:]
            return len(data)
        if _BEGUN_STRING.match(data, at):
            return len(data)  # far too long for an answer
        if found := _CHORD.match(data, at):
            pieces.append(Piece(PieceKind.CHORD, found[0]))
            return found.end()
        return self._end_of_broken(data, at)

    def _may_go_on(self, data: str, at: int) -> bool:
        length = len(data) - at
        if length == 1 or data[at:] == f"{ESCAPE}O":
            return True
        if _BEGUN_SEQUENCE.match(data, at):
            return length <= MAX_SEQUENCE
        return bool(_BEGUN_STRING.match(data, at)) and length <= MAX_STRING

    def _end_of_broken(self, data: str, at: int) -> int:
        """Return where a sequence ends that another one, or a control character, broke off."""
        return next((i for i in range(at + 2, len(data)) if data[i] < " "), len(data))


class Continuation(Enum):
    """What input behind an Escape is."""

    SEQUENCE = auto()
    """The rest of a sequence, or so much of it that nothing else can come."""
    UNKNOWN = auto()
    """Perhaps the begin of such a rest."""
    TYPED = auto()
    """Something else: the Escape was the key."""


def judge_continuation(text: str) -> Continuation:
    """Tell what `text` is, which came behind an Escape some time later."""
    if _SEQUENCE_REST.match(text):
        return Continuation.SEQUENCE
    return Continuation.UNKNOWN if _POSSIBLE_REST.match(text) else Continuation.TYPED
