"""Searching a transcript: marks, counts, and the way from one place found to the next."""

from time import perf_counter
from typing import ClassVar

from typing_extensions import override

from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.messages import SearchProgress
from tui.widgets.transcript.rendering import TranscriptCanvas
from tui.widgets.transcript.scrolling import SLICE_SECONDS
from tui.widgets.transcript.styled_text import StyleSpan
from tui.widgets.transcript.text_search import SearchMatch, TranscriptSearch
from tui.widgets.transcript.transcript_blocks import BlockLine, TranscriptBlock
from tui.widgets.transcript.transcript_entry import TextPosition


class SearchableTranscript(TranscriptCanvas):
    """A canvas that can be searched."""

    SearchProgress: ClassVar = SearchProgress

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._search: TranscriptSearch | None = None
        self._match: SearchMatch | None = None

    @override
    def overlay(
        self, index: int, number: int, block: TranscriptBlock, line: int
    ) -> tuple[tuple[StyleSpan, ...], str]:
        over, bar = super().overlay(index, number, block, line)
        search = self._search
        if search is None or index not in search.found:
            return over, bar
        lines = self.painter.layout_of(block).lines
        if line >= len(lines):
            return over, bar
        return (*over, *self._match_overlay(search, index, number, lines[line])), bar

    def _match_overlay(
        self, search: TranscriptSearch, index: int, number: int, shown: BlockLine
    ) -> list[StyleSpan]:
        here = self._match
        marks = []
        for match in search.found[index]:
            if match.block == number:
                style = (
                    transcript_styles.CURRENT_MATCH if match == here else transcript_styles.MATCH
                )
                marks += overlay_spans(shown, match.start, match.end, style, search.query)
        return marks

    def toggle_fold(self, key: str) -> None:
        """Fold or unfold an item."""
        raise NotImplementedError

    def search_again(self, index: int) -> None:
        """An entry is new or says something else."""
        if self._search is not None:
            self._search.search_entry(index)

    def find(self, query: str) -> None:
        """Look for `query`, case aside, from the end up; an empty one ends the search."""
        self._search = TranscriptSearch(self.entries, query) if query else None
        self._match = None
        if self._search is not None:
            self._search_until(perf_counter() + SLICE_SECONDS)
        self._post_progress()
        self.repaint(self._top_line)

    def _search_until(self, until: float) -> None:
        search = self._search
        if search is None:
            return
        search.search_next()
        while not search.done and perf_counter() < until:
            search.search_next()
        if self._match is None and search.found:
            self._show_match(search.all()[-1])
        if not search.done:
            self._schedule_idle()

    def idle_step(self) -> tuple[bool, bool]:
        """Searching comes before measuring."""
        if self._search is not None and not self._search.done:
            self._search_until(perf_counter() + SLICE_SECONDS)
            self._post_progress()
            self.repaint(self._top_line)
            return True, False
        return super().idle_step()

    def find_next(self) -> None:
        """To the match below; from the last to the first."""
        self._go_to_match(1)

    def find_previous(self) -> None:
        """To the match above; from the first to the last."""
        self._go_to_match(-1)

    def _go_to_match(self, step: int) -> None:
        matches = self._search.all() if self._search is not None else []
        if not matches:
            return
        at = matches.index(self._match) + step if self._match in matches else -1
        self._show_match(matches[at % len(matches)])
        self._post_progress()

    def _show_match(self, match: SearchMatch) -> None:
        """Go to a match, unfolding what it is in."""
        self._match = match
        entry = self.entries[match.entry]
        if entry.folded and match.block >= len(self.entries.blocks(match.entry)):
            self.toggle_fold(entry.item.key)
        self.entries.measure(match.entry)
        line = self.line_of_position(TextPosition(match.entry, match.block, match.start))
        if not self._top_line <= line < self._top_line + self._visible_lines:
            self.scroll_to_line(line - self._visible_lines // 3)
        self.repaint(self._top_line)

    @property
    def match_count(self) -> tuple[int, int]:
        """Which match is shown, from 1, and how many there are so far."""
        if self._search is None:
            return 0, 0
        matches = self._search.all()
        at = matches.index(self._match) + 1 if self._match in matches else 0
        return at, len(matches)

    def _post_progress(self) -> None:
        search = self._search
        if search is not None:
            self.post_message(SearchProgress(search.query, *self.match_count, done=search.done))


def overlay_spans(
    shown: BlockLine, start: int, end: int, style: str, query: str
) -> list[StyleSpan]:
    """Marks over the part of a line that shows characters `start` to `end` of its block."""
    first, last = shown.covered_range()
    if end <= first or start >= last:
        return []
    if shown.atomic_length:
        at = shown.text.lower().find(query.lower()) if query else -1
        return [StyleSpan(at, at + len(query), style)] if at >= 0 else []
    a = shown.lead + max(start, first) - shown.start
    b = shown.lead + min(end, last) - shown.start
    return [StyleSpan(a, b, style)]
