"""The transcript: a conversation of any length, drawn by one widget.

Items go in (`put`, `load`), text streams in (`open_stream`, `feed`, `end_stream`), and what
people do with it comes out as messages. The widget only connects its parts with Textual:

- `entries` are the items with their blocks and heights; `updates` change them, and `streams`
  those whose text is still arriving;
- `window` is what is visible; `viewport` keeps the right lines in it, measured in time, and
  `idle_work` measures and colours the rest;
- `rows` paints visible lines with strips from `painter`, and over them what `search`,
  `selection` and `cursor` show; `hit_test` finds what the mouse points at.
"""

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tui.reports.transcript_items import CallDetail, StreamKind, TranscriptItem
from tui.widgets.command_bindings import command_binding
from tui.widgets.transcript.block_cursor import BlockCursor
from tui.widgets.transcript.code_colouring import CodeColouring
from tui.widgets.transcript.entry_list import EntryList, LinePosition
from tui.widgets.transcript.hit_test import HitTest
from tui.widgets.transcript.idle_work import IdleWork
from tui.widgets.transcript.item_updates import ItemUpdates
from tui.widgets.transcript.messages import (
    AtEnd,
    LinkChosen,
    NewOutput,
    SearchProgress,
)
from tui.widgets.transcript.scroll_bar import TranscriptScrollBar
from tui.widgets.transcript.scroll_window import ScrollWindow
from tui.widgets.transcript.strip_cache import StripCache
from tui.widgets.transcript.text_search import SearchNavigation
from tui.widgets.transcript.text_selection import TextSelection
from tui.widgets.transcript.text_streams import TextStreams
from tui.widgets.transcript.tool_output import MoreRows
from tui.widgets.transcript.viewport import Viewport
from tui.widgets.transcript.visible_rows import VisibleRows


class Transcript(ScrollView, can_focus=True):
    """Shows a conversation and what the tools did in it."""

    AtEnd: ClassVar = AtEnd
    LinkChosen: ClassVar = LinkChosen
    NewOutput: ClassVar = NewOutput
    SearchProgress: ClassVar = SearchProgress

    BINDINGS: ClassVar[list[BindingType]] = [
        command_binding("transcript.block_up", "block_up"),
        command_binding("transcript.block_down", "block_down"),
        command_binding("transcript.prompt_up", "prompt_up"),
        command_binding("transcript.prompt_down", "prompt_down"),
        command_binding("transcript.first", "block_first"),
        command_binding("transcript.last", "block_last"),
        command_binding("transcript.fold", "activate"),
        command_binding("transcript.copy", "copy"),
    ]

    DEFAULT_CSS = """
    Transcript {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        background: $background;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._thumb: TranscriptScrollBar | None = None
        self._is_resizing = False
        self.entries = entries = EntryList()
        self.painter = painter = StripCache()
        self.window = window = ScrollWindow(self, entries.heights)
        self.idle_work = idle = IdleWork(self)
        self.viewport = viewport = Viewport(
            self, entries, painter, window, idle, moved=lambda: self.streams.resume()
        )
        self.updates = updates = ItemUpdates(entries, painter, window, viewport)
        self.streams = TextStreams(self, entries, painter, viewport, updates)
        self.hit_test = HitTest(entries, painter, window)
        self.search = SearchNavigation(self, entries, window, viewport, updates, idle)
        self.selection = TextSelection(self, entries, self.hit_test)
        self.cursor = BlockCursor(self, entries, window, viewport, updates)
        self.colouring = CodeColouring(painter, window, idle)
        overlays = (self.search, self.selection, self.cursor)
        self.rows = VisibleRows(
            entries, painter, window, self.colouring, overlays, self.cursor.covers
        )
        idle.assign((self.search, viewport, self.colouring), viewport.apply_growth)

    # -- items and streams -------------------------------------------------------------

    def load(self, items: Iterable[TranscriptItem]) -> None:
        """Show these items and nothing else, the last ones at once, the rest as time allows."""
        self.streams.clear()
        self.cursor.clear()
        self.search.find("")
        self.updates.load(items)

    def put(self, item: TranscriptItem) -> None:
        """Show an item in the place of the one with the same key, or below the others."""
        self.streams.put(item)

    def show_detail(self, detail: CallDetail) -> None:
        """Show so much of folded tool calls from now on."""
        self.updates.show_detail(detail)

    def open_stream(self, key: str, kind: StreamKind) -> None:
        """Text for a new answer or new thinking will arrive under this key."""
        self.streams.open(key, kind)

    def feed(self, key: str, text: str) -> None:
        """More text; it is shown in the next frame of the clock if it can be seen."""
        self.streams.feed(key, text)

    def end_stream(self, key: str) -> None:
        """No more text will come under this key."""
        self.streams.end(key)

    @property
    def has_idle_work(self) -> bool:
        """Whether something is left for idle time."""
        return self.idle_work.is_pending or self.colouring.is_loading

    def follow(self) -> None:
        """Go to the end and stay there."""
        self.viewport.follow()

    # -- painting ----------------------------------------------------------------------

    def on_mount(self) -> None:
        """Take the look of the theme; load what colours code once there is a first frame."""
        self.call_after_refresh(self.colouring.load)
        self._restyle()

    def notify_style_update(self) -> None:
        """Another theme: strips go, heights stay."""
        super().notify_style_update()
        if self.is_attached:
            self._restyle()

    def _restyle(self) -> None:
        """Paint in the present theme from now on."""
        app = self.app
        background = self.background_colors[1]
        filters = tuple(self.get_line_filters())
        variables = app.theme_variables
        look = (app.theme, self.visual_style, background, filters, variables.get("background"))
        if self.painter.restyle(
            look,
            self.visual_style,
            background,
            filters,
            variables,
            app.current_theme.name.startswith("ansi"),
        ):
            self.window.invalidate()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Finished strips of the visible lines: the same objects as long as they look the same."""
        rows = self.rows.crop(crop)
        self.colouring.load_requested()
        return rows

    def render_line(self, y: int) -> Strip:
        """One line with the offsets that a selection is made of: only the mouse asks for it."""
        return self.hit_test.offset_row(y)

    # -- scrolling ---------------------------------------------------------------------

    @property
    def vertical_scrollbar(self) -> TranscriptScrollBar:
        """The scroll bar, made when first asked for, as Textual makes its own (private, 8.2.8)."""
        if self._thumb is None:
            self._thumb = self._vertical_scrollbar = bar = TranscriptScrollBar()
            bar.display = False
            self.app._start_widget(self, bar)
        return self._thumb

    def on_resize(self, event: events.Resize) -> None:
        """Measure what is visible at the new width; the first visible block stays."""
        self.viewport.resize(self.scrollable_content_region.width)

    def on_show(self, event: events.Show) -> None:
        """Text may have arrived while nobody could see it."""
        self.streams.resume()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow a change of the scroll position."""
        if self._is_resizing:
            self.viewport.size_changed(old_value, new_value)
        else:
            self.viewport.scrolled(old_value, new_value)

    def _scroll_update(self, virtual_size: Size) -> None:
        """Textual (8.2.8) calls this with another size, and moves the view to where text is."""
        self._is_resizing = True
        try:
            super()._scroll_update(virtual_size)
        finally:
            self._is_resizing = False

    def action_scroll_end(self) -> None:
        """To the end, and follow it."""
        self.viewport.follow()

    def action_scroll_home(self) -> None:
        """Scroll to the beginning."""
        self.window.scroll_to_line(0)

    def action_page_up(self) -> None:
        """A page up, less one line to read on from."""
        self.window.scroll_pages(-1)

    def action_page_down(self) -> None:
        """A page down, less one line to read on from."""
        self.window.scroll_pages(1)

    # -- the keyboard ------------------------------------------------------------------

    def focus_view(self) -> None:
        """Take the keys: on the last block in view."""
        self.focus()
        self.cursor.go_to_view()

    def on_focus(self) -> None:
        """Show the block cursor while the transcript has the keys."""
        self.cursor.show()

    def on_blur(self) -> None:
        """Hide the block cursor."""
        self.window.repaint_visible()

    def on_key(self, event: events.Key) -> None:
        """Left and right go through targets."""
        steps = {"left": -1, "right": 1}
        if event.key in steps and self.cursor.step_target(steps[event.key]):
            event.stop()

    def action_block_up(self) -> None:
        """Move the block cursor up."""
        self.cursor.move_up()

    def action_block_down(self) -> None:
        """To the block below; from the last one, follow the end."""
        self.cursor.move_down()

    def action_prompt_up(self) -> None:
        """To the prompt above, at the top of the view."""
        self.cursor.move_to_prompt(-1)

    def action_prompt_down(self) -> None:
        """To the prompt below, at the top of the view; from the last one, follow the end."""
        self.cursor.move_to_prompt(1)

    def action_block_first(self) -> None:
        """Move the block cursor to the first block."""
        self.cursor.move_to_first()

    def action_block_last(self) -> None:
        """To the last block, and follow the end."""
        self.cursor.move_to_last()

    def action_activate(self) -> None:
        """Fold or unfold, or choose the target that is shown chosen."""
        self.cursor.activate()

    def text_to_copy(self) -> str:
        """What copying would take: the selection, the cursor's block, or the last answer."""
        if text := self.selection.text:
            return text
        return self.cursor.markdown if self.cursor.is_shown else self.entries.last_answer()

    def action_copy(self) -> None:
        """Put it on the clipboard."""
        if text := self.text_to_copy():
            self.app.copy_to_clipboard(text)

    # -- the mouse ---------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; follow links, choose actions, fold and unfold."""
        spot = self.hit_test.line_at(event.y)
        if event.chain > 1 or self.selection.text or spot is None:
            return
        self.cursor.place(spot.entry, spot.block)
        target = self.hit_test.link_at(event.x, event.y)
        item = self.entries[spot.entry].item
        if target is not None:
            self.post_message(LinkChosen(target.href))
        elif spot.line >= 0 and self._folds_at(spot):
            self.updates.toggle_fold(item.key)

    def _folds_at(self, spot: LinePosition) -> bool:
        """Whether a click on a line folds or unfolds: on the first one, and on what counts rows."""
        block = self.entries.blocks(spot.entry)[spot.block]
        at_head = spot.block == 0 or isinstance(block, MoreRows)
        return at_head and self.entries.is_foldable(spot.entry)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The Markdown under a selection."""
        return self.selection.markdown(selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Paint the selection as Textual has it now."""
        self.window.repaint_visible()

    def text_select_all(self) -> None:
        """A double click selects the block under the mouse."""
        self.selection.select_block_at(*(self.app.mouse_position - self.region.offset))
