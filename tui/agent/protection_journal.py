"""What protected files held before a command, kept on disk while the command may change them.

A program that is killed while a command runs cannot put anything back. So what was there is in a
file before the command starts, and the next run of the session puts back first. Protected files
can hold secrets, so the file is gone as soon as nothing runs any more.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from tui.agent.protected_files import FileState, ProtectedFile, ProtectedSnapshot
from tui.agent.protected_kinds import Kind
from tui.session.private_files import open_private
from tui.session.session_paths import PROTECTED, sibling_path


class _KeptFile(msgspec.Struct, frozen=True, array_like=True):
    """One protected file."""

    path: bytes
    kind: Kind
    type: Literal["file", "link", "other"]
    mode: int
    content: bytes | None
    digest: bytes
    folder: tuple[int, int]


class _Written(msgspec.Struct, frozen=True, array_like=True):
    """A snapshot as it is written."""

    files: list[_KeptFile]
    folders: list[bytes]


@dataclass(frozen=True, slots=True)
class ProtectionJournal:
    """The journal beside the log of a session. Used by one thread at a time."""

    log: Path
    """The file of the log."""

    def begin(self, view: ProtectedSnapshot) -> None:
        """Something may change protected files from now on.

        Args:
            view: What is there.

        Raises:
            OSError: it could not be written, so nothing may begin.
        """
        made = sibling_path(self.log, f"{PROTECTED}-new")
        with os.fdopen(open_private(made, os.O_WRONLY | os.O_TRUNC), "wb") as file:
            file.write(_encoded(view))
        made.replace(sibling_path(self.log, PROTECTED))

    def end(self) -> None:
        """What is there now is agreed; nothing runs that could change it."""
        with suppress(OSError):
            sibling_path(self.log, PROTECTED).unlink()

    def left_open(self) -> ProtectedSnapshot | None:
        """What was there before something began whose end no program saw; None for nothing."""
        try:
            return _decoded(sibling_path(self.log, PROTECTED).read_bytes())
        except (OSError, msgspec.DecodeError):
            return None


def was_left_open(log: Path) -> bool:
    """Whether a program ended while something could change protected files."""
    return sibling_path(log, PROTECTED).exists()


def _encoded(view: ProtectedSnapshot) -> bytes:
    rows = [
        _KeptFile(os.fsencode(path), each.kind, *each.state, each.folder)
        for path, each in view.files.items()
    ]
    return msgspec.msgpack.encode(_Written(rows, [os.fsencode(path) for path in view.folders]))


def _decoded(written: bytes) -> ProtectedSnapshot:
    found = msgspec.msgpack.decode(written, type=_Written)
    files = {
        Path(os.fsdecode(row.path)): ProtectedFile(
            row.kind, FileState(row.type, row.mode, row.content, row.digest), row.folder
        )
        for row in found.files
    }
    return ProtectedSnapshot(files, {Path(os.fsdecode(path)) for path in found.folders})
