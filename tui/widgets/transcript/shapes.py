"""What each item looks like as blocks. Answers are read elsewhere; the rest is made here."""

from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from tui.session.events import FileChange
from tui.widgets import numbers
from tui.widgets.cleaning import clean, clean_line, for_screen
from tui.widgets.transcript import palette
from tui.widgets.transcript.blocks import MEASURE, Block, Line, Prose, Rule
from tui.widgets.transcript.boxes import Box
from tui.widgets.transcript.diffs import Diff
from tui.widgets.transcript.items import (
    Answer,
    Card,
    Divider,
    Item,
    Notice,
    NoticeLevel,
    Prompt,
    Thinking,
    ToolLine,
    ToolState,
)
from tui.widgets.transcript.sheets import Sheet
from tui.widgets.transcript.styled import Span, Styled, assemble, plain
from tui.widgets.transcript.wrapping import cells, cut, cut_middle

INDENT: Final = 2
NAME: Final = 7
"""Cells that names of tools are filled to, so that subjects stand in one column."""

MOST_ROWS: Final = 2_000
"""Rows of a tool's output that are shown."""

PROMPT_ROWS: Final = 16
"""Lines of a folded prompt."""

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

_LEVELS: Final[dict[NoticeLevel, tuple[str, str]]] = {
    "info": ("·", palette.MUTED),
    "warning": ("!", palette.WARNING),
    "error": ("✗", palette.ERROR),
}


def blocks_of(item: Item, folded: bool) -> list[Block]:
    """The blocks of any item but an answer."""
    match item:
        case Prompt():
            return _prompt(item, folded)
        case Thinking():
            return _thinking(item, folded)
        case ToolLine():
            return _tool(item, folded)
        case Notice():
            return [_notice(item)]
        case Divider():
            return [Rule(clean_line(item.text), "", palette.RULE)]
        case Card():
            return [Box(item)]
        case Answer():
            raise TypeError("answers are read by tui.widgets.transcript.streams")


def folds(item: Item) -> bool:
    """Whether there is more of `item` than its first line or lines."""
    match item:
        case Thinking():
            return bool(item.text.strip())
        case ToolLine():
            return bool(item.detail.strip() or any(change.diff for change in item.changes))
        case Prompt():
            return item.text.count("\n") >= PROMPT_ROWS + 4
        case _:
            return False


def is_line(item: Item) -> bool:
    """Whether `item` is one line among others of its kind, without empty lines between."""
    return isinstance(item, Thinking | ToolLine)


def source_of(item: Item) -> str:
    """What copying the whole of `item` gives; of an answer, its Markdown."""
    match item:
        case Prompt():
            return clean(item.text)
        case Answer():
            return clean(item.markdown)
        case Thinking():
            return clean(item.text)
        case ToolLine():
            return _tool_source(item)
        case Notice() | Divider():
            return clean(item.text)
        case Card():
            return "\n".join([clean(item.title), *map(clean, item.lines)])


def _tool_source(item: ToolLine) -> str:
    parts = [clean_line(f"{item.name} {item.subject}".strip())]
    parts += [clean(change.diff).rstrip() for change in item.changes if change.diff]
    if item.detail.strip():
        parts.append(clean(item.detail).rstrip())
    return "\n".join(parts)


def _prompt(item: Prompt, folded: bool) -> list[Block]:
    rows = for_screen(item.text).rstrip().split("\n")
    hidden = len(rows) - PROMPT_ROWS if folded and folds(item) else 0
    if hidden:
        rows = rows[:PROMPT_ROWS]
    blocks: list[Block] = []
    for at in range(0, len(rows), 40):
        text = plain("\n".join(rows[at : at + 40]), palette.PROMPT)
        lead = plain("> ", palette.PROMPT_BAR) if at == 0 else Styled("  ")
        blocks.append(Prose(text, lead, Styled("  "), fill=palette.PROMPT_FILL))
    if hidden:
        more = plain(f"{FOLDED} {numbers.counted(hidden, 'more line')}", palette.MUTED)
        blocks.append(Prose(more, Styled("  "), fill=palette.PROMPT_FILL))
    return blocks


def _thinking(item: Thinking, folded: bool) -> list[Block]:
    head = ThinkingHead(item, folded)
    if folded or not folds(item):
        return [head]
    bar = plain("  ▏ ", palette.RULE)
    return [head, *_paragraphs(clean(item.text).strip(), bar)]


def _paragraphs(text: str, bar: Styled) -> list[Block]:
    """Plain text between bars; empty lines keep the bar."""
    rows = for_screen(text).split("\n")
    return [
        Prose(plain("\n".join(rows[at : at + 40]), palette.THINKING), bar, bar)
        for at in range(0, len(rows), 40)
    ]


class ThinkingHead(Block):
    """`● thinking 1.2k`."""

    __slots__ = ("_folded", "_item")

    def __init__(self, item: Thinking, folded: bool) -> None:
        super().__init__()
        self._item = item
        self._folded = folded

    @property
    @override
    def text(self) -> str:
        return self._drawn().text.strip()

    def _drawn(self) -> Styled:
        item = self._item
        words = ["thinking"]
        if item.tokens is not None:
            words.append(numbers.tokens(item.tokens))
        if item.seconds >= 1:
            words.append(f"· {numbers.duration(item.seconds)}")
        mark = ""
        if folds(item):
            mark = f" {FOLDED if self._folded else UNFOLDED}"
        return assemble(("● ", palette.THINKING), (" ".join(words), palette.THINKING), mark)

    @override
    def height(self, width: int) -> int:
        return 1

    @override
    def lines(self, width: int) -> list[Line]:
        drawn = self._drawn()
        text = cut(drawn.text, width)
        return [Line(text, list(drawn.spans), 0, 0, len(text))]


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
        mark = (FOLDED if self._folded else UNFOLDED) if folds(item) else ""
        head = f"{glyph} {name}{' ' * max(0, NAME - cells(name))}"
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


def _tool(item: ToolLine, folded: bool) -> list[Block]:
    head = ToolHead(item, folded)
    if folded or not folds(item):
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


def _notice(item: Notice) -> Block:
    glyph, style = _LEVELS[item.level]
    text = for_screen(item.text).strip()
    return Prose(plain(text, style), plain(f"{glyph} ", style), Styled("  "))
