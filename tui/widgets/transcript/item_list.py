"""Items in: loading, adding, replacing by key, folding."""

from collections.abc import Iterable

from tui.reports.transcript_items import AnswerItem, TranscriptItem
from tui.widgets.transcript.interaction import InteractiveTranscript
from tui.widgets.transcript.item_blocks import is_foldable
from tui.widgets.transcript.transcript_blocks import TranscriptBlock
from tui.widgets.transcript.transcript_entry import TranscriptEntry, starts_folded


class ItemTranscript(InteractiveTranscript):
    """Holds items; what one costs does not depend on how many there are."""

    def load(self, items: Iterable[TranscriptItem]) -> None:
        """Show these items and nothing else, the last ones at once, the rest as time allows."""
        self.cursor = None
        self.find("")
        self.painter.clear()
        self.entries.load(items)
        self._following = True
        self.measure_all_again()
        self.lines_changed(0)

    def clear(self) -> None:
        """Show nothing."""
        self.load(())

    def add(self, item: TranscriptItem) -> None:
        """Show one more item, below the others."""
        index = self.entries.append(item)
        first = self.entries.heights.top(index)
        if self._following or first < self._top_line + self._visible_lines:
            self.entries.measure(index)
        else:
            self.measure_all_again()
        self.search_again(index)
        self.lines_changed(first)
        self.tell_new_output()

    def put(self, item: TranscriptItem) -> None:
        """Show an item in the place of the one with the same key, or below the others."""
        index = self.entries.index(item.key)
        if index is None:
            self.add(item)
            return
        entry = self.entries[index]
        old = entry.blocks or []
        if _same(entry, item):
            entry.item = item
            return
        self.entries.replace(index, item)
        self._replaced(index, old)

    def _replaced(self, index: int, old: list[TranscriptBlock]) -> None:
        """Measure and paint an entry whose blocks are others now."""
        self.painter.forget(old)
        first = self.entries.heights.top(index)
        above = first + self.entries.heights[index] <= self._top_line and not self._following
        grew = self.entries.measure(index)
        if index + 1 < len(self.entries):
            grew += self.entries.measure(index + 1)
        if above:
            self._set_scroll(self._top_line + grew)
        self.search_again(index)
        self.lines_changed(first)

    def toggle_fold(self, key: str) -> None:
        """Fold or unfold an item; its first line stays where it is."""
        index = self.entries.index(key)
        if index is None or not is_foldable(self.entries[index].item):
            return
        following = self._following
        self._following = False
        self._set_folded(index, not self.entries[index].folded)
        end = self._top_line >= self.entries.heights.total - self._visible_lines
        if following and end:
            self._following = True

    def _set_folded(self, index: int, folded: bool) -> None:
        entry = self.entries[index]
        old = entry.blocks or []
        self.entries.fold(index, folded)
        self._replaced(index, old)
        if self.cursor is not None and self.cursor.stop.entry == index:
            last = max(0, len(self.entries.blocks(index)) - 1)
            self.cursor.stop = self.cursor.stop._replace(first=0, last=last)

    def fold_all(self, folded: bool | None = None) -> None:
        """Fold or unfold everything; without an argument, the other way than most of it is."""
        found = [at for at in self.entries.foldable() if starts_folded(self.entries[at].item)]
        if folded is None:
            folded = any(not self.entries[at].folded for at in found)
        place = self._top_position()
        for index in found:
            entry = self.entries[index]
            if entry.folded != folded and not self.is_streaming(entry):
                self.painter.forget(entry.blocks or [])
                self.entries.fold(index, folded)
        self._restore(place)
        self.measure_all_again()
        self.lines_changed(0)

    def is_streaming(self, entry: TranscriptEntry) -> bool:
        """Whether text for an entry is still arriving."""
        return not entry.sealed


def _same(entry: TranscriptEntry, item: TranscriptItem) -> bool:
    """Whether `item` says what the entry already shows: an answer that was streamed whole."""
    if entry.item == item:
        return True
    return (
        isinstance(item, AnswerItem)
        and isinstance(entry.item, AnswerItem)
        and entry.stream is not None
        and entry.stream.is_finished
        and entry.stream.text == item.markdown
    )
