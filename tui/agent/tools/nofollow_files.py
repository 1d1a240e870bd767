"""Files held by a descriptor from the moment they are looked at until they are used.

A path can lead elsewhere a moment after it was judged: somebody only has to put a link in
its way. So a path that was resolved and judged is walked once, from the root, one component
at a time, and a link on the way ends the walk. What is done then goes through the descriptor
that was reached, and no path is looked up again.

Where a system has no `openat` (Windows), the plain path is used.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

SUPPORTS_NOFOLLOW: bool = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
"""Whether this system can hold a folder."""

_OPEN_PATH: int = getattr(os, "O_PATH", os.O_RDONLY)
"""To walk through a folder one need not be allowed to list it."""
_FOLDER: int = getattr(os, "O_DIRECTORY", 0)
_NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)
_BINARY: int = getattr(os, "O_BINARY", 0)


class NofollowFolder:
    """A folder that was reached without following a link; names in it are looked up in it."""

    def __init__(self, path: Path, handle: int | None) -> None:
        """Call `open_nofollow_folder` instead."""
        self.path = path
        """Where it was reached."""
        self.descriptor = handle
        """Its descriptor; None where the system cannot hold folders."""

    def open(self, name: str, flags: int, mode: int = 0o666) -> int:
        """The descriptor of a file in it; a link is not followed, a pipe not waited for.

        Args:
            name: The file, without its folder.
            flags: As those of `os.open`.
            mode: Permissions of a file that this call creates.

        Raises:
            OSError: it cannot be opened.
        """
        flags |= _NO_FOLLOW | _NO_WAIT | _BINARY
        return os.open(self._at(name), flags, mode, dir_fd=self.descriptor)

    def status(self, name: str) -> os.stat_result:
        """What is there, itself if it is a link.

        Raises:
            OSError: nothing is there, or it cannot be looked at.
        """
        return os.stat(self._at(name), dir_fd=self.descriptor, follow_symlinks=False)

    def move(self, name: str, to: str) -> None:
        """Put one file in the place of another, in one step.

        Raises:
            OSError: the system refused.
        """
        if self.descriptor is None:
            (self.path / name).replace(self.path / to)
        else:
            os.rename(name, to, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)

    def remove(self, name: str) -> None:
        """Remove a file, or a link itself.

        Raises:
            OSError: it is not there, or may not be removed.
        """
        os.unlink(self._at(name), dir_fd=self.descriptor)

    def link(self, name: str, target: str) -> None:
        """Make a link in it.

        Raises:
            OSError: something of that name is there, or the system refused.
        """
        os.symlink(target, self._at(name), dir_fd=self.descriptor)

    def list_names(self) -> list[str]:
        """What is in it.

        Raises:
            OSError: it may not be listed.
        """
        if self.descriptor is None:
            return [entry.name for entry in self.path.iterdir()]
        handle = os.open(".", os.O_RDONLY | _FOLDER, dir_fd=self.descriptor)
        try:
            with os.scandir(handle) as entries:
                return [entry.name for entry in entries]
        finally:
            os.close(handle)

    def _at(self, name: str) -> str:
        return name if self.descriptor is not None else str(self.path / name)


@contextmanager
def open_nofollow_folder(path: Path, *, create: bool = False) -> Iterator[NofollowFolder]:
    """Hold the folder at `path` (absolute, free of links).

    Args:
        path: Where it is.
        create: Whether to make what is missing of it.

    Raises:
        OSError: it is not there, or a part of the path is a link or no folder.
    """
    if not SUPPORTS_NOFOLLOW:
        if create:
            path.mkdir(parents=True, exist_ok=True)
        yield NofollowFolder(path, None)
        return
    handle = _open_components(path, create)
    try:
        yield NofollowFolder(path, handle)
    finally:
        os.close(handle)


@contextmanager
def open_nofollow_file(path: Path) -> Iterator[BinaryIO]:
    """Open the file at `path` (absolute, free of links) for reading, and hold it.

    It may be anything but a link: look at `os.fstat` of it before reading.

    Raises:
        OSError: it is not there, cannot be read, or a part of the path is a link.
    """
    with open_nofollow_folder(path.parent) as folder:
        handle = folder.open(path.name or ".", os.O_RDONLY)
    with os.fdopen(handle, "rb") as file:
        yield file


def _open_components(path: Path, create: bool) -> int:
    handle = os.open(path.anchor, _OPEN_PATH | _FOLDER)
    for name in path.parts[1:]:
        try:
            below = _open_component(handle, name, create)
        finally:
            os.close(handle)
        handle = below
    return handle


def _open_component(handle: int, name: str, create: bool) -> int:
    flags = _OPEN_PATH | _FOLDER | _NO_FOLLOW
    try:
        return os.open(name, flags, dir_fd=handle)
    except FileNotFoundError:
        if not create:
            raise
    with suppress(FileExistsError):  # somebody else made it
        os.mkdir(name, dir_fd=handle)
    return os.open(name, flags, dir_fd=handle)
