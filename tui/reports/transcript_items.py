"""What a transcript shows: items in, lines out.

An item is a finished, frozen value with a `key` of its own; putting another item with the
same key replaces it in its place. Text in items is foreign and verbatim: it is cleaned
on the way to the screen, never here.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from tui.session.events import FileChange

ToolState = Literal["running", "done", "error", "denied", "interrupted", "not_run"]
"""How far a tool call got; the last five are the outcomes a log knows."""

NoticeLevel = Literal["info", "warning", "error"]

StreamKind = Literal["answer", "thinking"]
"""What may be fed piece by piece."""

CallDetail = Literal["rows", "names", "counts"]
"""How tool calls show: a row each · what only looked on one row, with names · counts only."""


@dataclass(frozen=True, slots=True)
class PromptItem:
    """A prompt that the user sent."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class AnswerItem:
    """An answer of the model as Markdown, or a page of the program's own."""

    key: str
    markdown: str
    from_program: bool = False
    """Whether the program wrote it: copying the last answer leaves it out."""


@dataclass(frozen=True, slots=True)
class ThinkingItem:
    """What the model thought: one line until it is unfolded."""

    key: str
    text: str = ""
    tokens: int | None = None
    """None while nobody has counted them."""
    seconds: float = 0.0


SHELL_COMMAND: Final = "!"
"""Name of the user's own command among the tools."""


@dataclass(frozen=True, slots=True)
class ToolItem:
    """One tool call: one line until it is unfolded."""

    key: str
    name: str
    subject: str
    """What it acts on, in a few words: a path, a command, a pattern."""
    state: ToolState = "running"
    tokens: int | None = None
    """Tokens of its result; None while there is none."""
    settled: bool = True
    """False while `tokens` is an estimate."""
    summary: str = ""
    """A few words for the same line: `214 lines`, `exit 1`."""
    detail: str = ""
    """Its output, shown when unfolded."""
    changes: tuple[FileChange, ...] = ()
    """Files it changed; the first rows of their diffs are shown, all of them when unfolded."""
    times: int = 1
    """Calls that are merged into it: edits of one file."""


@dataclass(frozen=True, slots=True)
class CallGroupItem:
    """What one request thought and what only looked: one line until it is unfolded."""

    key: str
    calls: tuple[ToolItem, ...] = ()
    """Reads, searches and news of the checklist that went well, in the order of the calls."""
    thought: ThinkingItem | None = None


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """One sentence of ours between the messages."""

    key: str
    text: str
    """Empty: the notice is removed."""
    level: NoticeLevel = "info"


@dataclass(frozen=True, slots=True)
class DividerItem:
    """A rule across the transcript with a few words in it."""

    key: str
    text: str = ""


TranscriptItem: TypeAlias = (
    PromptItem | AnswerItem | ThinkingItem | ToolItem | CallGroupItem | NoticeItem | DividerItem
)
"""Anything a transcript shows."""


def removed_item(key: str) -> NoticeItem:
    """What takes the place of an item that is shown no more."""
    return NoticeItem(key, "")


def request_key(request: int, part: int | str) -> str:
    """Key of something that a request said or did: a block of its message, or a row of calls."""
    return f"r{request}.{part}"


def is_same_request(above: TranscriptItem, below: TranscriptItem) -> bool:
    """Whether two items are of one request."""
    request, dot, _part = above.key.partition(".")
    return bool(dot) and request[:1] == "r" and below.key.startswith(f"{request}.")


def is_removed(item: TranscriptItem) -> bool:
    """Whether `item` takes the place of a notice that is shown no more."""
    return isinstance(item, NoticeItem) and not item.text
