"""A tool call as one line, and what is under it: output and diffs."""

from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from tui import number_format
from tui.reports.transcript_items import SHELL_COMMAND, ToolItem, ToolState
from tui.sanitize import clean_keeping_line_ends, clean_line
from tui.session.events import FileChange
from tui.widgets.screen_text import prepare_for_screen
from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.diffs import DiffText
from tui.widgets.transcript.preformatted import PreformattedText
from tui.widgets.transcript.styled_text import StyledText, StyleSpan, assemble, plain
from tui.widgets.transcript.transcript_blocks import (
    MAX_PROSE_CELLS,
    BlockLine,
    ProseBlock,
    TranscriptBlock,
)
from tui.widgets.transcript.wrapping import cell_width, truncate, truncate_middle

INDENT: Final = 2
TOOL_NAME_CELLS: Final = 7
"""Cells that names of tools are filled to, so that subjects begin in one column."""

MOST_ROWS: Final = 2_000
"""Rows of a tool's output that are shown."""

_NARROW: Final = 20
"""Cells for subject and words below which there is only the subject."""

FOLDED: Final = "▸"
UNFOLDED: Final = "▾"

TOOL_STATES: Final[dict[ToolState, tuple[str, str, str]]] = {
    "running": ("○", "running", transcript_styles.RUNNING),
    "done": ("●", "done", transcript_styles.SUCCESS),
    "error": ("✗", "failed", transcript_styles.ERROR),
    "denied": ("⊘", "denied", transcript_styles.WARNING),
    "interrupted": ("◌", "interrupted", transcript_styles.WARNING),
    "not_run": ("–", "not run", transcript_styles.MUTED),
}
"""Glyph, word and colour of each state of a tool."""


SHELL_ROWS: Final = 20
"""Rows that are shown of the folded output of the user's own command."""


def is_tool_foldable(item: ToolItem) -> bool:
    """Whether there is anything to unfold under the line."""
    if item.name == SHELL_COMMAND:
        return item.detail.strip().count("\n") >= SHELL_ROWS + 4
    return bool(item.detail.strip() or any(change.diff for change in item.changes))


def tool_source(item: ToolItem) -> str:
    """What copying a tool call gives: what it did, and what came of it."""
    parts = [f"{clean_line(item.name)} {clean_keeping_line_ends(item.subject)}".strip()]
    below = [change.diff for change in item.changes if change.diff]
    if item.detail.strip():
        below.append(item.detail)
    return "\n".join([*parts, *(clean_keeping_line_ends(text).rstrip() for text in below)])


class ToolHead(TranscriptBlock):
    """The line of a tool call: `● read   src/parse.py   214 lines                1.3k`."""

    __slots__ = ("_folded", "_item")

    def __init__(self, item: ToolItem, folded: bool) -> None:
        super().__init__()
        self._item = item
        self._folded = folded

    @property
    @override
    def text(self) -> str:
        item = self._item
        _glyph, word, _style = TOOL_STATES[item.state]
        parts = [clean_line(item.name), clean_line(item.subject), self._said() or word]
        return " ".join(part for part in parts if part)

    def _said(self) -> str:
        """The word of the state and the summary, whichever there are."""
        item = self._item
        word = TOOL_STATES[item.state][1]
        summary = clean_line(item.summary) or change_counts(item.changes)
        if item.state == "done":
            return summary or word
        return f"{word} · {summary}" if summary else word

    def _tokens(self) -> str:
        item = self._item
        if item.tokens is None:
            return ""
        return number_format.mark_estimate(
            number_format.format_tokens(item.tokens), not item.settled
        )

    @override
    def height(self, width: int) -> int:
        return 1

    @override
    def atomic_range(self, offset: int) -> tuple[int, int]:
        return 0, len(self.text)

    @override
    def lines(self, width: int) -> list[BlockLine]:
        item = self._item
        glyph, _word, style = TOOL_STATES[item.state]
        room = min(width, MAX_PROSE_CELLS)
        tokens = self._tokens()
        name = truncate(clean_line(item.name), max(TOOL_NAME_CELLS, 20))
        said = self._said()
        mark = (FOLDED if self._folded else UNFOLDED) if is_tool_foldable(item) else ""
        head = f"{glyph} {name}{' ' * max(1, TOOL_NAME_CELLS - cell_width(name))}"
        fixed = cell_width(head) + (2 + cell_width(tokens) if tokens else 0) + (2 if mark else 0)
        subject, said = _fitted(clean_line(item.subject), said, room - fixed)
        said_style = transcript_styles.MUTED if item.state == "done" else style
        left = assemble(
            (f"{glyph} ", style),
            (
                head[2:],
                transcript_styles.TOOL if item.state != "not_run" else transcript_styles.MUTED,
            ),
            subject,
            ("  " if subject and said else "", ""),
            (said, said_style),
            (f" {mark}" if mark else "", transcript_styles.MUTED),
        )
        space = room - cell_width(left.text) - cell_width(tokens)
        text = left.text + (" " * max(1, space) + tokens if tokens else "")
        spans = [*left.spans]
        if tokens:
            spans.append(StyleSpan(len(text) - len(tokens), len(text), transcript_styles.MUTED))
        return [BlockLine(text, spans, 0, 0, 0, atomic_length=len(self.text))]


def change_counts(changes: Sequence[FileChange]) -> str:
    """`+3 −1` over all files, `created` where that is all there is to say."""
    if not changes:
        return ""
    added = sum(change.added for change in changes)
    removed = sum(change.removed for change in changes)
    return f"+{added} {number_format.MINUS}{removed}"


def _fitted(subject: str, said: str, room: int) -> tuple[str, str]:
    """Subject and words within `room`: the words give way first, down to a third."""
    if cell_width(subject) + 2 + cell_width(said) <= room:
        return subject, said
    if room < _NARROW:
        return truncate(subject, max(0, room)), ""
    words = truncate(said, max(min(cell_width(said), 12), room // 3))
    rest = room - cell_width(words) - 2
    if rest >= cell_width(subject):
        return subject, truncate(said, room - cell_width(subject) - 2)
    # A path has its name at the end; a command begins with what matters.
    shorten = truncate if " " in subject else truncate_middle
    return shorten(subject, max(1, rest)), words


def tool_blocks(item: ToolItem, folded: bool) -> list[TranscriptBlock]:
    """The line of a tool, and what is under it when it is unfolded."""
    head = ToolHead(item, folded)
    if item.name == SHELL_COMMAND and item.detail.strip():
        shown_rows = SHELL_ROWS if folded and is_tool_foldable(item) else MOST_ROWS
        return [head, *_output(item.detail, shown_rows)]
    if folded or not is_tool_foldable(item):
        return [head]
    blocks: list[TranscriptBlock] = [head]
    shown = [change for change in item.changes if change.diff]
    for change in shown:
        if len(item.changes) > 1:
            title = f"{clean_line(change.path)}  {change_counts([change])}"
            blocks.append(ProseBlock(plain(title, "bold"), StyledText(" " * INDENT)))
        blocks += DiffText(change.path, change.diff).slices(INDENT)
    if item.detail.strip() and not shown:
        blocks += _output(item.detail)
    return blocks


def _output(text: str, most: int = MOST_ROWS) -> list[TranscriptBlock]:
    """What a tool said, as far as it is shown."""
    rows = prepare_for_screen(text).rstrip("\n").split("\n")
    sources = clean_keeping_line_ends(text).rstrip("\r\n").split("\n")
    more = len(rows) - most
    blocks: list[TranscriptBlock] = list(ToolOutputText(rows[:most], sources).slices(INDENT))
    if more > 0:
        note = plain(
            f"… {number_format.count_with_noun(more, 'more line')}", transcript_styles.MUTED
        )
        blocks.append(ProseBlock(note, StyledText(" " * INDENT)))
    return blocks


class ToolOutputText(PreformattedText):
    """The rows a tool wrote, behind a thin bar."""

    gutter_width = 2

    def __init__(self, rows: Sequence[str], sources: Sequence[str]) -> None:
        super().__init__(rows, transcript_styles.MUTED)
        self._sources = self.rows if self.rows == sources[: len(rows)] else sources

    @override
    def source_row(self, row: int) -> str:
        return self._sources[row]

    @override
    def row_gutter(self, row: int, first: bool) -> StyledText:
        return plain("▏ " if first else "┆ ", transcript_styles.RULE)
