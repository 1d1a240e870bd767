"""What the compositor and the mouse ask for: finished strips, and what is at a cell."""

from bisect import bisect_right

from textual.geometry import Region
from textual.strip import Strip
from typing_extensions import override

from tui.widgets.transcript.offsets import block_serial, character_at, offset_line, offset_strip
from tui.widgets.transcript.preformatted import CodeText, PreformattedSlice
from tui.widgets.transcript.scrolling import Scroller
from tui.widgets.transcript.strip_cache import LEFT_MARGIN
from tui.widgets.transcript.styled_text import StyleSpan
from tui.widgets.transcript.transcript_blocks import TranscriptBlock
from tui.widgets.transcript.transcript_entry import TextPosition, TranscriptEntry
from tui.widgets.transcript.wrapping import cell_width


class TranscriptCanvas(Scroller):
    """Shows entries; knows nothing of where they come from."""

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._uncoloured: list[tuple[CodeText, TranscriptBlock]] = []

    @override
    def idle_step(self) -> tuple[bool, bool]:
        more, grew = super().idle_step()
        if more or not self._uncoloured:
            return more, grew
        self._colour_one_more()
        return True, False

    def _colour_one_more(self) -> None:
        code, block = self._uncoloured[-1]
        if code.has_rough_colours:
            code.colour_more_rows()
        if not code.has_rough_colours:
            self._uncoloured.pop()
            self.painter.forget([block])
            self.repaint()

    # -- painting --------------------------------------------------------------------

    def on_mount(self) -> None:
        """Take the look of the theme."""
        self.restyle()

    def notify_style_update(self) -> None:
        """Another theme: strips go, heights stay."""
        super().notify_style_update()
        if self.is_attached:
            self.restyle()

    def restyle(self) -> None:
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
            self._rows = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Finished strips of the visible lines: the same objects as long as they look the same."""
        if self._rows is None or self._rows_top != self._top_line or len(self._rows) < crop.bottom:
            self._rows = self._visible_rows(max(self._visible_lines, crop.bottom))
            self._rows_top = self._top_line
        rows = self._rows[crop.y : crop.bottom]
        if crop.x > 0 or crop.right < self.painter.row:
            return [row.crop(crop.x, crop.right) for row in rows]
        return rows

    def _visible_rows(self, count: int) -> list[Strip]:
        """Strips of `count` lines from the top of the view on."""
        rows: list[Strip] = []
        entries = self.entries
        blank = self.painter.blank()
        if len(entries) and self._top_line < entries.heights.total:
            index, within = entries.heights.entry_at(self._top_line)
            while len(rows) < count and index < len(entries):
                self._entry_rows(rows, index, within, count, blank)
                index, within = index + 1, 0
        return rows + [blank] * (count - len(rows))

    def _entry_rows(
        self, rows: list[Strip], index: int, within: int, count: int, blank: Strip
    ) -> None:
        """Add the strips of one entry, from its line `within` on."""
        entry = self.entries[index]
        self.entries.measure(index)
        blocks, tops = self.entries.blocks(index), entry.tops or []
        height = self.entries.heights[index]
        first = max(0, bisect_right(tops, within) - 1)
        rows += [blank] * max(0, min(entry.gap, tops[0] if tops else height) - within)
        line = max(within, tops[0] if tops else height)
        for number in range(first, len(tops)):
            block = blocks[number]
            end = tops[number + 1] if number + 1 < len(tops) else height
            start = tops[number] + block.gap
            while line < end and len(rows) < count:
                rows.append(self._row(entry, index, number, block, line - start, blank))
                line += 1
            if len(rows) >= count:
                return

    def _row(
        self,
        entry: TranscriptEntry,
        index: int,
        number: int,
        block: TranscriptBlock,
        line: int,
        blank: Strip,
    ) -> Strip:
        """The strip of one line of a block."""
        if line < 0:
            return blank
        over, bar = self.overlay(index, number, block, line)
        if isinstance(block, PreformattedSlice) and isinstance(block.sheet, CodeText):
            strip = self.painter.overlaid_strip(block, line, over, bar)
            if block.sheet.has_rough_colours and all(
                block is not known for _, known in self._uncoloured
            ):
                self._uncoloured.append((block.sheet, block))
                self._schedule_idle()
            return strip
        return self.painter.overlaid_strip(block, line, over, bar)

    def overlay(
        self, index: int, number: int, block: TranscriptBlock, line: int
    ) -> tuple[tuple[StyleSpan, ...], str]:
        """Styles over a line beside its own, and what stands in the left margin."""
        return (), ""

    # -- hit testing -----------------------------------------------------------------

    def position_at(self, x: int, y: int) -> TextPosition | None:
        """The character at a cell of the view; None beside and between text."""
        line = y + self._top_line
        if not len(self.entries) or not 0 <= line < self.entries.heights.total:
            return None
        spot = self.entries.position_of_line(line)
        blocks = self.entries.blocks(spot.entry)
        if spot.line < 0 or spot.block >= len(blocks):
            return None
        lines = self.painter.layout_of(blocks[spot.block]).lines
        if spot.line >= len(lines):
            return None
        shown = lines[spot.line]
        column = x - LEFT_MARGIN - cell_width(shown.text[: shown.lead])
        at = character_at(shown.text[shown.lead : shown.lead + shown.own_length], column)
        return None if at is None else TextPosition(spot.entry, spot.block, shown.start + at)

    def render_line(self, y: int) -> Strip:
        """One line with the offsets that a selection is made of: only the mouse asks for it."""
        line = y + self._top_line
        row = Strip.blank(self.painter.row)
        if not len(self.entries) or line < 0:
            return row
        spot = self.entries.position_of_line(min(line, max(0, self.entries.heights.total - 1)))
        blocks = self.entries.blocks(spot.entry)
        if not blocks:
            return row
        serial = block_serial(spot.entry, spot.block)
        lines = self.painter.layout_of(blocks[spot.block]).lines
        if not 0 <= spot.line < len(lines):
            return offset_strip([(" ", 0)], serial)
        shown = lines[spot.line]
        return offset_line(shown, serial)
