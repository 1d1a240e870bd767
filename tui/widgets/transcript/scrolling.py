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

from tui.widgets.transcript.entries import Entries
from tui.widgets.transcript.entry import Place
from tui.widgets.transcript.messages import AtEnd, NewOutput
from tui.widgets.transcript.painting import Painter
from tui.widgets.transcript.thumb import Thumb

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
        self.entries = Entries()
        self.painter = Painter()
        self._following = True
        self._told = False
        self._quiet = False
        self._rows: list[Strip] | None = None
        self._rows_top = -1
        self._thumb: Thumb | None = None
        self._idle_timer: Timer | None = None
        self._unmeasured = 0

    # -- geometry --------------------------------------------------------------------

    @property
    def following(self) -> bool:
        """Whether the view moves with the end."""
        return self._following

    @property
    def _view(self) -> int:
        """Lines that are visible."""
        return self.scrollable_content_region.height

    @property
    def _top(self) -> int:
        """The first visible line."""
        return self.scroll_offset.y

    def on_resize(self, event: events.Resize) -> None:
        """Measure what is visible at the new width; the first visible block stays."""
        row = self.scrollable_content_region.width
        if row != self.painter.row or self.painter.width != self.entries.width:
            place = self._first_place()
            self.painter.resize(row)
            self.entries.width = self.painter.width
            self.measure_all_again()
            self._restore(place)
        self.changed(0)

    def measure_all_again(self) -> None:
        """Every height is a guess from here on."""
        self._unmeasured = len(self.entries)
        self._wake()

    def _first_place(self) -> Place | None:
        """The text at the top of the view."""
        if self._following or not len(self.entries):
            return None
        spot = self.entries.spot(self._top)
        blocks = self.entries[spot.entry].blocks
        if not blocks:
            return Place(spot.entry, 0, 0)
        lines = self.painter.laid(blocks[spot.block]).lines
        if spot.line < 0 or not lines:
            return Place(spot.entry, spot.block, -1)
        return Place(spot.entry, spot.block, lines[min(spot.line, len(lines) - 1)].start)

    def _restore(self, place: Place | None) -> None:
        """Scroll so that `place` is at the top."""
        if place is not None:
            self.entries.measure(place.entry)
            line = self.line_at(place)
            self._put_scroll(line - (1 if place.offset < 0 else 0))

    def line_at(self, place: Place) -> int:
        """The line that shows a place; its entry has to be measured."""
        line = self.entries.line_of(place.entry, place.block)
        blocks = self.entries.blocks(place.entry)
        if place.offset <= 0 or place.block >= len(blocks):
            return line
        laid = self.painter.laid(blocks[place.block]).lines
        for number in range(len(laid) - 1, -1, -1):
            if laid[number].start <= place.offset:
                return line + number
        return line

    # -- change ----------------------------------------------------------------------

    def changed(self, first: int) -> None:
        """Lines from `first` on are different, and perhaps more or fewer."""
        if not self._view:
            return
        before = self._top
        if self._following:
            self._measure_end()
            self._put_scroll(self.entries.heights.total - self._view)
        else:
            self._measure_visible()
        self._fit()
        if self._top != before:
            first = 0
        self.repaint(first)

    def repaint(self, first: int = 0) -> None:
        """Paint visible lines from line `first` of the transcript on again."""
        self._rows = None
        start = max(0, first - self._top)
        height = self._view
        if start == 0:
            self.refresh(Region(0, 0, self.size.width, height))
        elif start < height:
            self.refresh(Region(0, start, self.size.width, height - start))

    def _fit(self) -> None:
        """Tell the scroll bar and the arithmetic of scrolling how high everything is."""
        size = Size(self.size.width, self.entries.heights.total)
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
        self._put_scroll(min(self._top, max(0, size.height - self._view)))
        self._fit_scrollbar(size.height)

    def _fit_scrollbar(self, total: int) -> None:
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.move(total, self._view, self._top)

    @property
    def vertical_scrollbar(self) -> Thumb:
        """The scroll bar, made when first asked for, as Textual makes its own (private, 8.2.8)."""
        if self._thumb is None:
            self._thumb = self._vertical_scrollbar = bar = Thumb()
            bar.display = False
            self.app._start_widget(self, bar)
        return self._thumb

    def _put_scroll(self, line: int) -> None:
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
        self._fit()
        self.repaint()
        self._set_following(self._top >= self.entries.heights.total - self._view)

    def _set_following(self, following: bool) -> None:
        self._following = following
        if following and self._told:
            self._told = False
            self.post_message(AtEnd())

    def tell_new_output(self) -> None:
        """Say once that there is something new below."""
        if not self._following and not self._told:
            self._told = True
            self.post_message(NewOutput())

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._set_following(True)
        self.changed(0)

    def show_lines(self, first: int, last: int) -> None:
        """Scroll as little as needed to see lines `first` to `last`, the first above all."""
        top = self._top
        if last >= top + self._view:
            top = last - self._view + 1
        self.scroll_to_line(min(top, first))

    def scroll_to_line(self, line: int) -> None:
        """Put `line` at the top of the view, or as near as there is text for."""
        end = max(0, self.entries.heights.total - self._view)
        self.scroll_to(y=max(0, min(line, end)), animate=False, immediate=True)

    # -- measuring -------------------------------------------------------------------

    def _measure_end(self) -> None:
        """Measure as many entries from the end up as can be seen."""
        index, seen, view = len(self.entries) - 1, 0, self._view
        while index >= 0 and seen < view:
            self.entries.measure(index)
            seen += self.entries.heights[index]
            index -= 1

    def _measure_visible(self) -> None:
        """Measure what is in view; what straddles the top keeps its lower end in place."""
        entries, heights = self.entries, self.entries.heights
        if not len(entries):
            return
        index, within = heights.at(self._top)
        grew = entries.measure(index)
        if grew and within:
            self._put_scroll(max(heights.top(index), self._top + grew))
        line, bottom = heights.top(index), self._top + self._view
        while index < len(entries) and line < bottom:
            entries.measure(index)
            line += heights[index]
            index += 1

    @property
    def working(self) -> bool:
        """Whether something is left for idle time."""
        return self._idle_timer is not None

    def _measure_upwards(self, old: int, new: int) -> None:
        """Scroll up through what was not measured by as many lines as were asked for."""
        wanted = old - new
        if not new or not 0 < wanted <= 3 * self._view:
            return
        heights = self.entries.heights
        index, seen = heights.at(old)
        start, within = index, seen
        while index > 0 and seen < wanted:
            index -= 1
            self.entries.measure(index)
            seen += heights[index]
        self._put_scroll(heights.top(start) + within - wanted)

    def _wake(self) -> None:
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
            self._fit()
            if self._following:
                self._put_scroll(self.entries.heights.total - self._view)
        if more:
            self._wake()

    def idle_step(self) -> tuple[bool, bool]:
        """Do one short thing that can wait; whether there is more, and whether heights changed."""
        self._unmeasured = min(self._unmeasured, len(self.entries))
        if self._unmeasured > 0:
            done, grew = self.entries.measure_on(self._unmeasured - 1)
            if done:
                self._unmeasured -= 1
                self._grown(self._unmeasured, grew)
            return True, bool(grew)
        return False, False

    def _grown(self, index: int, grew: int) -> None:
        """Keep what is visible where it is when an entry above has other lines."""
        if grew and self.entries.heights.top(index) < self._top:
            self._put_scroll(self._top + grew)
