"""Reading a file that somebody else may have put where we look for it.

A repository can hold a link to any file of the user, a pipe that is never written to, a device
without an end. So a file is opened first, without waiting and without following links, and
looked at afterwards: what was checked and what is read are one and the same.
"""

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_FLAGS |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = getattr(os, "O_DIRECTORY", 0)

_KINDS = (
    (stat.S_ISDIR, "this is a folder"),
    (stat.S_ISFIFO, "this is a pipe"),
    (stat.S_ISSOCK, "this is a socket"),
    (stat.S_ISCHR, "this is a device"),
    (stat.S_ISBLK, "this is a device"),
)


class NotRegularFile(Exception):
    """A file that is not read; `str` of it says why, as the rest of a sentence."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The beginning of a file, and what the file is."""

    data: bytes
    size: int
    """Bytes of the whole file; more than `len(data)` where it was cut."""
    identity: tuple[int, int]
    """Device and inode: equal for two names of one file."""

    @property
    def is_truncated(self) -> bool:
        """Whether there is more than was read."""
        return self.size > len(self.data)


def read_regular_file(path: Path, most: int, *, inside: Path | None = None) -> Contents:
    """The first `most` bytes of a regular file.

    Args:
        path: The file. Links are followed.
        most: Bytes to read at most.
        inside: A folder that the file must be in when every link is followed. The file is then
            opened folder by folder, so that a link put there after the check leads nowhere.

    Raises:
        FileNotFoundError: There is no such file.
        NotRegularFile: It is not a regular file, or it is not inside `inside`.
        OSError: It cannot be read.
    """
    if inside is None:
        handle = _open(path)
    else:
        root = inside.resolve()
        handle = _open_inside(root, real_path(path, root))
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise NotRegularFile(_file_kind_words(found.st_mode))
        with os.fdopen(handle, "rb", closefd=False) as file:
            data = file.read(most + 1)
    finally:
        os.close(handle)
    # A file of /proc says that its size is 0, and a file may grow while it is read.
    size = max(found.st_size, len(data))
    return Contents(data[:most], size, (found.st_dev, found.st_ino))


def real_path(path: Path, root: Path) -> Path:
    """Where `path` leads when every link is followed; `root` is resolved already.

    Raises:
        FileNotFoundError: It leads nowhere.
        NotRegularFile: It leads out of `root`, or in a circle.
    """
    try:
        real = path.resolve(strict=True)
    except RuntimeError as error:  # Python 3.11 and 3.12
        raise NotRegularFile("this is a link that leads to itself") from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotRegularFile("this is a link that leads to itself") from error
        raise
    if not real.is_relative_to(root):
        raise NotRegularFile("this is a link that leads out of the folder")
    return real


def _open(path: Path) -> int:
    try:
        return os.open(path, _FLAGS)
    except OSError as error:
        raise _explain_error(error) from error


def _open_inside(root: Path, real: Path) -> int:
    """Open a resolved path, one folder after the other, and follow no link."""
    parts = real.relative_to(root).parts
    if not parts:
        raise NotRegularFile("this is a folder")
    if os.open not in os.supports_dir_fd:
        return _open(real)
    folder = os.open(root, os.O_RDONLY | _FOLDER | getattr(os, "O_CLOEXEC", 0))
    try:
        for name in parts[:-1]:
            inner = os.open(name, os.O_RDONLY | _FOLDER | _NO_LINK, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(parts[-1], _FLAGS | _NO_LINK, dir_fd=folder)
    except OSError as error:
        raise _explain_error(error) from error
    finally:
        os.close(folder)


def _explain_error(error: OSError) -> Exception:
    """The error of an attempt to open, as what it means here."""
    if error.errno in (errno.ELOOP, errno.EMLINK):
        return NotRegularFile("this became a link while it was opened")
    if error.errno in (errno.ENXIO, errno.ENODEV, getattr(errno, "EOPNOTSUPP", -1)):
        return NotRegularFile("this is a socket")
    if error.errno == errno.EISDIR:
        return NotRegularFile("this is a folder")
    return error


def _file_kind_words(mode: int) -> str:
    return next((words for test, words in _KINDS if test(mode)), "this is not a regular file")
