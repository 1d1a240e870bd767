"""Commands without a sandbox: a process group of its own for each, on any system.

The end of the command is what counts, not the end of its output: a child it left behind in
the background may hold the pipe open for hours.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tui.agent.sandbox.default_policy import SandboxConfig
from tui.agent.sandbox.enforcement import OFF, Access, Enforcement
from tui.agent.sandbox.interface import CannotStart, OutputCallback
from tui.agent.sandbox.policy import SandboxPolicy
from tui.child_environment import without_credentials
from tui.session.private_files import make_private_folder, open_private

QUIET = 0.1
"""Seconds without output after which a pipe held open by a leftover child is let go."""
LISTENED = 0.5
"""Seconds for which such a pipe is listened to at most."""
_OFTEN = 0.5
"""Seconds between two looks at a process group that is not ours to wait for."""


class NoSandbox:
    """Starts commands as they are."""

    def __init__(self, enforcement: Enforcement = OFF) -> None:
        self._enforcement = enforcement
        self._running: set[UnsandboxedCommand] = set()

    @property
    def enforcement(self) -> Enforcement:
        """That nothing holds, and why."""
        return self._enforcement

    def policy_for(self, access: Access) -> SandboxPolicy | None:
        """See `tui.agent.sandbox.interface.Sandbox`; everything."""
        return None

    def update_config(self, config: SandboxConfig) -> None:
        """See `tui.agent.sandbox.interface.Sandbox`; there is nothing to change."""

    def for_worktree(self, folder: Path, scratch: Path | None) -> "NoSandbox":
        """See `tui.agent.sandbox.interface.Sandbox`; nothing holds there either."""
        return self

    def mask(self, files: tuple[Path, ...]) -> None:
        """See `tui.agent.sandbox.interface.Sandbox`; nothing can be hidden here."""

    async def start(
        self,
        line: str,
        *,
        folder: Path,
        environment: Mapping[str, str],
        on_output: OutputCallback,
        access: Access = "inside",
    ) -> "UnsandboxedCommand":
        """See `tui.agent.sandbox.interface.Sandbox`."""
        loop = asyncio.get_running_loop()
        starting = loop.create_task(
            loop.subprocess_exec(
                lambda: ProcessListener(on_output),
                *shell_argv(line),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=dict(environment),
                start_new_session=os.name != "nt",
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        )
        try:
            transport, listener = await asyncio.shield(starting)
        except OSError as error:
            raise CannotStart(error.strerror or str(error)) from error
        except asyncio.CancelledError:
            # The command may run already, with children: asyncio itself would end only the shell.
            starting.add_done_callback(_end_abandoned)
            raise
        command = UnsandboxedCommand(transport, listener)
        self._running.add(command)
        return command

    async def close(self) -> None:
        """End the process groups of all commands; a child that left its group is not found."""
        for command in self._running:
            command.signal(force=True)
        self._running.clear()


def _end_abandoned(
    started: asyncio.Task[tuple[asyncio.SubprocessTransport, "ProcessListener"]],
) -> None:
    """End a command that nobody waits for any more, with its whole group."""
    if started.cancelled() or started.exception() is not None:
        return
    transport, listener = started.result()
    UnsandboxedCommand(transport, listener).signal(force=True)
    transport.close()


class ProcessListener(asyncio.SubprocessProtocol):
    """Hears a command: its output, its end, and whether its pipe was closed."""

    def __init__(self, on_output: OutputCallback) -> None:
        self.on_output = on_output
        self.ended = asyncio.Event()
        self.pipe_closed = asyncio.Event()
        self.output_arrived = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Take a piece of output."""
        self.on_output(data)
        self.output_arrived.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Note that no more can come."""
        self.pipe_closed.set()

    def process_exited(self) -> None:
        """Note the end of the command itself."""
        self.ended.set()


class UnsandboxedCommand:
    """See `tui.agent.sandbox.interface.RunningCommand`."""

    def __init__(self, transport: asyncio.SubprocessTransport, listener: ProcessListener) -> None:
        self._transport = transport
        self._listener = listener
        self._file: int | None = None
        self._kept = False
        self._remaining_bytes = 0
        self.left_behind = False

    @property
    def has_output_pipe(self) -> bool:
        """See `tui.agent.sandbox.interface.RunningCommand`."""
        return not self._listener.pipe_closed.is_set()

    @property
    def processes(self) -> tuple[int, ...]:
        """The shell while it runs; who else is in its group is not known."""
        return (self._transport.get_pid(),) if self.exit_code is None else ()

    @property
    def exit_code(self) -> int | None:
        """See `tui.agent.sandbox.interface.RunningCommand`."""
        return self._transport.get_returncode()

    async def wait(self) -> None:
        """See `tui.agent.sandbox.interface.RunningCommand`."""
        await self._listener.ended.wait()
        await wait_for_quiet(self._listener.pipe_closed, self._listener.output_arrived)
        self.left_behind = self._alive()

    async def kill(self, patience: float) -> None:
        """See `tui.agent.sandbox.interface.RunningCommand`."""
        try:
            self.signal(force=False)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await (
                        self.wait_until_gone()
                    ) if self._kept else await self._listener.ended.wait()
        finally:
            self.signal(force=True)
        await self._listener.ended.wait()

    async def keep_running(self, file: Path | None, most: int) -> bool:
        """See `tui.agent.sandbox.interface.RunningCommand`."""
        if not self._alive():
            return False
        self._kept = True
        self._remaining_bytes = most
        if file is not None:
            self._file = create_private_file(file)
        self._listener.on_output = self._save
        return True

    async def wait_until_gone(self) -> None:
        """See `tui.agent.sandbox.interface.RunningCommand`."""
        await self._listener.ended.wait()
        while self._alive():  # noqa: ASYNC110  (nobody tells of a process that is not our child)
            await asyncio.sleep(_OFTEN)
        self._close_file()

    def close(self) -> None:
        """See `tui.agent.sandbox.interface.RunningCommand`."""
        if not self._kept:
            self._close_file()

    def signal(self, *, force: bool) -> None:
        """Tell every process of the group to end; nothing happens where none is left."""
        pid = self._transport.get_pid()
        if os.name == "nt":
            options = ["/f"] if force else []
            command = ["taskkill", "/t", *options, "/pid", str(pid)]
            subprocess.run(command, env=without_credentials(os.environ), capture_output=True)
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL if force else signal.SIGTERM)

    def _alive(self) -> bool:
        if os.name == "nt":
            return not self._listener.pipe_closed.is_set()
        try:
            os.killpg(self._transport.get_pid(), 0)
        except ProcessLookupError:
            return not self._listener.pipe_closed.is_set()
        except PermissionError:
            pass
        return True

    def _save(self, data: bytes) -> None:
        if self._file is not None and self._remaining_bytes > 0:
            with contextlib.suppress(OSError):  # a full disk costs the copy, not the command
                os.write(self._file, data[: self._remaining_bytes])
            self._remaining_bytes -= len(data)

    def _close_file(self) -> None:
        self._transport.close()
        if self._file is not None:
            os.close(self._file)
            self._file = None


async def wait_for_quiet(closed: asyncio.Event, output_arrived: asyncio.Event) -> None:
    """Return when a pipe is closed, has been quiet for a moment, or was heard long enough.

    Args:
        closed: Set when no more can come.
        output_arrived: Set whenever something came.
    """
    ending = asyncio.ensure_future(closed.wait())
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LISTENED):
                while not ending.done():
                    output_arrived.clear()
                    await asyncio.wait((ending,), timeout=QUIET)
                    if not output_arrived.is_set():
                        return
    finally:
        ending.cancel()


def shell_argv(line: str) -> tuple[str, ...]:
    """The program and its arguments that run a command line."""
    if os.name == "nt":
        return (os.environ.get("COMSPEC", "cmd.exe"), "/d", "/s", "/c", line)
    return (shutil.which("bash") or "/bin/sh", "-c", line)


def create_private_file(path: Path) -> int:
    """A new file that only the user reads, open for writing.

    Raises:
        OSError: it cannot be made.
    """
    make_private_folder(path.parent)
    return open_private(path, os.O_WRONLY | os.O_EXCL)
