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

from tui.agent.sandbox.defaults import Wanted
from tui.agent.sandbox.enforcement import Access, Enforcement
from tui.agent.sandbox.frames import frame
from tui.agent.sandbox.interface import CannotStart, Hear
from tui.agent.sandbox.plain import private_file, shell, silence
from tui.agent.sandbox.policy import Policy
from tui.agent.sandbox.toolchain import WITHOUT_NETWORK

_PIECE = 1 << 16
"""Bytes of output taken at once: more would hold up the screen."""
_PIECES = 2
"""Pieces that are read at the end of a command without giving way."""
_START = 10.0
"""Seconds after which a supervisor that does not answer is given up."""
_STUBBORN = 3.0
"""Seconds that the kernel gets to end what was killed."""


Wrap = Callable[[Policy, Path], tuple[str, ...]]
"""Gives the words that a backend wants before a command that begins in a folder."""


class SandboxFailed(Exception):
    """The sandbox could not be started; the text is one sentence."""


class Supervisor:
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
        self._numbers = count(1)
        self._spawners: dict[Policy, SpawnerLink] = {}
        self._opening = asyncio.Lock()
        self._process, self._control = _launched(private, environment)

    async def spawner(self, policy: Policy) -> "SpawnerLink":
        """The spawner of a policy; forked when it is first wanted, or when it was killed.

        Raises:
            SandboxFailed: there is none.
        """
        async with self._opening:
            if self._process.poll() is not None:
                # Its spawners are ending their commands now, and take no others.
                self._spawners.clear()
                await asyncio.to_thread(self._start_again)
            link = self._spawners.get(policy)
            if link is None or link.broken:
                link = SpawnerLink(self._forked(policy), self._numbers)
                try:
                    await link.ready(_START)
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
            await asyncio.to_thread(self._process.wait, 2 * _STUBBORN)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _forked(self, policy: Policy) -> socket.socket:
        """The connection to a new spawner."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                header, body = frame(policy.data(), 1)
                socket.send_fds(self._control, [header], [theirs.fileno()])
                self._control.sendall(body)
            except OSError as error:
                ours.close()
                raise SandboxFailed("The process of the sandbox has ended.") from error
        return ours

    def _start_again(self) -> None:
        """Replace a process that somebody has killed."""
        self._control.close()
        (self.private / "tmp").mkdir(mode=0o700, parents=True, exist_ok=True)
        self._process, self._control = _launched(self.private, self._environment)


def start_supervisor(environment: Mapping[str, str]) -> Supervisor:
    """Start the process that holds the sandbox; takes some milliseconds, so call it on a thread.

    It ends when the program does, or when nobody holds the returned object any more.

    Raises:
        SandboxFailed: it could not be started.
    """
    private = _private_folder()
    try:
        return Supervisor(private, environment)
    except SandboxFailed:
        shutil.rmtree(private, ignore_errors=True)
        raise


def _launched(
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


class SpawnerLink:
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
        self._loop.add_reader(connection, self._hear)

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
        self, argv: tuple[str, ...], folder: Path, environment: Mapping[str, str], hear: Hear
    ) -> "SpawnedCommand":
        """Start a command.

        Raises:
            CannotStart: the system refused.
        """
        readable, writable = os.pipe()
        command = SpawnedCommand(self, next(self._numbers), readable, hear)
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
            await command.begun()
        except BaseException:
            command.abandon()
            raise
        return command

    async def send(self, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
        """Tell the spawner something.

        Raises:
            CannotStart: it is gone.
        """
        header, body = frame(message, len(descriptors or ()))
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

    def send_now(self, message: dict[str, Any]) -> None:
        """Tell it something small without waiting; it may be gone."""
        header, body = frame(message, 0)
        with contextlib.suppress(OSError):
            self._connection.send(header + body)

    def forget(self, number: int) -> None:
        """Expect nothing more of a command."""
        self._commands.pop(number, None)

    def close(self) -> None:
        """Hang up; the spawner ends all its commands."""
        self._loop.remove_reader(self._connection)
        self._connection.close()
        self._break("it was closed")

    def _hear(self) -> None:
        try:
            data = self._connection.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._loop.remove_reader(self._connection)
            self._break("its process ended")
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(msgspec.json.decode(line))

    def _take(self, message: dict[str, Any]) -> None:
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

    def _break(self, why: str) -> None:
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
    """See `tui.agent.sandbox.interface.Command`."""

    def __init__(self, link: SpawnerLink, number: int, pipe: int, hear: Hear) -> None:
        self.number = number
        self.exit_code: int | None = None
        self.left_behind = False
        self.processes: tuple[int, ...] = ()
        self._left = False
        self._link = link
        self._loop = asyncio.get_running_loop()
        self._hear: Callable[[bytes], None] = hear
        self._begun: asyncio.Future[None] = self._loop.create_future()
        self._ended = asyncio.Event()
        self._gone = asyncio.Event()
        self._answered = asyncio.Event()
        self._closed = asyncio.Event()
        self._heard = asyncio.Event()
        self._pipe: int | None = pipe
        os.set_blocking(pipe, False)
        self._loop.add_reader(pipe, self._read)

    @property
    def prints(self) -> bool:
        """See `tui.agent.sandbox.interface.Command`."""
        return self._pipe is not None

    async def begun(self) -> None:
        """Wait until it runs.

        Raises:
            CannotStart: it does not.
        """
        await self._begun

    async def wait(self) -> None:
        """See `tui.agent.sandbox.interface.Command`."""
        await self._ended.wait()
        if not self._left:
            self._read_on()
        if not self._closed.is_set():
            await silence(self._closed, self._heard)
        self.left_behind = self._left and not self._gone.is_set()

    async def kill(self, patience: float) -> None:
        """See `tui.agent.sandbox.interface.Command`."""
        try:
            self._stop(patience)
            await self._until_gone(patience + _STUBBORN)
        except asyncio.CancelledError:
            self._stop(0)
            await self._until_gone(_STUBBORN)
            raise

    async def keep(self, file: Path | None, most: int) -> bool:
        """See `tui.agent.sandbox.interface.Command`."""
        self._answered.clear()
        target = private_file(file) if self.prints and file is not None else None
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
            self._let_go()
            if target is not None:
                os.close(target)
        return not self._gone.is_set()

    async def gone(self) -> None:
        """See `tui.agent.sandbox.interface.Command`."""
        await self._gone.wait()

    def close(self) -> None:
        """See `tui.agent.sandbox.interface.Command`."""
        self._let_go()

    def abandon(self) -> None:
        """End what may have begun, without waiting for it."""
        self._stop(0)
        self._let_go()
        self._link.forget(self.number)

    # What the spawner says ------------------------------------------------------------

    def on_started(self, pid: int) -> None:
        """It runs."""
        self.processes = (pid,)
        if not self._begun.done():
            self._begun.set_result(None)

    def on_failed(self, why: str) -> None:
        """It does not, and never did."""
        if not self._begun.done():
            self._begun.set_exception(CannotStart(why))

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

    def _read(self) -> bool:
        """Take the next piece; returns whether there was one."""
        assert self._pipe is not None, "a pipe that was let go is not read"
        try:
            data = os.read(self._pipe, _PIECE)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if data:
            self._hear(data)
            self._heard.set()
        else:
            self._let_go()
        return bool(data)

    def _read_on(self) -> None:
        """Read what is there already: mostly the end, which needs no waiting then."""
        for _ in range(_PIECES):
            if self._pipe is None or not self._read():
                return

    def _let_go(self) -> None:
        if self._pipe is not None:
            self._loop.remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = None
        self._closed.set()

    def _stop(self, patience: float) -> None:
        if not self._gone.is_set():
            self._link.send_now({"do": "stop", "number": self.number, "patience": patience})

    async def _until_gone(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._gone.wait()


class SpawnedSandbox:
    """Commands in the sandbox that the kernel holds, or through it without one."""

    def __init__(
        self,
        supervisor: Supervisor,
        policies: Callable[[Wanted], dict[bool, Policy]],
        wanted: Wanted,
        able: Enforcement,
        wrap: Wrap | None = None,
    ) -> None:
        """Args:
        supervisor: Starts the commands.
        policies: Makes what commands may reach, by whether they have the network; slow.
        wanted: What the settings say.
        able: What holds here, where the settings do not switch it off.
        wrap: Gives the words that a backend wants before a command; None where the process
            that starts commands is restricted itself.
        """
        self._supervisor = supervisor
        self._make = policies
        self._wanted = wanted
        self._able = able
        self._wrap = wrap
        self._made: tuple[Wanted, dict[bool, Policy]] | None = None
        self._masks: tuple[str, ...] = ()

    @property
    def enforcement(self) -> Enforcement:
        """See `tui.agent.sandbox.interface.Sandbox`."""
        if not self._wanted.on:
            return Enforcement(why="Your settings switch it off (sandbox.mode).")
        return replace(self._able, allowed_network=self._wanted.network)

    def change(self, wanted: Wanted) -> None:
        """See `tui.agent.sandbox.interface.Sandbox`."""
        self._wanted = wanted

    def reach(self, access: Access) -> Policy | None:
        """See `tui.agent.sandbox.interface.Sandbox`."""
        if self._made is None or access == "outside" or not self.enforcement.files:
            return None
        return self._made[1][access == "network"]._replace(masks=self._masks)

    @property
    def private(self) -> Path:
        """The folder whose `tmp` is TMPDIR inside; gone when the sandbox has ended."""
        return self._supervisor.private

    def mask(self, files: tuple[Path, ...]) -> None:
        """See `tui.agent.sandbox.interface.Sandbox`."""
        self._masks = tuple(sorted(str(file) for file in files))

    async def start(
        self,
        line: str,
        *,
        folder: Path,
        environment: Mapping[str, str],
        hear: Hear,
        access: Access = "inside",
    ) -> SpawnedCommand:
        """See `tui.agent.sandbox.interface.Sandbox`."""
        inside = self.enforcement.files and access != "outside"
        policy = unrestricted(self.private)
        words = shell(line)
        if inside:
            made = await self._policies()
            policy = made[access == "network"]._replace(masks=self._masks)
            environment = with_temporary_folder(
                environment, str(self.private / "tmp"), tmp_is_private=self._able.masks
            )
            if not policy.network:
                environment = {**WITHOUT_NETWORK, **environment}
            if self._wrap is not None:
                words = (*self._wrap(policy, folder), *words)
                policy = unrestricted(self.private)
        try:
            link = await self._supervisor.spawner(policy)
        except SandboxFailed as error:
            raise CannotStart(str(error).rstrip(".")) from error
        if policy.restricted and not self._as_promised(policy, link.facts):
            raise CannotStart("the kernel holds less of the sandbox than it did at the start")
        return await link.start(words, folder, environment, hear)

    async def close(self) -> None:
        """See `tui.agent.sandbox.interface.Sandbox`."""
        await self._supervisor.close()

    def _as_promised(self, policy: Policy, facts: Mapping[str, Any]) -> bool:
        """Whether a spawner holds what was said of all: a later one may have been refused."""
        closed = policy.network or self._able.network in ("open", facts["network"])
        return closed and (facts["view"] or not self._able.masks)

    async def _policies(self) -> dict[bool, Policy]:
        """The policies for the settings as they are now."""
        if self._made is None or self._made[0] != self._wanted:
            wanted = self._wanted
            self._made = (wanted, await asyncio.to_thread(self._make, wanted))
        return self._made[1]


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


def unrestricted(private: Path) -> Policy:
    """No policy at all, for commands that run outside."""
    return Policy(private=str(private), read=(), write=(), restricted=False, network=True)
