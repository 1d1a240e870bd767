"""What the model knows of the files: which it has read, which lines, and as what.

A file may be replaced only by someone who has seen all of it, and edited only as it was
seen: what another program or the user changed since is not lost to a stale picture of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Literal, NamedTuple

Knowledge = Literal["unread", "current", "changed"]
"""Never read in this session · read, and the same since · read, and changed since."""


class Span(NamedTuple):
    """Lines of a file."""

    first: int
    """From 1."""
    end: int
    """The line behind the last one."""


class Moved(NamedTuple):
    """A place at which lines were replaced by others."""

    first: int
    """First line that was replaced, from 1."""
    before: int
    """Lines that were there."""
    after: int
    """Lines that are there now."""


@dataclass(slots=True)
class _Known:
    digest: bytes
    unseen: tuple[Span, ...]


@dataclass(slots=True)
class SeenFiles:
    """Digests of the files as the model last saw them, by absolute path."""

    _known: dict[Path, _Known] = field(default_factory=dict)

    def remember(self, path: Path, content: bytes) -> None:
        """The model has read all of `content`, or has written it."""
        self._known[path] = _Known(_digest(content), ())

    def remember_lines(self, path: Path, content: bytes, total: int, shown: Iterable[Span]) -> None:
        """The model has read some lines of `content`.

        Args:
            path: The file, absolute.
            content: All of it, as it is now.
            total: Lines of it.
            shown: Those that were shown whole.
        """
        digest, known = _digest(content), self._known.get(path)
        unseen = known.unseen if known and known.digest == digest else (Span(1, total + 1),)
        for span in shown:
            unseen = _without(unseen, span)
        self._known[path] = _Known(digest, unseen)

    def edited(self, path: Path, content: bytes, moved: Sequence[Moved]) -> None:
        """The model has changed lines of a file; what it had not seen, it has not seen now.

        Args:
            path: The file, absolute.
            content: All of it, as it is now.
            moved: The changed places, from top to bottom, with their lines as they were.
        """
        known = self._known.get(path)
        unseen = known.unseen if known else ()
        self._known[path] = _Known(_digest(content), _shifted(unseen, moved))

    def knows(self, path: Path, content: bytes) -> Knowledge:
        """How what the model knows of `path` compares with its `content` now."""
        known = self._known.get(path)
        if known is None:
            return "unread"
        return "current" if known.digest == _digest(content) else "changed"

    def unseen(self, path: Path) -> int:
        """Lines of a file that the model has read in part, and has not seen."""
        known = self._known.get(path)
        return sum(end - first for first, end in known.unseen) if known else 0

    def hide(self, path: Path, span: Span) -> None:
        """Lines of a file that was read were left out before the model saw them."""
        known = self._known.get(path)
        if known is not None:
            known.unseen = (*_without(known.unseen, span), span)

    def forget(self) -> None:
        """Everything has to be read again: the reads left the conversation."""
        self._known.clear()


def _without(spans: Iterable[Span], gone: Span) -> tuple[Span, ...]:
    """What is left of `spans` without the lines of `gone`."""
    left: list[Span] = []
    for first, end in spans:
        before, behind = Span(first, min(end, gone.first)), Span(max(first, gone.end), end)
        left += [span for span in (before, behind) if span.first < span.end]
    return tuple(left)


def _shifted(spans: Sequence[Span], moved: Sequence[Moved]) -> tuple[Span, ...]:
    """Where the lines of `spans` are, after others were replaced; both from top to bottom."""
    found: list[Span] = []
    by, at = 0, 0
    for first, end in spans:
        while at < len(moved) and (place := moved[at]).first < end:
            behind = place.first + place.before
            if first < place.first:
                found.append(Span(first + by, place.first + by))
            first = max(first, behind)
            if behind > end:
                break
            by += place.after - place.before
            at += 1
        if first < end:
            found.append(Span(first + by, end + by))
    return tuple(found)


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()
