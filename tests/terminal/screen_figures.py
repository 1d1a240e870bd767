"""The figures on a screen, read as a person reads them, and what they round.

A figure is found by its label: `3.7k LEFT of 60k`, `≈ 15k to finish`, `11 of 14 subtasks`.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from tests.terminal.terminal import Terminal

_UNITS = {"": 1, "k": 1_000, "M": 1_000_000}
_TOKENS = r"(?P<n>\d[\d,]*(?:\.\d+)?)(?P<unit>[kM]?)"


@dataclass(frozen=True)
class ShownFigure:
    """A figure as it is shown: a number of tokens, rounded."""

    words: str
    value: Decimal
    half: Decimal
    """Half of the last digit that is shown."""

    def __eq__(self, other: object) -> bool:
        """Whether `other` is a number that is shown like this, or the same figure."""
        if isinstance(other, ShownFigure):
            return self.value == other.value
        if isinstance(other, int | Decimal):
            return abs(self.value - other) <= self.half
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return self.words


def shown(words: str, pattern: str) -> ShownFigure | None:
    """The figure in `words` where `pattern` has its `#`; None where there is none."""
    found = re.search(re.escape(pattern).replace(r"\#", f"(?:≈ ?)?{_TOKENS}"), words)
    if found is None:
        return None
    number, unit = found["n"].replace(",", ""), _UNITS[found["unit"]]
    digits = len(number.partition(".")[2])
    half = Decimal(unit) / 10**digits / 2 if found["unit"] else Decimal(0)
    return ShownFigure(found[0], Decimal(number) * unit, half)


def count(words: str, pattern: str) -> tuple[int, ...] | None:
    """The plain numbers in `words` where `pattern` has its `#`s; None where there are none."""
    found = re.search(re.escape(pattern).replace(r"\#", r"(\d[\d,]*)"), words)
    return None if found is None else tuple(int(each.replace(",", "")) for each in found.groups())


def dollars(words: str) -> Decimal | None:
    """The first sum of dollars in `words`."""
    found = re.search(r"\$(\d+\.\d\d)", words)
    return None if found is None else Decimal(found[1])


def sidebar(terminal: Terminal) -> str:
    """The sidebar, its blanks single."""
    rows = [line.partition("▏")[2] for line in terminal.lines]
    return "\n".join(" ".join(row.split()) for row in rows)


def transcript(terminal: Terminal) -> str:
    """What is left of the sidebar, its blanks single."""
    rows = [line.partition("▏")[0] for line in terminal.lines]
    return "\n".join(" ".join(row.split()) for row in rows)


def landing_block(terminal: Terminal) -> str:
    """The landing block on the screen, its blanks single; empty where there is none."""
    rows = [row.strip() for row in transcript(terminal).split("\n")]
    return "\n".join(row for row in rows if row.startswith("┃"))
