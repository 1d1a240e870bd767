"""What a tool wrote: all of it, or its last rows."""

from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from tui import number_format
from tui.sanitize import clean_keeping_line_ends
from tui.widgets.screen_text import prepare_for_screen
from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.preformatted import PreformattedText
from tui.widgets.transcript.styled_text import StyledText, plain
from tui.widgets.transcript.transcript_blocks import ProseBlock, TranscriptBlock

MOST_ROWS: Final = 2_000
"""Rows of a tool's output that are shown."""

LAST_ROWS: Final = 5
"""Rows of a folded output; one fewer where a row says how many more there are."""

_FAR_BACK: Final = 20_000
"""Characters from the end of an output in which its last rows are looked for."""


class ToolOutputText(PreformattedText):
    """The rows a tool wrote, behind a thin bar."""

    gutter_width = 2

    def __init__(self, rows: Sequence[str], sources: Sequence[str], *, wraps: bool = True) -> None:
        super().__init__(rows, transcript_styles.MUTED)
        self.wraps = wraps
        self._sources = self.rows if self.rows == sources[: len(rows)] else sources

    @override
    def source_row(self, row: int) -> str:
        return self._sources[row]

    @override
    def row_gutter(self, row: int, first: bool) -> StyledText:
        return plain("▏ " if first else "┆ ", transcript_styles.RULE)


class MoreRows(ProseBlock):
    """The row that says how many rows are not shown; a click shows them, no copy has it."""

    __slots__ = ()

    def __init__(self, count: int, indent: int, mark: str = "") -> None:
        words = f"+{number_format.count_with_noun(count, 'row')} {mark}".rstrip()
        super().__init__(plain(words, transcript_styles.MUTED), StyledText(" " * indent))


def output_blocks(text: str, indent: int, most: int = MOST_ROWS) -> list[TranscriptBlock]:
    """The first rows of an output, and how many more there are.

    Args:
        text: The output.
        indent: Cells before each row.
        most: Rows of it.
    """
    rows, sources = _rows(text)
    blocks: list[TranscriptBlock] = list(ToolOutputText(rows[:most], sources).slices(indent))
    if len(rows) > most:
        blocks.append(MoreRows(len(rows) - most, indent))
    return blocks


def last_rows(text: str, indent: int, mark: str) -> list[TranscriptBlock]:
    """The last rows of an output, each in one line, below a row that counts those above.

    Args:
        text: The output.
        indent: Cells before each row.
        mark: Behind the count.
    """
    whole = text.strip("\n")
    rows, sources = _rows(whole[-_FAR_BACK:])
    count = whole.count("\n") + 1
    shown = count if count <= LAST_ROWS else LAST_ROWS - 1
    tail = ToolOutputText(rows[-shown:], sources[-shown:], wraps=False)
    above: list[TranscriptBlock] = [MoreRows(count - shown, indent, mark)] if count > shown else []
    return [*above, *tail.slices(indent)]


def _rows(text: str) -> tuple[list[str], list[str]]:
    """The rows of an output as they are drawn, and as they came."""
    rows = prepare_for_screen(text).rstrip("\n").split("\n")
    return rows, clean_keeping_line_ends(text).rstrip("\r\n").split("\n")
