"""Cards: a box with a title, wrapped lines, and things to do in its lower edge."""

from typing import Final

from typing_extensions import override

from tui.widgets.cleaning import clean_line, for_screen
from tui.widgets.transcript import palette
from tui.widgets.transcript.blocks import MEASURE, Block, Line
from tui.widgets.transcript.items import Action, Card, Fact
from tui.widgets.transcript.styled import Link, Span
from tui.widgets.transcript.wrapping import cells, cut, wrap

ACTION: Final = "action:"
"""What the target of an action starts with; no address does."""

_BETWEEN: Final = " · "

_LEAST: Final = 24
"""Cells for the text of a fact below which its label stands before it, not in a column."""


class Box(Block):
    """A card. Its text is the lines and then the actions, each on a line of its own."""

    __slots__ = ("_lines", "_reach", "_rows", "_title", "actions")

    airy = True

    def __init__(self, card: Card) -> None:
        super().__init__()
        self._title = clean_line(card.title)
        self._rows = [row for line in card.lines for row in _rows(line)]
        self._lines = [row if isinstance(row, str) else row.text for row in self._rows]
        self.actions: tuple[Action, ...] = card.actions
        self._reach = clean_line(card.reach)

    def _labels(self) -> list[str]:
        return [f"{clean_line(a.key)} {clean_line(a.label)}".strip() for a in self.actions]

    @property
    @override
    def text(self) -> str:
        return "\n".join([self._title, *self._lines, _BETWEEN.join(self._labels())])

    @property
    @override
    def links(self) -> tuple[Link, ...]:
        at = len("\n".join([self._title, *self._lines])) + 1
        found = []
        for action, label in zip(self.actions, self._labels(), strict=True):
            found.append(Link(at, at + len(label), ACTION + action.id))
            at += len(label) + len(_BETWEEN)
        return tuple(found)

    @override
    def lines(self, width: int) -> list[Line]:
        room = max(8, min(width, MEASURE))
        lines = [self._top(room)]
        offset = len(self._title) + 1
        column = self._column(room)
        for at, (row, text) in enumerate(zip(self._rows, self._lines, strict=True)):
            style = palette.STRONG if at == 0 else ""
            first, rest = _leads(row, column)
            for start, end in wrap(text, room - 4 - cells(first)):
                lead = rest if start else first
                lines.append(self._inside(lead, text[start:end], offset + start, room, style))
            offset += len(text) + 1
        return lines + self._bottom(room)

    def _column(self, room: int) -> int:
        """Cells for the labels of facts; 0 where they would leave too little for the facts."""
        labels = [row.label for row in self._rows if isinstance(row, Fact)]
        column = max((cells(label) + 2 for label in labels), default=0)
        return column if room - 4 - column >= _LEAST else 0

    def _top(self, room: int) -> Line:
        title = cut(self._title, room - 6)
        text = f"╭─ {title} " if title else "╭"
        end = f" {self._reach} ─╮" if self._reach else "╮"
        if cells(text) + cells(end) + 2 > room:
            end = "╮"
        text += "─" * (room - cells(text) - cells(end))
        spans = [Span(0, len(text) + len(end), palette.CARD)]
        if title:
            spans.append(Span(3, 3 + len(title), palette.CARD_TITLE))
        if len(end) > 1:
            spans.append(Span(len(text), len(text) + len(end) - 2, palette.MUTED))
        return Line(text + end, spans, 0, 3 if title else 1, len(title))

    def _inside(self, lead: str, text: str, start: int, room: int, style: str) -> Line:
        space = " " * (room - 4 - cells(lead) - cells(text))
        at = 2 + len(lead)
        end = at + len(text) + len(space) + 1
        spans = [
            Span(0, 1, palette.CARD),
            Span(2, at, palette.MUTED),
            Span(at, at + len(text), style),
            Span(end, end + 1, palette.CARD),
        ]
        return Line(f"│ {lead}{text}{space} │", [s for s in spans if s.style], start, at, len(text))

    def _bottom(self, room: int) -> list[Line]:
        """The lower edge with the actions in it; those that do not fit get lines above it."""
        rows = _shared_out(self._labels(), room - 6)
        offsets = [link.start for link in self.links]
        if not rows:
            return [Line("╰" + "─" * (room - 2) + "╯", [Span(0, room, palette.CARD)])]
        lines: list[Line] = []
        first = 0
        for number, labels in enumerate(rows):
            last = number == len(rows) - 1
            lines.append(self._action_line(labels, first, offsets[first], room, last))
            first += len(labels)
        return lines

    def _action_line(
        self, labels: list[str], first: int, offset: int, room: int, last: bool
    ) -> Line:
        text = _BETWEEN.join(labels)
        edge, fill, end = ("╰─ ", "─", "─╯") if last else ("│  ", " ", " │")
        after = room - cells(text) - len(edge) - len(end) - 1
        shown = f"{edge}{text} {fill * after}{end}"
        spans = [
            Span(0, len(edge), palette.CARD),
            Span(len(edge) + len(text), len(shown), palette.CARD),
        ]
        at = len(edge)
        for action, label in zip(self.actions[first:], labels, strict=False):
            spans.append(Span(at, at + len(clean_line(action.key)), palette.ACTION_KEY))
            at += len(label) + len(_BETWEEN)
        return Line(shown, sorted(spans), offset, len(edge), len(text))

    @override
    def excerpt(self, start: int, end: int) -> str:
        stop = len("\n".join([self._title, *self._lines]))
        return self.text[start : min(end, stop)]


def _rows(line: str | Fact) -> list[str | Fact]:
    """A line of a card as rows; only the first has the label."""
    if isinstance(line, str):
        return list(for_screen(line).split("\n"))
    first, *rest = for_screen(line.text).split("\n")
    return [Fact(clean_line(line.label), first), *(Fact("", row) for row in rest)]


def _leads(row: str | Fact, column: int) -> tuple[str, str]:
    """What stands before the first line of a row, and before the others."""
    if isinstance(row, str):
        return "", ""
    if not column:
        return (f"{row.label}: " if row.label else ""), ""
    return row.label + " " * (column - cells(row.label)), " " * column


def _shared_out(labels: list[str], room: int) -> list[list[str]]:
    """Labels on as many rows as they need."""
    rows: list[list[str]] = []
    used = room + 1
    for label in labels:
        wide = cells(label)
        if used + len(_BETWEEN) + wide > room:
            rows.append([cut(label, room)])
            used = wide
        else:
            rows[-1].append(label)
            used += len(_BETWEEN) + wide
    return rows
