"""Opening the sandbox of a session: the strongest that this system has."""

import asyncio
import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tui.agent.sandbox.bubblewrap import bubblewrap_arguments, find_bubblewrap
from tui.agent.sandbox.client import (
    SandboxFailed,
    SpawnedSandbox,
    Supervisor,
    Wrap,
    start_supervisor,
    unrestricted,
)
from tui.agent.sandbox.defaults import Surroundings, Wanted, policies
from tui.agent.sandbox.enforcement import Backend, Enforcement, Network
from tui.agent.sandbox.interface import CannotStart, Sandbox
from tui.agent.sandbox.plain import NoSandbox, shell
from tui.agent.sandbox.policy import Policy
from tui.agent.sandbox.seatbelt import PROGRAM as SEATBELT
from tui.agent.sandbox.seatbelt import seatbelt_arguments
from tui.session.private_files import make_private_folder

_SCOPES = 6
"""The version of Landlock that first held signals and abstract sockets."""
_PROBE = 5.0
"""Seconds that a wrapper gets to run its first command."""


def begin(environment: Mapping[str, str]) -> Supervisor | str:
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
    begun: Supervisor | str,
    folder: Path,
    environment: Mapping[str, str],
    *,
    own: tuple[Path, ...] = (),
    scratch: Path | None = None,
    wanted: Wanted | None = None,
) -> Sandbox:
    """A sandbox for the commands of one session, or what is nearest to one here.

    Args:
        begun: What `begin` gave.
        folder: The project folder.
        environment: What commands inherit.
        own: Folders of the program's own, which stay out of reach.
        scratch: The saved outputs of this session; may be read.
        wanted: What the settings say.
    """
    if isinstance(begun, str):
        return NoSandbox(Enforcement(why=begun))
    wanted = wanted or Wanted()

    private = begun.private

    def surroundings() -> Surroundings:
        if scratch is not None:
            make_private_folder(scratch)
        return Surroundings(
            folder=folder.resolve(),
            environment=environment,
            private=private,
            own=tuple(path.resolve() for path in own),
            scratch=scratch.resolve() if scratch else None,
        )

    try:
        around = await asyncio.to_thread(surroundings)
        made = await asyncio.to_thread(policies, around, wanted)
    except OSError as error:
        await begun.close()
        return NoSandbox(Enforcement(why=f"Its policy could not be made: {error}."))
    found, wrap = Enforcement(), None
    for backend in _backends(wanted.backend):
        enforcement, wrap = await _tried(
            backend, begun, made[False]._replace(network=False), environment
        )
        if enforcement.files or not found.why:
            found = enforcement
        if found.files:
            break
    return SpawnedSandbox(begun, partial(policies, around), wanted, found, wrap)


def _backends(wanted: str, platform: str = sys.platform) -> tuple[Backend, ...]:
    """What is tried, in this order."""
    if wanted == "landlock":
        return ("landlock",)
    if wanted == "bubblewrap":
        return ("bubblewrap",)
    if wanted == "seatbelt" or platform == "darwin":
        return ("seatbelt",)
    return ("landlock", "bubblewrap")


async def _tried(
    backend: Backend, begun: Supervisor, inside: Policy, environment: Mapping[str, str]
) -> tuple[Enforcement, Wrap | None]:
    """What a backend holds here, and the words that it wants before a command."""
    wrap: Wrap
    try:
        match backend:
            case "landlock":
                return of_landlock((await begun.spawner(inside)).facts), None
            case "bubblewrap":
                program = find_bubblewrap(environment)
                if program is None:
                    return Enforcement(why="Bubblewrap (bwrap) is not installed."), None
                wrap = partial(bubblewrap_arguments, program)
            case _:
                if not os.access(SEATBELT, os.X_OK):
                    return Enforcement(why="sandbox-exec is part of macOS."), None
                wrap = _seatbelt
        await _probe(begun, wrap, inside, environment)
    except (SandboxFailed, CannotStart) as error:
        return Enforcement(why=f"{str(error).rstrip('.')}."), None
    return _of_wrapper(backend), wrap


def _seatbelt(wanted: Policy, folder: Path) -> tuple[str, ...]:
    return seatbelt_arguments(wanted)


async def _probe(
    begun: Supervisor, wrap: Wrap, inside: Policy, environment: Mapping[str, str]
) -> None:
    """Run one command through a wrapper.

    Raises:
        SandboxFailed: it does not work here.
        CannotStart: it could not be started.
    """
    heard: list[bytes] = []
    folder = Path(inside.private) / "tmp"
    link = await begun.spawner(unrestricted(begun.private))
    words = (*wrap(inside, folder), *shell("true"))
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


def of_landlock(facts: Mapping[str, Any]) -> Enforcement:
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


def _of_wrapper(backend: Backend) -> Enforcement:
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
