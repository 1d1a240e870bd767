"""What the model knows of the files: which it has read, which lines, and as what.

The model may replace a file only after it has read all of it, and edit it only as it read it. So it
never overwrites what another program or the user changed since.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Literal, NamedTuple

FileKnowledge = Literal["unread", "current", "changed"]
"""Never read in this session · read, and the same since · read, and changed since."""


class LineSpan(NamedTuple):
    """Lines of a file."""

    first: int
    """From 1."""
    end: int
    """The line behind the last one."""


class LineReplacement(NamedTuple):
    """A place at which lines were replaced by others."""

    first: int
    """First line that was replaced, from 1."""
    before: int
    """Lines that were there."""
    after: int
    """Lines that are there now."""


@dataclass(slots=True)
class _KnownFile:
    digest: bytes
    unseen: tuple[LineSpan, ...]


@dataclass(slots=True)
class FileVersions:
    """Digests of the files as the model last saw them, by absolute path."""

    _known: dict[Path, _KnownFile] = field(default_factory=dict)

    def record_content(self, path: Path, content: bytes) -> None:
        """The model has read all of `content`, or has written it."""
        self._known[path] = _KnownFile(_digest(content), ())

    def record_lines(
        self, path: Path, content: bytes, total: int, shown: Iterable[LineSpan]
    ) -> None:
        """The model has read some lines of `content`.

        Args:
            path: The file, absolute.
            content: All of it, as it is now.
            total: Lines of it.
            shown: Those that were shown whole.
        """
        digest, known = _digest(content), self._known.get(path)
        unseen = known.unseen if known and known.digest == digest else (LineSpan(1, total + 1),)
        for span in shown:
            unseen = _subtract_span(unseen, span)
        self._known[path] = _KnownFile(digest, unseen)

    def record_edit(
        self, path: Path, content: bytes, replaced: Sequence[LineReplacement], total: int
    ) -> None:
        """The model has changed lines of a file; what it had not seen, it has not seen now.

        Args:
            path: The file, absolute.
            content: All of it, as it is now.
            replaced: The changed places, from top to bottom, with their lines as they were.
            total: Lines of it, as it is now.
        """
        known = self._known.get(path)
        lines = total - sum(place.after - place.before for place in replaced)
        unseen = known.unseen if known else (LineSpan(1, lines + 1),)
        self._known[path] = _KnownFile(_digest(content), _shift_spans(unseen, replaced))

    def compare(self, path: Path, content: bytes) -> FileKnowledge:
        """How what the model knows of `path` compares with its `content` now."""
        known = self._known.get(path)
        if known is None:
            return "unread"
        return "current" if known.digest == _digest(content) else "changed"

    def paths(self) -> tuple[Path, ...]:
        """The files that the model knows, those it knew first before the others."""
        return tuple(self._known)

    def unseen_line_count(self, path: Path) -> int:
        """Lines of a file that the model has read in part, and has not seen."""
        known = self._known.get(path)
        return sum(end - first for first, end in known.unseen) if known else 0

    def first_unseen_line(self, path: Path) -> int | None:
        """The first line of a file that the model has not seen; None: it has seen all of it."""
        known = self._known.get(path)
        return min((span.first for span in known.unseen), default=None) if known else None

    def mark_unseen(self, path: Path, span: LineSpan) -> None:
        """Lines of a file that was read were left out before the model saw them."""
        known = self._known.get(path)
        if known is not None:
            known.unseen = (*_subtract_span(known.unseen, span), span)

    def clear(self) -> None:
        """Everything has to be read again: the reads left the conversation."""
        self._known.clear()


def _subtract_span(spans: Iterable[LineSpan], gone: LineSpan) -> tuple[LineSpan, ...]:
    """What is left of `spans` without the lines of `gone`."""
    left: list[LineSpan] = []
    for first, end in spans:
        before, behind = LineSpan(first, min(end, gone.first)), LineSpan(max(first, gone.end), end)
        left += [span for span in (before, behind) if span.first < span.end]
    return tuple(left)


def _shift_spans(
    spans: Sequence[LineSpan], moved: Sequence[LineReplacement]
) -> tuple[LineSpan, ...]:
    """Where the lines of `spans` are, after others were replaced; both from top to bottom."""
    found: list[LineSpan] = []
    by, at = 0, 0
    for first, end in spans:
        while at < len(moved) and (place := moved[at]).first < end:
            behind = place.first + place.before
            if first < place.first:
                found.append(LineSpan(first + by, place.first + by))
            first = max(first, behind)
            if behind > end:
                break
            by += place.after - place.before
            at += 1
        if first < end:
            found.append(LineSpan(first + by, end + by))
    return tuple(found)


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()
