"""Cards: a box with a title, wrapped lines, and things to do in its lower edge."""

from typing import Final

from typing_extensions import override

from tui.reports.transcript_items import CardAction, CardFact, CardItem
from tui.sanitize import clean_line
from tui.widgets.screen_text import prepare_for_screen
from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.styled_text import StyleSpan, TextLink
from tui.widgets.transcript.transcript_blocks import MAX_PROSE_CELLS, BlockLine, TranscriptBlock
from tui.widgets.transcript.wrapping import cell_width, truncate, wrap

ACTION_PREFIX: Final = "action:"
"""What the target of an action starts with; no address does."""

_BETWEEN: Final = " · "

_LEAST: Final = 24
"""Cells for the text of a fact below which its label is put before it, not into a column."""


class CardBlock(TranscriptBlock):
    """A card. Its text is the lines and then the actions, each on a line of its own."""

    __slots__ = ("_lines", "_reach", "_rows", "_title", "actions")

    needs_blank_lines = True

    def __init__(self, card: CardItem) -> None:
        super().__init__()
        self._title = clean_line(card.title)
        self._rows = [row for line in card.lines for row in _rows(line)]
        self._lines = [row if isinstance(row, str) else row.text for row in self._rows]
        self.actions: tuple[CardAction, ...] = card.actions
        self._reach = clean_line(card.reach)

    def _labels(self) -> list[str]:
        return [f"{clean_line(a.key)} {clean_line(a.label)}".strip() for a in self.actions]

    @property
    @override
    def text(self) -> str:
        return "\n".join([self._title, *self._lines, _BETWEEN.join(self._labels())])

    @property
    @override
    def links(self) -> tuple[TextLink, ...]:
        at = len("\n".join([self._title, *self._lines])) + 1
        found = []
        for action, label in zip(self.actions, self._labels(), strict=True):
            found.append(TextLink(at, at + len(label), ACTION_PREFIX + action.id))
            at += len(label) + len(_BETWEEN)
        return tuple(found)

    @override
    def lines(self, width: int) -> list[BlockLine]:
        room = max(8, min(width, MAX_PROSE_CELLS))
        lines = [self._top(room)]
        offset = len(self._title) + 1
        column = self._column(room)
        for at, (row, text) in enumerate(zip(self._rows, self._lines, strict=True)):
            style = transcript_styles.STRONG if at == 0 else ""
            first, rest = _leads(row, column)
            for start, end in wrap(text, room - 4 - cell_width(first)):
                lead = rest if start else first
                lines.append(self._inside(lead, text[start:end], offset + start, room, style))
            offset += len(text) + 1
        return lines + self._bottom(room)

    def _column(self, room: int) -> int:
        """Cells for the labels of facts; 0 where they would leave too little for the facts."""
        labels = [row.label for row in self._rows if isinstance(row, CardFact)]
        column = max((cell_width(label) + 2 for label in labels), default=0)
        return column if room - 4 - column >= _LEAST else 0

    def _top(self, room: int) -> BlockLine:
        title = truncate(self._title, room - 6)
        text = f"╭─ {title} " if title else "╭"
        end = f" {self._reach} ─╮" if self._reach else "╮"
        if cell_width(text) + cell_width(end) + 2 > room:
            end = "╮"
        text += "─" * (room - cell_width(text) - cell_width(end))
        spans = [StyleSpan(0, len(text) + len(end), transcript_styles.CARD)]
        if title:
            spans.append(StyleSpan(3, 3 + len(title), transcript_styles.CARD_TITLE))
        if len(end) > 1:
            spans.append(StyleSpan(len(text), len(text) + len(end) - 2, transcript_styles.MUTED))
        return BlockLine(text + end, spans, 0, 3 if title else 1, len(title))

    def _inside(self, lead: str, text: str, start: int, room: int, style: str) -> BlockLine:
        space = " " * (room - 4 - cell_width(lead) - cell_width(text))
        at = 2 + len(lead)
        end = at + len(text) + len(space) + 1
        spans = [
            StyleSpan(0, 1, transcript_styles.CARD),
            StyleSpan(2, at, transcript_styles.MUTED),
            StyleSpan(at, at + len(text), style),
            StyleSpan(end, end + 1, transcript_styles.CARD),
        ]
        return BlockLine(
            f"│ {lead}{text}{space} │", [s for s in spans if s.style], start, at, len(text)
        )

    def _bottom(self, room: int) -> list[BlockLine]:
        """The lower edge with the actions in it; those that do not fit get lines above it."""
        rows = _pack_labels(self._labels(), room - 6)
        offsets = [link.start for link in self.links]
        if not rows:
            return [
                BlockLine(
                    "╰" + "─" * (room - 2) + "╯", [StyleSpan(0, room, transcript_styles.CARD)]
                )
            ]
        lines: list[BlockLine] = []
        first = 0
        for number, labels in enumerate(rows):
            last = number == len(rows) - 1
            lines.append(self._action_line(labels, first, offsets[first], room, last))
            first += len(labels)
        return lines

    def _action_line(
        self, labels: list[str], first: int, offset: int, room: int, last: bool
    ) -> BlockLine:
        text = _BETWEEN.join(labels)
        edge, fill, end = ("╰─ ", "─", "─╯") if last else ("│  ", " ", " │")
        after = room - cell_width(text) - len(edge) - len(end) - 1
        shown = f"{edge}{text} {fill * after}{end}"
        spans = [
            StyleSpan(0, len(edge), transcript_styles.CARD),
            StyleSpan(len(edge) + len(text), len(shown), transcript_styles.CARD),
        ]
        at = len(edge)
        for action, label in zip(self.actions[first:], labels, strict=False):
            spans.append(
                StyleSpan(at, at + len(clean_line(action.key)), transcript_styles.ACTION_KEY)
            )
            at += len(label) + len(_BETWEEN)
        return BlockLine(shown, sorted(spans), offset, len(edge), len(text))

    @override
    def excerpt_markdown(self, start: int, end: int) -> str:
        stop = len("\n".join([self._title, *self._lines]))
        return self.text[start : min(end, stop)]


def _rows(line: str | CardFact) -> list[str | CardFact]:
    """A line of a card as rows; only the first has the label."""
    if isinstance(line, str):
        return list(prepare_for_screen(line).split("\n"))
    first, *rest = prepare_for_screen(line.text).split("\n")
    return [CardFact(clean_line(line.label), first), *(CardFact("", row) for row in rest)]


def _leads(row: str | CardFact, column: int) -> tuple[str, str]:
    """The cells before the first line of a row, and before its other lines."""
    if isinstance(row, str):
        return "", ""
    if not column:
        return (f"{row.label}: " if row.label else ""), ""
    return row.label + " " * (column - cell_width(row.label)), " " * column


def _pack_labels(labels: list[str], room: int) -> list[list[str]]:
    """Labels on as many rows as they need."""
    rows: list[list[str]] = []
    used = room + 1
    for label in labels:
        wide = cell_width(label)
        if used + len(_BETWEEN) + wide > room:
            rows.append([truncate(label, room)])
            used = wide
        else:
            rows[-1].append(label)
            used += len(_BETWEEN) + wide
    return rows
