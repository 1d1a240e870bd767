"""Blocks: what one paragraph, list item or slice of code needs to become lines.

A block knows its text and nothing of the screen: given a width it says how many lines it
takes and what they are. Lines say which characters of the block they show, so that a
selection or a find means the same text at every width.
"""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.styled_text import (
    StyledText,
    StyleSpan,
    TextLink,
    clip_spans,
    shift_spans,
)
from tui.widgets.transcript.wrapping import Breaks, cell_width, truncate, wrap

MAX_PROSE_CELLS = 100
"""Cells after which prose wraps, however wide the terminal: longer lines are hard to read."""

_REMEMBERED = 400
"""Characters from which on breaking a text again costs more than keeping its breaks."""


_DOT = " · "
"""Between the parts of a rule's words."""

NO_TEXT = StyledText()


@dataclass(slots=True)
class BlockLine:
    """One line of a block, and the part of the block's text it shows."""

    text: str
    spans: list[StyleSpan]
    start: int = 0
    """Offset in the block's text of the first character that is the block's own."""
    lead: int = 0
    """Characters of decoration before it: a bullet, a gutter, a border."""
    own_length: int = 0
    """How many characters after the lead are the block's own; decoration may follow."""
    fill: str = ""
    """A style behind the row, from `unfilled_length` on."""
    min_fill_cells: int = 0
    """Cells the fill reaches at least, where there are as many."""
    unfilled_length: int = 0
    """Characters at the front that the fill leaves out."""
    atomic_length: int = 0
    """If set, the line represents that many characters at `start`, whatever it shows."""

    def covered_range(self) -> tuple[int, int]:
        """The part of the block's text this line represents."""
        return self.start, self.start + (self.atomic_length or self.own_length)


class TranscriptBlock:
    """The smallest thing that is laid out, measured and painted on its own."""

    __slots__ = ("begin", "end", "gap")

    needs_blank_lines: ClassVar[bool] = False
    """Whether an empty line belongs above and below it, whatever the source says."""

    def __init__(self) -> None:
        self.gap = 0
        """Empty lines above."""
        self.begin = -1
        """Where its source begins in the item's Markdown; -1 when it has none."""
        self.end = -1

    @property
    def text(self) -> str:
        """What is selected, searched and counted in offsets."""
        return ""

    @property
    def links(self) -> tuple[TextLink, ...]:
        """Targets behind parts of the text."""
        return ()

    def height(self, width: int) -> int:
        """Lines at `width` cells, the gap not counted."""
        return len(self.lines(width))

    def lines(self, width: int) -> list[BlockLine]:
        """The lines at `width` cells."""
        raise NotImplementedError

    def lines_reusing(self, width: int, earlier: list[BlockLine]) -> list[BlockLine]:
        """The lines, of a block that followed one with the lines `earlier`."""
        return self.lines(width)

    def excerpt_markdown(self, start: int, end: int) -> str:
        """What copying a part of the text gives."""
        return self.text[start:end]

    def atomic_range(self, offset: int) -> tuple[int, int]:
        """The part around `offset` that can only be selected whole; none is empty."""
        return offset, offset

    def is_same_stop(self, above: "TranscriptBlock") -> bool:
        """Whether this and `above` are one thing to the block cursor."""
        return False

    def reuse_measurements(self, earlier: "TranscriptBlock") -> None:
        """Take over what `earlier`, the same block with less text, had found out."""


class ProseBlock(TranscriptBlock):
    """A paragraph, heading, quote or list item: styled text between decorations."""

    __slots__ = (
        "_breaks",
        "_same",
        "_width",
        "fill",
        "lead",
        "listed",
        "rest",
        "spaced",
        "styled",
    )

    def __init__(
        self,
        styled: StyledText,
        lead: StyledText = NO_TEXT,
        rest: StyledText | None = None,
        *,
        fill: str = "",
        listed: bool = False,
        spaced: bool = False,
    ) -> None:
        """Args:
        styled: The text.
        lead: Decoration before the first line.
        rest: Decoration before the other lines; blanks as wide as the lead by default.
        fill: Style of the whole rows.
        listed: Whether it is part of a list.
        spaced: Whether it keeps an empty line above and below.
        """
        super().__init__()
        self.styled = styled
        self.lead = lead
        self.rest = StyledText(" " * cell_width(lead.text)) if rest is None else rest
        self.fill = fill
        self.listed = listed
        self.spaced = spaced
        self._width = 0
        self._breaks: Breaks | None = None
        self._same = 0
        """Lines at the front that look as they did before the text grew."""

    @property
    @override
    def text(self) -> str:
        return self.styled.text

    @property
    @override
    def links(self) -> tuple[TextLink, ...]:
        return self.styled.links

    def _room(self, width: int) -> int:
        return max(1, min(width, MAX_PROSE_CELLS) - len(self.rest.text))

    def _broken(self, width: int) -> Breaks:
        text = self.styled.text
        room = self._room(width)
        if self._breaks is not None and self._width == room:
            return self._breaks
        breaks = wrap(text, room)
        if len(text) >= _REMEMBERED:
            self._width, self._breaks = room, breaks
        return breaks

    @override
    def height(self, width: int) -> int:
        text = self.styled.text
        if text.isascii() and len(text) <= self._room(width) and "\n" not in text:
            return 1
        return len(self._broken(width))

    @override
    def lines(self, width: int) -> list[BlockLine]:
        return [self._line(start, end) for start, end in self._broken(width)]

    @override
    def lines_reusing(self, width: int, earlier: list[BlockLine]) -> list[BlockLine]:
        breaks = self._broken(width)
        same = min(self._same, len(earlier), len(breaks))
        return earlier[:same] + [self._line(start, end) for start, end in breaks[same:]]

    def _line(self, start: int, end: int) -> BlockLine:
        lead = self.rest if start else self.lead
        text, spans = self.styled.text, self.styled.spans
        by = len(lead.text)
        return BlockLine(
            lead.text + text[start:end],
            [*lead.spans, *clip_spans(spans, start, end, by)],
            start,
            by,
            end - start,
            self.fill,
            MAX_PROSE_CELLS,
        )

    @override
    def excerpt_markdown(self, start: int, end: int) -> str:
        if self.begin < 0:
            return self.styled.text[start:end]
        return self.styled.markdown(start, end)

    @override
    def is_same_stop(self, above: TranscriptBlock) -> bool:
        return self.listed and isinstance(above, ProseBlock) and above.listed

    @override
    def reuse_measurements(self, earlier: TranscriptBlock) -> None:
        if not isinstance(earlier, ProseBlock) or earlier._breaks is None:
            return
        styled, before = self.styled, earlier.styled
        if styled.text.startswith(before.text):
            room, breaks = earlier._width, earlier._breaks
            self._width, self._breaks = room, wrap(styled.text, room, breaks)
            if styled.spans[: len(before.spans)] == before.spans and self.lead == earlier.lead:
                self._same = max(0, len(breaks) - 2)


class RuleBlock(TranscriptBlock):
    """A line across, with a few words in it or none."""

    __slots__ = ("lead", "style", "words")

    needs_blank_lines = True

    def __init__(self, words: str = "", lead: str = "", style: str = "") -> None:
        super().__init__()
        self.words = words
        self.lead = lead
        self.style = style

    @property
    @override
    def text(self) -> str:
        return self.words

    @override
    def height(self, width: int) -> int:
        return 1

    @override
    def lines(self, width: int) -> list[BlockLine]:
        room = max(1, min(width, MAX_PROSE_CELLS) - len(self.lead))
        if not self.words or room < 8:
            drawn = "─" * room
            return [
                BlockLine(
                    self.lead + drawn, shift_spans([StyleSpan(0, room, self.style)], len(self.lead))
                )
            ]
        words = _fitting(self.words, room - 6)
        head = f"{self.lead}── "
        tail = " " + "─" * max(0, room - cell_width(words) - 4)
        at = len(head)
        spans = [
            StyleSpan(0, at, self.style),
            StyleSpan(at, at + len(words), transcript_styles.MUTED),
            StyleSpan(at + len(words), at + len(words) + len(tail), self.style),
        ]
        return [BlockLine(head + words + tail, spans, 0, at, len(words))]


def _fitting(words: str, width: int) -> str:
    """What of `words · words · words` fits: whole parts, and only the first is cut."""
    while cell_width(words) > width and _DOT in words:
        words = words.rpartition(_DOT)[0]
    return truncate(words, width)
