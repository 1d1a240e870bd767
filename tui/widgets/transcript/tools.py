"""A tool call as one line, and what is under it: output and diffs."""

from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from tui.session.events import FileChange
from tui.widgets import numbers
from tui.widgets.cleaning import clean, clean_line, for_screen
from tui.widgets.transcript import palette
from tui.widgets.transcript.blocks import MEASURE, Block, Line, Prose
from tui.widgets.transcript.diffs import Diff
from tui.widgets.transcript.items import ToolLine, ToolState
from tui.widgets.transcript.sheets import Sheet
from tui.widgets.transcript.styled import Span, Styled, assemble, plain
from tui.widgets.transcript.wrapping import cells, cut, cut_middle

INDENT: Final = 2
NAME: Final = 7
"""Cells that names of tools are filled to, so that subjects stand in one column."""

MOST_ROWS: Final = 2_000
"""Rows of a tool's output that are shown."""

_NARROW: Final = 20
"""Cells for subject and words below which there is only the subject."""

FOLDED: Final = "▸"
UNFOLDED: Final = "▾"

STATES: Final[dict[ToolState, tuple[str, str, str]]] = {
    "running": ("○", "running", palette.RUNNING),
    "done": ("●", "done", palette.SUCCESS),
    "error": ("✗", "failed", palette.ERROR),
    "denied": ("⊘", "denied", palette.WARNING),
    "interrupted": ("◌", "interrupted", palette.WARNING),
    "not_run": ("–", "not run", palette.MUTED),
}
"""Glyph, word and colour of each state of a tool."""


def tool_folds(item: ToolLine) -> bool:
    """Whether there is anything under the line."""
    return bool(item.detail.strip() or any(change.diff for change in item.changes))


def tool_source(item: ToolLine) -> str:
    """What copying a tool call gives: what it did, and what came of it."""
    parts = [clean_line(f"{item.name} {item.subject}".strip())]
    parts += [clean(change.diff).rstrip() for change in item.changes if change.diff]
    if item.detail.strip():
        parts.append(clean(item.detail).rstrip())
    return "\n".join(parts)


class ToolHead(Block):
    """`● read   src/parse.py   214 lines                1.3k`."""

    __slots__ = ("_folded", "_item")

    def __init__(self, item: ToolLine, folded: bool) -> None:
        super().__init__()
        self._item = item
        self._folded = folded

    @property
    @override
    def text(self) -> str:
        item = self._item
        _glyph, word, _style = STATES[item.state]
        parts = [clean_line(item.name), clean_line(item.subject), self._said() or word]
        return " ".join(part for part in parts if part)

    def _said(self) -> str:
        """The word of the state and the summary, whichever there are."""
        item = self._item
        word = STATES[item.state][1]
        summary = clean_line(item.summary) or changed(item.changes)
        if item.state == "done":
            return summary or word
        return f"{word} · {summary}" if summary else word

    def _tokens(self) -> str:
        item = self._item
        if item.tokens is None:
            return ""
        return numbers.approximately(numbers.tokens(item.tokens), not item.settled)

    @override
    def height(self, width: int) -> int:
        return 1

    @override
    def snap(self, offset: int) -> tuple[int, int]:
        return 0, len(self.text)

    @override
    def lines(self, width: int) -> list[Line]:
        item = self._item
        glyph, _word, style = STATES[item.state]
        room = min(width, MEASURE)
        tokens = self._tokens()
        name = cut(clean_line(item.name), max(NAME, 20))
        said = self._said()
        mark = (FOLDED if self._folded else UNFOLDED) if tool_folds(item) else ""
        head = f"{glyph} {name}{' ' * max(1, NAME - cells(name))}"
        fixed = cells(head) + (2 + cells(tokens) if tokens else 0) + (2 if mark else 0)
        subject, said = _fitted(clean_line(item.subject), said, room - fixed)
        said_style = palette.MUTED if item.state == "done" else style
        left = assemble(
            (f"{glyph} ", style),
            (head[2:], palette.TOOL if item.state != "not_run" else palette.MUTED),
            subject,
            ("  " if subject and said else "", ""),
            (said, said_style),
            (f" {mark}" if mark else "", palette.MUTED),
        )
        space = room - cells(left.text) - cells(tokens)
        text = left.text + (" " * max(1, space) + tokens if tokens else "")
        spans = [*left.spans]
        if tokens:
            spans.append(Span(len(text) - len(tokens), len(text), palette.MUTED))
        return [Line(text, spans, 0, 0, 0, whole=len(self.text))]


def changed(changes: Sequence[FileChange]) -> str:
    """`+3 −1` over all files, `created` where that is all there is to say."""
    if not changes:
        return ""
    added = sum(change.added for change in changes)
    removed = sum(change.removed for change in changes)
    return f"+{added} {numbers.MINUS}{removed}"


def _fitted(subject: str, said: str, room: int) -> tuple[str, str]:
    """Subject and words within `room`: the words give way first, down to a third."""
    if cells(subject) + 2 + cells(said) <= room:
        return subject, said
    if room < _NARROW:
        return cut(subject, max(0, room)), ""
    words = cut(said, max(min(cells(said), 12), room // 3))
    rest = room - cells(words) - 2
    if rest >= cells(subject):
        return subject, cut(said, room - cells(subject) - 2)
    # A path has its name at the end; a command begins with what matters.
    shorten = cut if " " in subject else cut_middle
    return shorten(subject, max(1, rest)), words


def tool_blocks(item: ToolLine, folded: bool) -> list[Block]:
    """The line of a tool, and what is under it when it is unfolded."""
    head = ToolHead(item, folded)
    if folded or not tool_folds(item):
        return [head]
    blocks: list[Block] = [head]
    shown = [change for change in item.changes if change.diff]
    for change in shown:
        if len(item.changes) > 1:
            title = f"{clean_line(change.path)}  {changed([change])}"
            blocks.append(Prose(plain(title, "bold"), Styled(" " * INDENT)))
        blocks += Diff(change.path, change.diff).slices(INDENT)
    if item.detail.strip() and not shown:
        blocks += _output(item.detail)
    return blocks


def _output(text: str) -> list[Block]:
    """What a tool said, as far as it is shown."""
    rows = for_screen(text).rstrip("\n").split("\n")
    more = len(rows) - MOST_ROWS
    blocks: list[Block] = list(Output(rows[:MOST_ROWS]).slices(INDENT))
    if more > 0:
        note = plain(f"… {numbers.counted(more, 'more line')}", palette.MUTED)
        blocks.append(Prose(note, Styled(" " * INDENT)))
    return blocks


class Output(Sheet):
    """The rows a tool wrote, behind a thin bar."""

    gutter_width = 2

    def __init__(self, rows: Sequence[str]) -> None:
        super().__init__(rows, palette.MUTED)

    @override
    def gutter(self, row: int, first: bool) -> Styled:
        return plain("▏ " if first else "┆ ", palette.RULE)
