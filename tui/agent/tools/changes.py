"""Changing a file so that it is always whole, and showing what changed."""

import contextlib
import os
import secrets
from difflib import unified_diff
from pathlib import Path

from tui.agent.tools.base import ToolError
from tui.agent.tools.cut import cut
from tui.agent.tools.places import Place, reason
from tui.session.events import FileChange

_CONTEXT = 3
_SHOWN = 20_000
"""Characters of a diff that are kept for people."""
_COMPARED = 4_000
"""Changed lines up to which lines are matched up one by one: beyond, it takes too long."""


def replace_file(place: Place, content: bytes) -> None:
    """Write `content` beside the file, then move it there in one step; keeps mode and owner.

    Raises:
        ToolError: the system refused; the file is as it was.
    """
    target = place.path
    if target.exists() and not os.access(target, os.W_OK):
        raise ToolError(f"{place.shown} is read-only.")
    beside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(beside, content)
        _take_after(beside, target)
        beside.replace(target)
    except OSError as error:
        raise ToolError(f"{place.shown} cannot be written: {reason(error)}.") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def change(place: Place, before: str | None, after: str) -> FileChange:
    """What the change from `before` to `after` looks like; None: the file is new."""
    old, new = _lines(before or ""), _lines(after)
    lines = _diff(place.shown, old, new)
    return FileChange(
        path=place.shown,
        added=sum(line.startswith("+") for line in lines[2:]),
        removed=sum(line.startswith("-") for line in lines[2:]),
        diff=cut("".join(lines), _SHOWN, "The change itself is whole."),
        created=before is None,
    )


def _write(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _take_after(path: Path, model: Path) -> None:
    """Give `path` the mode of `model`, and its owner where that is allowed."""
    try:
        found = model.stat()
    except FileNotFoundError:
        return
    path.chmod(found.st_mode & 0o7777)
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(path, found.st_uid, found.st_gid)


def _lines(text: str) -> list[str]:
    if not text:
        return []
    lines = [line + "\n" for line in text.removesuffix("\n").split("\n")]
    if not text.endswith("\n"):
        lines[-1] += "\\ No newline at end of file\n"
    return lines


def _diff(name: str, old: list[str], new: list[str]) -> list[str]:
    """A unified diff; only what lies between the equal beginning and end is compared."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    first, stop_old, stop_new = max(0, start - _CONTEXT), len(old) - end, len(new) - end
    if max(stop_old, stop_new) - start > _COMPARED:
        return _wholesale(name, old, new, start, end)
    near = slice(first, stop_old + _CONTEXT), slice(first, stop_new + _CONTEXT)
    lines = list(unified_diff(old[near[0]], new[near[1]], name, name, n=_CONTEXT))
    return [_moved(line, first) for line in lines]


def _wholesale(name: str, old: list[str], new: list[str], start: int, end: int) -> list[str]:
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


def _common(left: list[str], right: list[str]) -> int:
    pairs = enumerate(zip(left, right, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(left), len(right)))


def _moved(line: str, by: int) -> str:
    """A hunk header with its line numbers counted from the beginning of the file."""
    if not by or not line.startswith("@@"):
        return line
    _, old, new, _ = line.split(" ", 3)
    return f"@@ {_shifted(old, by)} {_shifted(new, by)} @@\n"


def _shifted(span: str, by: int) -> str:
    start, comma, length = span[1:].partition(",")
    return f"{span[0]}{int(start) + by}{comma}{length}"
