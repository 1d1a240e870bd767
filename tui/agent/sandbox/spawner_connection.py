"""The program's end of the connection to a spawner of the sandbox, and the commands it runs."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from tui.agent.sandbox.interface import CannotStart, OutputCallback
from tui.agent.sandbox.message_frames import pack_message
from tui.agent.sandbox.unsandboxed import create_private_file, wait_for_quiet

_READ_BYTES = 1 << 16
"""Bytes of output taken at once: more would hold up the screen."""
_MAX_FINAL_READS = 2
"""Pieces that are read at the end of a command without giving way."""
KILL_SECONDS = 3.0
"""Seconds that the kernel gets to end what was killed."""


class SandboxFailed(Exception):
    """The sandbox could not be started; the text is one sentence."""


class SpawnerConnection:
    """The connection to a spawner, and the commands that it runs."""

    def __init__(self, connection: socket.socket, numbers: "count[int]") -> None:
        self._loop = asyncio.get_running_loop()
        self._connection = connection
        self._numbers = numbers
        self._rest = b""
        self._facts: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._commands: dict[int, SpawnedCommand] = {}
        self._sending = asyncio.Lock()
        self.broken = False
        self.facts: dict[str, Any] = {}
        """What holds for its commands, as the kernel took it."""
        connection.setblocking(False)
        self._loop.add_reader(connection, self._read_messages)

    async def ready(self, seconds: float) -> None:
        """Wait until the policy is in force.

        Raises:
            SandboxFailed: it is not.
        """
        try:
            async with asyncio.timeout(seconds):
                self.facts = await self._facts
        except TimeoutError as error:
            raise SandboxFailed("Its process did not answer.") from error

    async def start(
        self,
        argv: tuple[str, ...],
        folder: Path,
        environment: Mapping[str, str],
        on_output: OutputCallback,
    ) -> "SpawnedCommand":
        """Start a command.

        Raises:
            CannotStart: the system refused.
        """
        readable, writable = os.pipe()
        command = SpawnedCommand(self, next(self._numbers), readable, on_output)
        self._commands[command.number] = command
        message = {
            "do": "start",
            "number": command.number,
            "argv": argv,
            "folder": str(folder),
            "environment": dict(environment),
        }
        try:
            try:
                await self.send(message, [writable])
            finally:
                os.close(writable)
            await command.wait_until_started()
        except BaseException:
            command.abandon()
            raise
        return command

    async def send(self, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
        """Tell the spawner something.

        Raises:
            CannotStart: it is gone.
        """
        header, body = pack_message(message, len(descriptors or ()))
        async with self._sending:
            try:
                while True:
                    try:
                        socket.send_fds(self._connection, [header], descriptors or [])
                        break
                    except BlockingIOError:
                        await self._loop.sock_sendall(self._connection, b"")
                        await asyncio.sleep(0.001)
                await self._loop.sock_sendall(self._connection, body)
            except OSError as error:
                raise CannotStart("the process of the sandbox has ended") from error

    def send_small(self, message: dict[str, Any]) -> None:
        """Tell it something small without waiting; it may be gone."""
        header, body = pack_message(message, 0)
        with contextlib.suppress(OSError):
            self._connection.send(header + body)

    def forget(self, number: int) -> None:
        """Expect nothing more of a command."""
        self._commands.pop(number, None)

    def close(self) -> None:
        """Hang up; the spawner ends all its commands."""
        self._loop.remove_reader(self._connection)
        self._connection.close()
        self._mark_broken("it was closed")

    def _read_messages(self) -> None:
        try:
            data = self._connection.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._loop.remove_reader(self._connection)
            self._mark_broken("its process ended")
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._handle_message(msgspec.json.decode(line))

    def _handle_message(self, message: dict[str, Any]) -> None:
        match message:
            case {"ready": facts}:
                if not self._facts.done():
                    self._facts.set_result(facts)
            case {"refused": why}:
                if not self._facts.done():
                    self._facts.set_exception(SandboxFailed(f"It was refused: {why}."))
            case {"started": number, "pid": pid} if number in self._commands:
                self._commands[number].on_started(pid)
            case {"failed": number, "why": why} if number in self._commands:
                self._commands[number].on_failed(why)
            case {"ended": number, "code": code, "left": left} if number in self._commands:
                self._commands[number].on_ended(code, left)
            case {"kept": number, "pids": pids} if number in self._commands:
                self._commands[number].on_kept(pids)
            case {"gone": number} if number in self._commands:
                self._commands.pop(number).on_gone()
            case _:
                pass

    def _mark_broken(self, why: str) -> None:
        self.broken = True
        if not self._facts.done():
            self._facts.set_exception(SandboxFailed(f"It ended at once: {why}."))
            self._facts.exception()  # whoever waited has heard it; nobody else needs to
        for command in [*self._commands.values()]:
            command.on_failed("the process of the sandbox has ended")
            command.on_ended(-9, False)
            command.on_gone()
        self._commands.clear()


class SpawnedCommand:
    """See `tui.agent.sandbox.interface.RunningCommand`."""

    def __init__(
        self, link: SpawnerConnection, number: int, pipe: int, on_output: OutputCallback
    ) -> None:
        self.number = number
        self.exit_code: int | None = None
        self.left_behind = False
        self.processes: tuple[int, ...] = ()
        self._left = False
        self._link = link
        self._loop = asyncio.get_running_loop()
        self._on_output: Callable[[bytes], None] = on_output
        self._started: asyncio.Future[None] = self._loop.create_future()
        self._ended = asyncio.Event()
        self._gone = asyncio.Event()
        self._answered = asyncio.Event()
        self._closed = asyncio.Event()
        self._output_arrived = asyncio.Event()
        self._pipe: int | None = pipe
        os.set_blocking(pipe, False)
        self._loop.add_reader(pipe, self._read_piece)

    @property
    def has_output_pipe(self) -> bool:
        """See `tui.agent.sandbox.interface.RunningCommand`."""
        return self._pipe is not None

    async def wait_until_started(self) -> None:
        """Wait until it runs.

        Raises:
            CannotStart: it does not.
        """
        await self._started

    async def wait(self) -> None:
        """See `tui.agent.sandbox.interface.RunningCommand`."""
        await self._ended.wait()
        if not self._left:
            self._read_available()
        if not self._closed.is_set():
            await wait_for_quiet(self._closed, self._output_arrived)
        self.left_behind = self._left and not self._gone.is_set()

    async def kill(self, patience: float) -> None:
        """See `tui.agent.sandbox.interface.RunningCommand`."""
        try:
            self._request_stop(patience)
            await self._until_gone(patience + KILL_SECONDS)
        except asyncio.CancelledError:
            self._request_stop(0)
            await self._until_gone(KILL_SECONDS)
            raise

    async def keep_running(self, file: Path | None, most: int) -> bool:
        """See `tui.agent.sandbox.interface.RunningCommand`."""
        self._answered.clear()
        target = create_private_file(file) if self.has_output_pipe and file is not None else None
        descriptors = [] if self._pipe is None else [self._pipe]
        descriptors += [] if target is None else [target]
        try:
            if not self._gone.is_set():
                message = {"do": "keep", "number": self.number, "most": most}
                await self._link.send(message, descriptors)
                await self._answered.wait()
        except CannotStart:
            return False
        finally:
            self._close_pipe()
            if target is not None:
                os.close(target)
        return not self._gone.is_set()

    async def wait_until_gone(self) -> None:
        """See `tui.agent.sandbox.interface.RunningCommand`."""
        await self._gone.wait()

    def close(self) -> None:
        """See `tui.agent.sandbox.interface.RunningCommand`."""
        self._close_pipe()

    def abandon(self) -> None:
        """End what may have begun, without waiting for it."""
        self._request_stop(0)
        self._close_pipe()
        self._link.forget(self.number)

    # What the spawner says ------------------------------------------------------------

    def on_started(self, pid: int) -> None:
        """The spawner started the command, as process `pid`."""
        self.processes = (pid,)
        if not self._started.done():
            self._started.set_result(None)

    def on_failed(self, why: str) -> None:
        """It does not, and never did."""
        if not self._started.done():
            self._started.set_exception(CannotStart(why))

    def on_ended(self, code: int, left: bool) -> None:
        """The command itself ended; `left` says whether something of it runs on."""
        if self.exit_code is None:
            self.exit_code, self._left = code, left
        self._ended.set()

    def on_kept(self, pids: list[int]) -> None:
        """What it left runs on."""
        self.processes = tuple(pids)
        self._answered.set()

    def on_gone(self) -> None:
        """Nothing of it runs any more."""
        self._gone.set()
        self._answered.set()

    # Its output -------------------------------------------------------------------------

    def _read_piece(self) -> bool:
        """Take the next piece; returns whether there was one."""
        assert self._pipe is not None, "a pipe that was let go is not read"
        try:
            data = os.read(self._pipe, _READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if data:
            self._on_output(data)
            self._output_arrived.set()
        else:
            self._close_pipe()
        return bool(data)

    def _read_available(self) -> None:
        """Read what is there already: mostly the end, which needs no waiting then."""
        for _ in range(_MAX_FINAL_READS):
            if self._pipe is None or not self._read_piece():
                return

    def _close_pipe(self) -> None:
        if self._pipe is not None:
            self._loop.remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = None
        self._closed.set()

    def _request_stop(self, patience: float) -> None:
        if not self._gone.is_set():
            self._link.send_small({"do": "stop", "number": self.number, "patience": patience})

    async def _until_gone(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._gone.wait()
