"""The real program in a real pseudo-terminal, seen through a terminal emulator.

Nothing here sleeps: whoever waits reads what the program writes until it says what was
waited for, or until the patience is at an end, which fails with a picture of the screen.
"""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pyte

from tests.support.forked_program import ForkedProgram

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 60.0
"""Seconds until something that must happen is given up; much, for machines that are busy."""
BREATH = 0.04
"""Seconds a person leaves at least between two keys; in less, they would be a paste."""
MOURNING = 5.0
"""Seconds in which what the program started must have ended when the program has."""
PROMPT = "$ glideslope"
"""What stands in the terminal before the program is started."""

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "backspace": "\x7f",
    "delete": "\x1b[3~",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "ctrl+up": "\x1b[1;5A",
    "f1": "\x1bOP",
}

STRANGE = re.compile(rb"\x1b\[[<>=][\d;]*[a-zA-Z]|\x1b\[\??[\d;]*\$[a-z]|\x1b[P_^][^\x1b]*\x1b\\")
"""Sequences the emulator does not know and would print: keyboard protocols, mode queries."""
UNFINISHED = re.compile(rb"\x1b(?:\[[\x20-\x3f]*)?$")
"""A control sequence that was cut by the end of a read."""
SYNC_QUERY, SYNC_REPLY = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
"""Whether the terminal shows an update as a whole, and that it does."""
SYNC_START, SYNC_END = b"\x1b[?2026h", b"\x1b[?2026l"
"""Around each update, once the program knows that."""
MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")

ALTERNATE_SCREEN, CURSOR, PASTE, FOCUS = 1049, 25, 2004, 1004
MOUSE = (1000, 1002, 1003, 1006, 1015, 1016)


class Emulator(pyte.Screen):
    """The emulator with an alternate screen, which its library lacks."""

    def set_mode(self, *modes: int, **given: bool) -> None:
        """Put the main screen aside where a program asks for the alternate one."""
        if ALTERNATE_SCREEN in modes:
            self._main = {at: dict(line) for at, line in self.buffer.items()}
            self.buffer.clear()
        super().set_mode(*modes, **given)

    def reset_mode(self, *modes: int, **given: bool) -> None:
        """Bring the main screen back."""
        super().reset_mode(*modes, **given)
        if ALTERNATE_SCREEN in modes:
            self.buffer.clear()
            for at, line in self._main.items():
                self.buffer[at].update(line)
            self.cursor_position(2, 1)


class Terminal:
    """One program in one terminal."""

    def __init__(
        self,
        arguments: list[str],
        folder: Path,
        environment: Mapping[str, str],
        size: tuple[int, int] = (120, 40),
        *,
        errors: Path | None = None,
        fresh: bool = False,
    ) -> None:
        """Args:
        arguments: The command line, without the name of the program.
        folder: Where the program starts.
        environment: All its variables.
        size: Columns and rows.
        errors: A file in the place of standard error; None for the terminal.
        fresh: Whether an interpreter is started for it, which takes long to import it all.
        """
        self.raw = bytearray()
        """Everything the program wrote."""
        self.screen = Emulator(*size)
        self._stream = pyte.ByteStream(self.screen)
        self._lines: list[str] | None = None
        self._held = b""
        self._started: set[int] = set()
        self._show(PROMPT.encode())
        self._terminal, inside = os.openpty()
        self._set_size(*size)
        self.process: subprocess.Popen[bytes] | ForkedProgram
        if fresh:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tui.cli", *arguments],
                cwd=folder,
                env=dict(environment),
                stdin=inside,
                stdout=inside,
                stderr=inside,
                start_new_session=True,
                preexec_fn=_take_terminal,
            )
        else:
            complaints = inside if errors is None else os.open(errors, os.O_WRONLY | os.O_CREAT)
            streams = (inside, inside, complaints)
            self.process = ForkedProgram(arguments, folder, environment, streams, in_terminal=True)
            if complaints != inside:
                os.close(complaints)
        os.close(inside)

    def close(self) -> None:
        """End the program and what it started, if they still run, and let go of the terminal."""
        if not self._ended:
            self.kill(signal.SIGKILL)
            self.process.wait(WAIT_SECONDS)
        for pid in self.left_running():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.hang_up()

    def hang_up(self) -> None:
        """Close the window."""
        self._remember()
        if self._terminal >= 0:
            os.close(self._terminal)
            self._terminal = -1

    # What is on the screen -------------------------------------------------------

    @property
    def lines(self) -> list[str]:
        """The rows of the screen, without blanks at their ends."""
        if self._lines is None:
            columns = range(self.screen.columns)
            rows = [self.screen.buffer[at] for at in range(self.screen.lines)]
            self._lines = ["".join(row[at].data for at in columns).rstrip() for row in rows]
        return self._lines

    @property
    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.lines)

    def row(self, words: str) -> str:
        """The first row with `words` in it; empty if there is none."""
        return next((line for line in self.lines if words in line), "")

    def mode(self, number: int) -> bool:
        """Whether the program last switched a private mode on."""
        state = False
        for found in MODE.finditer(self.raw):
            if str(number).encode() in found[1].split(b";"):
                state = found[2] == b"h"
        return state

    @property
    def restored(self) -> dict[str, bool]:
        """What a program must leave behind as it found it; all true when it did."""
        local = termios.tcgetattr(self._terminal)[3]
        pushed = len(re.findall(rb"\x1b\[>\d+u", self.raw))
        popped = len(re.findall(rb"\x1b\[<\d*u", self.raw))
        return {
            "main screen": not self.mode(ALTERNATE_SCREEN) and self.lines[0] == PROMPT,
            "cursor shown": self.mode(CURSOR),
            "no mouse": not any(self.mode(number) for number in MOUSE),
            "no bracketed paste": not self.mode(PASTE),
            "no focus reports": not self.mode(FOCUS),
            "keyboard protocol": pushed == popped,
            "echo and line editing": bool(local & termios.ECHO and local & termios.ICANON),
        }

    # Reading ---------------------------------------------------------------------

    def read(self, seconds: float) -> bytes:
        """What the program writes next, waiting no longer than that; empty if nothing."""
        if self._terminal < 0:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
            return b""
        ready, _, _ = select.select([self._terminal], [], [], max(0.0, seconds))
        if not ready:
            return b""
        try:
            data = os.read(self._terminal, 1 << 16)
        except OSError:  # the program has closed its side
            data = b""
        self.raw += data
        if SYNC_QUERY in self.raw[-len(data) - len(SYNC_QUERY) + 1 :]:
            with suppress(OSError):  # the program has closed its side
                os.write(self._terminal, SYNC_REPLY)
        self._show(data)
        return data

    def _show(self, data: bytes) -> None:
        self._lines = None
        data = self._held + data
        unfinished = UNFINISHED.search(data)
        cut = unfinished.start() if unfinished else len(data)
        if (update := data.rfind(SYNC_START)) > data.rfind(SYNC_END):
            cut = update  # half an update would lack what is about to be painted in another row
        self._held = data[cut:]
        self._stream.feed(STRANGE.sub(b"", data[:cut]))

    def wait_for(
        self, what: str | re.Pattern[str] | Callable[[], object], seconds: float = WAIT_SECONDS
    ) -> "Terminal":
        """Read until a text or a pattern is on the screen, or until a promise holds."""
        holds = self._holds(what)
        end = time.monotonic() + seconds
        while not holds():
            left = end - time.monotonic()
            if left <= 0 or (self._ended and not self.read(0.2) and not holds()):
                raise AssertionError(f"waited in vain for {what!r}; the screen:\n{self.text}")
            if not self._ended:
                self.read(min(left, 0.2))
        return self

    def _holds(self, what: str | re.Pattern[str] | Callable[[], object]) -> Callable[[], object]:
        if isinstance(what, str):
            return lambda: what in self.text
        if isinstance(what, re.Pattern):
            return lambda: what.search(self.text)
        return what

    def wait_until_gone(self, what: str, seconds: float = WAIT_SECONDS) -> "Terminal":
        """Read until a text is no longer on the screen."""
        return self.wait_for(lambda: what not in self.text, seconds)

    def listen(self, seconds: float) -> bytes:
        """Everything the program writes in a span of time."""
        end, heard = time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0:
            heard += self.read(left)
        return heard

    def wait_for_exit(self, seconds: float = WAIT_SECONDS) -> int:
        """The exit code, with all that was written before."""
        self.wait_for(lambda: self._ended, seconds)
        while self.read(0.2):
            pass
        return self.process.wait()

    @property
    def _ended(self) -> bool:
        return self.process.poll() is not None

    # Hands -----------------------------------------------------------------------

    def send(self, data: str | bytes) -> None:
        """Send bytes as they are."""
        self._remember()
        os.write(self._terminal, data.encode() if isinstance(data, str) else data)

    def press(self, *keys: str) -> "Terminal":
        """Press keys, as a person would: one after the other."""
        for at, key in enumerate(keys):
            if at:
                self.listen(BREATH)
            self.send(_sequence(key))
        return self

    def type(self, text: str) -> "Terminal":
        """Type text and see it come up."""
        tail = "".join(text.split())[-12:]  # wherever the screen breaks it

        def seen() -> int:
            return "".join(self.text.split()).count(tail)

        before = seen()
        self.send(text)
        return self.wait_for(lambda: seen() > before)

    def say(self, text: str) -> "Terminal":
        """Type text and press Enter."""
        self.type(text)
        self.listen(BREATH)
        return self.press("enter")

    def paste(self, text: str) -> "Terminal":
        """Paste, the way terminals say that it is one."""
        self.send(b"\x1b[200~" + text.encode() + b"\x1b[201~")
        return self

    def click(self, column: int, row: int) -> "Terminal":
        """Press and let go of the left button; counted from 0."""
        self.send(f"\x1b[<0;{column + 1};{row + 1}M\x1b[<0;{column + 1};{row + 1}m")
        return self

    def wheel(self, column: int, row: int, *, up: bool) -> "Terminal":
        """Turn the wheel by one notch."""
        self.send(f"\x1b[<{64 if up else 65};{column + 1};{row + 1}M")
        return self

    def resize(self, columns: int, rows: int) -> "Terminal":
        """Give the window another size."""
        self._lines = None
        self.screen.resize(rows, columns)
        self._set_size(columns, rows)
        return self

    def kill(self, number: int) -> None:
        """Send the program a signal."""
        self._remember()
        self.process.send_signal(number)

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    # The process -----------------------------------------------------------------

    @property
    def cpu_ticks(self) -> int:
        """Hundredths of a second of CPU the program has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def descendants(self) -> set[int]:
        """Processes the program started, and those they started; none once it has ended."""
        found, parents = set[int](), [self.process.pid]
        while parents:
            for path in Path(f"/proc/{parents.pop()}/task").glob("*/children"):
                with suppress(OSError):
                    parents += map(int, path.read_text().split())
            found.update(parents)
        return found

    def _remember(self) -> None:
        self._started |= self.descendants()

    def left_running(self) -> set[int]:
        """What the program started and left running, after a time in which it may end."""
        end = time.monotonic() + MOURNING
        while (left := {pid for pid in self._started if _runs(pid)}) and time.monotonic() < end:
            time.sleep(0.05)
        return left


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _take_terminal() -> None:
    """In the new process: be controlled by the terminal, and ignore no signal of it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _sequence(key: str) -> str:
    if key in KEYS:
        return KEYS[key]
    if key.startswith("ctrl+") and len(key) == 6:
        return chr(ord(key[5]) & 0x1F)
    if key.startswith("alt+"):
        return "\x1b" + _sequence(key[4:])
    assert len(key) == 1, f"no such key: {key}"
    return key


@contextmanager
def run_program(
    *arguments: str,
    folder: Path,
    size: tuple[int, int] = (120, 40),
    environment: Mapping[str, str] | None = None,
    errors: Path | None = None,
    fresh: bool = False,
) -> Iterator[Terminal]:
    """The program, started with `arguments` in `folder`.

    Args:
        arguments: The command line, without the name of the program.
        folder: Where it starts.
        size: Columns and rows.
        environment: More variables.
        errors: See `Terminal`.
        fresh: See `Terminal`.
    """
    # Some test runners export the size of their own terminal.
    inherited = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES"}}
    variables = {**inherited, "PYTHONPATH": str(ROOT), **(environment or {})}
    terminal = Terminal(list(arguments), folder, variables, size, errors=errors, fresh=fresh)
    try:
        yield terminal
    finally:
        terminal.close()


Start = Callable[..., Terminal]
"""What starts the program with arguments, and ends it behind the test."""
