"""Namespaces of the kernel: a network of its own, and a view of the files of its own.

A new network has nothing but its loopback: no command reaches another machine or a server
of this one, over any protocol, and all commands of a session share it. In the view of the
files everything is read-only but for what the policy lets commands write, `/tmp`, `/run`
and the pseudo terminals are private, and hidden files are covered by empty ones.
"""

import contextlib
import os
import socket
from collections.abc import Iterator
from typing import NamedTuple

from tui.agent.sandbox import kernel
from tui.agent.sandbox.policy import SandboxPolicy

PRIVATE = ("/tmp", "/var/tmp", "/run")
"""Folders that begin empty inside, but for what the policy names below them."""


class Namespaces(NamedTuple):
    """Descriptors that keep the namespaces of a session alive."""

    user: int | None
    """Without it, the process was allowed to make the others as it is."""
    network: int


def new_namespaces() -> Namespaces | None:
    """A network of its own with its loopback up; None where the kernel refuses.

    The calling process stays where it is: a child makes them and hands them over.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                with_user = _unshare()
                kinds = ("user", "net") if with_user else ("net",)
                found = [os.open(f"/proc/self/ns/{kind}", os.O_RDONLY) for kind in kinds]
                socket.send_fds(theirs, [b"ok"], found)
            os._exit(0)
        theirs.close()
        _, found, _, _ = socket.recv_fds(ours, 2, 2)
        os.waitpid(child, 0)
    for descriptor in found:
        os.set_inheritable(descriptor, False)
    if not found:
        return None
    return Namespaces(found[0] if len(found) == 2 else None, found[-1])


def _unshare() -> bool:
    """Make a network, with a user namespace where that is needed; returns whether it was."""
    user, group = os.geteuid(), os.getegid()
    with_user = False
    try:
        kernel.unshare(kernel.NEW_NETWORK)
    except PermissionError:
        with_user = True
        kernel.set_dumpable(True)  # else the files below belong to root
        kernel.unshare(kernel.NEW_USER | kernel.NEW_NETWORK)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    kernel.raise_loopback()
    return with_user


def enter_network(namespaces: Namespaces, *, network: bool) -> None:
    """Enter the session's namespaces; its network only where none is allowed."""
    if namespaces.user is not None:
        kernel.enter(namespaces.user, kernel.NEW_USER)
    if not network:
        kernel.enter(namespaces.network, kernel.NEW_NETWORK)


class MountView:
    """The files as commands see them, made in a mount namespace of this process."""

    def __init__(self, policy: SandboxPolicy, sockets: tuple[str, ...] = ()) -> None:
        """Args: sockets: what `listening_sockets` found."""
        self._policy = policy
        self._sockets = sockets
        self._base = policy.private

    def build(self) -> None:
        """Leave the namespace of the mounts for a new one, and arrange it.

        Raises:
            OSError: the kernel refused a step; what was arranged so far stays.
        """
        kernel.unshare(kernel.NEW_MOUNTS)
        kernel.keep_mounts_private()
        shown = list(self._remounted_trees())
        covers = [(self._cover_folder(place), place) for place in self._replaced_folders()]
        # Held open, because its own place may be covered in a moment.
        empty = os.open(_temporary_folder(f"{self._base}/empty"), os.O_PATH)
        kernel.make_read_only()
        for cover, place in covers:
            kernel.attach(cover, place)
            os.close(cover)
        for tree, path in shown:
            kernel.attach(tree, path)
            os.close(tree)
        self._devices()
        self._hide(empty)
        os.close(empty)

    def _remounted_trees(self) -> Iterator[tuple[int, str]]:
        """Trees that are mounted on their own place again: writable ones, and those below
        folders that are covered.
        """
        writable = _outermost(self._policy.write)
        for path in writable:
            yield kernel.clone_tree(path), path
        for path in _outermost(self._policy.read):
            if any(_below(path, place) for place in self._replaced_folders()) and not any(
                _below(path, other) for other in writable
            ):
                tree = kernel.clone_tree(path)
                kernel.make_read_only(tree)
                yield tree, path

    def _replaced_folders(self) -> list[str]:
        """Those of `PRIVATE` that exist. Where the project or the home lies in one, it stays:
        Landlock refuses what is in it, and a refusal says more than a file that is missing.
        """
        kept = (*self._policy.read, *self._policy.write, *self._policy.unreplaced_folders)
        return [
            place
            for place in PRIVATE
            if os.path.isdir(place)
            and not os.path.islink(place)
            and place not in kept
            and not any(_below(path, place) for path in self._policy.unreplaced_folders)
        ]

    def _cover_folder(self, place: str) -> int:
        """A folder for `place` with an empty file or folder for all that is shown below it."""
        folder = _temporary_folder(f"{self._base}/{'run' if place == '/run' else 'tmp'}")
        for path in (*self._policy.read, *self._policy.write):
            if _below(path, place):
                inside = folder + path.removeprefix(place)
                (_temporary_folder if os.path.isdir(path) else _temporary_file)(inside)
        tree = kernel.clone_tree(folder)
        if place == "/run":
            kernel.make_read_only(tree)
        return tree

    def _devices(self) -> None:
        with contextlib.suppress(OSError):
            kernel.mount("tmpfs", "/dev/shm", "mode=1777")
        kernel.mount_terminals("/dev/pts")
        with contextlib.suppress(OSError):
            tree = kernel.clone_tree("/dev/pts/ptmx")
            kernel.attach(tree, "/dev/ptmx")
            os.close(tree)

    def _hide(self, empty: int) -> None:
        """Cover what is hidden: folders with an empty one, files with one nobody can open."""
        granted = (*self._policy.read, *self._policy.write)
        # Landlock refuses the rest, and says so better than an empty folder would.
        named = [
            path
            for path in (*self._policy.hidden, *self._policy.masks)
            if any(_below(path, each) for each in granted)
        ]
        for path in (*named, *self._sockets):
            if not os.path.exists(path) or os.path.islink(path):
                continue
            folder = os.path.isdir(path)
            tree = kernel.clone_tree(empty if folder else os.devnull)
            if not folder:
                # A device on such a mount is refused to root as well.
                kernel.forbid_devices(tree)
            kernel.attach(tree, path)
            os.close(tree)


def listening_sockets(policy: SandboxPolicy) -> tuple[str, ...]:
    """Unix sockets of other programs that are bound to a path now.

    Landlock does not know them before its version 9. To be asked in the network of the
    program: the one that commands get has none.
    """
    found = set()
    with contextlib.suppress(OSError), open("/proc/net/unix") as table:
        for line in table:
            path = line.rstrip("\n").partition(" /")[2]
            if path and not any(_below(f"/{path}", each) for each in policy.write):
                found.add(os.path.realpath(f"/{path}"))
    return tuple(sorted(found))


def _outermost(paths: tuple[str, ...]) -> list[str]:
    """Those of `paths` that exist and are not below another of them."""
    found: list[str] = []
    for path in sorted(set(paths)):
        if os.path.exists(path) and not any(_below(path, other) for other in found):
            found.append(path)
    return found


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _temporary_folder(path: str) -> str:
    os.makedirs(path, mode=0o700, exist_ok=True)
    return path


def _temporary_file(path: str) -> str:
    _temporary_folder(os.path.dirname(path))
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    return path


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)
