"""Keys and what they do, side by side: the form of every question and of the landing block."""

from collections.abc import Sequence

from textual.content import Content
from textual.style import Style

from tui.widgets.line_widget import MUTED

_BETWEEN = Content.styled(" · ", MUTED)


def key_piece(key: str, words: Content | str, meta: dict[str, object]) -> Content:
    """A key and what it does.

    Args:
        key: As people write it; empty where none does it.
        words: What it does.
        meta: Of its style, for a click on it.
    """
    piece = Content.assemble((f"{key} " if key else "", "bold $accent"), words)
    return piece.stylize(Style.from_meta(meta))


def key_rows(pieces: Sequence[Content], width: int) -> list[Content]:
    """The pieces side by side, in as few rows as they fit into; a longer one is cut.

    Args:
        pieces: A key each, and what it does.
        width: Cells of a row.
    """
    rows: list[Content] = []
    for piece in pieces:
        joined = Content.assemble(rows[-1], _BETWEEN, piece) if rows else piece
        if rows and joined.cell_length <= width:
            rows[-1] = joined
        else:
            rows.append(piece.truncate(width, ellipsis=True))
    return rows
