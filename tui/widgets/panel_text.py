"""The page of a panel that is Markdown: it scrolls, is searched, and its text can be selected."""

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.strip import Strip

from tui.reports.transcript_items import AnswerItem
from tui.widgets.transcript.messages import AtEnd, NewOutput
from tui.widgets.transcript.transcript_view import Transcript

_KEY = "page"


class PanelText(Transcript, can_focus=False, inherit_bindings=False):
    """Shows Markdown from its first line on; the panel around it has the keys."""

    DEFAULT_CSS = "PanelText { height: auto; max-height: 100%; overflow-y: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, source: Callable[[], str]) -> None:
        """Args: source: what the page says now, as Markdown; asked again when figures change."""
        super().__init__()
        self._source = source
        self._markdown = source()
        self.viewport.is_following = False
        self.put(AnswerItem(_KEY, self._markdown, from_program=True))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """All rows of the page at `width`."""
        row = _row(width)
        if row != self.painter.row or self.painter.width != self.entries.width:
            self.painter.resize(row)
            self.entries.width = self.painter.width
            self.entries.discard_blocks(0)
        self.entries.measure(0)
        return self.entries.heights.total

    def on_resize(self, event: events.Resize) -> None:
        """Lay the page out for another width."""
        event.prevent_default()
        self.viewport.resize(_row(self.size.width))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows, as wide as the page: Textual drops rows that are shorter from an update."""
        rows = super().render_lines(crop)
        return [row.extend_cell_length(crop.width, self.rich_style) for row in rows]

    def refresh_content(self) -> None:
        """Show the page again if it says something else now."""
        markdown = self._source()
        if markdown == self._markdown:
            return
        before, self._markdown = self.entries.heights.total, markdown
        self.put(AnswerItem(_KEY, markdown, from_program=True))
        if self.entries.heights.total != before:
            self.refresh(layout=True)

    def action_scroll(self, by: int) -> None:
        """Look `by` rows further down."""
        self.window.scroll_to_line(self.window.top + by)

    def text_to_copy(self) -> str:
        """What is selected, or the whole page, as Markdown."""
        return self.selection.text or self._markdown

    def on_transcript_at_end(self, message: AtEnd) -> None:
        """Nothing arrives below: the chat need not hear of it."""
        message.stop()

    def on_transcript_new_output(self, message: NewOutput) -> None:
        """Nothing arrives below: the chat need not hear of it."""
        message.stop()


def _row(width: int) -> int:
    """Cells of a row: the scroll bar has a column of its own, whether it is there or not.

    The page is measured before anybody knows whether it scrolls.
    """
    return max(1, width - 1)
