"""Opening the sandbox of a session: the strongest that this system has."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from tui.agent.sandbox.bubblewrap import bubblewrap_arguments, find_bubblewrap
from tui.agent.sandbox.client import (
    SandboxFailed,
    SpawnedSandbox,
    Supervisor,
    Wrap,
    start_supervisor,
    unrestricted,
)
from tui.agent.sandbox.defaults import Surroundings, WantedPaths, policy
from tui.agent.sandbox.enforcement import Backend, Enforcement, Network
from tui.agent.sandbox.interface import CannotStart, Sandbox
from tui.agent.sandbox.plain import NoSandbox, shell
from tui.agent.sandbox.policy import Policy
from tui.agent.sandbox.seatbelt import PROGRAM as SEATBELT
from tui.agent.sandbox.seatbelt import seatbelt_arguments
from tui.session.private_files import make_private_folder

_TCP, _SCOPES, _UDP = 4, 6, 10
"""Versions of Landlock that first knew TCP, signals and abstract sockets, UDP."""
_PROBE = 5.0
"""Seconds that a wrapper gets to run its first command."""
_OFF = "Your settings switch it off (sandbox.mode)."


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the settings say of the sandbox."""

    on: bool = True
    backend: Literal["auto", "landlock", "bubblewrap", "seatbelt"] = "auto"
    network: bool = False
    """Whether every command may use the network."""
    paths: WantedPaths = field(default_factory=WantedPaths)
    namespaces: bool = True
    """False: Landlock alone, as where the kernel refuses namespaces."""


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

    def policies() -> dict[bool, Policy]:
        around = Surroundings(
            folder=folder.resolve(),
            environment=environment,
            private=begun.private,
            own=tuple(path.resolve() for path in own),
            scratch=scratch.resolve() if scratch else None,
            wanted=wanted.paths,
        )
        if scratch is not None:
            make_private_folder(scratch)
        return {
            wide: policy(around, network=wide or wanted.network, namespaces=wanted.namespaces)
            for wide in (False, True)
        }

    try:
        made = await asyncio.to_thread(policies)
    except OSError as error:
        await begun.close()
        return NoSandbox(Enforcement(why=f"Its policy could not be made: {error}."))
    inside, found = made[False], Enforcement(why=_OFF)
    for backend in _backends(wanted.backend) if wanted.on else ():
        enforcement, wrap = await _tried(backend, begun, inside, environment)
        if enforcement.files:
            return SpawnedSandbox(begun, made, enforcement, wrap)
        found = enforcement if found.why == _OFF else found
    return SpawnedSandbox(begun, made, found)


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
                return of_landlock((await begun.spawner(inside)).facts, inside), None
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
    return _of_wrapper(backend, inside), wrap


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


def of_landlock(facts: Mapping[str, Any], inside: Policy) -> Enforcement:
    """What Landlock and namespaces hold.

    Args:
        facts: What the spawner found: version of Landlock, view of the files, network.
        inside: The policy that was asked for.
    """
    abi, view = facts["abi"], facts["view"]
    closed: Network = facts["network"]
    if closed == "open" and not inside.network:
        closed = "tcp" if _TCP <= abi < _UDP else "all" if abi >= _UDP else "open"
    return Enforcement(
        backend="landlock",
        files=True,
        network=closed,
        allowed_network=inside.network,
        masks=view,
        attributes=view,
        processes=abi >= _SCOPES,
        sockets=view,
        detail=f"Landlock ABI {abi}" + (" and namespaces" if view else ""),
    )


def _of_wrapper(backend: Backend, inside: Policy) -> Enforcement:
    """What a program that wraps commands holds."""
    return Enforcement(
        backend=backend,
        files=True,
        network="open" if inside.network else "apart" if backend == "bubblewrap" else "all",
        allowed_network=inside.network,
        masks=True,
        attributes=True,
        processes=True,
        sockets=True,
        detail=backend,
    )
