"""Input is text to the last byte: no control character in a paste becomes a key.

Textual 8.2.8 reads on inside a bracketed paste and turns the sequences it does not know
into keys, so that pasted bytes could press Enter or Ctrl+G. Most terminals take control
characters out of a paste; tmux does not. It stops reading for good at a byte that is no
UTF-8, or a key with an impossible number. And of alt with a letter it makes the letter where
another key follows soon, where it is a sign, or where a Mac would write something else. Delete
this module when Textual does none of that.
"""

import re
import sys
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable, Iterable
from functools import partial

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.message import Message

from tui.sanitize import remove_controls

PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"
_CHORD = re.compile("(?<!\x1b)(\x1b[^\x00-\x1f\x7f-\x9f\\[\\]OP_])")
"""Alt with a letter, as most terminals send it; not what begins a longer sequence."""


class PasteFilter:
    """Takes the control characters out of pastes, however the input is cut into pieces."""

    def __init__(self) -> None:
        self._inside = False
        self._held = ""
        """What may be the beginning of the end of the paste."""
        self._before = ""
        """The last characters outside of a paste: a start may be cut in two as well."""

    def __call__(self, data: str) -> str:
        """`data` as it may be parsed."""
        passed = ""
        while data or self._held:
            if self._inside:
                piece, data = self._pasted(self._held + data)
            else:
                piece, data = self._typed(data)
            passed += piece
            if self._held:
                break
        return passed

    def _typed(self, data: str) -> tuple[str, str]:
        """What comes before the text of a paste, with its start; and the rest."""
        known = len(self._before)
        seen = self._before + data
        at = seen.find(PASTE_START)
        if at < 0:
            self._before = seen[1 - len(PASTE_START) :]
            return data, ""
        self._inside, self._before = True, ""
        cut = at + len(PASTE_START) - known
        return data[:cut], data[cut:]

    def _pasted(self, data: str) -> tuple[str, str]:
        """Text of a paste without controls, with its end if that is there; and the rest."""
        self._held = ""
        text, end, rest = data.partition(PASTE_END)
        if end:
            self._inside = False
            return remove_controls(text) + end, rest
        held = next(
            (n for n in range(len(PASTE_END) - 1, 0, -1) if data.endswith(PASTE_END[:n])), 0
        )
        cut = len(data) - held
        self._held = data[cut:]
        return remove_controls(data[:cut]), ""


class GuardedParser(XTermParser):
    """Textual's parser of terminal input, with pastes filtered on the way in."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._debugged = debug
        self._filter = PasteFilter()
        self._open = False
        """Whether an escape came last, to which what comes next may belong."""

    def feed(self, data: str) -> Iterable[Message]:
        """See `textual._parser.Parser.feed`: nothing at all means the end of the input."""
        filtered = self._filter(data)
        return self._fed(filtered) if filtered or not data else ()

    def _fed(self, data: str) -> Iterable[Message]:
        pieces = [data] if self._open else _CHORD.split(data)
        self._open = data.endswith("\x1b")
        for at, piece in enumerate(pieces):
            if at % 2 and not isinstance(ANSI_SEQUENCES_KEYS.get(piece), tuple):
                yield from self._chord(piece[1])
            elif piece or not data:
                yield from self._parsed(piece)

    def _chord(self, letter: str) -> Iterable[events.Key]:
        """Alt with a letter, digit or sign."""
        for event in super()._sequence_to_key_events(letter, alt=True):
            name = event.key
            yield events.Key(name if name.startswith("alt+") else f"alt+{name}", letter)

    def _parsed(self, data: str) -> Iterable[Message]:
        try:
            yield from super().feed(data)
        except (ValueError, OverflowError):
            # A key or a place with an impossible number: no terminal sends it. Start over.
            super().__init__(self._debugged)


def guard_input() -> None:
    """Let the drivers that are loaded read whatever comes: an error there ends the program."""
    for name in ("textual.drivers.linux_driver", "textual.drivers.win32"):
        if module := sys.modules.get(name):
            setattr(module, "XTermParser", GuardedParser)  # noqa: B010 - no attribute of ours
            if hasattr(module, "getincrementaldecoder"):
                setattr(module, "getincrementaldecoder", lenient_decoder)  # noqa: B010 - as above


def lenient_decoder(encoding: str) -> Callable[[], IncrementalDecoder]:
    """A decoder that puts a replacement character where bytes make no text."""
    return partial(getincrementaldecoder(encoding), errors="replace")
