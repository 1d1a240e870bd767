"""What a command changed in files that the session knows: those that its tools read or wrote.

Nobody can tell from a command which files it will change, and a copy of the whole folder before
each would cost too much. Of the files that the model works on, the program looks at what they hold
before a command and after it. A formatter, a generator or `sed -i` so leaves diffs in the log. What
a command does to other files, or while it runs on in the background, is not seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tui.agent.tools.base import ToolEnvironment, ToolError
from tui.agent.tools.change_diff import describe_change, with_digests
from tui.agent.tools.file_text import binary_kind, decode_text, shown
from tui.agent.tools.tool_paths import resolve_path
from tui.session.events import FileChange

MAX_FILE_BYTES = 500_000
"""Bytes of a file that is kept to compare it."""
MAX_BYTES = 10_000_000
"""Bytes of all of them."""


class _Copy(NamedTuple):
    """What a file held."""

    mark: tuple[int, int, int]
    """What tells without reading that it is the same: time of the last change, size, inode."""
    content: bytes


@dataclass(slots=True)
class KnownFiles:
    """Copies of the files that the tools of one session know."""

    _copies: dict[Path, _Copy] = field(default_factory=dict)

    def look(self, env: ToolEnvironment) -> None:
        """Look at what the files hold before a command. Reads the disk."""
        room, kept = MAX_BYTES, dict[Path, _Copy]()
        for path in env.file_versions.paths():
            if not path.is_relative_to(env.folder):
                continue
            copy = _read(path, self._copies.get(path))
            if copy is not None and len(copy.content) <= room:
                kept[path] = copy
                room -= len(copy.content)
        self._copies = kept

    def changes(self, env: ToolEnvironment) -> tuple[FileChange, ...]:
        """What is different now. Reads the disk."""
        return tuple(self._changes(env))

    def _changes(self, env: ToolEnvironment) -> Iterator[FileChange]:
        for path, before in self._copies.items():
            after = _read(path, before)
            if after is None or after.content == before.content:
                continue
            try:
                place = resolve_path(str(path), env)
            except ToolError:
                continue
            old, new = decode_text(before.content), decode_text(after.content)
            change = describe_change(place, shown(old.body), shown(new.body))
            yield with_digests(change, before.content, after.content, new.newline)


def _read(path: Path, known: _Copy | None) -> _Copy | None:
    """What a file holds; None where it is gone, too large, or no text."""
    try:
        found = path.stat(follow_symlinks=False)
        mark = (found.st_mtime_ns, found.st_size, found.st_ino)
        if known is not None and known.mark == mark:
            return known
        if found.st_size > MAX_FILE_BYTES:
            return None
        content = path.read_bytes()
    except OSError:
        return None
    return None if binary_kind(content) else _Copy(mark, content)
