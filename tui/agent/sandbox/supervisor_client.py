"""The program's side of the sandbox: starts its supervisor, and commands through it."""

import asyncio
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

from tui.agent.sandbox.default_policy import PolicyBuilder, SandboxConfig
from tui.agent.sandbox.enforcement import Access, Enforcement
from tui.agent.sandbox.interface import CannotStart, OutputCallback, Sandbox
from tui.agent.sandbox.message_frames import pack_message
from tui.agent.sandbox.policy import SandboxPolicy
from tui.agent.sandbox.spawner_connection import (
    KILL_SECONDS,
    SandboxFailed,
    SpawnedCommand,
    SpawnerConnection,
)
from tui.agent.sandbox.toolchain import WITHOUT_NETWORK
from tui.agent.sandbox.unsandboxed import shell_argv

_START_SECONDS = 10.0
"""Seconds after which a supervisor that does not answer is given up."""


CommandWrapper = Callable[[SandboxPolicy, Path], tuple[str, ...]]
"""Gives the words that a backend wants before a command that begins in a folder."""


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
            await asyncio.to_thread(self._process.wait, 2 * KILL_SECONDS)
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
