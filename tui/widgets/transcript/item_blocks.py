"""What each item looks like as blocks. `markdown_stream` makes the blocks of answers."""

from typing import Final

from typing_extensions import override

from tui import number_format
from tui.reports.transcript_items import (
    AnswerItem,
    CallDetail,
    CallGroupItem,
    DividerItem,
    NoticeItem,
    PromptItem,
    ThinkingItem,
    ToolItem,
    TranscriptItem,
    is_removed,
)
from tui.sanitize import clean, clean_line
from tui.widgets.screen_text import excerpt_source, prepare_for_screen
from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.call_group_blocks import (
    group_blocks,
    group_source,
    is_group_foldable,
)
from tui.widgets.transcript.item_marks import LEVEL_MARKS
from tui.widgets.transcript.styled_text import StyledText, plain
from tui.widgets.transcript.tool_blocks import FOLDED, is_tool_foldable, tool_blocks, tool_source
from tui.widgets.transcript.transcript_blocks import ProseBlock, RuleBlock, TranscriptBlock

PROMPT_ROWS: Final = 16
"""Lines of a folded prompt."""


def blocks_for_item(
    item: TranscriptItem, folded: bool, detail: CallDetail = "names"
) -> list[TranscriptBlock]:
    """The blocks of any item but an answer.

    Args:
        item: The item.
        folded: Whether the user has not unfolded it.
        detail: How much of folded tool calls is shown.
    """
    match item:
        case PromptItem():
            return _prompt(item, folded)
        case ThinkingItem():
            return _thinking(item, folded)
        case ToolItem():
            return tool_blocks(item, folded, detail)
        case CallGroupItem():
            return group_blocks(item, folded, detail)
        case NoticeItem():
            return [] if is_removed(item) else [_notice(item)]
        case DividerItem():
            return [RuleBlock(clean_line(item.text), "", transcript_styles.RULE)]
        case AnswerItem():
            raise TypeError("answers are read by tui.widgets.transcript.markdown_stream")


def is_foldable(item: TranscriptItem, detail: CallDetail = "names") -> bool:
    """Whether there is more of `item` than is shown while it is folded."""
    match item:
        case ThinkingItem():
            return bool(item.text.strip())
        case ToolItem():
            return is_tool_foldable(item, detail)
        case CallGroupItem():
            return is_group_foldable(item)
        case PromptItem():
            return item.text.count("\n") >= PROMPT_ROWS + 4
        case _:
            return False


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
        case CallGroupItem():
            return group_source(item)
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
        blocks.append(PromptRows(text, sources[at : at + 40]))
    if hidden:
        more = plain(
            f"{FOLDED} {number_format.count_with_noun(hidden, 'more line')}",
            transcript_styles.MUTED,
        )
        blocks.append(ProseBlock(more, fill=transcript_styles.PROMPT_FILL))
    return blocks


class PromptRows(ProseBlock):
    """At most forty lines of a prompt."""

    __slots__ = ("_sources",)

    def __init__(self, text: StyledText, sources: list[str]) -> None:
        super().__init__(text, fill=transcript_styles.PROMPT_FILL)
        self._sources = sources

    @override
    def excerpt_markdown(self, start: int, end: int) -> str:
        return excerpt_source(self.text.split("\n"), self._sources, start, end)


def _thinking(item: ThinkingItem, folded: bool) -> list[TranscriptBlock]:
    """What is being thought: once it is counted, it is part of a group."""
    return group_blocks(CallGroupItem(item.key, (), item), folded)


def _notice(item: NoticeItem) -> TranscriptBlock:
    return ProseBlock(plain(prepare_for_screen(item.text).strip(), LEVEL_MARKS[item.level].style))
