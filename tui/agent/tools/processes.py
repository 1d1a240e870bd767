"""A command in a process group of its own, whose output is heard until it ends.

The end of the command is what counts, not the end of its output: a child it left behind in
the background may hold the pipe open for hours.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from tui.agent.tools.base import ToolError

_QUIET = 0.1
"""Seconds without output after which a pipe held open by a leftover child is let go."""
_LISTENED = 0.5
"""Seconds for which such a pipe is listened to at most."""


class Listener(asyncio.SubprocessProtocol):
    """Hears a command: its output, its end, and whether its pipe was closed."""

    def __init__(self, hear: Callable[[bytes], None]) -> None:
        self._hear = hear
        self.ended = asyncio.Event()
        self.closed = asyncio.Event()
        self.heard = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Take a piece of output."""
        self._hear(data)
        self.heard.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Note that no more can come."""
        self.closed.set()

    def process_exited(self) -> None:
        """Note the end of the command itself."""
        self.ended.set()


class Command:
    """A running command line."""

    def __init__(self, transport: asyncio.SubprocessTransport, listener: Listener) -> None:
        self._transport = transport
        self._listener = listener
        self.left_behind = False
        """Whether something it started still holds its output."""

    @property
    def pid(self) -> int:
        """Of the shell, and of the group."""
        return self._transport.get_pid()

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self._transport.get_returncode()

    async def wait(self) -> None:
        """Wait for its end and for the output it has already written."""
        await self._listener.ended.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LISTENED):
                await self._silence()
        self.left_behind = not self._listener.closed.is_set()

    async def kill(self, patience: float) -> None:
        """End the whole group: ask, wait up to `patience` seconds, then force."""
        try:
            _signal(self.pid, force=False)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._listener.ended.wait()
        finally:
            _signal(self.pid, force=True)
        await self._listener.ended.wait()

    def close(self) -> None:
        """Let go of the pipe, and of nothing else that has ended."""
        self._transport.close()

    async def _silence(self) -> None:
        """Return when the pipe is closed, or has been quiet for a moment."""
        closed = asyncio.ensure_future(self._listener.closed.wait())
        try:
            while not closed.done():
                self._listener.heard.clear()
                await asyncio.wait((closed,), timeout=_QUIET)
                if not self._listener.heard.is_set():
                    return
        finally:
            closed.cancel()


async def start(
    line: str, *, folder: Path, environment: Mapping[str, str], hear: Callable[[bytes], None]
) -> Command:
    """Run a command line in the shell, with nothing to read and both outputs in one.

    Raises:
        ToolError: the system would not start it.
    """
    loop = asyncio.get_running_loop()
    try:
        transport, listener = await loop.subprocess_exec(
            lambda: Listener(hear),
            *_shell(line),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(environment),
            start_new_session=os.name != "nt",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    except OSError as error:
        raise ToolError(f"The command could not be started: {error.strerror or error}.") from error
    return Command(transport, listener)


def _shell(line: str) -> tuple[str, ...]:
    if os.name == "nt":
        return (os.environ.get("COMSPEC", "cmd.exe"), "/d", "/s", "/c", line)
    return (shutil.which("bash") or "/bin/sh", "-c", line)


def _signal(pid: int, *, force: bool) -> None:
    """Tell every process of the group to end; nothing happens where none is left."""
    if os.name == "nt":
        options = ["/f"] if force else []
        subprocess.run(["taskkill", "/t", *options, "/pid", str(pid)], capture_output=True)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL if force else signal.SIGTERM)
