"""The transcript: a conversation of any length, drawn by one widget.

Items go in (`put`, `load`), text streams in (`open_stream`, `feed`, `seal`), and what people
do with it comes out as messages. What an item costs does not depend on how many there are.
"""

from collections.abc import Iterable
from time import monotonic
from typing import Final

from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer
from typing_extensions import override

from tui.reports.transcript_items import AnswerItem, StreamKind, ThinkingItem, TranscriptItem
from tui.sanitize import StreamCleaner, clean
from tui.widgets.transcript.item_list import ItemTranscript
from tui.widgets.transcript.lazy_loading import HighlightLoader
from tui.widgets.transcript.transcript_blocks import TranscriptBlock
from tui.widgets.transcript.transcript_entry import TranscriptEntry

FLUSH_SECONDS: Final = 1 / 30
"""Text that streams in is shown at most this often."""

MOST_AT_ONCE: Final = 4_000
"""Characters that are read in one go, however many have arrived."""


class Transcript(ItemTranscript):
    """Shows a conversation and what the tools did in it."""

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._streams: dict[str, int] = {}
        self._flush_timer: Timer | None = None
        self._flushed = 0.0
        self._highlight_loader = HighlightLoader()

    def on_mount(self) -> None:
        """Load what reads Markdown and colours code, once there is a first frame."""
        self.call_after_refresh(self._highlight_loader.load, self._recolour)

    def _recolour(self) -> None:
        """Code that was painted without colours gets them."""
        if self.is_attached:
            self.painter.clear()
            self.repaint()

    @property
    @override
    def has_idle_work(self) -> bool:
        return super().has_idle_work or self._highlight_loader.busy

    @override
    def render_lines(self, crop: Region) -> list[Strip]:
        rows = super().render_lines(crop)
        self._highlight_loader.load_requested(self._recolour)
        return rows

    @property
    def streaming(self) -> tuple[str, ...]:
        """Keys of what is still being shown piece by piece."""
        return tuple(self._streams)

    @override
    def load(self, items: Iterable[TranscriptItem]) -> None:
        self._streams.clear()
        super().load(items)

    @override
    def put(self, item: TranscriptItem) -> None:
        index = self._streams.get(item.key)
        if (
            index is not None
            and isinstance(item, AnswerItem)
            and self._end_stream_with(index, item)
        ):
            return
        self._end_stream(item.key)
        super().put(item)

    def _end_stream_with(self, index: int, item: AnswerItem) -> bool:
        """Let a stream end in the whole answer, if what was shown of it is its beginning."""
        entry = self.entries[index]
        whole = clean(item.markdown)
        if entry.stream is None or not whole.startswith(entry.stream.text):
            return False
        entry.item, entry.cleaner, entry.sealed = item, StreamCleaner(), True
        entry.arrived_text = whole[len(entry.stream.text) :]
        self._flush_soon()
        return True

    # -- streams ---------------------------------------------------------------------

    def open_stream(self, key: str, kind: StreamKind) -> None:
        """Text for a new answer or new thinking will arrive under this key."""
        item: TranscriptItem = AnswerItem(key, "") if kind == "answer" else ThinkingItem(key)
        self.put(item)
        index = self.entries.index(key)
        assert index is not None
        entry = self.entries[index]
        entry.sealed = False
        entry.cleaner = StreamCleaner()
        if kind == "answer":
            from tui.widgets.transcript.markdown_stream import MarkdownStream

            entry.stream = MarkdownStream()
            entry.blocks = entry.stream.blocks
            self.entries.remeasure_from(index, 0)
        self._streams[key] = index

    def feed(self, key: str, text: str) -> None:
        """More text; it is shown within a thirtieth of a second if it can be seen."""
        index = self._streams.get(key)
        if index is not None and not self.entries[index].sealed:
            self.entries[index].arrived_text += text
            self._flush_soon()

    def end_stream(self, key: str) -> None:
        """No more text will come under this key."""
        index = self._streams.get(key)
        if index is not None:
            self.entries[index].sealed = True
            self._flush_soon()

    def set_thinking_tokens(self, key: str, tokens: int) -> None:
        """Say how many tokens a thinking that streams has so far."""
        index = self.entries.index(key)
        if index is not None and isinstance(item := self.entries[index].item, ThinkingItem):
            self.entries[index].item = ThinkingItem(key, item.text, tokens, item.seconds)
            self._redraw(index)

    def _flush_soon(self) -> None:
        if self._flush_timer is None and self.is_attached:
            delay = max(0.001, self._flushed + FLUSH_SECONDS - monotonic())
            self._flush_timer = self.set_timer(delay, self.flush)

    def flush(self) -> None:
        """Show what has arrived, unless nobody would see it."""
        self._flush_timer = None
        self._flushed = monotonic()
        more = False
        for key, index in list(self._streams.items()):
            more = self._flush_entry(key, index) or more
        if more:
            self._flush_soon()

    def _flush_entry(self, key: str, index: int) -> bool:
        """Show what has arrived for one stream; whether there is more to show."""
        entry = self.entries[index]
        if not entry.sealed and not entry.arrived_text:
            return False
        if not self._is_seen(index) and entry.arrived_text:
            self.tell_new_output()
            if not entry.sealed:
                return False
        piece, entry.arrived_text = (
            entry.arrived_text[:MOST_AT_ONCE],
            entry.arrived_text[MOST_AT_ONCE:],
        )
        assert entry.cleaner is not None
        text = entry.cleaner.feed(piece)
        last = entry.sealed and not entry.arrived_text
        if last:
            text += entry.cleaner.finish()
        if entry.stream is not None:
            self._show_answer_text(index, entry, text, last)
        else:
            self._show_thinking_text(index, entry, text)
        if last:
            self._end_stream(key)
        return bool(entry.arrived_text)

    def _is_seen(self, index: int) -> bool:
        """Whether the end of an entry is in view."""
        if not self._visible_lines or not self.screen.is_current:
            return False
        heights = self.entries.heights
        bottom = heights.top(index) + heights[index]
        return self._following or self._top_line < bottom <= self._top_line + self._visible_lines

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
                self.painter.forget(old)
                old, keep = [], change.keep
        first = self._reuse_layouts(index, keep, old, stream.blocks)
        self.entries.remeasure_from(index, dirty)
        if dirty < keep:
            first = self.entries.heights.top(index)
        self.lines_changed(first)

    def _reuse_layouts(
        self, index: int, keep: int, old: list[TranscriptBlock], blocks: list[TranscriptBlock]
    ) -> int:
        """Hand on what is known of blocks that changed a little; the first line that changed."""
        first: int | None = None
        for number, earlier in enumerate(old):
            if keep + number >= len(blocks):
                self.painter.forget([earlier])
                continue
            block = blocks[keep + number]
            if block is earlier:
                continue
            block.reuse_measurements(earlier)
            same = self.painter.replace_block(earlier, block)
            if first is None and (
                same < block.height(self.painter.width) or number + 1 == len(old)
            ):
                first = self.entries.line_of(index, keep + number) + same
        return first if first is not None else self.entries.heights.top(index)

    def _show_thinking_text(self, index: int, entry: TranscriptEntry, text: str) -> None:
        item = entry.item
        assert isinstance(item, ThinkingItem)
        entry.item = ThinkingItem(item.key, item.text + text, item.tokens, item.seconds)
        if not entry.folded or not item.text:
            self._redraw(index)

    def _redraw(self, index: int) -> None:
        """An item says something else now, in about as many lines."""
        old = self.entries[index].blocks or []
        self.entries.discard_blocks(index)
        self._replaced(index, old)

    def _end_stream(self, key: str) -> None:
        index = self._streams.pop(key, None)
        if index is None:
            return
        entry = self.entries[index]
        if isinstance(entry.item, AnswerItem) and entry.stream and not entry.item.markdown:
            entry.item = AnswerItem(key, entry.stream.text + entry.arrived_text)
        entry.sealed, entry.cleaner, entry.arrived_text = True, None, ""
        self.search_again(index)

    # -- the view ----------------------------------------------------------------------

    def on_show(self, event: events.Show) -> None:
        """Text may have arrived while nobody could see it."""
        if self._streams:
            self._flush_soon()

    def _set_following(self, following: bool) -> None:
        super()._set_following(following)
        if self._streams:
            self._flush_soon()

    def action_scroll_end(self) -> None:
        """To the end, and follow it."""
        self.follow()

    def action_scroll_home(self) -> None:
        """To the beginning."""
        self.scroll_to_line(0)

    def action_page_up(self) -> None:
        """A page up, less one line to read on from."""
        self.scroll_to_line(self._top_line - max(1, self._visible_lines - 1))

    def action_page_down(self) -> None:
        """A page down, less one line to read on from."""
        self.scroll_to_line(self._top_line + max(1, self._visible_lines - 1))
