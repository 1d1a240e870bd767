"""What changed in a file, as a diff."""

from difflib import unified_diff
from hashlib import blake2b

import msgspec

from tui.agent.tools.file_text import binary_kind, decode_text, shown
from tui.agent.tools.result_truncation import truncate_result
from tui.agent.tools.tool_paths import ResolvedPath
from tui.session.events import FileChange

_CONTEXT = 3
_MAX_DIFF_CHARACTERS = 2_000_000
"""Characters of a diff that are kept."""
_MAX_SHOWN_CHARACTERS = 20_000
"""Characters of a diff that people are shown in one place."""
_MAX_COMPARED_LINES = 4_000
"""Changed lines up to which lines are matched up one by one: beyond, it takes too long."""


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
        diff=truncate_result("".join(lines), _MAX_DIFF_CHARACTERS, _WHOLE),
        created=before is None,
    )


def content_change(place: ResolvedPath, before: bytes | None, after: bytes | None) -> FileChange:
    """The change of a file by what it held and holds.

    Args:
        place: The file.
        before: What it held; None for a new file.
        after: What it holds now; None where it is gone.
    """
    if binary_kind(before or b"") or binary_kind(after or b""):
        change = FileChange(path=place.display_path, created=before is None)
        made = with_digests(change, before, after or b"", "")
        return made if after is not None else msgspec.structs.replace(made, after="")
    old = None if before is None else decode_text(before)
    new = decode_text(after or b"")
    change = describe_change(place, None if old is None else shown(old.body), shown(new.body))
    newline = new.newline if after else (old or new).newline
    made = with_digests(change, before, after or b"", newline)
    return made if after is not None else msgspec.structs.replace(made, after="")


def with_digests(
    change: FileChange, before: bytes | None, after: bytes, newline: str
) -> FileChange:
    """The change with what tells the file on disk.

    Args:
        change: The change.
        before: What the file held; None for a new file.
        after: What it holds now.
        newline: What ends its lines.
    """
    return msgspec.structs.replace(
        change,
        before="" if before is None else content_digest(before),
        after=content_digest(after),
        newline="" if newline == "\n" else newline,
    )


def content_digest(content: bytes) -> str:
    """What tells the content of a file from another."""
    return blake2b(content, digest_size=8).hexdigest()


def cut_diff(diff: str) -> str:
    """As much of a diff as people are shown in one place: its beginning and its end."""
    return truncate_result(diff, _MAX_SHOWN_CHARACTERS, _WHOLE)


_WHOLE = "The change itself is whole."


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
