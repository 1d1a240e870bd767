"""What people do with a transcript: select, copy, click, search, walk through its blocks."""

from time import perf_counter
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.selection import Selection

from tui.widgets.bound import bound
from tui.widgets.transcript import cursor as walk
from tui.widgets.transcript import palette
from tui.widgets.transcript.blocks import Block, Line
from tui.widgets.transcript.boxes import ACTION
from tui.widgets.transcript.canvas import SLICE_SECONDS, Canvas, character_at, place_of, serial_of
from tui.widgets.transcript.copying import copied, stop_source
from tui.widgets.transcript.cursor import Cursor, Stop, Target
from tui.widgets.transcript.entries import Place
from tui.widgets.transcript.finding import Match, Search
from tui.widgets.transcript.items import Answer, Card
from tui.widgets.transcript.messages import ActionChosen, Copied, Found, LinkChosen
from tui.widgets.transcript.painting import LEFT
from tui.widgets.transcript.shapes import folds
from tui.widgets.transcript.styled import Span
from tui.widgets.transcript.wrapping import cluster_length

_FAR = 1 << 30


class Hands(Canvas):
    """A canvas that can be selected from, searched and walked through."""

    LinkChosen: ClassVar = LinkChosen
    ActionChosen: ClassVar = ActionChosen
    Copied: ClassVar = Copied
    Found: ClassVar = Found

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
        self._search: Search | None = None
        self._match: Match | None = None

    # -- marks -----------------------------------------------------------------------

    def marks(
        self, index: int, number: int, block: Block, line: int
    ) -> tuple[tuple[Span, ...], str]:
        """Selection, what was found, and the block cursor."""
        over: list[Span] = []
        search, selection = self._search, self.text_selection
        cursor = self.cursor if self.has_focus else None
        if search is None and selection is None and cursor is None:
            return (), ""
        lines = self.painter.laid(block).lines
        if not line < len(lines):
            return (), ""
        shown = lines[line]
        if search is not None and index in search.found:
            over += self._found_marks(search, index, number, block, shown)
        bar = ""
        if cursor is not None and cursor.stop.has(index, number):
            bar = palette.CURSOR_BAR
            over += self._target_marks(cursor, number, shown)
        if selection is not None:
            over += _selection_marks(selection, serial_of(index, number), shown)
        return tuple(over), bar

    def _found_marks(
        self, search: Search, index: int, number: int, block: Block, shown: Line
    ) -> list[Span]:
        here = self._match
        marks = []
        for match in search.found[index]:
            if match.block == number:
                style = palette.FOUND_HERE if match == here else palette.FOUND
                marks += _over(shown, match.start, match.end, style, search.query)
        return marks

    def _target_marks(self, cursor: Cursor, number: int, shown: Line) -> list[Span]:
        found = walk.targets(self.entries, cursor.stop)
        if not found:
            return []
        target = found[cursor.target % len(found)]
        if target.block != number:
            return []
        return _over(shown, target.start, target.end, palette.CHOSEN, "")

    # -- selection and copying ---------------------------------------------------------

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The Markdown under a selection."""
        start, end = self._ends(selection)
        return copied(self.entries, start, end), "\n"

    def _ends(self, selection: Selection) -> tuple[Place, Place]:
        start, end = selection
        last = max(0, len(self.entries) - 1)
        first = Place(0, 0, 0) if start is None else self._snapped(place_of(*start), False)
        if end is None:
            return first, Place(last, _FAR, _FAR)
        return first, self._snapped(place_of(*end), True)

    def _snapped(self, place: Place, end: bool) -> Place:
        """`place` moved to an edge of what can only be selected whole."""
        if not 0 <= place.entry < len(self.entries):
            return place
        blocks = self.entries.blocks(place.entry)
        if place.block >= len(blocks):
            return place
        block = blocks[place.block]
        at = max(0, place.offset - 1) if end else place.offset
        first, last = block.snap(at)
        if first == last:
            first, last = at, at + cluster_length(block.text, at)
        return place._replace(offset=last if end else first)

    def selection_updated(self, selection: Selection | None) -> None:
        """Show the selection."""
        self.repaint(self._top)

    def text_select_all(self) -> None:
        """A double click selects the block under the mouse."""
        offset = self.app.mouse_position - self.region.offset
        place = self.place_at(*offset)
        if place is None:
            return
        stop = walk.stop_at(self.entries, place.entry, place.block)
        last = self.entries.blocks(stop.entry)[stop.last]
        from textual.geometry import Offset

        self.screen.selections = {
            self: Selection(
                Offset(0, serial_of(stop.entry, stop.first)),
                Offset(len(last.text), serial_of(stop.entry, stop.last)),
            )
        }

    def selected_text(self) -> str:
        """The Markdown that is selected; empty when nothing is."""
        selection = self.text_selection
        found = None if selection is None else self.get_selection(selection)
        return found[0] if found is not None else ""

    def copied_text(self) -> str:
        """What copying would take: the selection, the cursor's block, or the last answer."""
        if text := self.selected_text():
            return text
        if self.cursor is not None and self.has_focus:
            stop = self.cursor.stop
            return stop_source(self.entries, stop.entry, stop.first, stop.last)
        for entry in reversed(self.entries.all):
            if isinstance(entry.item, Answer):
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

    def _start_cursor(self) -> None:
        self.cursor = None
        if len(self.entries):
            last = min(self._top + self._view, self.entries.heights.total) - 1
            spot = self.entries.spot(max(0, last))
            self.cursor = Cursor(walk.stop_at(self.entries, spot.entry, spot.block))

    def move_cursor(self, stop: Stop | None) -> None:
        """Put the cursor on a stop and bring it into view."""
        if stop is None:
            return
        self.cursor = Cursor(stop)
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
            self.move_cursor(walk.stop_at(self.entries, last, _FAR))
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
            return
        found = walk.targets(self.entries, stop)
        if found:
            self.choose(stop.entry, found[self.cursor.target % len(found)].href)

    def toggle_fold(self, key: str) -> None:
        """Fold or unfold an item."""
        raise NotImplementedError

    def choose(self, entry: int, href: str) -> None:
        """Follow a link, or do what an action says."""
        if href.startswith(ACTION):
            key = self.entries[entry].item.key
            self.post_message(ActionChosen(key, href.removeprefix(ACTION)))
        else:
            self.post_message(LinkChosen(href))

    def on_key(self, event: events.Key) -> None:
        """Left and right go through targets; a card's own keys choose its actions."""
        if self.cursor is None or not self.has_focus:
            return
        entry = self.entries[self.cursor.stop.entry]
        if event.key in ("left", "right"):
            self.cursor.target += 1 if event.key == "right" else -1
            self.repaint(self._top)
            event.stop()
        elif isinstance(entry.item, Card):
            for action in entry.item.actions:
                if action.key == event.character or action.key == event.key:
                    event.stop()
                    event.prevent_default()
                    self.post_message(ActionChosen(entry.item.key, action.id))
                    return

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

    # -- searching -----------------------------------------------------------------------

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


def _over(shown: Line, start: int, end: int, style: str, query: str) -> list[Span]:
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


def _selection_marks(selection: Selection, serial: int, shown: Line) -> list[Span]:
    span = selection.get_span(serial)
    if span is None:
        return []
    start, end = span
    first, last = shown.covers()
    if end == -1:
        end = last
    if shown.whole:
        reaches = start < last and end > first
        return [Span(0, len(shown.text), palette.SELECTED)] if reaches else []
    return _over(shown, start, end, palette.SELECTED, "")
