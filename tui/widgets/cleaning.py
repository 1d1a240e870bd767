"""Clean text as it may be drawn: tabs as spaces, endless lines cut."""

import re
from typing import Final

from tui.cleaning import MOST_CHARACTERS, Cleaner, clean, clean_line

__all__ = [
    "MOST_CHARACTERS",
    "Cleaner",
    "clean",
    "clean_line",
    "cut_lines",
    "expand_tabs",
    "for_screen",
]

TAB: Final = 4
"""Cells between tab stops, as Markdown has them."""

_TOO_LONG = re.compile(rf"[^\n]{{{MOST_CHARACTERS + 1},}}")


def expand_tabs(text: str) -> str:
    """`text` with tabs as spaces up to the next stop."""
    return text.expandtabs(TAB) if "\t" in text else text


def cut_lines(text: str) -> str:
    """`text` with every line of more than `MOST_CHARACTERS` cut, and told to be."""
    if len(text) <= MOST_CHARACTERS:
        return text
    return _TOO_LONG.sub(_cut, text)


def _cut(match: re.Match[str]) -> str:
    line = match.group()
    return f"{line[:MOST_CHARACTERS]} … {len(line) - MOST_CHARACTERS:,} more characters"


def for_screen(text: str) -> str:
    """Preformatted `text` (tool output, a diff, a prompt) as it may be drawn."""
    return cut_lines(expand_tabs(clean(text)))
