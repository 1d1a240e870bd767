"""The keyboard and the mouse on a transcript: a block cursor, targets, copying, folding."""

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from typing_extensions import override

from tui.reports.transcript_items import AnswerItem, CardItem, PromptItem
from tui.widgets.command_bindings import command_binding
from tui.widgets.transcript import block_cursor as walk
from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.block_cursor import BlockCursor, CursorStop, StopTarget
from tui.widgets.transcript.card_block import ACTION_PREFIX
from tui.widgets.transcript.item_blocks import is_foldable
from tui.widgets.transcript.markdown_copy import stop_to_markdown
from tui.widgets.transcript.messages import ActionChosen, Copied, CursorMoved, LinkChosen
from tui.widgets.transcript.offsets import character_at
from tui.widgets.transcript.search_navigation import overlay_spans
from tui.widgets.transcript.strip_cache import LEFT_MARGIN
from tui.widgets.transcript.styled_text import StyleSpan
from tui.widgets.transcript.text_selection import PAST_END, SelectableTranscript
from tui.widgets.transcript.transcript_blocks import BlockLine, TranscriptBlock


class InteractiveTranscript(SelectableTranscript):
    """A canvas that can be walked through and clicked on."""

    LinkChosen: ClassVar = LinkChosen
    ActionChosen: ClassVar = ActionChosen
    Copied: ClassVar = Copied

    BINDINGS: ClassVar[list[BindingType]] = [
        command_binding("transcript.block_up", "block_up"),
        command_binding("transcript.block_down", "block_down"),
        command_binding("transcript.first", "block_first"),
        command_binding("transcript.last", "block_last"),
        command_binding("transcript.fold", "activate"),
        command_binding("transcript.copy", "copy"),
    ]

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.cursor: BlockCursor | None = None

    @override
    def overlay(
        self, index: int, number: int, block: TranscriptBlock, line: int
    ) -> tuple[tuple[StyleSpan, ...], str]:
        over, bar = super().overlay(index, number, block, line)
        cursor = self.cursor
        if cursor is None or not cursor.stop.contains(index, number) or not self.has_focus:
            return over, bar
        lines = self.painter.layout_of(block).lines
        if line < len(lines):
            over = (*over, *self._target_overlay(cursor, number, lines[line]))
        return over, transcript_styles.CURSOR_BAR

    def _target_overlay(
        self, cursor: BlockCursor, number: int, shown: BlockLine
    ) -> list[StyleSpan]:
        found = walk.stop_targets(self.entries, cursor.stop)
        if not found:
            return []
        target = found[cursor.target % len(found)]
        if target.block != number:
            return []
        return overlay_spans(shown, target.start, target.end, transcript_styles.CHOSEN_TARGET, "")

    # -- copying ------------------------------------------------------------------------

    def text_to_copy(self) -> str:
        """What copying would take: the selection, the cursor's block, or the last answer."""
        if text := self.selected_text():
            return text
        if self.cursor is not None and self.has_focus:
            stop = self.cursor.stop
            return stop_to_markdown(self.entries, stop.entry, stop.first, stop.last)
        for entry in reversed(self.entries.all):
            if isinstance(entry.item, AnswerItem) and not entry.item.from_program:
                return entry.source
        return ""

    def action_copy(self) -> None:
        """Put it on the clipboard."""
        if text := self.text_to_copy():
            self.app.copy_to_clipboard(text)
            self.post_message(Copied(text))

    # -- the block cursor ----------------------------------------------------------------

    def on_focus(self) -> None:
        """Show the cursor, at first on the last block in view."""
        if self.cursor is None or self.cursor.stop.entry >= len(self.entries):
            self._start_cursor()
        self.repaint(self._top_line)

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.repaint(self._top_line)

    def focus_card_or_view(self) -> None:
        """Take the keys: on the card that stands below the last prompt, else in view."""
        self.focus()
        card = self._last_card()
        if card is None:
            self._start_cursor()
            self.repaint(self._top_line)
        else:
            self.move_cursor(walk.stop_at(self.entries, card, 0))

    def _last_card(self) -> int | None:
        """Where the last card with something to do stands; None where a prompt came after it."""
        for at in range(len(self.entries) - 1, -1, -1):
            match self.entries[at].item:
                case CardItem(actions=(_, *_)):
                    return at
                case PromptItem():
                    return None
                case _:
                    pass
        return None

    def _start_cursor(self) -> None:
        self.cursor = None
        self.post_message(CursorMoved())
        if len(self.entries):
            last = min(self._top_line + self._visible_lines, self.entries.heights.total) - 1
            spot = self.entries.position_of_line(max(0, last))
            self.cursor = BlockCursor(walk.stop_at(self.entries, spot.entry, spot.block))

    def move_cursor(self, stop: CursorStop | None) -> None:
        """Put the cursor on a stop and bring it into view."""
        if stop is None:
            return
        self.cursor = BlockCursor(stop)
        self.post_message(CursorMoved())
        self.entries.measure(stop.entry)
        first = self.entries.line_of(stop.entry, stop.first)
        last_block = self.entries.blocks(stop.entry)[stop.last]
        last = self.entries.line_of(stop.entry, stop.last)
        self.show_lines(first, last + last_block.height(self.painter.width) - 1)
        self.repaint(self._top_line)

    def action_block_up(self) -> None:
        """To the block above."""
        if self.cursor is None:
            self._start_cursor()
            self.repaint(self._top_line)
        else:
            self.move_cursor(walk.stop_above(self.entries, self.cursor.stop))

    def action_block_down(self) -> None:
        """To the block below; from the last one, follow the end."""
        if self.cursor is None:
            self._start_cursor()
            self.repaint(self._top_line)
            return
        stop = walk.stop_below(self.entries, self.cursor.stop)
        if stop is None:
            self.follow()
        self.move_cursor(stop)

    def action_block_first(self) -> None:
        """To the first block."""
        if len(self.entries):
            self.move_cursor(walk.stop_at(self.entries, 0, 0))
            self.scroll_to_line(0)

    def action_block_last(self) -> None:
        """To the last block, and follow the end."""
        if len(self.entries):
            last = len(self.entries) - 1
            self.move_cursor(walk.stop_at(self.entries, last, PAST_END))
        self.follow()

    def action_activate(self) -> None:
        """Fold or unfold, or choose the target that is shown chosen."""
        if self.cursor is None:
            self._start_cursor()
            self.repaint(self._top_line)
            return
        stop = self.cursor.stop
        item = self.entries[stop.entry].item
        if is_foldable(item):
            self.toggle_fold(item.key)
            self.post_message(CursorMoved())
            return
        found = walk.stop_targets(self.entries, stop)
        if found:
            self.follow_target(stop.entry, found[self.cursor.target % len(found)].href)

    def follow_target(self, entry: int, href: str) -> None:
        """Follow a link, or do what an action says."""
        if href.startswith(ACTION_PREFIX):
            key = self.entries[entry].item.key
            self.post_message(ActionChosen(key, href.removeprefix(ACTION_PREFIX)))
        else:
            self.post_message(LinkChosen(href))

    @property
    def offered_actions(self) -> tuple[str, ...]:
        """Ids of the actions of the card under the cursor; none without one."""
        if self.cursor is None or self.cursor.stop.entry >= len(self.entries):
            return ()
        item = self.entries[self.cursor.stop.entry].item
        return tuple(action.id for action in item.actions) if isinstance(item, CardItem) else ()

    @property
    def enter_action(self) -> str:
        """What enter does on the block under the cursor: a verb; empty where it does nothing."""
        if self.cursor is None or self.cursor.stop.entry >= len(self.entries):
            return ""
        entry = self.entries[self.cursor.stop.entry]
        if is_foldable(entry.item):
            return "unfold" if entry.folded else "fold"
        return "open" if walk.stop_targets(self.entries, self.cursor.stop) else ""

    def on_key(self, event: events.Key) -> None:
        """Left and right go through targets."""
        if self.cursor is not None and self.has_focus and event.key in ("left", "right"):
            self.cursor.target += 1 if event.key == "right" else -1
            self.repaint(self._top_line)
            event.stop()

    # -- the mouse -----------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """Follow links, choose actions, fold and unfold."""
        if event.chain > 1 or self.selected_text():
            return
        line = event.y + self._top_line
        if not len(self.entries) or not 0 <= line < self.entries.heights.total:
            return
        spot = self.entries.position_of_line(line)
        item = self.entries[spot.entry].item
        self.cursor = BlockCursor(walk.stop_at(self.entries, spot.entry, spot.block))
        self.post_message(CursorMoved())
        self.repaint(self._top_line)
        target = self._target_at(event.x, event.y)
        if target is not None:
            self.follow_target(spot.entry, target.href)
        elif spot.block == 0 and spot.line >= 0 and is_foldable(item):
            self.toggle_fold(item.key)

    def _target_at(self, x: int, y: int) -> StopTarget | None:
        place = self.position_at(x, y)
        if place is None:
            return self._target_in_row(x, y)
        block = self.entries.blocks(place.entry)[place.block]
        for link in block.links:
            if link.start <= place.offset < link.end:
                return StopTarget(place.block, *link)
        return None

    def _target_in_row(self, x: int, y: int) -> StopTarget | None:
        """The link under the mouse in a line that stands for a whole row, as in a table."""
        spot = self.entries.position_of_line(y + self._top_line)
        block = self.entries.blocks(spot.entry)[spot.block]
        lines = self.painter.layout_of(block).lines
        if not 0 <= spot.line < len(lines) or not lines[spot.line].atomic_length:
            return None
        shown = lines[spot.line]
        first, last = shown.covered_range()
        at = character_at(shown.text, x - LEFT_MARGIN)
        for start, end, style in shown.spans:
            if style == transcript_styles.LINK and at is not None and start <= at < end:
                for link in block.links:
                    inside = first <= link.start and link.end <= last
                    if inside and shown.text[start:end] in block.text[link.start : link.end]:
                        return StopTarget(spot.block, *link)
        return None
