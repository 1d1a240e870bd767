"""The block cursor: the way through a transcript without a mouse.

It is on one stop of the transcript, and one of the stop's targets is shown chosen.
"""

from textual.widget import Widget

from tui.reports.transcript_items import PromptItem, TranscriptItem
from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.cursor_stops import (
    CursorStop,
    StopTarget,
    first_stop,
    last_stop,
    stop_above,
    stop_at,
    stop_below,
    stop_targets,
)
from tui.widgets.transcript.entry_list import EntryList
from tui.widgets.transcript.item_updates import ItemUpdates
from tui.widgets.transcript.line_overlay import overlay_spans
from tui.widgets.transcript.markdown_copy import stop_to_markdown
from tui.widgets.transcript.messages import CursorMoved, LinkChosen
from tui.widgets.transcript.scroll_window import ScrollWindow
from tui.widgets.transcript.styled_text import StyleSpan
from tui.widgets.transcript.transcript_blocks import BlockLine
from tui.widgets.transcript.viewport import Viewport


class BlockCursor:
    """Where the block cursor is, and what the keys do there."""

    def __init__(
        self,
        widget: Widget,
        entries: EntryList,
        window: ScrollWindow,
        viewport: Viewport,
        updates: ItemUpdates,
    ) -> None:
        """Make it for one transcript.

        Args:
            widget: Whose focus shows the cursor; what is chosen is its message.
            entries: What the cursor goes through.
            window: The visible lines.
            viewport: Follows the end behind the last stop.
            updates: Folds the item under the cursor.
        """
        self._widget = widget
        self._entries = entries
        self._window = window
        self._viewport = viewport
        self._updates = updates
        self.stop: CursorStop | None = None
        """What it is on; None before it was shown for the first time."""
        self._target = 0
        updates.when_folded(self._cover_whole_entry)

    # -- how it looks ------------------------------------------------------------------

    @property
    def is_shown(self) -> bool:
        """Whether it is to be seen."""
        return self.stop is not None and self._widget.has_focus

    def covers(self, entry: int, block: int) -> bool:
        """Whether it is shown beside a block."""
        return self.stop is not None and self.stop.contains(entry, block) and self.is_shown

    def spans(self, entry: int, block: int, shown: BlockLine) -> list[StyleSpan]:
        """The chosen target, where a line shows it."""
        if not self.covers(entry, block):
            return []
        target = self._chosen_target()
        if target is None or target.block != block:
            return []
        return overlay_spans(shown, target.start, target.end, transcript_styles.CHOSEN_TARGET)

    def _chosen_target(self) -> StopTarget | None:
        """The target that is shown chosen."""
        found = stop_targets(self._entries, self.stop) if self.stop is not None else []
        return found[self._target % len(found)] if found else None

    # -- moving ------------------------------------------------------------------------

    def clear(self) -> None:
        """There is nothing it could be on."""
        self.stop = None

    def place(self, entry: int, block: int) -> None:
        """Put it on the stop of a block that is in view."""
        self._put(stop_at(self._entries, entry, block))
        self._widget.post_message(CursorMoved())
        self._window.repaint_visible()

    def _put(self, stop: CursorStop | None) -> None:
        self.stop, self._target = stop, 0

    def show(self) -> None:
        """Show it where it was, at first on the last block in view."""
        if self._item is None:
            self._start()
        self._window.repaint_visible()

    def go_to_view(self) -> None:
        """Put it on the last block in view."""
        self._start()
        self._window.repaint_visible()

    def _start(self) -> None:
        """Put it on the last block in view."""
        self._put(None)
        self._widget.post_message(CursorMoved())
        if len(self._entries):
            window = self._window
            last = min(window.top + window.height, self._entries.heights.total) - 1
            spot = self._entries.position_of_line(max(0, last))
            self._put(stop_at(self._entries, spot.entry, spot.block))

    def _move_to(self, stop: CursorStop | None) -> None:
        """Put it on a stop, if there is one, and bring it into view."""
        if stop is None:
            return
        self._put(stop)
        self._widget.post_message(CursorMoved())
        self._entries.measure(stop.entry)
        first = self._entries.line_of(stop.entry, stop.first)
        last_block = self._entries.blocks(stop.entry)[stop.last]
        last = self._entries.line_of(stop.entry, stop.last)
        self._window.show_lines(first, last + last_block.height(self._entries.width) - 1)
        self._window.repaint_visible()

    def move_up(self) -> None:
        """Move the cursor to the block above."""
        if self.stop is None:
            self.show()
        else:
            self._move_to(stop_above(self._entries, self.stop))

    def move_down(self) -> None:
        """Move the cursor to the block below; from the last one, follow the end."""
        if self.stop is None:
            self.show()
            return
        stop = stop_below(self._entries, self.stop)
        if stop is None:
            self._viewport.follow()
        self._move_to(stop)

    def move_to_prompt(self, step: int) -> None:
        """Move the cursor to the prompt below, or with -1 above, and scroll it to the top."""
        if self._item is None:
            self._start()
        entries = self._entries
        at = self.stop.entry + step if self.stop is not None else len(entries)
        while 0 <= at < len(entries) and not isinstance(entries[at].item, PromptItem):
            at += step
        if 0 <= at < len(entries):
            self._move_to(stop_at(entries, at, 0))
            self._window.scroll_to_line(entries.line_of(at, 0))
        elif step > 0:
            self.move_to_last()

    def move_to_first(self) -> None:
        """Move the cursor to the first block."""
        if len(self._entries):
            self._move_to(first_stop(self._entries))
            self._window.scroll_to_line(0)

    def move_to_last(self) -> None:
        """Move the cursor to the last block, and follow the end."""
        self._move_to(last_stop(self._entries, len(self._entries)))
        self._viewport.follow()

    def _cover_whole_entry(self, index: int) -> None:
        """An entry was folded or unfolded: if it is under the cursor, all of it is."""
        if self.stop is not None and self.stop.entry == index:
            last = max(0, len(self._entries.blocks(index)) - 1)
            self.stop = self.stop._replace(first=0, last=last)

    # -- what is under it --------------------------------------------------------------

    @property
    def _item(self) -> TranscriptItem | None:
        """The item that it is on."""
        if self.stop is None or self.stop.entry >= len(self._entries):
            return None
        return self._entries[self.stop.entry].item

    @property
    def enter_action(self) -> str:
        """What enter does on its block: a verb; empty where it does nothing."""
        if self._item is None or self.stop is None:
            return ""
        if self._entries.is_foldable(self.stop.entry):
            return "unfold" if self._entries[self.stop.entry].folded else "fold"
        return "open" if self._chosen_target() is not None else ""

    @property
    def markdown(self) -> str:
        """What copying its block gives."""
        if self.stop is None:
            return ""
        return stop_to_markdown(self._entries, self.stop.entry, self.stop.first, self.stop.last)

    def step_target(self, step: int) -> bool:
        """Choose the next target, or with -1 the one before; whether the cursor is shown."""
        if not self.is_shown:
            return False
        self._target += step
        self._window.repaint_visible()
        return True

    def activate(self) -> None:
        """Fold or unfold, or do what the chosen target says."""
        if self.stop is None:
            self.show()
            return
        item = self._entries[self.stop.entry].item
        if self._entries.is_foldable(self.stop.entry):
            self._updates.toggle_fold(item.key)
            self._widget.post_message(CursorMoved())
        elif (target := self._chosen_target()) is not None:
            self._widget.post_message(LinkChosen(target.href))
