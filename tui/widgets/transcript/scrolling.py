"""A scroll view over entries: what is visible, what is measured, and where the end is.

It owns its scrolling. Growing text changes no layout: the virtual size and the scroll
position are set quietly and only the lines that changed are painted again. Entries out of
sight are measured in idle slices, and what is on screen stays where it is meanwhile.
"""

from time import perf_counter
from typing import ClassVar, Final

from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tui.widgets.transcript.entry_list import EntryList
from tui.widgets.transcript.messages import AtEnd, NewOutput
from tui.widgets.transcript.scroll_bar import TranscriptScrollBar
from tui.widgets.transcript.strip_cache import StripCache
from tui.widgets.transcript.transcript_entry import TextPosition

SLICE_SECONDS: Final = 0.003
"""How long one idle slice may work."""

PAUSE_SECONDS: Final = 0.004
"""Between two idle slices, so that keys come first."""


class Scroller(ScrollView, can_focus=True):
    """Keeps entries measured and the right lines in view."""

    NewOutput: ClassVar = NewOutput
    AtEnd: ClassVar = AtEnd

    DEFAULT_CSS = """
    Scroller {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        background: $background;
    }
    """

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.entries = EntryList()
        self.painter = StripCache()
        self._following = True
        self._new_output_told = False
        self._quiet = False
        self._rows: list[Strip] | None = None
        self._rows_top = -1
        self._thumb: TranscriptScrollBar | None = None
        self._idle_timer: Timer | None = None
        self._unmeasured = 0

    # -- geometry --------------------------------------------------------------------

    @property
    def following(self) -> bool:
        """Whether the view moves with the end."""
        return self._following

    @property
    def _visible_lines(self) -> int:
        """Lines that are visible."""
        return self.scrollable_content_region.height

    @property
    def _top_line(self) -> int:
        """The first visible line."""
        return self.scroll_offset.y

    def on_resize(self, event: events.Resize) -> None:
        """Measure what is visible at the new width; the first visible block stays."""
        row = self.scrollable_content_region.width
        if row != self.painter.row or self.painter.width != self.entries.width:
            place = self._top_position()
            self.painter.resize(row)
            self.entries.width = self.painter.width
            self.measure_all_again()
            self._restore(place)
        self.lines_changed(0)

    def measure_all_again(self) -> None:
        """Every height is a guess from here on."""
        self._unmeasured = len(self.entries)
        self._schedule_idle()

    def _top_position(self) -> TextPosition | None:
        """The text at the top of the view."""
        if self._following or not len(self.entries):
            return None
        spot = self.entries.position_of_line(self._top_line)
        blocks = self.entries[spot.entry].blocks
        if not blocks:
            return TextPosition(spot.entry, 0, 0)
        lines = self.painter.layout_of(blocks[spot.block]).lines
        if spot.line < 0 or not lines:
            return TextPosition(spot.entry, spot.block, -1)
        return TextPosition(spot.entry, spot.block, lines[min(spot.line, len(lines) - 1)].start)

    def _restore(self, place: TextPosition | None) -> None:
        """Scroll so that `place` is at the top."""
        if place is not None:
            self.entries.measure(place.entry)
            line = self.line_of_position(place)
            self._set_scroll(line - (1 if place.offset < 0 else 0))

    def line_of_position(self, place: TextPosition) -> int:
        """The line that shows a place; its entry has to be measured."""
        line = self.entries.line_of(place.entry, place.block)
        blocks = self.entries.blocks(place.entry)
        if place.offset <= 0 or place.block >= len(blocks):
            return line
        laid = self.painter.layout_of(blocks[place.block]).lines
        for number in range(len(laid) - 1, -1, -1):
            if laid[number].start <= place.offset:
                return line + number
        return line

    # -- change ----------------------------------------------------------------------

    def lines_changed(self, first: int) -> None:
        """Lines from `first` on are different, and perhaps more or fewer."""
        if not self._visible_lines:
            return
        before = self._top_line
        if self._following:
            self._measure_end()
            self._set_scroll(self.entries.heights.total - self._visible_lines)
        else:
            self._measure_visible()
        self._update_virtual_size()
        if self._top_line != before:
            first = 0
        self.repaint(first)

    def repaint(self, first: int = 0) -> None:
        """Paint visible lines from line `first` of the transcript on again."""
        self._rows = None
        start = max(0, first - self._top_line)
        height = self._visible_lines
        if start == 0:
            self.refresh(Region(0, 0, self.size.width, height))
        elif start < height:
            self.refresh(Region(0, start, self.size.width, height - start))

    def _update_virtual_size(self) -> None:
        """Tell the scroll bar and the arithmetic of scrolling how high everything is."""
        size = Size(self.size.width, self.entries.heights.total)
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
        self._set_scroll(min(self._top_line, max(0, size.height - self._visible_lines)))
        self._fit_scrollbar(size.height)

    def _fit_scrollbar(self, total: int) -> None:
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.show_position(total, self._visible_lines, self._top_line)

    @property
    def vertical_scrollbar(self) -> TranscriptScrollBar:
        """The scroll bar, made when first asked for, as Textual makes its own (private, 8.2.8)."""
        if self._thumb is None:
            self._thumb = self._vertical_scrollbar = bar = TranscriptScrollBar()
            bar.display = False
            self.app._start_widget(self, bar)
        return self._thumb

    def _set_scroll(self, line: int) -> None:
        """Scroll without a watcher, which would ask for another repaint."""
        position = float(max(0, line))
        if position != self.scroll_y:
            self._rows = None
        self.set_reactive(Widget.scroll_y, position)
        self.set_reactive(Widget.scroll_target_y, position)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The user scrolled."""
        if round(old_value) == round(new_value):
            return
        self._rows = None
        self._measure_upwards(round(old_value), round(new_value))
        self._measure_visible()
        self._update_virtual_size()
        self.repaint()
        self._set_following(self._top_line >= self.entries.heights.total - self._visible_lines)

    def _set_following(self, following: bool) -> None:
        self._following = following
        if following and self._new_output_told:
            self._new_output_told = False
            self.post_message(AtEnd())

    def tell_new_output(self) -> None:
        """Say once that there is something new below."""
        if not self._following and not self._new_output_told:
            self._new_output_told = True
            self.post_message(NewOutput())

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._set_following(True)
        self.lines_changed(0)

    def show_lines(self, first: int, last: int) -> None:
        """Scroll as little as needed to see lines `first` to `last`, the first above all."""
        top = self._top_line
        if last >= top + self._visible_lines:
            top = last - self._visible_lines + 1
        self.scroll_to_line(min(top, first))

    def scroll_to_line(self, line: int) -> None:
        """Put `line` at the top of the view, or as near as there is text for."""
        end = max(0, self.entries.heights.total - self._visible_lines)
        self.scroll_to(y=max(0, min(line, end)), animate=False, immediate=True)

    # -- measuring -------------------------------------------------------------------

    def _measure_end(self) -> None:
        """Measure as many entries from the end up as can be seen."""
        index, seen, view = len(self.entries) - 1, 0, self._visible_lines
        while index >= 0 and seen < view:
            self.entries.measure(index)
            seen += self.entries.heights[index]
            index -= 1

    def _measure_visible(self) -> None:
        """Measure what is in view; what straddles the top keeps its lower end in place."""
        entries, heights = self.entries, self.entries.heights
        if not len(entries):
            return
        index, within = heights.entry_at(self._top_line)
        grew = entries.measure(index)
        if grew and within:
            self._set_scroll(max(heights.top(index), self._top_line + grew))
        line, bottom = heights.top(index), self._top_line + self._visible_lines
        while index < len(entries) and line < bottom:
            entries.measure(index)
            line += heights[index]
            index += 1

    @property
    def has_idle_work(self) -> bool:
        """Whether something is left for idle time."""
        return self._idle_timer is not None

    def _measure_upwards(self, old: int, new: int) -> None:
        """Scroll up through what was not measured by as many lines as were asked for."""
        wanted = old - new
        if not new or not 0 < wanted <= 3 * self._visible_lines:
            return
        heights = self.entries.heights
        index, seen = heights.entry_at(old)
        start, within = index, seen
        while index > 0 and seen < wanted:
            index -= 1
            self.entries.measure(index)
            seen += heights[index]
        self._set_scroll(heights.top(start) + within - wanted)

    def _schedule_idle(self) -> None:
        """Work on in idle time."""
        if self._idle_timer is None and self.is_attached:
            self._idle_timer = self.set_timer(PAUSE_SECONDS, self._idle)

    def _idle(self) -> None:
        self._idle_timer = None
        until = perf_counter() + SLICE_SECONDS
        more, moved = self.idle_step()
        while more and perf_counter() < until:
            more, grew = self.idle_step()
            moved = moved or grew
        if moved:
            self._update_virtual_size()
            if self._following:
                self._set_scroll(self.entries.heights.total - self._visible_lines)
        if more:
            self._schedule_idle()

    def idle_step(self) -> tuple[bool, bool]:
        """Do one short thing that can wait; whether there is more, and whether heights changed."""
        self._unmeasured = min(self._unmeasured, len(self.entries))
        if self._unmeasured > 0:
            done, grew = self.entries.measure_step(self._unmeasured - 1)
            if done:
                self._unmeasured -= 1
                self._keep_view_in_place(self._unmeasured, grew)
            return True, bool(grew)
        return False, False

    def _keep_view_in_place(self, index: int, grew: int) -> None:
        """Keep what is visible where it is when an entry above has other lines."""
        if grew and self.entries.heights.top(index) < self._top_line:
            self._set_scroll(self._top_line + grew)
