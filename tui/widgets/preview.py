"""What a question is about, row by row: a change the way the transcript shows it, or a text.

Foreign text: what a terminal would obey or nobody would see is written out, and long lines are
wrapped rather than cut, so that nothing can hide.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from rich.cells import chop_cells
from textual.content import Content

from tui.reports.changed_words import Ranges, changed_words, paired_rows
from tui.sanitize import spell_out_invisible
from tui.widgets.line_widget import MUTED
from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.diffs import FILLS, SIGNS, STYLES, DiffRow, parse_diff
from tui.widgets.transcript.preformatted import loaded_highlighting

MOST_LINES = 2_000
"""Lines of a preview that are worth wrapping; the rest is only counted."""

_COLOURED = 10_000
"""Characters of a change up to which its code is coloured: nobody waits for colours."""

TEXT_BAR = Content.styled("▏ ", MUTED)
"""The cells before the rows of a text."""


class PreviewLine(NamedTuple):
    """One line, before it is wrapped."""

    text: Content
    lead: Content = TEXT_BAR
    """The cells before its first row."""
    rest: Content = TEXT_BAR
    """The cells before its other rows."""
    fill: str = ""
    """The style behind it; only what changed has one."""
    at_words: bool = False
    """Whether its rows end between words: prose, where a line break means nothing."""


def preview_lines(
    text: str, path: str | None = None, *, at_words: bool = False
) -> Sequence[PreviewLine]:
    """The lines of `text`; if it is a unified diff of the file at `path`, those of the change.

    Args:
        text: Foreign text.
        path: Of the file; None where it is no diff.
        at_words: Whether it is prose, whose rows end between words.
    """
    cleaned = spell_out_invisible(text).expandtabs(4)
    lines = cleaned.splitlines()
    if path is not None and any(line.startswith("@@ ") for line in lines):
        rows = _near_changes(list(parse_diff(cleaned)))
        shown = _change(rows[:MOST_LINES], path)
        more = len(rows) - MOST_LINES
    else:
        shown = [PreviewLine(Content(line), at_words=at_words) for line in lines[:MOST_LINES]]
        more = len(lines) - MOST_LINES
    if more > 0:
        shown.append(PreviewLine(Content.styled(f"… {more} more lines", MUTED)))
    return shown


def _near_changes(rows: Sequence[DiffRow]) -> list[DiffRow]:
    """The rows that changed, and those beside them that are not blank: numbers tell the rest."""
    return [
        row
        for at, row in enumerate(rows)
        if _is_change(row)
        or (row.text.strip() and (row.kind == "gap" or any(map(_is_change, _beside(rows, at)))))
    ]


def _beside(rows: Sequence[DiffRow], at: int) -> Sequence[DiffRow]:
    return rows[max(0, at - 1) : at + 2]


def _is_change(row: DiffRow) -> bool:
    return row.kind in ("added", "removed")


def _change(rows: Sequence[DiffRow], path: str) -> list[PreviewLine]:
    digits = len(str(max((row.number for row in rows), default=0)))
    texts = _coloured([row.text for row in rows], path)
    for old, new in paired_rows([row.kind for row in rows]).items():
        if rows[old].kind == "removed":
            gone, come = changed_words(rows[old].text, rows[new].text)
            texts[old] = _marked(texts[old], gone, transcript_styles.REMOVED_WORD)
            texts[new] = _marked(texts[new], come, transcript_styles.ADDED_WORD)
    return [_changed_line(row, text, digits) for row, text in zip(rows, texts, strict=True)]


def _marked(text: Content, words: Ranges, style: str) -> Content:
    """A line with the words marked that the change replaced."""
    for start, end in words:
        text = text.stylize(style, start, end)
    return text


def _changed_line(row: DiffRow, text: Content, digits: int) -> PreviewLine:
    number = str(row.number) if row.kind != "gap" else ""
    sign, style = SIGNS[row.kind], STYLES[row.kind]
    return PreviewLine(
        text,
        Content.assemble((f"{number:>{digits}} ", MUTED), (f"{sign} ", style)),
        Content.assemble(" " * (digits + 1), ("┆ ", style)),
        FILLS[row.kind],
    )


def _coloured(rows: list[str], path: str) -> list[Content]:
    """The rows in the colours of their language, where it is known and they are few."""
    module = loaded_highlighting()
    lexer = module.lexer_for_file(path) if module else None
    if module is None or lexer is None or sum(map(len, rows)) > _COLOURED:
        return list(map(Content, rows))
    found = []
    for row, spans in zip(rows, module.spans_of(lexer, rows)[0], strict=True):
        content = Content(row)
        for start, end, style in spans:
            content = content.stylize(style, start, end)
        found.append(content)
    return found


def wrap_preview_line(line: PreviewLine, width: int) -> list[Content]:
    """`line` in rows of `width` cells, nothing lost: its end is seen too."""
    room = max(1, width - line.lead.cell_length)
    rows = []
    pieces = _words(line.text, room) if line.at_words else _pieces(line.text, room)
    for at, piece in enumerate(pieces):
        row = Content.assemble(line.rest if at else line.lead, piece)
        if line.fill:
            gap = " " * max(0, width - row.cell_length)
            row = Content.assemble(row, gap).stylize_before(line.fill)
        rows.append(row)
    return rows


def _pieces(text: Content, room: int) -> list[Content]:
    """`Content.fold` would drop what follows a character of no width."""
    if text.cell_length <= room:
        return [text]
    ends = accumulate(len(piece) for piece in chop_cells(text.plain, room))
    return text.divide(list(ends)[:-1])


def _words(text: Content, room: int) -> list[Content]:
    """The pieces of a line of prose; a word longer than a row is cut all the same."""
    text = text.rstrip()
    plain, ends = text.plain, [0]
    while len(rows := chop_cells(plain[ends[-1] :], room)) > 1:
        start, whole = ends[-1], len(rows[0])
        space = plain.rfind(" ", start, start + whole + 1) + 1
        ends.append(space if space > start else start + whole)
    return [piece.rstrip() for piece in text.divide(ends[1:])]
