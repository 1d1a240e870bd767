"""Measures what is in view of a transcript, and keeps it in its place when heights change.

The view follows the end until the user scrolls away from it. Entries out of sight are
measured in idle slices, and what is on screen stays where it is meanwhile.
"""

from collections.abc import Callable

from textual.scroll_view import ScrollView

from tui.widgets.transcript.entry_list import EntryList, TextPosition
from tui.widgets.transcript.idle_work import IdleWork
from tui.widgets.transcript.messages import AtEnd, NewOutput
from tui.widgets.transcript.scroll_window import ScrollWindow
from tui.widgets.transcript.strip_cache import StripCache


class Viewport:
    """Keeps entries measured and the right lines in the window."""

    def __init__(
        self,
        widget: ScrollView,
        entries: EntryList,
        painter: StripCache,
        window: ScrollWindow,
        idle_work: IdleWork,
        moved: Callable[[], None],
    ) -> None:
        """Make it for one widget.

        Args:
            widget: What scrolls; `NewOutput` and `AtEnd` are its messages.
            entries: What is in view.
            painter: Knows the width of lines and how blocks are cut into them.
            window: The visible lines.
            idle_work: Measures on what is out of sight.
            moved: Called when other lines are in view because the user wants to see them.
        """
        self._widget = widget
        self._entries = entries
        self._painter = painter
        self._window = window
        self._idle_work = idle_work
        self._moved = moved
        self.is_following = True
        """Whether the view moves with the end."""
        self._is_output_announced = False
        self._unmeasured = 0
        self._has_grown = False

    # -- change ----------------------------------------------------------------------

    def resize(self, row: int) -> None:
        """Measure what is visible for rows of `row` cells; the first visible block stays."""
        if row != self._painter.row or self._painter.width != self._entries.width:
            place = self.top_position()
            self._painter.resize(row)
            self._entries.width = self._painter.width
            self.measure_all_again()
            self.put_at_top(place)
        self.lines_changed(0)

    def lines_changed(self, first: int) -> None:
        """Lines from `first` on are different, and perhaps more or fewer."""
        window = self._window
        if not window.height:
            return
        before = window.top
        if self.is_following:
            self._measure_end()
            window.move_to_end()
        else:
            self._measure_visible()
        window.update_total()
        window.repaint(first if window.top == before else 0)

    def scrolled(self, old: float, new: float) -> None:
        """The user scrolled from line `old` to line `new`."""
        if round(old) == round(new):
            return
        self._window.invalidate()
        self._measure_upwards(round(old), round(new))
        self._measure_visible()
        self._window.update_total()
        self._window.repaint()
        self._set_following(self._window.is_at_end)

    def size_changed(self, old: float, new: float) -> None:
        """Another size moved the view from line `old` to `new`: nobody scrolled away."""
        if self.is_following:
            self.lines_changed(0)
        else:
            self.scrolled(old, new)

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._set_following(True)
        self.lines_changed(0)

    def _set_following(self, following: bool) -> None:
        self.is_following = following
        if following and self._is_output_announced:
            self._is_output_announced = False
            self._widget.post_message(AtEnd())
        self._moved()

    def announce_output(self) -> None:
        """Say once that there is something new below."""
        if not self.is_following and not self._is_output_announced:
            self._is_output_announced = True
            self._widget.post_message(NewOutput())

    # -- places ----------------------------------------------------------------------

    def shows_end_of(self, index: int) -> bool:
        """Whether somebody sees the end of an entry."""
        window, heights = self._window, self._entries.heights
        if not window.height or not self._widget.screen.is_current:
            return False
        bottom = heights.top(index) + heights[index]
        return self.is_following or window.top < bottom <= window.top + window.height

    def top_position(self) -> TextPosition | None:
        """The text at the top of the view; None where the end is followed."""
        if self.is_following or not len(self._entries):
            return None
        spot = self._entries.position_of_line(self._window.top)
        blocks = self._entries[spot.entry].blocks
        if not blocks:
            return TextPosition(spot.entry, 0, 0)
        lines = self._painter.layout_of(blocks[spot.block]).lines
        if spot.line < 0 or not lines:
            return TextPosition(spot.entry, spot.block, -1)
        return TextPosition(spot.entry, spot.block, lines[min(spot.line, len(lines) - 1)].start)

    def put_at_top(self, place: TextPosition | None) -> None:
        """Move so that `place` is at the top, if it is any."""
        if place is not None:
            self._entries.measure(place.entry)
            line = self.line_of_position(place)
            self._window.move_to(line - (1 if place.offset < 0 else 0))

    def line_of_position(self, place: TextPosition) -> int:
        """The line that shows a place; its entry has to be measured."""
        line = self._entries.line_of(place.entry, place.block)
        blocks = self._entries.blocks(place.entry)
        if place.offset <= 0 or place.block >= len(blocks):
            return line
        laid = self._painter.layout_of(blocks[place.block]).lines
        for number in range(len(laid) - 1, -1, -1):
            if laid[number].start <= place.offset:
                return line + number
        return line

    # -- measuring -------------------------------------------------------------------

    def measure_all_again(self) -> None:
        """Every height is a guess from here on."""
        self._unmeasured = len(self._entries)
        self._idle_work.schedule()

    def _measure_end(self) -> None:
        """Measure as many entries from the end up as can be seen."""
        index, seen, view = len(self._entries) - 1, 0, self._window.height
        while index >= 0 and seen < view:
            self._entries.measure(index)
            seen += self._entries.heights[index]
            index -= 1

    def _measure_visible(self) -> None:
        """Measure what is in view; what straddles the top keeps its lower end in place."""
        entries, heights, window = self._entries, self._entries.heights, self._window
        if not len(entries):
            return
        index, within = heights.entry_at(window.top)
        grew = entries.measure(index)
        if grew and within:
            window.move_to(max(heights.top(index), window.top + grew))
        line, bottom = heights.top(index), window.top + window.height
        while index < len(entries) and line < bottom:
            entries.measure(index)
            line += heights[index]
            index += 1

    def _measure_upwards(self, old: int, new: int) -> None:
        """Scroll up through what was not measured by as many lines as were asked for."""
        wanted = old - new
        if not new or not 0 < wanted <= 3 * self._window.height:
            return
        heights = self._entries.heights
        index, seen = heights.entry_at(old)
        start, within = index, seen
        while index > 0 and seen < wanted:
            index -= 1
            self._entries.measure(index)
            seen += heights[index]
        self._window.move_to(heights.top(start) + within - wanted)

    def idle_step(self) -> bool:
        """Measure a little of what is out of sight; whether there was anything to measure."""
        self._unmeasured = min(self._unmeasured, len(self._entries))
        if not self._unmeasured:
            return False
        done, grew = self._entries.measure_step(self._unmeasured - 1)
        if done:
            self._unmeasured -= 1
            self.keep_in_place(self._unmeasured, grew)
            self._has_grown = self._has_grown or bool(grew)
        return True

    def keep_in_place(self, index: int, grew: int) -> None:
        """Keep what is visible where it is when an entry above has `grew` more lines."""
        if grew and self._entries.heights.top(index) < self._window.top:
            self._window.move_to(self._window.top + grew)

    def apply_growth(self) -> None:
        """Tell the scroll bar what idle time has measured."""
        if self._has_grown:
            self._has_grown = False
            self._window.update_total()
            if self.is_following:
                self._window.move_to_end()
