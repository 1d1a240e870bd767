"""Searching a transcript: marks, counts, and the way from one place found to the next."""

from time import perf_counter
from typing import ClassVar

from typing_extensions import override

from tui.widgets.transcript import palette
from tui.widgets.transcript.blocks import Block, Line
from tui.widgets.transcript.canvas import Canvas
from tui.widgets.transcript.entry import Place
from tui.widgets.transcript.finding import Match, Search
from tui.widgets.transcript.messages import Found
from tui.widgets.transcript.scrolling import SLICE_SECONDS
from tui.widgets.transcript.styled import Span


class Seeker(Canvas):
    """A canvas that can be searched."""

    Found: ClassVar = Found

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._search: Search | None = None
        self._match: Match | None = None

    @override
    def marks(
        self, index: int, number: int, block: Block, line: int
    ) -> tuple[tuple[Span, ...], str]:
        over, bar = super().marks(index, number, block, line)
        search = self._search
        if search is None or index not in search.found:
            return over, bar
        lines = self.painter.laid(block).lines
        if line >= len(lines):
            return over, bar
        return (*over, *self._found_marks(search, index, number, lines[line])), bar

    def _found_marks(self, search: Search, index: int, number: int, shown: Line) -> list[Span]:
        here = self._match
        marks = []
        for match in search.found[index]:
            if match.block == number:
                style = palette.FOUND_HERE if match == here else palette.FOUND
                marks += marks_over(shown, match.start, match.end, style, search.query)
        return marks

    def toggle_fold(self, key: str) -> None:
        """Fold or unfold an item."""
        raise NotImplementedError

    def look_again(self, index: int) -> None:
        """An entry is new or says something else."""
        if self._search is not None:
            self._search.look(index)

    def find(self, query: str) -> None:
        """Look for `query`, case aside, from the end up; an empty one ends the search."""
        self._search = Search(self.entries, query) if query else None
        self._match = None
        if self._search is not None:
            self._search_on(perf_counter() + SLICE_SECONDS)
        self._tell_found()
        self.repaint(self._top)

    def _search_on(self, until: float) -> None:
        search = self._search
        if search is None:
            return
        search.step()
        while not search.done and perf_counter() < until:
            search.step()
        if self._match is None and search.found:
            self._show_match(search.all()[-1])
        if not search.done:
            self._wake()

    def idle_step(self) -> tuple[bool, bool]:
        """Searching comes before measuring."""
        if self._search is not None and not self._search.done:
            self._search_on(perf_counter() + SLICE_SECONDS)
            self._tell_found()
            self.repaint(self._top)
            return True, False
        return super().idle_step()

    def find_next(self) -> None:
        """To the match below; from the last to the first."""
        self._find(1)

    def find_previous(self) -> None:
        """To the match above; from the first to the last."""
        self._find(-1)

    def _find(self, step: int) -> None:
        matches = self._search.all() if self._search is not None else []
        if not matches:
            return
        at = matches.index(self._match) + step if self._match in matches else -1
        self._show_match(matches[at % len(matches)])
        self._tell_found()

    def _show_match(self, match: Match) -> None:
        """Go to a match, unfolding what it is in."""
        self._match = match
        entry = self.entries[match.entry]
        if entry.folded and match.block >= len(self.entries.blocks(match.entry)):
            self.toggle_fold(entry.item.key)
        self.entries.measure(match.entry)
        line = self.line_at(Place(match.entry, match.block, match.start))
        if not self._top <= line < self._top + self._view:
            self.scroll_to_line(line - self._view // 3)
        self.repaint(self._top)

    @property
    def found(self) -> tuple[int, int]:
        """Which match is shown, from 1, and how many there are so far."""
        if self._search is None:
            return 0, 0
        matches = self._search.all()
        at = matches.index(self._match) + 1 if self._match in matches else 0
        return at, len(matches)

    def _tell_found(self) -> None:
        search = self._search
        if search is not None:
            self.post_message(Found(search.query, *self.found, done=search.done))


def marks_over(shown: Line, start: int, end: int, style: str, query: str) -> list[Span]:
    """Marks over the part of a line that shows characters `start` to `end` of its block."""
    first, last = shown.covers()
    if end <= first or start >= last:
        return []
    if shown.whole:
        at = shown.text.lower().find(query.lower()) if query else -1
        return [Span(at, at + len(query), style)] if at >= 0 else []
    a = shown.lead + max(start, first) - shown.start
    b = shown.lead + min(end, last) - shown.start
    return [Span(a, b, style)]
