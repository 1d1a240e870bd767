"""Changing what a transcript shows: items added, replaced by key, folded.

What a change costs does not depend on how many items there are.
"""

from collections.abc import Callable, Iterable

from tui.reports.transcript_items import (
    AnswerItem,
    CallDetail,
    CallGroupItem,
    ToolItem,
    TranscriptItem,
)
from tui.widgets.transcript.entry_list import EntryList, TranscriptEntry, starts_folded
from tui.widgets.transcript.scroll_window import ScrollWindow
from tui.widgets.transcript.strip_cache import StripCache
from tui.widgets.transcript.transcript_blocks import TranscriptBlock
from tui.widgets.transcript.viewport import Viewport

EntryListener = Callable[[int], None]
"""Hears of an entry by its index."""


class ItemUpdates:
    """Changes entries, and keeps what is measured and painted of them true."""

    def __init__(
        self, entries: EntryList, painter: StripCache, window: ScrollWindow, viewport: Viewport
    ) -> None:
        self._entries = entries
        self._painter = painter
        self._window = window
        self._viewport = viewport
        self._changed: list[EntryListener] = []
        self._folded: list[EntryListener] = []

    def when_changed(self, listener: EntryListener) -> None:
        """Call `listener` with every entry that is new or says something else."""
        self._changed.append(listener)

    def when_folded(self, listener: EntryListener) -> None:
        """Call `listener` with every entry that the user folds or unfolds."""
        self._folded.append(listener)

    def tell_changed(self, index: int) -> None:
        """An entry says something else."""
        for listener in self._changed:
            listener(index)

    # -- items -------------------------------------------------------------------------

    def load(self, items: Iterable[TranscriptItem]) -> None:
        """Show these items and nothing else, the last ones at once, the rest as time allows."""
        self._painter.clear()
        self._entries.load(items)
        self._viewport.is_following = True
        self._viewport.measure_all_again()
        self._viewport.lines_changed(0)

    def add(self, item: TranscriptItem) -> None:
        """Show one more item, below the others."""
        index = self._entries.append(item)
        first = self._entries.heights.top(index)
        if self._viewport.is_following or first < self._window.top + self._window.height:
            self._entries.measure(index)
        else:
            self._viewport.measure_all_again()
        self.tell_changed(index)
        self._viewport.lines_changed(first)
        self._viewport.announce_output()

    def put(self, item: TranscriptItem) -> None:
        """Show an item in the place of the one with the same key, or below the others."""
        index = self._entries.index(item.key)
        if index is None:
            self.add(item)
            return
        entry = self._entries[index]
        if _same(entry, item):
            entry.item = item
            return
        old = entry.blocks or []
        self._entries.replace(index, item)
        self._show_replaced(index, old)

    def redraw(self, index: int) -> None:
        """An item says something else now, in about as many lines."""
        old = self._entries[index].blocks or []
        self._entries.discard_blocks(index)
        self._show_replaced(index, old)

    def _show_replaced(self, index: int, old: list[TranscriptBlock]) -> None:
        """Measure and paint an entry whose blocks are others now."""
        entries, window = self._entries, self._window
        self._painter.forget(old)
        first = entries.heights.top(index)
        above = first + entries.heights[index] <= window.top and not self._viewport.is_following
        grew = entries.measure(index)
        if index + 1 < len(entries):
            grew += entries.measure(index + 1)
        if above:
            window.move_to(window.top + grew)
        self.tell_changed(index)
        self._viewport.lines_changed(first)

    # -- folding -----------------------------------------------------------------------

    def toggle_fold(self, key: str) -> None:
        """Fold or unfold an item; its first line stays where it is if its text has room below."""
        index = self._entries.index(key)
        if index is None or not self._entries.is_foldable(index):
            return
        following = self._viewport.is_following
        self._viewport.is_following = False
        self._set_folded(index, not self._entries[index].folded)
        if not self._entries[index].folded:
            self._show_unfolded(index)
        if following and self._window.is_at_end:
            self._viewport.is_following = True

    def _show_unfolded(self, index: int) -> None:
        """Scroll to the text of an entry where most of it would be below the view."""
        window = self._window
        first = self._entries.heights.top(index) + self._entries[index].gap
        last = self._entries.heights.top(index) + self._entries.heights[index] - 1
        if window.top + window.height <= min(last, first + window.height // 2):
            window.show_lines(first, last)

    def _set_folded(self, index: int, folded: bool) -> None:
        old = self._entries[index].blocks or []
        self._entries.fold(index, folded)
        self._show_replaced(index, old)
        for listener in self._folded:
            listener(index)

    def show_detail(self, detail: CallDetail) -> None:
        """Show so much of folded tool calls from now on; what is in view stays there."""
        if detail == self._entries.detail:
            return
        place = self._viewport.top_position()
        self._entries.detail = detail
        for index, entry in enumerate(self._entries.all):
            if isinstance(entry.item, ToolItem | CallGroupItem) and entry.sealed:
                self._painter.forget(entry.blocks or [])
                self._entries.discard_blocks(index)
        self._viewport.put_at_top(place)
        self._viewport.measure_all_again()
        self._viewport.lines_changed(0)

    def fold_all(self) -> None:
        """Fold everything, or unfold it where all of it is folded."""
        entries = self._entries
        found = [at for at in entries.foldable() if starts_folded(entries[at].item)]
        folded = any(not entries[at].folded for at in found)
        place = self._viewport.top_position()
        for index in found:
            entry = entries[index]
            if entry.folded != folded and entry.sealed:
                self._painter.forget(entry.blocks or [])
                entries.fold(index, folded)
        self._viewport.put_at_top(place)
        self._viewport.measure_all_again()
        self._viewport.lines_changed(0)


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
