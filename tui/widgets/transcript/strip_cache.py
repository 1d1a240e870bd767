"""Lines made strips: once each, and the same object as long as nothing about them changes.

A strip that is given to the compositor again keeps its own caches (how it is cut up, its
escape sequences), so what does not change costs next to nothing to show again. The caches
are bounded; what is left out of them is made again from the blocks.
"""

from collections import OrderedDict
from collections.abc import Container, Iterable, Sequence
from itertools import pairwise
from typing import Final

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip
from textual.style import Style

from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.item_marks import NO_MARK, ItemMark
from tui.widgets.transcript.styled_text import StyleSpan
from tui.widgets.transcript.transcript_blocks import MAX_PROSE_CELLS, BlockLine, TranscriptBlock
from tui.widgets.transcript.wrapping import cell_width

BLOCKS_KEPT: Final = 400
"""Blocks whose lines and strips are kept."""

LEFT_MARGIN: Final = 3
"""Cells left of every line: the block cursor, the mark of who speaks, and a space."""

RIGHT_MARGIN: Final = 1
"""Cells right of every line."""


class BlockLayout:
    """A block's lines at one width, and their strips as far as they have been painted."""

    __slots__ = ("extra", "lines", "strips", "version", "width")

    def __init__(self, width: int, version: int, lines: list[BlockLine]) -> None:
        self.width = width
        self.version = version
        self.lines = lines
        self.strips: list[Strip | None] = [None] * len(lines)
        self.extra: dict[tuple[object, ...], Strip] = {}


class StripCache:
    """Turns blocks into strips for one look: a width, a theme, a background."""

    def __init__(self) -> None:
        self.row = 80
        """Cells of a whole row."""
        self.width = 80 - LEFT_MARGIN - RIGHT_MARGIN
        """Cells of a line."""
        self.strips_made = 0
        """Strips made so far: tests and benchmarks count them."""
        self._layouts: OrderedDict[TranscriptBlock, BlockLayout] = OrderedDict()
        self._styles: dict[tuple[str, ...], RichStyle] = {}
        self._base = Style()
        self._filters: Sequence[LineFilter] = ()
        self._background = Color(0, 0, 0)
        self._ansi = False
        self._variables: Container[str] = ()
        self._look: object = None

    def resize(self, row: int) -> None:
        """Lines will be painted for rows of `row` cells."""
        self.row = row
        self.width = max(1, row - LEFT_MARGIN - RIGHT_MARGIN)
        self._layouts.clear()

    def restyle(
        self,
        look: object,
        base: Style,
        background: Color,
        filters: Sequence[LineFilter],
        variables: Container[str],
        ansi: bool,
    ) -> bool:
        """Paint in another look from now on; whether it is another.

        Args:
            look: Anything that is equal as long as the look is the same.
            base: The widget's own style.
            background: What filters blend with.
            filters: Applied once to every strip.
            variables: Names of the theme's variables.
            ansi: Whether the theme has the terminal's own colours only.
        """
        if look == self._look:
            return False
        self._look = look
        self._base, self._background, self._filters = base, background, filters
        self._variables, self._ansi = variables, ansi
        self._styles.clear()
        for laid in self._layouts.values():
            laid.strips = [None] * len(laid.lines)
            laid.extra.clear()
        return True

    # -- blocks ----------------------------------------------------------------------

    def layout_of(self, block: TranscriptBlock) -> BlockLayout:
        """The lines of a block."""
        version = block_version(block)
        laid = self._layouts.get(block)
        if laid is not None and laid.version == version:
            self._layouts.move_to_end(block)
            return laid
        fresh = BlockLayout(self.width, version, block.lines(self.width))
        if laid is not None:
            _reuse_strips(fresh, laid)
        self._keep(block, fresh)
        return fresh

    def _keep(self, block: TranscriptBlock, laid: BlockLayout) -> None:
        self._layouts[block] = laid
        self._layouts.move_to_end(block)
        while len(self._layouts) > BLOCKS_KEPT:
            self._layouts.popitem(last=False)

    def replace_block(self, old: TranscriptBlock, new: TranscriptBlock) -> int:
        """`new` takes the place of `old`; the first line that looks different now."""
        laid = self._layouts.pop(old, None)
        if laid is None or old.gap != new.gap:
            return 0
        fresh = BlockLayout(
            self.width, block_version(new), new.lines_reusing(self.width, laid.lines)
        )
        self._keep(new, fresh)
        return _reuse_strips(fresh, laid)

    def forget(self, blocks: Iterable[TranscriptBlock]) -> None:
        """These blocks will not be asked for again, or have changed."""
        for block in blocks:
            self._layouts.pop(block, None)

    def clear(self) -> None:
        """Lay out and paint everything again."""
        self._layouts.clear()

    # -- strips ----------------------------------------------------------------------

    def strip(self, block: TranscriptBlock, number: int, mark: ItemMark = NO_MARK) -> Strip:
        """Line `number` of a block, the same object each time.

        Args:
            block: The block.
            number: Of its line.
            mark: In the margin; always the same for this line.
        """
        laid = self.layout_of(block)
        if not 0 <= number < len(laid.lines):
            return self.blank()
        strip = laid.strips[number]
        if strip is None:
            strip = laid.strips[number] = self._paint(laid.lines[number], mark, (), "")
        return strip

    def overlaid_strip(
        self,
        block: TranscriptBlock,
        number: int,
        mark: ItemMark,
        over: tuple[StyleSpan, ...],
        bar: str,
    ) -> Strip:
        """Line `number` with more styles over it and the bar of the block cursor.

        Args:
            block: The block.
            number: Of its line.
            mark: In the margin; always the same for this line.
            over: Styles over it.
            bar: In the first cell of the margin.
        """
        if not over and not bar:
            return self.strip(block, number, mark)
        laid = self.layout_of(block)
        if not 0 <= number < len(laid.lines):
            return self.blank(bar)
        key = (number, over, bar)
        strip = laid.extra.get(key)
        if strip is None:
            if len(laid.extra) > 4 * len(laid.lines) + 8:
                laid.extra.clear()
            strip = laid.extra[key] = self._paint(laid.lines[number], mark, over, bar)
        return strip

    def blank(self, bar: str = "") -> Strip:
        """The strip of an empty line, with `bar` in its margin."""
        return self._filtered(
            Strip.blank(self.row, self._style(()))
            if not bar
            else Strip(
                [
                    Segment(bar, self._style((transcript_styles.CURSOR,))),
                    Segment(" " * (self.row - len(bar)), self._style(())),
                ],
                self.row,
            )
        )

    def _filtered(self, strip: Strip) -> Strip:
        for line_filter in self._filters:
            strip = strip.apply_filter(line_filter, self._background)
        return strip

    def _paint(
        self, line: BlockLine, mark: ItemMark, over: tuple[StyleSpan, ...], bar: str
    ) -> Strip:
        self.strips_made += 1
        room = self.row - LEFT_MARGIN
        text = line.text
        used = cell_width(text)
        if used < room:
            text += " " * (room - used)
        spans = [*line.spans, *over]
        if bar and not line.fill:
            end = max(len(line.text), min(len(text) - RIGHT_MARGIN, MAX_PROSE_CELLS))
            spans.insert(0, StyleSpan(0, end, transcript_styles.CURSOR_FILL))
        elif line.fill:
            band = len(line.text) + max(0, line.min_fill_cells - used)
            spans.insert(
                0, StyleSpan(line.unfilled_length, min(band, len(text) - RIGHT_MARGIN), line.fill)
            )
        margin = [Segment(" " * LEFT_MARGIN, self._style(()))]
        if bar or mark != NO_MARK:
            margin = [
                Segment(bar or " ", self._style((transcript_styles.CURSOR,) if bar else ())),
                *self._mark(mark, filled=not bar or bool(line.fill)),
            ]
        segments = [*margin, *self._segments(text, spans)]
        strip = Strip(segments, self.row if used <= room else used + LEFT_MARGIN)
        if used > room:
            strip = strip.crop(0, self.row)
        return self._filtered(strip)

    def _mark(self, mark: ItemMark, filled: bool) -> list[Segment]:
        """The cells between the block cursor and the text."""
        fill = tuple(filter(None, (mark.fill if filled else transcript_styles.CURSOR_FILL,)))
        sign = Segment(mark.sign, self._style((*fill, *filter(None, (mark.style,)))))
        return [sign, Segment(" " * (LEFT_MARGIN - 2), self._style(fill))]

    def _segments(self, text: str, spans: list[StyleSpan]) -> list[Segment]:
        """Cut `text` where styles change."""
        style = self._style
        if not spans:
            return [Segment(text, style(()))]
        points = {0, len(text)}
        for a, b, _style in spans:
            points.add(a)
            points.add(b)
        cuts = sorted(points)
        segments: list[Segment] = []
        for a, b in pairwise(cuts):
            specs = tuple([s for start, stop, s in spans if start <= a and stop >= b])
            segments.append(Segment(text[a:b], style(specs)))
        return segments

    def _style(self, specs: tuple[str, ...]) -> RichStyle:
        found = self._styles.get(specs)
        if found is None:
            style = self._base
            for spec in specs:
                style = style + self._parsed(spec)
            found = self._styles[specs] = style.rich_style
        return found

    def _parsed(self, spec: str) -> Style:
        return Style.parse(transcript_styles.resolve_style(spec, self._variables, self._ansi))


def block_version(block: TranscriptBlock) -> int:
    """Changes when a block that was laid out has to be laid out again."""
    for owner in ("sheet", "grid"):
        version: int | None = getattr(getattr(block, owner, None), "version", None)
        if version is not None:
            return version
    return 0


def _reuse_strips(fresh: BlockLayout, laid: BlockLayout) -> int:
    """Give `fresh` the strips of the lines it has in common with `laid`; the first it has not."""
    first = -1
    for at, (new, old) in enumerate(zip(fresh.lines, laid.lines, strict=False)):
        if new is old or new == old:
            fresh.strips[at] = laid.strips[at]
        elif first < 0:
            first = at
    return first if first >= 0 else min(len(fresh.lines), len(laid.lines))
