"""The keyboard and the mouse on a transcript: a block cursor, targets, copying, folding."""

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from typing_extensions import override

from tui.widgets.bound import bound
from tui.widgets.transcript import cursor as walk
from tui.widgets.transcript import palette
from tui.widgets.transcript.blocks import Block, Line
from tui.widgets.transcript.boxes import ACTION
from tui.widgets.transcript.copying import stop_source
from tui.widgets.transcript.cursor import Cursor, Stop, Target
from tui.widgets.transcript.items import Answer, Card, Prompt
from tui.widgets.transcript.messages import ActionChosen, Copied, CursorMoved, LinkChosen
from tui.widgets.transcript.offsets import character_at
from tui.widgets.transcript.painting import LEFT
from tui.widgets.transcript.seeking import marks_over
from tui.widgets.transcript.selecting import FAR, Selector
from tui.widgets.transcript.shapes import folds
from tui.widgets.transcript.styled import Span


class Hands(Selector):
    """A canvas that can be walked through and clicked on."""

    LinkChosen: ClassVar = LinkChosen
    ActionChosen: ClassVar = ActionChosen
    Copied: ClassVar = Copied

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("transcript.block_up", "block_up"),
        bound("transcript.block_down", "block_down"),
        bound("transcript.first", "block_first"),
        bound("transcript.last", "block_last"),
        bound("transcript.fold", "activate"),
        bound("transcript.copy", "copy"),
    ]

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.cursor: Cursor | None = None

    @override
    def marks(
        self, index: int, number: int, block: Block, line: int
    ) -> tuple[tuple[Span, ...], str]:
        over, bar = super().marks(index, number, block, line)
        cursor = self.cursor
        if cursor is None or not cursor.stop.has(index, number) or not self.has_focus:
            return over, bar
        lines = self.painter.laid(block).lines
        if line < len(lines):
            over = (*over, *self._target_marks(cursor, number, lines[line]))
        return over, palette.CURSOR_BAR

    def _target_marks(self, cursor: Cursor, number: int, shown: Line) -> list[Span]:
        found = walk.targets(self.entries, cursor.stop)
        if not found:
            return []
        target = found[cursor.target % len(found)]
        if target.block != number:
            return []
        return marks_over(shown, target.start, target.end, palette.CHOSEN, "")

    # -- copying ------------------------------------------------------------------------

    def copied_text(self) -> str:
        """What copying would take: the selection, the cursor's block, or the last answer."""
        if text := self.selected_text():
            return text
        if self.cursor is not None and self.has_focus:
            stop = self.cursor.stop
            return stop_source(self.entries, stop.entry, stop.first, stop.last)
        for entry in reversed(self.entries.all):
            if isinstance(entry.item, Answer) and not entry.item.ours:
                return entry.source
        return ""

    def action_copy(self) -> None:
        """Put it on the clipboard."""
        if text := self.copied_text():
            self.app.copy_to_clipboard(text)
            self.post_message(Copied(text))

    # -- the block cursor ----------------------------------------------------------------

    def on_focus(self) -> None:
        """Show the cursor, at first on the last block in view."""
        if self.cursor is None or self.cursor.stop.entry >= len(self.entries):
            self._start_cursor()
        self.repaint(self._top)

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.repaint(self._top)

    def enter(self) -> None:
        """Take the keys: on the card that stands below the last prompt, else in view."""
        self.focus()
        card = self._last_card()
        if card is None:
            self._start_cursor()
            self.repaint(self._top)
        else:
            self.move_cursor(walk.stop_at(self.entries, card, 0))

    def _last_card(self) -> int | None:
        """Where the last card with something to do stands; None where a prompt came after it."""
        for at in range(len(self.entries) - 1, -1, -1):
            match self.entries[at].item:
                case Card(actions=(_, *_)):
                    return at
                case Prompt():
                    return None
                case _:
                    pass
        return None

    def _start_cursor(self) -> None:
        self.cursor = None
        self.post_message(CursorMoved())
        if len(self.entries):
            last = min(self._top + self._view, self.entries.heights.total) - 1
            spot = self.entries.spot(max(0, last))
            self.cursor = Cursor(walk.stop_at(self.entries, spot.entry, spot.block))

    def move_cursor(self, stop: Stop | None) -> None:
        """Put the cursor on a stop and bring it into view."""
        if stop is None:
            return
        self.cursor = Cursor(stop)
        self.post_message(CursorMoved())
        self.entries.measure(stop.entry)
        first = self.entries.line_of(stop.entry, stop.first)
        last_block = self.entries.blocks(stop.entry)[stop.last]
        last = self.entries.line_of(stop.entry, stop.last)
        self.show_lines(first, last + last_block.height(self.painter.width) - 1)
        self.repaint(self._top)

    def action_block_up(self) -> None:
        """To the block above."""
        if self.cursor is None:
            self._start_cursor()
            self.repaint(self._top)
        else:
            self.move_cursor(walk.above(self.entries, self.cursor.stop))

    def action_block_down(self) -> None:
        """To the block below; from the last one, follow the end."""
        if self.cursor is None:
            self._start_cursor()
            self.repaint(self._top)
            return
        stop = walk.below(self.entries, self.cursor.stop)
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
            self.move_cursor(walk.stop_at(self.entries, last, FAR))
        self.follow()

    def action_activate(self) -> None:
        """Fold or unfold, or choose the target that is shown chosen."""
        if self.cursor is None:
            self._start_cursor()
            self.repaint(self._top)
            return
        stop = self.cursor.stop
        item = self.entries[stop.entry].item
        if folds(item):
            self.toggle_fold(item.key)
            self.post_message(CursorMoved())
            return
        found = walk.targets(self.entries, stop)
        if found:
            self.choose(stop.entry, found[self.cursor.target % len(found)].href)

    def choose(self, entry: int, href: str) -> None:
        """Follow a link, or do what an action says."""
        if href.startswith(ACTION):
            key = self.entries[entry].item.key
            self.post_message(ActionChosen(key, href.removeprefix(ACTION)))
        else:
            self.post_message(LinkChosen(href))

    @property
    def offered(self) -> tuple[str, ...]:
        """Ids of the actions of the card under the cursor; none without one."""
        if self.cursor is None or self.cursor.stop.entry >= len(self.entries):
            return ()
        item = self.entries[self.cursor.stop.entry].item
        return tuple(action.id for action in item.actions) if isinstance(item, Card) else ()

    @property
    def enters(self) -> str:
        """What enter does on the block under the cursor: a verb; empty where it does nothing."""
        if self.cursor is None or self.cursor.stop.entry >= len(self.entries):
            return ""
        entry = self.entries[self.cursor.stop.entry]
        if folds(entry.item):
            return "unfold" if entry.folded else "fold"
        return "open" if walk.targets(self.entries, self.cursor.stop) else ""

    def on_key(self, event: events.Key) -> None:
        """Left and right go through targets."""
        if self.cursor is not None and self.has_focus and event.key in ("left", "right"):
            self.cursor.target += 1 if event.key == "right" else -1
            self.repaint(self._top)
            event.stop()

    # -- the mouse -----------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """Follow links, choose actions, fold and unfold."""
        if event.chain > 1 or self.selected_text():
            return
        line = event.y + self._top
        if not len(self.entries) or not 0 <= line < self.entries.heights.total:
            return
        spot = self.entries.spot(line)
        item = self.entries[spot.entry].item
        self.cursor = Cursor(walk.stop_at(self.entries, spot.entry, spot.block))
        self.post_message(CursorMoved())
        self.repaint(self._top)
        target = self._target_at(event.x, event.y)
        if target is not None:
            self.choose(spot.entry, target.href)
        elif spot.block == 0 and spot.line >= 0 and folds(item):
            self.toggle_fold(item.key)

    def _target_at(self, x: int, y: int) -> Target | None:
        place = self.place_at(x, y)
        if place is None:
            return self._target_in_row(x, y)
        block = self.entries.blocks(place.entry)[place.block]
        for link in block.links:
            if link.start <= place.offset < link.end:
                return Target(place.block, *link)
        return None

    def _target_in_row(self, x: int, y: int) -> Target | None:
        """The link under the mouse in a line that stands for a whole row, as in a table."""
        spot = self.entries.spot(y + self._top)
        block = self.entries.blocks(spot.entry)[spot.block]
        lines = self.painter.laid(block).lines
        if not 0 <= spot.line < len(lines) or not lines[spot.line].whole:
            return None
        shown = lines[spot.line]
        first, last = shown.covers()
        at = character_at(shown.text, x - LEFT)
        for start, end, style in shown.spans:
            if style == palette.LINK and at is not None and start <= at < end:
                for link in block.links:
                    inside = first <= link.start and link.end <= last
                    if inside and shown.text[start:end] in block.text[link.start : link.end]:
                        return Target(spot.block, *link)
        return None
