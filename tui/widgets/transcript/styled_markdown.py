"""Styled text written as Markdown again: what copying a part of a paragraph gives."""

from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.styled_text import StyledText

_MARKS = {
    transcript_styles.STRONG: "**",
    transcript_styles.EMPHASIS: "*",
    transcript_styles.STRUCK: "~~",
    transcript_styles.CODE: "`",
}


def styled_to_markdown(styled: StyledText, start: int, end: int) -> str:
    """Characters `start` to `end` as Markdown."""
    marks: list[tuple[int, int, str]] = []
    for order, (a, b, style) in enumerate(styled.spans):
        mark = _MARKS.get(style)
        if mark is not None and a < end and b > start:
            marks.append((max(a, start), order, mark))
            marks.append((min(b, end), -order - 1, mark))
    pieces, at = [], start
    for place, _order, mark in sorted(marks, key=lambda found: found[:2]):
        pieces += [styled.text[at:place], mark]
        at = place
    return "".join(pieces) + styled.text[at:end]
