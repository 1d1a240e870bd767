"""A program in a pseudo-terminal, measured from outside: what it wrote, when, and its CPU time.

There is no terminal emulator here: it would cost more than what is measured. What is waited
for are bytes. Needs Linux: the CPU clock of another process, and `/proc`.
"""

import atexit
import fcntl
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
BARE = (str(HERE / "bare.py"),)
"""The reference, as arguments of Python."""
OURS = ("-m", "tui.cli", "--budget", "200k")
"""The program."""
PATIENCE = 60.0
"""Seconds until something that must happen is given up."""
QUIET = 0.25
"""Seconds without a byte, after which a program counts as idle."""
REST = 0.5
"""Seconds over which a program that rests uses next to no CPU."""
CSI = re.compile(rb"\x1b\[[0-9;:?<>=]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b.")


class Program:
    """One process on a terminal of 120 × 40."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], folder: Path) -> None:
        self.written = bytearray()
        """Everything the program wrote."""
        self._terminal, inside = os.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            arguments,
            cwd=folder,
            env=dict(environment),
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(inside)

    def close(self) -> None:
        """End the program and what it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        os.close(self._terminal)

    # What it cost ---------------------------------------------------------------------

    @property
    def cpu(self) -> float:
        """CPU seconds of the process so far, all threads; not those of its children."""
        return time.clock_gettime(
            ~self.process.pid << 3 | 2
        )  # CPUCLOCK_SCHED of linux/posix-timers.h

    @property
    def wall(self) -> float:
        """Seconds since it was started."""
        return time.perf_counter() - self.started

    @property
    def memory(self) -> float:
        """Mebibytes of memory, pages shared with others counted in part (PSS)."""
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
        assert found is not None
        return int(found[1]) / 1024

    # What it writes -------------------------------------------------------------------

    def read(self, seconds: float) -> bytes:
        """What it writes next, waiting no longer than that; empty if nothing."""
        if not select.select([self._terminal], [], [], max(0.0, seconds))[0]:
            return b""
        try:
            data = os.read(self._terminal, 1 << 16)
        except OSError as error:  # it has closed its side
            raise AssertionError(f"the program ended: {self.text[-2_000:]}") from error
        self.written += data
        return data

    def wait_for(self, what: str | Callable[[], object], since: int = 0) -> "Program":
        """Read until a text was written after byte `since`, or until a promise holds."""
        holds = what if callable(what) else self._finder(what, since)
        end = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain for {what!r}: {self.text[-2_000:]}")
            self.read(0.2)
        return self

    def _finder(self, what: str, since: int) -> Callable[[], bool]:
        sought, at = what.encode(), since

        def found() -> bool:
            nonlocal at
            hit = self.written.find(sought, at) >= 0
            at = max(since, len(self.written) - len(sought))
            return hit

        return found

    def rest(self) -> "Program":
        """Read until it has nothing left to do, in no thread."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            before = self.cpu
            self.listen(REST)
            if self.cpu - before < REST / 50:
                break
        return self

    def settle(self, quiet: float = QUIET) -> "Program":
        """Read until it writes nothing for a while."""
        while self.read(quiet):
            pass
        return self

    def listen(self, seconds: float) -> None:
        """Read for a span of time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)

    @property
    def text(self) -> str:
        """What was written, without control sequences."""
        return CSI.sub(b"", bytes(self.written)).decode("utf-8", "replace")

    def send(self, text: str) -> None:
        """Type."""
        os.write(self._terminal, text.encode())

    def send_all(self, text: str) -> None:
        """Type more than the terminal holds; somebody has to read meanwhile what is written."""
        data = text.encode()
        while data:
            data = data[os.write(self._terminal, data[:4_096]) :]


@contextmanager
def program(*arguments: str, folder: Path | None = None, **environment: str) -> Iterator[Program]:
    """`python arguments` on a terminal, with settings and folders of its own."""
    with tempfile.TemporaryDirectory(prefix="glideslope-bench-") as scratch:
        own = {name: value for name, value in os.environ.items() if not _foreign(name)}
        own |= {
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "TEXTUAL_ANIMATIONS": "none",
            "GLIDESLOPE_HOME": f"{scratch}/home",
            "PYTHONPYCACHEPREFIX": str(_bytecode()),
            **environment,
        }
        place = folder or Path(scratch, "project")
        place.mkdir(exist_ok=True)
        made = Program([sys.executable, *arguments], own, place)
        try:
            yield made
        finally:
            made.close()


@cache
def _bytecode() -> Path:
    """Where this run keeps compiled modules: an installed program has them, a checkout may not."""
    place = tempfile.mkdtemp(prefix="glideslope-bench-bytecode-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return Path(place)


def _foreign(name: str) -> bool:
    ours = name.startswith(("ANTHROPIC_", "GLIDESLOPE_", "TEXTUAL_"))
    return ours or name == "PYTHONDONTWRITEBYTECODE"
