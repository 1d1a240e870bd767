"""What a project folder is known by when its name is another one.

A folder that is renamed or moved within a file system keeps its inode number and the moment at
which it was made; together no other folder has them. A repository that is moved elsewhere keeps
the first line of git's log of its head: the commit, the author and the second of its making.
"""

import contextlib
import ctypes
import os
import struct
import sys
from hashlib import sha256
from pathlib import Path

import msgspec


class FolderIdentity(msgspec.Struct, frozen=True):
    """The traits of a folder; zero or empty where one is not known."""

    device: int = 0
    inode: int = 0
    born: int = 0
    """When it was made, in nanoseconds since the Unix epoch; the file system has to keep that."""
    repository: str = ""
    """A digest of how the repository began, and of where in it the folder is."""

    def is_same_folder(self, other: "FolderIdentity") -> bool:
        """Whether both are certainly one folder."""
        return self.born != 0 and (self.inode, self.born) == (other.inode, other.born)

    def is_same_inode(self, other: "FolderIdentity") -> bool:
        """Whether both may be one folder, on a file system that does not say when it was made."""
        here = (self.device, self.inode, self.born)
        return self.inode != 0 and here == (other.device, other.inode, other.born)

    def is_same_repository(self, other: "FolderIdentity") -> bool:
        """Whether both are in one repository, or in a copy of it that kept its log."""
        return self.repository != "" and self.repository == other.repository


def identify_folder(folder: Path) -> FolderIdentity:
    """The identity of a folder; all unknown where it cannot be looked at."""
    try:
        here = folder.resolve()
        found = here.stat()
    except (OSError, RuntimeError):
        return FolderIdentity()
    return FolderIdentity(found.st_dev, found.st_ino, _birth(here, found), _repository(here))


def _birth(folder: Path, found: os.stat_result) -> int:
    """When a folder was made, in nanoseconds; 0 where that is not known."""
    seconds = getattr(found, "st_birthtime", None)
    if seconds is not None:
        return int(seconds * 1_000_000_000)
    return _linux_birth(folder) if sys.platform == "linux" else 0


_AT_FDCWD, _STATX_BTIME = -100, 0x800
_STATX_BYTES, _BTIME_AT = 256, 80
"""Size of `struct statx`, and where its `stx_btime` is (statx(2))."""


def _linux_birth(folder: Path) -> int:
    """See `_birth`; Python has no call for it before 3.15."""
    buffer = ctypes.create_string_buffer(_STATX_BYTES)
    try:
        statx = ctypes.CDLL(None).statx
        failed = statx(_AT_FDCWD, os.fsencode(folder), 0, _STATX_BTIME, buffer)
    except (OSError, AttributeError):
        return 0
    (mask,) = struct.unpack_from("=I", buffer)
    if failed or not mask & _STATX_BTIME:
        return 0
    seconds, nanoseconds = struct.unpack_from("=qI", buffer, _BTIME_AT)
    return int(seconds) * 1_000_000_000 + int(nanoseconds)


_MAX_LINE = 1_000
"""Bytes of a line in git's log of its head that count."""


def _repository(folder: Path) -> str:
    """See `FolderIdentity.repository`; read from git's files, without git."""
    for up in (folder, *folder.parents):
        git = up / ".git"
        with contextlib.suppress(OSError):
            if git.is_dir() and (line := _first_line(git / "logs" / "HEAD")):
                place = folder.relative_to(up).as_posix()
                return sha256(line + b"\0" + os.fsencode(place)).hexdigest()[:32]
        if os.path.lexists(git):
            return ""
    return ""


def _first_line(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.readline(_MAX_LINE).strip()
