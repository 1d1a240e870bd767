"""Output of a command as it comes: its ends in memory, all of it on disk where it is long."""

from collections import deque
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from tui.agent.tools.result_truncation import TextEnds, truncate_ends
from tui.budget.token_estimate import utf8_size
from tui.session.private_files import new_private_file


class OutputBuffer:
    """Takes text piece by piece and keeps no more than twice `limit` characters of it."""

    def __init__(self, limit: int, max_saved_bytes: int, file: Path | None) -> None:
        self._limit = limit
        self._room_on_disk = max_saved_bytes
        self._path = file
        self._file: TextIO | None = None
        self._files = ExitStack()
        self._head = ""
        self._tail: deque[str] = deque()
        self._kept = 0
        self._characters = 0
        self._breaks = 0

    def add(self, text: str) -> None:
        """Take the next piece of output."""
        if not text:
            return
        self._characters += len(text)
        self._breaks += text.count("\n")
        room = self._limit - len(self._head)
        if room > 0:
            self._head += text[:room]
        if self._characters > self._limit:
            self._save(text)
        self._tail.append(text[-self._limit :])
        self._kept += len(self._tail[-1])
        while self._kept - len(self._tail[0]) >= self._limit:
            self._kept -= len(self._tail.popleft())

    def tail_text(self, characters: int) -> str:
        """The end of what was taken."""
        return "".join(self._tail)[-characters:]

    def close(self) -> None:
        """The command ended: close the file."""
        if self._file is None and utf8_size(self._head) > self._limit:
            self._save("")
        self._files.close()

    def text(self) -> str:
        """All of it, or its ends and a sentence on where the rest is."""
        ends = TextEnds(self._head, "".join(self._tail), self._characters, self._breaks)
        rest = f"All of it: read {self._path}" if self._file else "Run it again with less output"
        return truncate_ends(ends, self._limit, f"{rest}.")

    def _save(self, text: str) -> None:
        """Write it down, and what came before it the first time."""
        if self._path is None or self._room_on_disk <= 0:
            return
        try:
            if self._file is None:
                text = self._head[: self._characters - len(text)] + text
                self._file = self._files.enter_context(new_private_file(self._path))
            self._file.write(text[: self._room_on_disk])
        except OSError:  # a full disk costs the copy, not the command
            self._path = self._file = None
        self._room_on_disk -= len(text)
