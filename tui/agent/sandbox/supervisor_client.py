"""The program's side of the sandbox: starts its supervisor, and commands through it."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from tui.agent.sandbox.default_policy import PolicyBuilder, SandboxConfig
from tui.agent.sandbox.enforcement import Access, Enforcement
from tui.agent.sandbox.interface import CannotStart, OutputCallback, Sandbox
from tui.agent.sandbox.message_frames import pack_message
from tui.agent.sandbox.policy import SandboxPolicy
from tui.agent.sandbox.toolchain import WITHOUT_NETWORK
from tui.agent.sandbox.unsandboxed import create_private_file, shell_argv, wait_for_quiet

_READ_BYTES = 1 << 16
"""Bytes of output taken at once: more would hold up the screen."""
_MAX_FINAL_READS = 2
"""Pieces that are read at the end of a command without giving way."""
_START_SECONDS = 10.0
"""Seconds after which a supervisor that does not answer is given up."""
_KILL_SECONDS = 3.0
"""Seconds that the kernel gets to end what was killed."""


CommandWrapper = Callable[[SandboxPolicy, Path], tuple[str, ...]]
"""Gives the words that a backend wants before a command that begins in a folder."""


class SandboxFailed(Exception):
    """The sandbox could not be started; the text is one sentence."""


class SupervisorClient:
    """A running supervisor, and the spawners that it forked."""

    def __init__(self, private: Path, environment: Mapping[str, str]) -> None:
        """Start it; takes some milliseconds.

        Args:
            private: A folder of the session's own, which it removes at its end.
            environment: Where programs are found.

        Raises:
            SandboxFailed: it could not be started.
        """
        self.private = private
        self._environment = environment
        self._command_numbers = count(1)
        self._spawners: dict[SandboxPolicy, SpawnerConnection] = {}
        self._opening = asyncio.Lock()
        self._process, self._control = _start_process(private, environment)

    async def spawner(self, policy: SandboxPolicy) -> "SpawnerConnection":
        """The spawner of a policy; forked when it is first wanted, or when it was killed.

        Raises:
            SandboxFailed: there is none.
        """
        async with self._opening:
            if self._process.poll() is not None:
                # Its spawners are ending their commands now, and take no others.
                self._spawners.clear()
                await asyncio.to_thread(self._restart)
            link = self._spawners.get(policy)
            if link is None or link.broken:
                link = SpawnerConnection(self._fork_spawner(policy), self._command_numbers)
                try:
                    await link.ready(_START_SECONDS)
                except SandboxFailed:
                    link.close()
                    raise
                self._spawners[policy] = link
            return link

    async def close(self) -> None:
        """End it: it ends all commands, and what they left running."""
        for link in self._spawners.values():
            link.close()
        self._control.close()
        try:
            await asyncio.to_thread(self._process.wait, 2 * _KILL_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _fork_spawner(self, policy: SandboxPolicy) -> socket.socket:
        """The connection to a new spawner."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                header, body = pack_message(policy.to_json(), 1)
                socket.send_fds(self._control, [header], [theirs.fileno()])
                self._control.sendall(body)
            except OSError as error:
                ours.close()
                raise SandboxFailed("The process of the sandbox has ended.") from error
        return ours

    def _restart(self) -> None:
        """Replace a process that somebody has killed."""
        self._control.close()
        (self.private / "tmp").mkdir(mode=0o700, parents=True, exist_ok=True)
        self._process, self._control = _start_process(self.private, self._environment)


def start_supervisor(environment: Mapping[str, str]) -> SupervisorClient:
    """Start the process that holds the sandbox; takes some milliseconds, so call it on a thread.

    It ends when the program does, or when nobody holds the returned object any more.

    Raises:
        SandboxFailed: it could not be started.
    """
    private = _private_folder()
    try:
        return SupervisorClient(private, environment)
    except SandboxFailed:
        shutil.rmtree(private, ignore_errors=True)
        raise


def _start_process(
    private: Path, environment: Mapping[str, str]
) -> "tuple[subprocess.Popen[bytes], socket.socket]":
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.set_inheritable(True)
        try:
            process = subprocess.Popen(
                [
                    sys.executable,
                    *("-I", "-S"),
                    str(Path(__file__).with_name("supervisor.py")),
                    os.pathsep.join(_module_folders()),
                    str(theirs.fileno()),
                    str(private),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={name: environment[name] for name in ("PATH", "LANG") if name in environment},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            raise SandboxFailed(f"Its process did not start: {error.strerror or error}.") from error
    return process, ours


def _private_folder() -> Path:
    try:
        private = Path(tempfile.mkdtemp(prefix="glideslope-")).resolve()
        (private / "tmp").mkdir(mode=0o700)
    except OSError as error:
        raise SandboxFailed(f"No temporary folder can be made: {error.strerror}.") from error
    return private


def _module_folders() -> list[str]:
    found = [str(Path(__file__).parents[3])]
    if (spec := find_spec("landlockpy")) is not None and spec.origin:
        found.append(str(Path(spec.origin).parents[1]))
    return found


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
            await self._until_gone(patience + _KILL_SECONDS)
        except asyncio.CancelledError:
            self._request_stop(0)
            await self._until_gone(_KILL_SECONDS)
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


class SpawnedSandbox:
    """Commands in the sandbox that the kernel holds, or through it without one."""

    def __init__(
        self,
        supervisor: SupervisorClient,
        policies: PolicyBuilder,
        config: SandboxConfig,
        available: Enforcement,
        wrap: CommandWrapper | None = None,
    ) -> None:
        """Args:
        supervisor: Starts the commands.
        policies: Makes what commands may reach, by whether they have the network; slow.
        config: What the settings say.
        available: What holds here, where the settings do not switch it off.
        wrap: Gives the words that a backend wants before a command; None where the process
            that starts commands is restricted itself.
        """
        self._supervisor = supervisor
        self._policy_builder = policies
        self._config = config
        self._available = available
        self._wrap = wrap
        self._built: tuple[SandboxConfig, dict[bool, SandboxPolicy]] | None = None
        self._masks: tuple[str, ...] = ()

    @property
    def enforcement(self) -> Enforcement:
        """See `tui.agent.sandbox.interface.Sandbox`."""
        if not self._config.enabled:
            return Enforcement(why="Your settings switch it off (sandbox.mode).")
        return replace(self._available, allowed_network=self._config.network)

    def update_config(self, config: SandboxConfig) -> None:
        """See `tui.agent.sandbox.interface.Sandbox`."""
        self._config = config

    def policy_for(self, access: Access) -> SandboxPolicy | None:
        """See `tui.agent.sandbox.interface.Sandbox`."""
        if self._built is None or access == "outside" or not self.enforcement.files:
            return None
        return self._built[1][access == "network"]._replace(masks=self._masks)

    @property
    def private(self) -> Path:
        """The folder whose `tmp` is TMPDIR inside; gone when the sandbox has ended."""
        return self._supervisor.private

    def for_worktree(self, folder: Path, scratch: Path | None) -> Sandbox:
        """See `tui.agent.sandbox.interface.Sandbox`."""
        policies = self._policy_builder.for_worktree(folder, scratch)
        return SpawnedSandbox(self._supervisor, policies, self._config, self._available, self._wrap)

    def mask(self, files: tuple[Path, ...]) -> None:
        """See `tui.agent.sandbox.interface.Sandbox`."""
        self._masks = tuple(sorted(str(file) for file in files))

    async def start(
        self,
        line: str,
        *,
        folder: Path,
        environment: Mapping[str, str],
        on_output: OutputCallback,
        access: Access = "inside",
    ) -> SpawnedCommand:
        """See `tui.agent.sandbox.interface.Sandbox`."""
        inside = self.enforcement.files and access != "outside"
        policy = unrestricted_policy(self.private)
        words = shell_argv(line)
        if inside:
            made = await self._policies()
            policy = made[access == "network"]._replace(masks=self._masks)
            environment = with_temporary_folder(
                environment, str(self.private / "tmp"), tmp_is_private=self._available.masks
            )
            if not policy.network:
                environment = {**WITHOUT_NETWORK, **environment}
            if self._wrap is not None:
                words = (*self._wrap(policy, folder), *words)
                policy = unrestricted_policy(self.private)
        try:
            link = await self._supervisor.spawner(policy)
        except SandboxFailed as error:
            raise CannotStart(str(error).rstrip(".")) from error
        if policy.restricted and not self._matches_promise(policy, link.facts):
            raise CannotStart("the kernel holds less of the sandbox than it did at the start")
        return await link.start(words, folder, environment, on_output)

    async def close(self) -> None:
        """See `tui.agent.sandbox.interface.Sandbox`."""
        await self._supervisor.close()

    def _matches_promise(self, policy: SandboxPolicy, facts: Mapping[str, Any]) -> bool:
        """Whether a spawner holds what the sandbox promised: the kernel may have refused it."""
        closed = policy.network or self._available.network in ("open", facts["network"])
        return closed and (facts["view"] or not self._available.masks)

    async def _policies(self) -> dict[bool, SandboxPolicy]:
        """The policies for the settings as they are now."""
        if self._built is None or self._built[0] != self._config:
            wanted = self._config
            self._built = (wanted, await asyncio.to_thread(self._policy_builder.build, wanted))
        return self._built[1]


def with_temporary_folder(
    environment: Mapping[str, str], folder: str, *, tmp_is_private: bool
) -> dict[str, str]:
    """An environment that names the folder for temporary files.

    Args:
        environment: What it is made of.
        folder: Where commands may write.
        tmp_is_private: Whether they may write `/tmp` too, because it is not the user's.
    """
    changed = {**environment, "TMPDIR": folder, "TMP": folder, "TEMP": folder}
    if not tmp_is_private:
        # Java asks no variable: its builds and tests would all fail. It says that it was told.
        options = environment.get("JAVA_TOOL_OPTIONS", "")
        if "java.io.tmpdir" not in options:
            changed["JAVA_TOOL_OPTIONS"] = f"{options} -Djava.io.tmpdir={folder}".strip()
    return changed


def unrestricted_policy(private: Path) -> SandboxPolicy:
    """No policy at all, for commands that run outside."""
    return SandboxPolicy(private=str(private), read=(), write=(), restricted=False, network=True)
