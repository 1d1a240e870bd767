"""Changing a file so that it is always whole, and showing what changed."""

import contextlib
import errno
import os
import secrets
import stat
import sys
from difflib import unified_diff

from tui.agent.tools.base import ToolError
from tui.agent.tools.nofollow_files import NofollowFolder, open_nofollow_folder
from tui.agent.tools.result_truncation import truncate_result
from tui.agent.tools.tool_paths import (
    ResolvedPath,
    check_not_moved,
    check_regular,
    os_error_text,
    path_moved_error,
    path_status,
)
from tui.session.events import FileChange

_CONTEXT = 3
_MAX_DIFF_CHARACTERS = 20_000
"""Characters of a diff that are kept for people."""
_MAX_COMPARED_LINES = 4_000
"""Changed lines up to which lines are matched up one by one: beyond, it takes too long."""


def replace_file(place: ResolvedPath, content: bytes, before: bytes | None) -> tuple[str, ...]:
    """Write `content` beside the file, then move it there in one step, and check that it is.

    Mode, owner and extended attributes are kept. Where the system allows no file beside it,
    or none to be moved there, the file is written in place.

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
    except OSError as error:
        check_not_moved(place)
        raise ToolError(
            f"{place.display_path} cannot be written: {os_error_text(error)}."
        ) from error
    there = path_status(place)
    if there is None or (there.st_dev, there.st_ino) != (written.st_dev, written.st_ino):
        raise ToolError(
            f"{place.display_path} was written, but another program moved it or its folder "
            "meanwhile."
        )
    if found is not None and found.st_nlink > 1 and there.st_ino != found.st_ino:
        return ("It had other hard links; they keep the old text.",)
    return ()


def describe_change(place: ResolvedPath, before: str | None, after: str) -> FileChange:
    """The change of a file as a diff, with its counts of lines.

    Args:
        place: The file.
        before: Its text; None for a new file.
        after: The text that replaces it.
    """
    old, new = _lines(before or ""), _lines(after)
    lines = _diff(place.display_path, old, new)
    return FileChange(
        path=place.display_path,
        added=sum(line.startswith("+") for line in lines[2:]),
        removed=sum(line.startswith("-") for line in lines[2:]),
        diff=truncate_result("".join(lines), _MAX_DIFF_CHARACTERS, "The change itself is whole."),
        created=before is None,
    )


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
    beside = f".{name[:100]}.{secrets.token_hex(4)}.part"
    try:
        try:
            _write_beside(folder, beside, name, content, found)
        except OSError as error:
            if target is None or error.errno not in _IN_PLACE:
                raise
            _write_in_place(target, content, before or b"")
    finally:
        with contextlib.suppress(OSError):
            folder.remove(beside)
        if target is not None:
            os.close(target)


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
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(folder.open(beside, flags), "wb") as file:
        file.write(content)
        file.flush()
        if found is not None:
            _copy_metadata(folder, name, file.fileno(), found)
        os.fsync(file.fileno())
    folder.move(beside, name)


def _write_in_place(target: int, content: bytes, before: bytes) -> None:
    try:
        _write_all(target, content)
    except OSError:
        with contextlib.suppress(OSError):
            _write_all(target, before)
        raise


def _write_all(handle: int, content: bytes) -> None:
    os.lseek(handle, 0, os.SEEK_SET)
    left = memoryview(content)
    while left:
        left = left[os.write(handle, left) :]
    os.ftruncate(handle, len(content))
    os.fsync(handle)


def _copy_metadata(folder: NofollowFolder, name: str, handle: int, found: os.stat_result) -> None:
    """Give a new file the attributes of the one it replaces, as far as that is allowed."""
    if not hasattr(os, "fchown"):  # Windows
        (folder.path / name).chmod(found.st_mode & 0o7777)
        return
    with contextlib.suppress(OSError):
        os.fchown(handle, found.st_uid, found.st_gid)
    # After the owner: a change of owner takes the set-user-id bit away.
    os.fchmod(handle, found.st_mode & 0o7777)
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            _copy_attributes(folder, name, handle)


def _copy_attributes(folder: NofollowFolder, name: str, handle: int) -> None:
    if sys.platform != "linux":
        return
    model = folder.open(name, os.O_RDONLY)
    try:
        for key in os.listxattr(model):
            with contextlib.suppress(OSError):  # some are the system's own
                os.setxattr(handle, key, os.getxattr(model, key))
    finally:
        os.close(model)


def _lines(text: str) -> list[str]:
    if not text:
        return []
    lines = [line + "\n" for line in text.removesuffix("\n").split("\n")]
    if not text.endswith("\n"):
        lines[-1] += "\\ No newline at end of file\n"
    return lines


def _diff(name: str, old: list[str], new: list[str]) -> list[str]:
    """A unified diff; only what lies between the equal beginning and end is compared."""
    start = _common_prefix_length(old, new)
    end = _common_prefix_length(old[start:][::-1], new[start:][::-1])
    first, stop_old, stop_new = max(0, start - _CONTEXT), len(old) - end, len(new) - end
    if max(stop_old, stop_new) - start > _MAX_COMPARED_LINES:
        return _whole_block_diff(name, old, new, start, end)
    near = slice(first, stop_old + _CONTEXT), slice(first, stop_new + _CONTEXT)
    lines = list(unified_diff(old[near[0]], new[near[1]], name, name, n=_CONTEXT))
    return [_shift_hunk_header(line, first) for line in lines]


def _whole_block_diff(name: str, old: list[str], new: list[str], start: int, end: int) -> list[str]:
    gone, come = old[start : len(old) - end], new[start : len(new) - end]
    starts = start + bool(gone), start + bool(come)
    where = f"@@ -{starts[0]},{len(gone)} +{starts[1]},{len(come)} @@\n"
    return [
        f"--- {name}\n",
        f"+++ {name}\n",
        where,
        *("-" + line for line in gone),
        *("+" + line for line in come),
    ]


def _common_prefix_length(left: list[str], right: list[str]) -> int:
    pairs = enumerate(zip(left, right, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(left), len(right)))


def _shift_hunk_header(line: str, by: int) -> str:
    """A hunk header with its line numbers counted from the beginning of the file."""
    if not by or not line.startswith("@@"):
        return line
    _, old, new, _ = line.split(" ", 3)
    return f"@@ {_shift_range(old, by)} {_shift_range(new, by)} @@\n"


def _shift_range(span: str, by: int) -> str:
    start, comma, length = span[1:].partition(",")
    return f"{span[0]}{int(start) + by}{comma}{length}"
