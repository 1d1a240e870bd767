"""Input is text to the last byte, and what is no text never becomes any.

Textual 8.2.8 reads on inside a bracketed paste and turns the sequences it does not know into
keys: pasted bytes could press Enter, and a late answer of the terminal types `[?62;22c` into
the prompt, after an Escape that interrupts the turn. It stops reading for good at a byte that
is no UTF-8, or a key with an impossible number. Of alt with a letter it makes the letter where
another key follows soon. It takes each letter of a paste without brackets for a key. And it
does not know the alternate keys of the Kitty protocol, so that no shortcut works on a Cyrillic
layout. Delete this module when Textual does none of that.
"""

import os
import re
import sys
import time
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial

from textual import constants, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.message import Message

from tui.terminal_streams import terminal_encoding
from tui.widgets.input_pieces import (
    ESCAPE,
    Continuation,
    InputSplitter,
    Piece,
    PieceKind,
    judge_continuation,
)
from tui.widgets.paste_detection import MAX_BURST_PAUSE

MAX_SEQUENCE_PAUSE = 1.0
"""Seconds within which a sequence goes on that was cut by the line; then it is left out."""
DOUBT_SECONDS = 0.5
"""Seconds of silence behind an Escape, or behind what may continue it, after which it is the key.

Without the Kitty protocol a terminal sends one byte for the key Escape, the same with which every
sequence begins, and a slow line (ssh) may be silent within a sequence. Until then the key may
close a list, and it interrupts nothing yet."""
_NUMBERED_KEY = re.compile(r"\x1b\[\d[\d:;]*u")
MAX_PASTE_PAUSE = 5.0
"""Seconds within which a paste goes on; then its end was lost, and it is taken as it came."""
REPORT_ALTERNATE_KEYS = 4
"""Flag of the Kitty keyboard protocol: name the key of a US keyboard beside the letter."""

_PASTED = re.compile(r"[^\r\n].*[\r\n].*[^\r\n]|[^\t\r\n]\t+[^\t\r\n]", re.DOTALL)
"""Line ends or tabs between other characters: nobody types that within one read."""
_KNOWN = re.compile(
    r"\x1b\[(?:[\d:;]*[u~ABCDEFHPQRS]|<[-\d;]+[mM]|M...|[IO]|\d+;\d+R|48;[\d:;]+t|\?\d+;\d\$y)",
    re.DOTALL,
)
"""Control sequences that Textual reads: keys, the mouse, the focus, sizes and modes."""
_EXTENDED_KEY = re.compile(
    r"\x1b\[(\d+)(?::(\d*))?(?::(\d*))?(?:;(\d*)(?::(\d+))?)?((?:;[\d:]*)?)([u~A-FHPQS])"
)
"""A key of the Kitty protocol: code, code with shift, code on a US keyboard, modifiers, kind of
event, text, and the letter that ends it."""
_CHORD_MODIFIERS = 0b1110
"""Alt, ctrl and super, in the modifiers of the protocol less one."""
_SHIFT, _CTRL = 0b1, 0b100
_RELEASE = "3"
"""The kind of event that is no press: nobody asked for it, a program before may have."""


class KeyboardLayout:
    """What the keys so far tell about the layout of a keyboard with the Kitty protocol."""

    def __init__(self) -> None:
        self._is_latin = False

    def plain_key(self, sequence: str) -> str:
        """A key without what Textual cannot read; nothing for a key that is let go.

        Where ctrl, alt or super is held and the layout has no Latin letter on the key, the key
        of the US layout counts (https://sw.kovidgoyal.net/kitty/keyboard-protocol/#key-codes).
        """
        if (found := _EXTENDED_KEY.fullmatch(sequence)) is None:
            return sequence
        code, shifted, base, modifiers, kind, text, end = found.groups()
        if kind == _RELEASE:
            return ""
        if end == "u":
            held = int(modifiers or 1) - 1
            self._learn(int(code), base)
            if held & _CHORD_MODIFIERS and base and self._counts_as_on_us(int(code), int(base)):
                code, text = base, ""
            elif held & _CTRL and held & _SHIFT and shifted == str(ord("_")):
                # Other terminals send ctrl+_ for it, which is one character.
                code, modifiers = shifted, str(held - _SHIFT + 1)
        middle = f";{modifiers or ''}" if modifiers or text else ""
        return f"{ESCAPE}[{code}{middle}{text}{end}"

    def _learn(self, code: int, base: str) -> None:
        if _is_latin(code):
            self._is_latin = True
        elif code > 127 and base and _is_latin(int(base)):
            self._is_latin = False

    def _counts_as_on_us(self, code: int, base: int) -> bool:
        """Hebrew has signs where a US keyboard has w and q; so has Dvorak, which is Latin."""
        if code > 127:
            return True
        return not _is_latin(code) and _is_latin(base) and not self._is_latin


def _is_latin(code: int) -> bool:
    return code < 128 and chr(code).isalpha()


class LoneEscape(events.Key):
    """The key Escape, in doubt until an `EscapeSettled` says what it was."""

    def __init__(self) -> None:
        super().__init__("escape", "\x1b")
        self.pressed: bool | None = None
        """Whether it was the key; None while nobody knows. Only the application sets it."""


# Widgets handle it like any other key.
LoneEscape.handler_name = events.Key.handler_name


class EscapeSettled(Message):
    """It is known now what a `LoneEscape` was. Comes before any other input."""

    def __init__(self, escape: LoneEscape, *, pressed: bool) -> None:
        """Args: pressed: True for the key, False for a byte of a sequence."""
        super().__init__()
        self.escape = escape
        self.pressed = pressed


class GuardedParser(XTermParser):
    """Textual's parser of terminal input, given whole pieces only."""

    def __init__(self, debug: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(debug)
        self._debugged = debug
        self._now = clock
        self._splitter = InputSplitter()
        self._fed_at = float("-inf")
        self._escaped_at = float("-inf")
        """When an Escape was taken for the key because nothing followed it."""
        self._doubted: LoneEscape | None = None
        """The Escape that may still be the first byte of a sequence."""
        self._possible_rest = ""
        """What came behind it, while it may be the rest of a sequence or typed."""
        self._drops_rest = False
        """Whether the sequence that comes is the rest of what was taken for Escape."""
        self._layout = KeyboardLayout()
        self._numbers_keys = False
        """Whether the terminal sends keys as numbers, Escape too: then an Escape alone is the
        begin of something else."""
        self._was_idle = False
        """Whether a tick has passed since the last input: then nothing waits to be read."""
        self._burst = ""
        """Typed text with line ends in it: a paste without brackets, which may go on."""
        self._ends_with_return = False
        """Whether the last character was a carriage return: a line feed behind it is the same
        line end."""

    def feed(self, data: str) -> Iterable[Message]:
        """See `textual._parser.Parser.feed`: nothing at all means the end of the input."""
        if not data:
            yield from self._give_up(float("inf"))
            yield from super().feed(data)
            return
        now = self._now()
        if now - self._fed_at > MAX_BURST_PAUSE:
            yield from self._burst_over()
            self._ends_with_return = False
        self._fed_at, self._was_idle = now, False
        if self._doubted is not None:
            data = yield from self._continue_escape(self._doubted, data)
        elif (
            now - self._escaped_at <= MAX_SEQUENCE_PAUSE
            and not self._splitter.held
            and judge_continuation(data) is Continuation.SEQUENCE
        ):
            data, self._drops_rest = f"{ESCAPE}{data}", True
        yield from self._take_all(data)

    def _take_all(self, data: str) -> Iterator[Message]:
        for piece in self._splitter.feed(data):
            yield from self._take(piece)

    def _continue_escape(self, escape: LoneEscape, data: str) -> Generator[Message, None, str]:
        """Judge what came behind an Escape in doubt; return what is to be read of it now."""
        data, self._possible_rest = self._possible_rest + data, ""
        continuation = judge_continuation(data)
        if continuation is Continuation.UNKNOWN:
            self._possible_rest = data
            return ""
        self._doubted = None
        torn = continuation is Continuation.SEQUENCE
        yield EscapeSettled(escape, pressed=not torn)
        return f"{ESCAPE}{data}" if torn else data

    def tick(self) -> Iterable[Message]:
        """See `textual._parser.Parser.tick`: called after each read, and some ten times a second
        while there is nothing to read.
        """
        if self._was_idle:
            yield from self._give_up(self._now() - self._fed_at)
        self._was_idle = True
        yield from super().tick()

    def _give_up(self, age: float) -> Iterator[Message]:
        """Take what nothing more came for as it is: an Escape, a burst that has ended."""
        if self._burst and age > MAX_BURST_PAUSE:
            yield from self._burst_over()
        if self._doubted is not None and age >= DOUBT_SECONDS:
            yield EscapeSettled(self._doubted, pressed=True)
            typed, self._doubted, self._possible_rest = self._possible_rest, None, ""
            yield from self._take_all(typed)
        held = self._splitter.held
        if self._splitter.is_pasting:
            if age >= MAX_PASTE_PAUSE:
                yield events.Paste(self._splitter.end_paste())
        elif held == ESCAPE and age >= self._escape_delay:
            self._splitter.take_held()
            yield from self._take_escape()
        elif held and age >= MAX_SEQUENCE_PAUSE:
            self._splitter.take_held()
            if len(held) == 2:
                yield from self._chord(held[1])

    def _take_escape(self) -> Iterator[Message]:
        """Nothing followed an Escape; where the terminal numbers its keys it waited long enough."""
        self._escaped_at = self._now()
        if self._numbers_keys:
            yield events.Key("escape", ESCAPE)
        else:
            self._doubted = LoneEscape()
            yield self._doubted

    @property
    def _escape_delay(self) -> float:
        """Seconds after which an Escape alone is the key."""
        return MAX_SEQUENCE_PAUSE if self._numbers_keys else constants.ESCAPE_DELAY

    def _take(self, piece: Piece) -> Iterator[Message]:
        drops_rest, self._drops_rest = self._drops_rest, False
        if drops_rest and piece.kind is PieceKind.SEQUENCE:
            return
        if piece.kind is PieceKind.TEXT:
            yield from self._type(piece.text)
            return
        self._ends_with_return = False
        self._numbers_keys = self._numbers_keys or bool(_NUMBERED_KEY.fullmatch(piece.text))
        yield from self._burst_over()
        if piece.kind is PieceKind.PASTE:
            yield events.Paste(piece.text)
        elif piece.text == ESCAPE:
            yield events.Key("escape", ESCAPE)
        elif piece.kind is PieceKind.CHORD and not self._is_named(piece.text):
            yield from self._chord(piece.text[1])
        elif (self._is_named(piece.text) or _KNOWN.fullmatch(piece.text)) and (
            key := self._layout.plain_key(piece.text)
        ):
            yield from self._parsed(key)

    @staticmethod
    def _is_named(sequence: str) -> bool:
        return isinstance(ANSI_SEQUENCES_KEYS.get(sequence), tuple)

    def _type(self, text: str) -> Iterator[Message]:
        """Typed text: keys, or a paste that came without brackets."""
        if self._ends_with_return:
            text = text.removeprefix("\n")
        self._ends_with_return = text.endswith("\r")
        text = text.replace("\r\n", "\r")
        if self._burst or _PASTED.search(text):
            self._burst += text
        elif len(text) > 1 and text.endswith("\n"):
            # Until a terminal is told to leave keys alone, it makes a line feed of Enter (ICRNL).
            yield from self._parsed(f"{text[:-1]}\r")
        elif text:
            yield from self._parsed(text)

    def _burst_over(self) -> Iterator[Message]:
        burst, self._burst = self._burst, ""
        if burst:
            yield events.Paste(burst)

    def _chord(self, letter: str) -> Iterator[events.Key]:
        """Alt with a letter, digit or sign."""
        for event in self._sequence_to_key_events(letter, alt=True):
            name = event.key
            yield events.Key(name if name.startswith("alt+") else f"alt+{name}", letter)

    def _parsed(self, data: str) -> Iterator[Message]:
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
    if module := sys.modules.get("textual.drivers.linux_driver"):
        # One of the flags that the driver asks for at the start; flags are bits of one number.
        flags = module.KITTY_REPORT_ALL_KEYS | REPORT_ALTERNATE_KEYS
        setattr(module, "KITTY_REPORT_ALL_KEYS", flags)  # noqa: B010 - as above


def lenient_decoder(encoding: str) -> Callable[[], IncrementalDecoder]:
    """A decoder that puts a replacement character where bytes make no text.

    Args:
        encoding: What Textual takes for the encoding of every terminal; the locale knows better.
    """
    named = terminal_encoding(os.environ) if encoding == "utf-8" else encoding
    return partial(getincrementaldecoder(named), errors="replace")
