"""What the model knows of the files: which it has read, and as what.

A file may be overwritten only by someone who has seen it, and edited only as it was seen:
what another program or the user changed since is not lost to a stale picture of it.
"""

from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Literal

Knowledge = Literal["unread", "current", "changed"]
"""Never read in this session · read, and the same since · read, and changed since."""


@dataclass(slots=True)
class SeenFiles:
    """Digests of the files as the model last saw them, by absolute path."""

    _digests: dict[Path, bytes] = field(default_factory=dict)

    def remember(self, path: Path, content: bytes) -> None:
        """The model has read `content`, or has written it."""
        self._digests[path] = _digest(content)

    def knows(self, path: Path, content: bytes) -> Knowledge:
        """How what the model knows of `path` compares with its `content` now."""
        known = self._digests.get(path)
        if known is None:
            return "unread"
        return "current" if known == _digest(content) else "changed"

    def forget(self) -> None:
        """Everything has to be read again: the reads left the conversation."""
        self._digests.clear()


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()
