"""What each item looks like as blocks. Answers are read elsewhere; the rest is made here."""

from typing import Final

from typing_extensions import override

from tui.widgets import numbers
from tui.widgets.cleaning import clean, clean_line, for_screen
from tui.widgets.transcript import palette
from tui.widgets.transcript.blocks import Block, Line, Prose, Rule
from tui.widgets.transcript.boxes import Box
from tui.widgets.transcript.items import (
    Answer,
    Card,
    Divider,
    Fact,
    Item,
    Notice,
    NoticeLevel,
    Prompt,
    Thinking,
    ToolLine,
)
from tui.widgets.transcript.styled import Styled, assemble, plain
from tui.widgets.transcript.tools import FOLDED, UNFOLDED, tool_blocks, tool_folds, tool_source
from tui.widgets.transcript.wrapping import cut

PROMPT_ROWS: Final = 16
"""Lines of a folded prompt."""

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
            return tool_blocks(item, folded)
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
            return tool_folds(item)
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
            return tool_source(item)
        case Notice() | Divider():
            return clean(item.text)
        case Card():
            return "\n".join([clean(item.title), *map(_card_line, item.lines)])


def _card_line(line: str | Fact) -> str:
    if isinstance(line, str):
        return clean(line)
    return clean(f"{line.label}: {line.text}" if line.label else line.text)


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
        said = (" ".join(words), palette.THINKING)
        return assemble(("● ", palette.THINKING), said, (mark, palette.MUTED))

    @override
    def height(self, width: int) -> int:
        return 1

    @override
    def lines(self, width: int) -> list[Line]:
        drawn = self._drawn()
        text = cut(drawn.text, width)
        return [Line(text, list(drawn.spans), 0, 0, len(text))]


def _notice(item: Notice) -> Block:
    glyph, style = _LEVELS[item.level]
    text = for_screen(item.text).strip()
    return Prose(plain(text, style), plain(f"{glyph} ", style), Styled("  "))
