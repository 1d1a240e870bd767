"""Markdown that survives foreign names: file names and code may hold any character."""

from collections.abc import Iterable, Sequence
from itertools import groupby


def code(text: str) -> str:
    """`text` as a code span, whatever backticks, pipes or brackets it has."""
    clean = " ".join(text.split())
    longest = max((len(list(run)) for mark, run in groupby(clean) if mark == "`"), default=0)
    fence = "`" * (longest + 1)
    pad = " " if clean.startswith("`") or clean.endswith("`") else ""
    return f"{fence}{pad}{clean}{pad}{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; pipes inside cells are escaped."""
    lines = [_row(head), _row(["---"] * len(head))]
    return "\n".join([*lines, *(_row(row) for row in rows)])


def fence(text: str, language: str = "") -> str:
    """A fenced block that no line of `text` can close."""
    marks = "```"
    while marks in text:
        marks += "`"
    return f"{marks}{language}\n{text.rstrip()}\n{marks}"


def bullets(items: Iterable[str]) -> str:
    """A list, one item a line."""
    return "\n".join(f"- {item}" for item in items)


def amount(number: int, thing: str, things: str | None = None) -> str:
    """A number with its noun: `1 file`, `3 files`, `1,200 files`."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def rounded(tokens: int) -> str:
    """Tokens for people: `800`, `8k`, `1.2M`."""
    if tokens < 1000:
        return str(max(0, tokens))
    if tokens < 1_000_000:
        return f"{tokens / 1000:.0f}k" if tokens >= 9_950 else f"{tokens / 1000:.1f}k"
    return f"{tokens / 1_000_000:.1f}M"


def listed(items: Sequence[str], most: int = 6) -> str:
    """Items in a sentence: `a, b and c`, or `a, b and 7 more`."""
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else list(items))


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
