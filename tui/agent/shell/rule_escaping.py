"""Escape a text, so that as the pattern of a rule it matches only itself."""

import re

_SPECIAL = re.compile(r"[\\*]")


def escape_pattern(text: str) -> str:
    """`text` with the characters escaped that mean something in a pattern."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)
