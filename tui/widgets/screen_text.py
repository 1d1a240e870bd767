"""Clean text as it may be drawn: tabs as spaces, endless lines cut."""

import re
from typing import Final

from tui.sanitize import MAX_LINE_CHARACTERS, clean

TAB_CELLS: Final = 4
"""Cells between tab stops, as Markdown has them."""

_TOO_LONG = re.compile(rf"[^\n]{{{MAX_LINE_CHARACTERS + 1},}}")


def expand_tabs(text: str) -> str:
    """`text` with tabs as spaces up to the next stop."""
    return text.expandtabs(TAB_CELLS) if "\t" in text else text


def cut_long_lines(text: str) -> str:
    """`text` with every line of more than `MAX_LINE_CHARACTERS` cut, and told to be."""
    if len(text) <= MAX_LINE_CHARACTERS:
        return text
    return _TOO_LONG.sub(_cut, text)


def _cut(match: re.Match[str]) -> str:
    line = match.group()
    return f"{line[:MAX_LINE_CHARACTERS]} … {len(line) - MAX_LINE_CHARACTERS:,} more characters"


def prepare_for_screen(text: str) -> str:
    """Preformatted `text` (tool output, a diff, a prompt) as it may be drawn."""
    return cut_long_lines(expand_tabs(clean(text)))
