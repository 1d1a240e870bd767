"""The program in a process that is forked from one with its modules imported.

A start from nothing costs seconds of CPU on a slow machine, nearly all of them for imports.
A forked program has its own process, environment, folder, files and exit code. Where the
interpreter's own start matters (options of Python, what lies in the folder) tests start a
fresh one instead.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import cache
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from unittest.mock import patch

if sys.platform != "win32":
    import fcntl
    import termios


ROOT = Path(__file__).parents[2]


class ForkedProgram:
    """A running program; the same calls as `subprocess.Popen`."""

    def __init__(
        self,
        arguments: list[str],
        folder: Path,
        environment: Mapping[str, str],
        streams: tuple[int, int, int],
        *,
        umask: int | None = None,
        in_terminal: bool = False,
    ) -> None:
        """Start it.

        Args:
            arguments: The command line, without the name of the program.
            folder: Where it starts.
            environment: All its variables.
            streams: File descriptors of standard input, output and error output.
            umask: The mask for new files; None for that of the tests.
            in_terminal: Whether standard input is a terminal that shall control the process.
        """
        context = _prepared()
        with ExitStack() as copies:
            handed = [copies.enter_context(Connection(os.dup(stream))) for stream in streams]
            self._process = context.Process(
                target=_run,
                args=(arguments, str(folder), dict(environment), handed, umask, in_terminal),
                daemon=True,
            )
            self._process.start()
        self.pid = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """The exit code; the negative number of the signal that ended it; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; returns the exit code.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        self._process.join(timeout)
        if (code := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired("glideslope", timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal; does nothing once it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


@cache
def _prepared() -> ForkServerContext:
    """What forks; it is started here, and ends when this process does."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "tests.support.program_modules"])
    # Its search path for modules is not that of this process.
    with patch.dict(os.environ, PYTHONPATH=str(ROOT)):
        forkserver.ensure_running()
    return context


def run_program(
    *arguments: str,
    folder: Path,
    timeout: float = 60,
    environment: Mapping[str, str] | None = None,
    umask: int | None = None,
    piped: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the program to its end, without a terminal.

    Args:
        arguments: The command line, without the name of the program.
        folder: Where it starts.
        timeout: Seconds until it must have ended.
        environment: All its variables; None for those of the tests.
        umask: The mask for new files; None for that of the tests.
        piped: What comes through a pipe on its standard input, few kilobytes; None for nothing.
    """
    with ExitStack() as files:
        out = files.enter_context(tempfile.TemporaryFile())
        err = files.enter_context(tempfile.TemporaryFile())
        if piped is None:
            source = os.open(os.devnull, os.O_RDONLY)
        else:
            source, sink = os.pipe()
            os.write(sink, piped.encode())
            os.close(sink)
        files.callback(os.close, source)
        variables = os.environ if environment is None else environment
        streams = (source, out.fileno(), err.fileno())
        program = ForkedProgram(list(arguments), folder, variables, streams, umask=umask)
        files.callback(program.kill)
        code = program.wait(timeout)
        for file in (out, err):
            file.seek(0)
        said, complained = (file.read().decode() for file in (out, err))
    return subprocess.CompletedProcess(list(arguments), code, said, complained)


def _run(
    arguments: list[str],
    folder: str,
    environment: dict[str, str],
    streams: list[Connection],
    umask: int | None,
    in_terminal: bool,
) -> None:
    """In the new process: become what the shell would have started."""
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
        stream.close()
    if in_terminal:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for name in (signal.SIGINT, signal.SIGHUP):
        signal.signal(name, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    if umask is not None:
        os.umask(umask)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    errors = "surrogateescape"  # as in every locale named C
    sys.stdin = open(0, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
    sys.stderr = open(  # noqa: SIM115
        2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
    )
    for standard in ("stdin", "stdout", "stderr"):
        setattr(sys, f"__{standard}__", getattr(sys, standard))
    sys.argv = ["glideslope", *arguments]
    from tui.cli import main

    sys.exit(main())
