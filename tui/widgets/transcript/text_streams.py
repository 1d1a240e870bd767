"""Text that streams in: collected as it arrives, shown at most twenty times a second."""

from typing import Final

from textual.widget import Widget

from tui.reports.transcript_items import (
    AnswerItem,
    StreamKind,
    ThinkingItem,
    TranscriptItem,
    is_same_request,
    removed_item,
)
from tui.sanitize import StreamCleaner, clean
from tui.widgets.ticker import Ticker
from tui.widgets.transcript.entry_list import EntryList, TranscriptEntry
from tui.widgets.transcript.item_updates import ItemUpdates
from tui.widgets.transcript.strip_cache import StripCache
from tui.widgets.transcript.transcript_blocks import TranscriptBlock
from tui.widgets.transcript.viewport import Viewport

MOST_AT_ONCE: Final = 4_000
"""Characters that are read in one go, however many have arrived."""


class TextStreams:
    """The items whose text is still arriving."""

    def __init__(
        self,
        widget: Widget,
        entries: EntryList,
        painter: StripCache,
        viewport: Viewport,
        updates: ItemUpdates,
    ) -> None:
        """Make it for one transcript.

        Args:
            widget: Whose application has the clock by which text is shown.
            entries: Where the text goes.
            painter: Uses again what it knows of blocks that grew.
            viewport: Shows the lines that changed, and knows what is seen.
            updates: Puts the items that the text belongs to.
        """
        self._widget = widget
        self._entries = entries
        self._painter = painter
        self._viewport = viewport
        self._updates = updates
        self._indexes: dict[str, int] = {}
        self._replaced: dict[str, list[str]] = {}
        """Thinking that an answer takes the place of, by the key of the answer."""
        self._flush_pending = False

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what is still being shown piece by piece."""
        return tuple(self._indexes)

    @property
    def is_flush_pending(self) -> bool:
        """Whether what has arrived will be shown in a moment."""
        return self._flush_pending

    # -- what arrives --------------------------------------------------------------------

    def clear(self) -> None:
        """Forget all streams; their items stay as they are."""
        self._indexes.clear()
        self._replaced.clear()

    def open(self, key: str, kind: StreamKind) -> None:
        """Text for a new answer or new thinking will arrive under this key."""
        item: TranscriptItem = AnswerItem(key, "") if kind == "answer" else ThinkingItem(key)
        self.put(item)
        index = self._entries.index(key)
        assert index is not None
        entry = self._entries[index]
        entry.sealed = False
        entry.cleaner = StreamCleaner()
        if kind == "answer":
            self._replaced[key] = [each for each in self._indexes if self._is_thought_of(each, key)]
            from tui.widgets.transcript.markdown_stream import MarkdownStream

            entry.stream = MarkdownStream()
            entry.blocks = entry.stream.blocks
            self._entries.remeasure_from(index, 0)
        self._indexes[key] = index

    def _is_thought_of(self, thinking: str, answer: str) -> bool:
        """Whether a stream is thinking of the request that now says something."""
        item = self._entries[self._indexes[thinking]].item
        return isinstance(item, ThinkingItem) and is_same_request(item, AnswerItem(answer, ""))

    def _remove_thoughts(self, answer: str) -> None:
        """The first text of an answer is shown: it is where folded thinking was.

        What was thought comes back below the answer, with what the request did.
        """
        for thinking in self._replaced.pop(answer, ()):
            index = self._entries.index(thinking)
            if index is not None and self._entries[index].folded:
                self.put(removed_item(thinking))

    def feed(self, key: str, text: str) -> None:
        """More text; it is shown in the next frame of the clock if it can be seen."""
        index = self._indexes.get(key)
        if index is not None and not self._entries[index].sealed:
            self._entries[index].arrived_text += text
            self._flush_soon()

    def end(self, key: str) -> None:
        """No more text will come under this key."""
        index = self._indexes.get(key)
        if index is not None:
            self._entries[index].sealed = True
            self._flush_soon()

    def put(self, item: TranscriptItem) -> None:
        """Put an item; a stream under its key ends."""
        index = self._indexes.get(item.key)
        if index is None or not isinstance(item, AnswerItem) or not self._end_with(index, item):
            self._close(item.key)
            self._updates.put(item)

    def _end_with(self, index: int, item: AnswerItem) -> bool:
        """Let a stream end in the whole answer, if what was shown of it is its beginning."""
        entry = self._entries[index]
        whole = clean(item.markdown)
        if entry.stream is None or not whole.startswith(entry.stream.text):
            return False
        entry.item, entry.cleaner, entry.sealed = item, StreamCleaner(), True
        entry.arrived_text = whole[len(entry.stream.text) :]
        self._flush_soon()
        return True

    def _close(self, key: str) -> None:
        index = self._indexes.pop(key, None)
        if index is None:
            return
        entry = self._entries[index]
        if isinstance(entry.item, AnswerItem) and entry.stream and not entry.item.markdown:
            entry.item = AnswerItem(key, entry.stream.text + entry.arrived_text)
        entry.sealed, entry.cleaner, entry.arrived_text = True, None, ""
        self._updates.tell_changed(index)

    # -- showing it ----------------------------------------------------------------------

    def resume(self) -> None:
        """Somebody may see now what arrived out of sight."""
        if self._indexes:
            self._flush_soon()

    def _flush_soon(self) -> None:
        if not self._flush_pending and self._widget.is_attached:
            self._flush_pending = True
            Ticker.of(self._widget.app).at_next_frame(self._flush_frame)

    def _flush_frame(self) -> None:
        if self._flush_pending and self._widget.is_attached:
            self.flush()

    def flush(self) -> None:
        """Show what has arrived, unless nobody would see it."""
        self._flush_pending = False
        more = False
        for key, index in list(self._indexes.items()):
            if key in self._indexes:
                more = self._flush_entry(key, index) or more
        if more:
            self._flush_soon()

    def _flush_entry(self, key: str, index: int) -> bool:
        """Show what has arrived for one stream; whether there is more to show."""
        entry = self._entries[index]
        if not entry.sealed and not entry.arrived_text:
            return False
        if not self._viewport.shows_end_of(index) and entry.arrived_text:
            self._viewport.announce_output()
            if not entry.sealed:
                return False
        text, last = _next_piece(entry)
        if entry.stream is not None:
            self._show_answer_text(index, entry, text, last)
            self._remove_thoughts(key)
        else:
            self._show_thinking_text(index, entry, text)
        if last:
            self._close(key)
        return bool(entry.arrived_text)

    def _show_answer_text(self, index: int, entry: TranscriptEntry, text: str, last: bool) -> None:
        stream = entry.stream
        assert stream is not None
        old = list(stream.blocks[stream.settled_blocks :])
        keep = stream.settled_blocks
        change = stream.feed(text)
        dirty, keep = change.dirty, min(keep, change.keep)
        if last:
            change = stream.finish()
            dirty = min(dirty, change.dirty)
            if change.keep < keep:
                self._painter.forget(old)
                old, keep = [], change.keep
        first = self._reuse_layouts(index, keep, old, stream.blocks)
        self._entries.remeasure_from(index, dirty)
        if dirty < keep:
            first = self._entries.heights.top(index)
        self._viewport.lines_changed(first)

    def _reuse_layouts(
        self, index: int, keep: int, old: list[TranscriptBlock], blocks: list[TranscriptBlock]
    ) -> int:
        """Hand on what is known of blocks that changed a little.

        Args:
            index: Of the entry.
            keep: The number of its first block that may have changed.
            old: The blocks that were there, from that one on.
            blocks: All blocks of the entry as they are now.

        Returns:
            The first line of the transcript that changed.
        """
        first: int | None = None
        for number, earlier in enumerate(old):
            if keep + number >= len(blocks):
                self._painter.forget([earlier])
                continue
            block = blocks[keep + number]
            if block is earlier:
                continue
            block.reuse_measurements(earlier)
            same = self._painter.replace_block(earlier, block)
            if first is None and (
                same < block.height(self._painter.width) or number + 1 == len(old)
            ):
                first = self._entries.line_of(index, keep + number) + same
        return first if first is not None else self._entries.heights.top(index)

    def _show_thinking_text(self, index: int, entry: TranscriptEntry, text: str) -> None:
        item = entry.item
        assert isinstance(item, ThinkingItem)
        entry.item = ThinkingItem(item.key, item.text + text, item.tokens, item.seconds)
        if not entry.folded or not item.text:
            self._updates.redraw(index)


def _next_piece(entry: TranscriptEntry) -> tuple[str, bool]:
    """Take the next text of an entry that is to be shown, cleaned; whether it is the last."""
    arrived = entry.arrived_text
    piece, entry.arrived_text = arrived[:MOST_AT_ONCE], arrived[MOST_AT_ONCE:]
    assert entry.cleaner is not None
    text = entry.cleaner.feed(piece)
    last = entry.sealed and not entry.arrived_text
    if last:
        text += entry.cleaner.finish()
    return text, last
