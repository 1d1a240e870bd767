"""The rows of one request: what it thought and what its tool calls did, grouped.

What only looked (reads, searches, the checklist) shares one row with what the request thought.
Edits of one file share a row. Everything else has a row of its own, and so has every call that
did not go well, whatever it was. Rows are in the order of the calls, whichever finishes first,
and keep their places: a call that finishes changes rows or adds one below.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from tui.reports.transcript_items import (
    CallGroupItem,
    ThinkingItem,
    ToolItem,
    TranscriptItem,
    request_key,
)

READS: Final = frozenset({"read"})
SEARCHES: Final = frozenset({"grep", "glob"})
ONLY_LOOKS: Final = READS | SEARCHES | {"checklist"}
"""Names of the tools whose calls share one row."""

_GROUP: Final = "group"


class CallRows:
    """The rows of one request, as far as its calls have finished."""

    def __init__(
        self,
        request: int = 0,
        calls: Iterable[str] = (),
        thought: ThinkingItem | None = None,
        *,
        merged: bool = True,
    ) -> None:
        """Args:
        request: Number of the request.
        calls: Ids of its calls, in the order in which the model made them.
        thought: What it thought; the row with it takes the place of this item.
        merged: Whether calls share rows; otherwise each has its own.
        """
        self.request = request
        """Number of the request."""
        self._order = {call: at for at, call in enumerate(calls)}
        self._thought = thought
        self._merged = merged
        self._finished: dict[str, ToolItem] = {}
        self._shown: list[TranscriptItem] = []

    def put(self, call: str, line: ToolItem) -> Iterator[TranscriptItem]:
        """A call finished, or something else is known of it: the rows that changed."""
        self._finished[call] = line
        yield from self.changed_rows()

    def changed_rows(self) -> Iterator[TranscriptItem]:
        """The rows that look different since they were last asked for."""
        for at, row in enumerate(self._rows()):
            if at == len(self._shown):
                self._shown.append(row)
            elif self._shown[at] == row:
                continue
            self._shown[at] = row
            yield row

    def _rows(self) -> Iterator[TranscriptItem]:
        """All rows, top to bottom."""
        last = len(self._order)
        in_order = sorted(self._finished, key=lambda call: self._order.get(call, last))
        rows: dict[str, list[ToolItem]] = {_GROUP: []} if self._thought is not None else {}
        for call in in_order:
            line = self._finished[call]
            rows.setdefault(self._row_of(call, line), []).append(line)
        for at, (name, lines) in enumerate(rows.items()):
            yield self._row(self._row_key(at), name, lines)

    def _row_of(self, call: str, line: ToolItem) -> str:
        """The name of the row that a call is in."""
        if not self._merged or line.state != "done":
            return f"call {call}"
        if line.name in ONLY_LOOKS:
            return _GROUP
        paths = {change.path for change in line.changes}
        return f"file {paths.pop()}" if len(paths) == 1 else f"call {call}"

    def _row_key(self, at: int) -> str:
        if at == 0 and self._thought is not None:
            return self._thought.key
        return request_key(self.request, f"c{at}")

    def _row(self, key: str, name: str, lines: Sequence[ToolItem]) -> TranscriptItem:
        if name == _GROUP:
            return CallGroupItem(key, tuple(lines), self._thought)
        return replace(merge_calls(lines), key=key)


def merge_calls(lines: Sequence[ToolItem]) -> ToolItem:
    """Several calls on one file as one: with the sum of their tokens and all their changes."""
    first = lines[0]
    if len(lines) == 1:
        return first
    return replace(
        first,
        tokens=sum(line.tokens or 0 for line in lines),
        settled=all(line.settled for line in lines),
        summary="",
        detail="\n".join(line.detail for line in lines),
        changes=tuple(change for line in lines for change in line.changes),
        times=len(lines),
    )
