"""Who speaks: the mark in the margin beside the first line of an item."""

from typing import Final, NamedTuple

from tui.reports.transcript_items import (
    SHELL_COMMAND,
    AnswerItem,
    NoticeItem,
    NoticeLevel,
    PromptItem,
    ToolItem,
    TranscriptItem,
)
from tui.widgets.transcript import transcript_styles


class ItemMark(NamedTuple):
    """What is in the margin."""

    sign: str
    """One cell."""
    style: str = ""
    fill: str = ""
    """A style behind the margin."""


NO_MARK: Final = ItemMark(" ")
ANSWER_MARK: Final = ItemMark("●", transcript_styles.ANSWER)
PROMPT_MARK: Final = ItemMark(">", transcript_styles.PROMPT_BAR, transcript_styles.PROMPT_FILL)
SHELL_MARK: Final = ItemMark(SHELL_COMMAND, transcript_styles.ANSWER)
LEVEL_MARKS: Final[dict[NoticeLevel, ItemMark]] = {
    "info": ItemMark("·", transcript_styles.MUTED),
    "warning": ItemMark("!", transcript_styles.WARNING),
    "error": ItemMark("✗", transcript_styles.ERROR),
}


def item_mark(item: TranscriptItem, *, first: bool) -> ItemMark:
    """The mark beside a line: the user, the model, or the program; what tools do has none.

    Args:
        item: What the line is of.
        first: Whether it is the first line of the item.
    """
    match item:
        case PromptItem():
            return PROMPT_MARK if first else PROMPT_MARK._replace(sign=" ")
        case AnswerItem(from_program=False) if first:
            return ANSWER_MARK
        case ToolItem(name=name) if name == SHELL_COMMAND and first:
            return SHELL_MARK
        case NoticeItem(level=level) if first:
            return LEVEL_MARKS[level]
        case _:
            return NO_MARK
