"""Opening the sandbox of a session: the strongest that this system has."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.agent.sandbox.client import (
    SandboxFailed,
    SpawnedSandbox,
    Supervisor,
    start_supervisor,
)
from tui.agent.sandbox.defaults import Surroundings, Wishes, policy
from tui.agent.sandbox.enforcement import Enforcement, Network
from tui.agent.sandbox.interface import Sandbox
from tui.agent.sandbox.plain import NoSandbox
from tui.agent.sandbox.policy import Policy
from tui.session.private_files import make_private_folder

_TCP, _SCOPES, _UDP = 4, 6, 10
"""Versions of Landlock that first knew TCP, signals and abstract sockets, UDP."""


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
    wishes: Wishes | None = None,
    wanted: bool = True,
    network: bool = False,
    masks: tuple[Path, ...] = (),
    namespaces: bool = True,
) -> Sandbox:
    """A sandbox for the commands of one session, or what is nearest to one here.

    Args:
        begun: What `begin` gave.
        folder: The project folder.
        environment: What commands inherit.
        own: Folders of the program's own, which stay out of reach.
        scratch: The saved outputs of this session; may be read.
        wishes: What the user's settings add and take away.
        wanted: False where the settings switch it off.
        network: Whether the settings open the network to every command.
        masks: Files that the user's deny rules name.
        namespaces: False: only Landlock, as where the kernel refuses namespaces.
    """
    if isinstance(begun, str):
        return NoSandbox(Enforcement(why=begun))

    def policies() -> dict[bool, Policy]:
        around = Surroundings(
            folder=folder.resolve(),
            environment=environment,
            private=begun.private,
            own=tuple(path.resolve() for path in own),
            scratch=scratch.resolve() if scratch else None,
            wishes=wishes or Wishes(),
        )
        if scratch is not None:
            make_private_folder(scratch)
        return {
            wide: replace(
                policy(around, network=wide or network, masks=masks), namespaces=namespaces
            )
            for wide in (False, True)
        }

    try:
        made = await asyncio.to_thread(policies)
    except OSError as error:
        await begun.close()
        return NoSandbox(Enforcement(why=f"Its policy could not be made: {error}."))
    enforcement = await _enforced(begun, made[False], wanted)
    return SpawnedSandbox(begun, made.__getitem__, enforcement)


async def _enforced(supervisor: Supervisor, inside: Policy, wanted: bool) -> Enforcement:
    """What holds for commands inside, as the kernel took it."""
    if not wanted:
        return Enforcement(why="Your settings switch it off (sandbox.mode).")
    if sys.platform != "linux":
        return Enforcement(why="There is none for this system yet.")
    try:
        facts = (await supervisor.spawner(inside)).facts
    except SandboxFailed as error:
        return Enforcement(why=str(error))
    return of_landlock(facts, inside)


def of_landlock(facts: Mapping[str, Any], inside: Policy) -> Enforcement:
    """What Landlock and namespaces hold.

    Args:
        facts: What the spawner found: version of Landlock, view of the files, network.
        inside: The policy that was asked for.
    """
    abi, view = facts["abi"], facts["view"]
    if not abi:
        return Enforcement(why="This kernel has no Landlock, or it is switched off.")
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
