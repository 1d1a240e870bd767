"""Opening the sandbox of a session: the strongest that this system has."""

import asyncio
import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tui.agent.sandbox.bubblewrap import bubblewrap_arguments, find_bubblewrap
from tui.agent.sandbox.default_policy import PolicyBuilder, PolicyInputs, SandboxConfig
from tui.agent.sandbox.enforcement import Backend, Enforcement, Network
from tui.agent.sandbox.interface import CannotStart, Sandbox
from tui.agent.sandbox.policy import SandboxPolicy
from tui.agent.sandbox.seatbelt import PROGRAM as SEATBELT
from tui.agent.sandbox.seatbelt import seatbelt_arguments
from tui.agent.sandbox.spawner_connection import SandboxFailed
from tui.agent.sandbox.supervisor_client import (
    CommandWrapper,
    SpawnedSandbox,
    SupervisorClient,
    start_supervisor,
    unrestricted_policy,
)
from tui.agent.sandbox.unsandboxed import NoSandbox, shell_argv
from tui.session.private_files import make_private_folder

_SCOPES = 6
"""The version of Landlock that first held signals and abstract sockets."""
_PROBE = 5.0
"""Seconds that a wrapper gets to run its first command."""


def try_start_supervisor(environment: Mapping[str, str]) -> SupervisorClient | str:
    """Start the supervisor, on a thread and before anything else is known of the session.

    Returns:
        The supervisor, or why there is none, as a sentence.
    """
    if os.name == "nt":
        return "There is none for Windows."
    try:
        return start_supervisor(environment)
    except SandboxFailed as error:
        return str(error)


async def open_sandbox(
    supervisor: SupervisorClient | str,
    folder: Path,
    environment: Mapping[str, str],
    *,
    own: tuple[Path, ...] = (),
    scratch: Path | None = None,
    config: SandboxConfig | None = None,
) -> Sandbox:
    """A sandbox for the commands of one session, or what is nearest to one here.

    Args:
        supervisor: What `begin` gave.
        folder: The project folder.
        environment: What commands inherit.
        own: Folders of the program's own, which stay out of reach.
        scratch: The saved outputs of this session; may be read.
        config: What the settings say.
    """
    if isinstance(supervisor, str):
        return NoSandbox(Enforcement(why=supervisor))
    config = config or SandboxConfig()

    private = supervisor.private

    def surroundings() -> PolicyInputs:
        if scratch is not None:
            make_private_folder(scratch)
        return PolicyInputs(
            folder=folder.resolve(),
            environment=environment,
            private=private,
            own=tuple(path.resolve() for path in own),
            scratch=scratch.resolve() if scratch else None,
        )

    try:
        policies = PolicyBuilder(await asyncio.to_thread(surroundings))
        made = await asyncio.to_thread(policies.build, config)
    except OSError as error:
        await supervisor.close()
        return NoSandbox(Enforcement(why=f"Its policy could not be made: {error}."))
    found, wrap = Enforcement(), None
    for backend in _candidate_backends(config.backend):
        enforcement, wrap = await _try_backend(
            backend, supervisor, made[False]._replace(network=False), environment
        )
        if enforcement.files or not found.why:
            found = enforcement
        if found.files:
            break
    return SpawnedSandbox(supervisor, policies, config, found, wrap)


def _candidate_backends(setting: str, platform: str = sys.platform) -> tuple[Backend, ...]:
    """What is tried, in this order."""
    if setting == "landlock":
        return ("landlock",)
    if setting == "bubblewrap":
        return ("bubblewrap",)
    if setting == "seatbelt" or platform == "darwin":
        return ("seatbelt",)
    return ("landlock", "bubblewrap")


async def _try_backend(
    backend: Backend,
    supervisor: SupervisorClient,
    inside: SandboxPolicy,
    environment: Mapping[str, str],
) -> tuple[Enforcement, CommandWrapper | None]:
    """What a backend holds here, and the words that it wants before a command."""
    wrap: CommandWrapper
    try:
        match backend:
            case "landlock":
                return landlock_enforcement((await supervisor.spawner(inside)).facts), None
            case "bubblewrap":
                program = find_bubblewrap(environment)
                if program is None:
                    return Enforcement(why="Bubblewrap (bwrap) is not installed."), None
                wrap = partial(bubblewrap_arguments, program)
            case _:
                if not os.access(SEATBELT, os.X_OK):
                    return Enforcement(why="sandbox-exec is part of macOS."), None
                wrap = _seatbelt_wrapper
        await _probe_wrapper(supervisor, wrap, inside, environment)
    except (SandboxFailed, CannotStart) as error:
        return Enforcement(why=f"{str(error).rstrip('.')}."), None
    return _wrapper_enforcement(backend), wrap


def _seatbelt_wrapper(policy: SandboxPolicy, folder: Path) -> tuple[str, ...]:
    return seatbelt_arguments(policy)


async def _probe_wrapper(
    supervisor: SupervisorClient,
    wrap: CommandWrapper,
    inside: SandboxPolicy,
    environment: Mapping[str, str],
) -> None:
    """Run one command through a wrapper.

    Raises:
        SandboxFailed: it does not work here.
        CannotStart: it could not be started.
    """
    heard: list[bytes] = []
    folder = Path(inside.private) / "tmp"
    link = await supervisor.spawner(unrestricted_policy(supervisor.private))
    words = (*wrap(inside, folder), *shell_argv("true"))
    command = await link.start(words, folder, environment, heard.append)
    try:
        async with asyncio.timeout(_PROBE):
            await command.wait()
    except TimeoutError as error:
        raise SandboxFailed("It does not answer.") from error
    finally:
        command.abandon()
    if command.exit_code:
        said = b"".join(heard).decode(errors="replace").strip().splitlines()
        raise SandboxFailed(f"It does not work here: {said[-1][:200] if said else 'no reason'}")


def landlock_enforcement(facts: Mapping[str, Any]) -> Enforcement:
    """What Landlock and namespaces hold for commands without the network.

    Args:
        facts: What the spawner found: version of Landlock, view of the files, and which
            network is closed.
    """
    abi, view = facts["abi"], facts["view"]
    closed: Network = facts["network"]
    return Enforcement(
        backend="landlock",
        files=True,
        network=closed,
        masks=view,
        attributes=view,
        processes=abi >= _SCOPES,
        sockets=view,
        detail=f"Landlock ABI {abi}" + (" and namespaces" if view else ""),
    )


def _wrapper_enforcement(backend: Backend) -> Enforcement:
    """What a program that wraps commands holds."""
    return Enforcement(
        backend=backend,
        files=True,
        network="apart" if backend == "bubblewrap" else "all",
        masks=True,
        attributes=True,
        processes=True,
        sockets=True,
        detail=backend,
    )
