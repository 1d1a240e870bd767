"""Changing a file so that it is always whole, and keeps what belongs to it."""

import contextlib
import errno
import os
import secrets
import stat
import sys

from tui.agent.tools.base import ToolError
from tui.agent.tools.nofollow_files import NofollowFolder, open_nofollow_folder
from tui.agent.tools.tool_paths import (
    ResolvedPath,
    check_not_moved,
    check_regular,
    os_error_text,
    path_moved_error,
    path_status,
)


def replace_file(place: ResolvedPath, content: bytes, before: bytes | None) -> tuple[str, ...]:
    """Write `content` beside the file, then move it there in one step, and check that it is.

    Mode, owner, access list and extended attributes are kept. A file is written in place where
    the system allows none beside it or none to be moved there, and where another one could not
    have its hard links, its owner or its attributes. Then, where there may be a file beside it,
    that one holds the new text until all of it is in its place.

    Args:
        place: The file.
        content: What it holds afterwards.
        before: What it was seen to hold; None: it was seen not to be there.

    Returns:
        What there is to know about it, one sentence each.

    Raises:
        ToolError: the file is not what it was, or the system refused; it is as it was.
    """
    try:
        with open_nofollow_folder(place.path.parent, create=before is None) as folder:
            found = _status_if_unchanged(folder, place, before)
            _write(folder, place, content, before, found)
            written = folder.status(place.path.name)
    except (OSError, CannotReplace) as error:
        check_not_moved(place)
        why = os_error_text(error) if isinstance(error, OSError) else str(error)
        raise ToolError(f"{place.display_path} cannot be written: {why}.") from error
    there = path_status(place)
    if there is None or (there.st_dev, there.st_ino) != (written.st_dev, written.st_ino):
        raise ToolError(
            f"{place.display_path} was written, but another program moved it or its folder "
            "meanwhile."
        )
    if found is None or found.st_nlink <= 1:
        return ()
    if there.st_ino == found.st_ino:
        return ("It has other hard links, which show the new text too.",)
    return ("It had other hard links; they keep the old text.",)


def _status_if_unchanged(
    folder: NofollowFolder, place: ResolvedPath, before: bytes | None
) -> os.stat_result | None:
    """The status of the file to be replaced, if it is still as it was seen; None: not there."""
    name = place.path.name
    try:
        found = folder.status(name)
    except FileNotFoundError:
        if before is None:
            return None
        raise ToolError(f"{place.display_path} does not exist any more.") from None
    if stat.S_ISLNK(found.st_mode):
        raise path_moved_error(place)
    check_regular(place, found)
    with os.fdopen(folder.open(name, os.O_RDONLY), "rb") as file:
        if before is None or file.read() != before:
            raise ToolError(f"{place.display_path} was changed a moment ago; read it again.")
    return found


def _write(
    folder: NofollowFolder,
    place: ResolvedPath,
    content: bytes,
    before: bytes | None,
    found: os.stat_result | None,
) -> None:
    name = place.path.name
    target = _open_writable(folder, place) if found is not None else None
    plain = "".join(filter(str.isascii, name))[:100]
    beside = f".{plain}.{secrets.token_hex(4)}.part"
    try:
        try:
            _write_beside(folder, beside, name, content, found)
            if target is not None and found is not None and found.st_nlink > 1:
                raise CannotReplace("it has other hard links")
            folder.move(beside, name)
        except (CannotReplace, OSError) as error:
            in_place = isinstance(error, CannotReplace) or error.errno in _IN_PLACE
            if target is None or found is None or not in_place:
                raise
            _write_in_place(target, content, before or b"", found)
    finally:
        with contextlib.suppress(OSError):
            folder.remove(beside)
        if target is not None:
            os.close(target)


class CannotReplace(Exception):
    """Another file in the place of this one would lack something that it has."""


_IN_PLACE = frozenset((errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV))
"""What a system says that allows a file to be written, but not to be replaced: the folder is
not writable, or the file is a mount of its own."""


def _open_writable(folder: NofollowFolder, place: ResolvedPath) -> int | None:
    """The descriptor of the file, open for writing; None for a program that is running.

    Raises:
        ToolError: it is read-only.
    """
    if not os.access(place.path, os.W_OK):
        raise ToolError(f"{place.display_path} is read-only.")
    try:
        return folder.open(place.path.name, os.O_WRONLY)
    except OSError as error:
        if error.errno == errno.ETXTBSY:
            return None
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise ToolError(f"{place.display_path} is read-only.") from error
        raise


def _write_beside(
    folder: NofollowFolder, beside: str, name: str, content: bytes, found: os.stat_result | None
) -> None:
    """Write a file beside another one, with what belongs to it.

    Raises:
        CannotReplace: it could not have all of that; its content is on the disk.
        OSError: the system refused.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(folder.open(beside, flags), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        if found is not None:
            _copy_metadata(folder, name, file.fileno(), found)


def _write_in_place(target: int, content: bytes, before: bytes, found: os.stat_result) -> None:
    """Write over a file, or put back what it held.

    Raises:
        OSError: the system refused; the file is as it was.
    """
    try:
        _reserve_space(target, len(before), len(content))
        _write_all(target, content)
    except OSError:
        with contextlib.suppress(OSError):
            _write_all(target, before)
        raise
    if hasattr(os, "fchmod"):
        with contextlib.suppress(OSError):  # writing takes the set-id bits away
            os.fchmod(target, stat.S_IMODE(found.st_mode))


def _reserve_space(handle: int, before: int, after: int) -> None:
    """Let a full disk show before anything is written over."""
    if after <= before or not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(handle, before, after - before)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise


def _write_all(handle: int, content: bytes) -> None:
    os.lseek(handle, 0, os.SEEK_SET)
    left = memoryview(content)
    while left:
        left = left[os.write(handle, left) :]
    os.ftruncate(handle, len(content))
    os.fsync(handle)


def _copy_metadata(folder: NofollowFolder, name: str, handle: int, found: os.stat_result) -> None:
    """Give a new file the owner, mode and attributes of the one it replaces.

    Raises:
        CannotReplace: the system does not allow it.
    """
    if not hasattr(os, "fchown"):  # Windows
        (folder.path / name).chmod(found.st_mode & 0o7777)
        return
    made = os.fstat(handle)
    try:
        if (made.st_uid, made.st_gid) != (found.st_uid, found.st_gid):
            os.fchown(handle, found.st_uid, found.st_gid)
        # After the owner: a change of owner takes the set-user-id bit away.
        os.fchmod(handle, stat.S_IMODE(found.st_mode))
        _copy_attributes(folder, name, handle)
    except OSError as error:
        raise CannotReplace(os_error_text(error)) from error
    if stat.S_IMODE(os.fstat(handle).st_mode) != stat.S_IMODE(found.st_mode):
        raise CannotReplace("its mode cannot be kept")


_KEPT_ATTRIBUTES = ("user.", "system.posix_acl_")
"""Attributes without which another file would not do; others are the system's own."""


def _copy_attributes(folder: NofollowFolder, name: str, handle: int) -> None:
    """Copy the extended attributes, access lists among them.

    Raises:
        OSError: one that is the user's own cannot be kept.
    """
    if sys.platform != "linux":
        return
    try:
        model = folder.open(name, os.O_RDONLY)
    except OSError:  # it may be written, and not read
        return
    try:
        for key in _attribute_names(model):
            try:
                os.setxattr(handle, key, os.getxattr(model, key))
            except OSError:
                if key.startswith(_KEPT_ATTRIBUTES):
                    raise
    finally:
        os.close(model)


def _attribute_names(handle: int) -> list[str]:
    if sys.platform != "linux":
        return []
    try:
        return os.listxattr(handle)
    except OSError:  # a file system without them
        return []
