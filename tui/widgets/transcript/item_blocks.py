"""What each item looks like as blocks. `markdown_stream` makes the blocks of answers."""

from typing import Final

from typing_extensions import override

from tui import number_format
from tui.reports.transcript_items import (
    SHELL_COMMAND,
    AnswerItem,
    DividerItem,
    NoticeItem,
    NoticeLevel,
    PromptItem,
    ThinkingItem,
    ToolItem,
    TranscriptItem,
    is_removed,
)
from tui.sanitize import clean, clean_line
from tui.widgets.screen_text import excerpt_source, prepare_for_screen
from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.styled_text import StyledText, assemble, plain
from tui.widgets.transcript.tool_blocks import (
    FOLDED,
    UNFOLDED,
    is_tool_foldable,
    tool_blocks,
    tool_source,
)
from tui.widgets.transcript.transcript_blocks import (
    BlockLine,
    ProseBlock,
    RuleBlock,
    TranscriptBlock,
)
from tui.widgets.transcript.wrapping import truncate

PROMPT_ROWS: Final = 16
"""Lines of a folded prompt."""

_LEVELS: Final[dict[NoticeLevel, tuple[str, str]]] = {
    "info": ("·", transcript_styles.MUTED),
    "warning": ("!", transcript_styles.WARNING),
    "error": ("✗", transcript_styles.ERROR),
}


def blocks_for_item(item: TranscriptItem, folded: bool) -> list[TranscriptBlock]:
    """The blocks of any item but an answer."""
    match item:
        case PromptItem():
            return _prompt(item, folded)
        case ThinkingItem():
            return _thinking(item, folded)
        case ToolItem():
            return tool_blocks(item, folded)
        case NoticeItem():
            return [] if is_removed(item) else [_notice(item)]
        case DividerItem():
            return [RuleBlock(clean_line(item.text), "", transcript_styles.RULE)]
        case AnswerItem():
            raise TypeError("answers are read by tui.widgets.transcript.markdown_stream")


def is_foldable(item: TranscriptItem) -> bool:
    """Whether there is more of `item` than its first line or lines."""
    match item:
        case ThinkingItem():
            return bool(item.text.strip())
        case ToolItem():
            return is_tool_foldable(item)
        case PromptItem():
            return item.text.count("\n") >= PROMPT_ROWS + 4
        case _:
            return False


def is_single_line(item: TranscriptItem) -> bool:
    """Whether `item` is one line among others of its kind, without empty lines between."""
    if isinstance(item, ToolItem) and item.name == SHELL_COMMAND:
        return False  # its output is under it
    return isinstance(item, ThinkingItem | ToolItem)


def item_source(item: TranscriptItem) -> str:
    """What copying the whole of `item` gives; of an answer, its Markdown."""
    match item:
        case PromptItem():
            return clean(item.text)
        case AnswerItem():
            return clean(item.markdown)
        case ThinkingItem():
            return clean(item.text)
        case ToolItem():
            return tool_source(item)
        case NoticeItem() | DividerItem():
            return clean(item.text)


def _prompt(item: PromptItem, folded: bool) -> list[TranscriptBlock]:
    rows = prepare_for_screen(item.text).rstrip().split("\n")
    sources = clean(item.text).rstrip().split("\n")
    hidden = len(rows) - PROMPT_ROWS if folded and is_foldable(item) else 0
    if hidden:
        rows = rows[:PROMPT_ROWS]
    blocks: list[TranscriptBlock] = []
    for at in range(0, len(rows), 40):
        text = plain("\n".join(rows[at : at + 40]), transcript_styles.PROMPT)
        lead = plain("> ", transcript_styles.PROMPT_BAR) if at == 0 else StyledText("  ")
        blocks.append(PromptRows(text, lead, sources[at : at + 40]))
    if hidden:
        more = plain(
            f"{FOLDED} {number_format.count_with_noun(hidden, 'more line')}",
            transcript_styles.MUTED,
        )
        blocks.append(ProseBlock(more, StyledText("  "), fill=transcript_styles.PROMPT_FILL))
    return blocks


class PromptRows(ProseBlock):
    """At most forty lines of a prompt."""

    __slots__ = ("_sources",)

    def __init__(self, text: StyledText, lead: StyledText, sources: list[str]) -> None:
        super().__init__(text, lead, StyledText("  "), fill=transcript_styles.PROMPT_FILL)
        self._sources = sources

    @override
    def excerpt_markdown(self, start: int, end: int) -> str:
        return excerpt_source(self.text.split("\n"), self._sources, start, end)


def _thinking(item: ThinkingItem, folded: bool) -> list[TranscriptBlock]:
    head = ThinkingHead(item, folded)
    if folded or not is_foldable(item):
        return [head]
    bar = plain("  ▏ ", transcript_styles.RULE)
    return [head, *_paragraphs(clean(item.text).strip(), bar)]


def _paragraphs(text: str, bar: StyledText) -> list[TranscriptBlock]:
    """Plain text between bars; empty lines keep the bar."""
    rows = prepare_for_screen(text).split("\n")
    return [
        ProseBlock(plain("\n".join(rows[at : at + 40]), transcript_styles.THINKING), bar, bar)
        for at in range(0, len(rows), 40)
    ]


class ThinkingHead(TranscriptBlock):
    """The first line of thinking: `● thinking 1.2k`."""

    __slots__ = ("_folded", "_item")

    def __init__(self, item: ThinkingItem, folded: bool) -> None:
        super().__init__()
        self._item = item
        self._folded = folded

    @property
    @override
    def text(self) -> str:
        return self._drawn().text.strip()

    def _drawn(self) -> StyledText:
        item = self._item
        words = ["thinking"]
        if item.tokens is not None:
            words.append(number_format.format_tokens(item.tokens))
        if item.seconds >= 1:
            words.append(f"· {number_format.format_duration(item.seconds)}")
        mark = ""
        if is_foldable(item):
            mark = f" {FOLDED if self._folded else UNFOLDED}"
        said = (" ".join(words), transcript_styles.THINKING)
        return assemble(("● ", transcript_styles.THINKING), said, (mark, transcript_styles.MUTED))

    @override
    def height(self, width: int) -> int:
        return 1

    @override
    def lines(self, width: int) -> list[BlockLine]:
        drawn = self._drawn()
        text = truncate(drawn.text, width)
        return [BlockLine(text, list(drawn.spans), 0, 0, len(text))]


def _notice(item: NoticeItem) -> TranscriptBlock:
    glyph, style = _LEVELS[item.level]
    text = prepare_for_screen(item.text).strip()
    return ProseBlock(plain(text, style), plain(f"{glyph} ", style), StyledText("  "))
