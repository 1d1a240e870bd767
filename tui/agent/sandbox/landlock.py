"""Rules of Landlock: the part of the policy that the kernel holds without any privilege."""

import contextlib
import os
from collections.abc import Iterator

from landlockpy import AccessFS, AccessNet, Ruleset, Scope, abi_version

from tui.agent.sandbox.policy import SandboxPolicy

READ = AccessFS.READ_FILE | AccessFS.READ_DIR | AccessFS.EXECUTE
_FILE = (
    AccessFS.READ_FILE
    | AccessFS.WRITE_FILE
    | AccessFS.EXECUTE
    | AccessFS.TRUNCATE
    | AccessFS.IOCTL_DEV
)
"""Rights that a file can have; all others are rights of folders."""
_DEVICE = _FILE & ~AccessFS.EXECUTE
_NEVER_ALLOWED = AccessFS.MAKE_CHAR | AccessFS.MAKE_BLOCK
DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "fd", "shm")
PRIVATE_DEVICES = ("pts", "ptmx")
"""Terminals are given only where they are not those of the user."""


def newest_abi() -> int:
    """The version of Landlock that this kernel has; 0 where it has none."""
    try:
        return abi_version()
    except OSError:
        return 0


def ruleset(policy: SandboxPolicy, *, view: bool, network: bool) -> Ruleset:
    """The rules for `policy`, ready to restrict a thread.

    Args:
        policy: What is allowed.
        view: Whether mounts hide what is hidden; without them the folders above a hidden
            path are opened child by child, so that nothing new can be made in them.
        network: Whether the rules close TCP, and UDP where the kernel knows it.
    """
    write = AccessFS.NONE
    for right in AccessFS:
        write |= right & ~_NEVER_ALLOWED
    closed = AccessNet.NONE
    for kind in AccessNet:
        closed |= kind
    rules = Ruleset(
        handled_net=closed if network else AccessNet.NONE,
        scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL,
    )
    hidden = () if view else policy.hidden
    for paths, access in ((policy.read, READ), (policy.write, write)):
        for path in paths:
            for part in _paths_except(path, hidden):
                _allow(rules, part, access)
    for name in (*DEVICES, *(PRIVATE_DEVICES if view else ())):
        path = f"/dev/{name}"
        _allow(rules, path, write if os.path.isdir(path) else _DEVICE)
    return rules


def _allow(rules: Ruleset, path: str, access: AccessFS) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        rules.allow_path(path, access if os.path.isdir(path) else access & _FILE)


def _paths_except(path: str, hidden: tuple[str, ...]) -> Iterator[str]:
    """`path`, or what is in it but for what is hidden."""
    if any(path == each or path.startswith(f"{each}/") for each in hidden):
        return
    if not any(each.startswith(f"{path.rstrip('/')}/") for each in hidden):
        yield path
        return
    with contextlib.suppress(OSError), os.scandir(path) as entries:
        for entry in entries:
            if not entry.is_symlink():
                yield from _paths_except(entry.path, hidden)
