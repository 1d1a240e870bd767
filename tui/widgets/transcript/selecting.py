"""Selecting text with the mouse, by what it is and not by where it stands."""

from textual.geometry import Offset
from textual.selection import Selection
from typing_extensions import override

from tui.widgets.transcript import palette
from tui.widgets.transcript.blocks import Block, Line
from tui.widgets.transcript.copying import copied
from tui.widgets.transcript.cursor import stop_at
from tui.widgets.transcript.entry import Place
from tui.widgets.transcript.offsets import place_of, serial_of
from tui.widgets.transcript.seeking import Seeker, marks_over
from tui.widgets.transcript.styled import Span
from tui.widgets.transcript.wrapping import cluster_length

FAR = 1 << 23
"""A number of a block or character that is past every end."""


class Selector(Seeker):
    """A canvas that can be selected from."""

    @override
    def marks(
        self, index: int, number: int, block: Block, line: int
    ) -> tuple[tuple[Span, ...], str]:
        over, bar = super().marks(index, number, block, line)
        selection = self.text_selection
        if selection is None:
            return over, bar
        lines = self.painter.laid(block).lines
        if line >= len(lines):
            return over, bar
        return (*over, *_selection_marks(selection, serial_of(index, number), lines[line])), bar

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The Markdown under a selection."""
        start, end = self._ends(selection)
        return copied(self.entries, start, end), "\n"

    def _ends(self, selection: Selection) -> tuple[Place, Place]:
        start, end = selection
        last = max(0, len(self.entries) - 1)
        first = Place(0, 0, 0) if start is None else self._snapped(place_of(*start), False)
        if end is None:
            return first, Place(last, FAR, FAR)
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
        stop = stop_at(self.entries, place.entry, place.block)
        last = self.entries.blocks(stop.entry)[stop.last]
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
    return marks_over(shown, start, end, palette.SELECTED, "")
