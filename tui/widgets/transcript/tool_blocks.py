"""A tool call as one quiet line, and what is under it: the change, or the end of its output."""

from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from tui import number_format
from tui.reports.call_rows import SEARCHES
from tui.reports.call_words import call_tokens, search_words
from tui.reports.transcript_items import SHELL_COMMAND, CallDetail, ToolItem, ToolState
from tui.sanitize import clean_keeping_line_ends, clean_line
from tui.session.events import FileChange
from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.diffs import DiffText
from tui.widgets.transcript.styled_text import StyledText, assemble, plain
from tui.widgets.transcript.tool_output import LAST_ROWS, MoreRows, last_rows, output_blocks
from tui.widgets.transcript.transcript_blocks import (
    MAX_PROSE_CELLS,
    BlockLine,
    ProseBlock,
    TranscriptBlock,
)
from tui.widgets.transcript.wrapping import cell_width, truncate, truncate_middle

INDENT: Final = 2
"""Cells before the line of a tool: it is less than what the model says."""
BELOW: Final = 2 * INDENT
"""Cells before what is under that line."""

DIFF_ROWS: Final = 12
"""Rows of a folded change."""
SHELL_ROWS: Final = 20
"""Rows of the folded output of the user's own command."""
ERROR_ROWS: Final = 3
"""Rows of the folded words of a tool that failed."""
NO_OUTPUT: Final = "(no output)"
"""What the model reads of a command that wrote nothing."""

_NARROW: Final = 20
"""Cells for subject and words below which there is only the subject."""

FOLDED: Final = "▸"
UNFOLDED: Final = "▾"

TOOL_STATES: Final[dict[ToolState, tuple[str, str, str]]] = {
    "running": ("○", "running", transcript_styles.RUNNING),
    "done": ("", "done", transcript_styles.MUTED),
    "error": ("✗", "failed", transcript_styles.ERROR),
    "denied": ("⊘", "denied", transcript_styles.WARNING),
    "interrupted": ("◌", "interrupted", transcript_styles.WARNING),
    "not_run": ("–", "not run", transcript_styles.MUTED),
}
"""Glyph, word and colour of each state of a tool."""

ENDS_MATTER: Final = frozenset({"bash", "jobs"})
"""Names of tools whose output is read from its end."""


def is_tool_foldable(item: ToolItem, detail: CallDetail = "names") -> bool:
    """Whether there is more under the line than is shown of the folded call."""
    if item.name == SHELL_COMMAND:
        return item.detail.strip().count("\n") >= SHELL_ROWS + 4
    if any(change.diff for change in item.changes):
        return True
    output = item.detail.strip()
    if not output or output == NO_OUTPUT:
        return False
    rows = output.split("\n", LAST_ROWS + 1)
    whole = len(rows) <= _rows_of_folded(item) and max(map(len, rows)) <= _NARROW
    return not whole or detail == "counts"


def _rows_of_folded(item: ToolItem) -> int:
    """Rows of its output that a folded call shows; 0 where it shows none."""
    if item.name in ENDS_MATTER and item.state != "not_run":
        return LAST_ROWS
    return ERROR_ROWS if item.state in ("error", "denied", "interrupted") else 0


def tool_source(item: ToolItem) -> str:
    """What copying a tool call gives: what it did, and what came of it."""
    parts = [f"{clean_line(item.name)} {clean_keeping_line_ends(item.subject)}".strip()]
    below = [change.diff for change in item.changes if change.diff]
    if item.detail.strip():
        below.append(item.detail)
    return "\n".join([*parts, *(clean_keeping_line_ends(text).rstrip() for text in below)])


class ToolHead(TranscriptBlock):
    """The line of a tool call: `edit cart.py  +8 −0 · 120`."""

    __slots__ = ("_item", "_mark")

    def __init__(self, item: ToolItem, mark: str = "") -> None:
        """Args:
        item: The call.
        mark: Says whether there is more to show.
        """
        super().__init__()
        self._item = item
        self._mark = mark

    @property
    @override
    def text(self) -> str:
        item = self._item
        said = self._said() or TOOL_STATES[item.state][1]
        return " ".join(filter(None, (clean_line(item.name), clean_line(item.subject), said)))

    def _said(self) -> str:
        """The word of the state and the summary, whichever there are."""
        item = self._item
        word = TOOL_STATES[item.state][1]
        summary = clean_line(item.summary) or change_counts(item.changes)
        if item.times > 1:
            summary = f"{summary} ×{item.times}"
        if item.state == "done":
            return summary or word
        return f"{word} · {summary}" if summary else word

    @override
    def height(self, width: int) -> int:
        return 1

    @override
    def atomic_range(self, offset: int) -> tuple[int, int]:
        return 0, len(self.text)

    @override
    def lines(self, width: int) -> list[BlockLine]:
        left = self._drawn(min(width, MAX_PROSE_CELLS))
        text = truncate(left.text, width)
        return [BlockLine(text, [*left.spans], 0, 0, 0, atomic_length=len(self.text))]

    def _drawn(self, room: int) -> StyledText:
        """The line in at most `room` cells: subject and words give way, tokens stay."""
        item = self._item
        glyph, _word, style = TOOL_STATES[item.state]
        lead, name = _lead(item, glyph)
        counted = call_tokens([item])
        tokens = f" · {counted}" if counted else ""
        mark = f" {self._mark}" if self._mark else ""
        fixed = sum(map(cell_width, (lead, name, tokens, mark)))
        subject = clean_line(item.subject)
        quiet = transcript_styles.MUTED
        if item.name in SEARCHES and item.state == "done":
            first = clean_line(search_words(item)) + " "
            pattern = truncate(subject, max(1, room - cell_width(lead + first + tokens + mark)))
            return assemble((lead + first + pattern + tokens, quiet), (mark, quiet))
        subject, said = _fitted(subject, self._said(), room - fixed)
        return assemble(
            (lead, transcript_styles.PROMPT_BAR if item.name == SHELL_COMMAND else style),
            (name, quiet),
            (subject, transcript_styles.PROMPT if item.name == SHELL_COMMAND else quiet),
            ("  " if subject and said else "", ""),
            *_said_parts(said, quiet if item.state == "done" else style),
            (tokens + mark, quiet),
        )


def _lead(item: ToolItem, glyph: str) -> tuple[str, str]:
    """What is before the subject: the sign of the state, and the name of the tool."""
    sign = f"{glyph} " if glyph else ""
    if item.name == SHELL_COMMAND:
        return sign, ""  # its mark is in the margin
    return " " * INDENT + sign, truncate(clean_line(item.name), 20) + " "


def _said_parts(said: str, style: str) -> list[tuple[str, str]]:
    """The words behind the subject; lines added and removed have their colours."""
    colours = {"+": transcript_styles.ADDED, number_format.MINUS: transcript_styles.REMOVED}
    parts = []
    for at, word in enumerate(said.split(" ")):
        counted = word[:1] in colours and word[1:].isdecimal() and word[1:] != "0"
        plain_colour = colours.get(word[:1], style).removesuffix(" bold")
        parts.append((f" {word}" if at else word, plain_colour if counted else style))
    return parts


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


def tool_blocks(
    item: ToolItem, folded: bool, detail: CallDetail = "names"
) -> list[TranscriptBlock]:
    """The line of a tool, and what is under it: an excerpt of it while it is folded.

    Args:
        item: The call.
        folded: Whether the user has not unfolded it.
        detail: How much of folded calls is shown.
    """
    mark = (FOLDED if folded else UNFOLDED) if is_tool_foldable(item, detail) else ""
    if item.name == SHELL_COMMAND:
        most = {"most": SHELL_ROWS} if folded and mark else {}
        below = output_blocks(item.detail, 0, **most) if item.detail.strip() else []
    elif not folded:
        below = _all_below(item)
    else:
        below = _excerpt(item) if detail != "counts" or item.state != "done" else []
    said = any(isinstance(block, MoreRows) for block in below)
    return [ToolHead(item, "" if said and folded else mark), *below]


def _all_below(item: ToolItem) -> list[TranscriptBlock]:
    """Everything there is under the line of a call."""
    blocks: list[TranscriptBlock] = []
    shown = [change for change in item.changes if change.diff]
    several = len({change.path for change in item.changes}) > 1
    for change in shown:
        if several:
            title = f"{clean_line(change.path)}  {change_counts([change])}"
            blocks.append(ProseBlock(plain(title, "bold"), StyledText(" " * BELOW)))
        blocks += DiffText(change.path, change.diff).slices(BELOW)
    if item.detail.strip() and not shown:
        blocks += output_blocks(item.detail, BELOW)
    return blocks


def _excerpt(item: ToolItem) -> list[TranscriptBlock]:
    """What is shown of a folded call: the first rows of its change, the last of its output."""
    diffs = [change.diff for change in item.changes if change.diff]
    if diffs:
        part, more = DiffText(item.changes[0].path, *diffs).excerpt(DIFF_ROWS)
        rest: list[TranscriptBlock] = [MoreRows(more, BELOW, FOLDED)] if more else []
        return [*(part.slices(BELOW) if part.rows else ()), *rest]
    output = item.detail.strip()
    most = _rows_of_folded(item)
    if not output or output == NO_OUTPUT or not most:
        return []
    if item.name in ENDS_MATTER:
        return last_rows(item.detail, BELOW, FOLDED)
    return output_blocks(item.detail, BELOW, most)
