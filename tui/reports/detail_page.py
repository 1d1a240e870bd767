"""The entries behind a figure, as data: rows in columns, each foreign text as it came."""

from dataclasses import dataclass
from typing import Literal, NamedTuple


class Column(NamedTuple):
    """A column between the first and the last one."""

    name: str
    number: bool = False
    """Numbers are aligned to the right, and named where the heading is out of sight."""


@dataclass(frozen=True, slots=True)
class DetailRow:
    """One row; `name` is foreign text and cleaned on the way to the screen."""

    name: str
    cells: tuple[str, ...] = ()
    """One for each column, or none at all."""
    figure: str = ""
    """The cell in the last column."""
    kind: Literal["heading", "entry", "note"] = "entry"
    """A heading carries the sum of the rows below it; a note explains."""


@dataclass(frozen=True)
class DetailPage:
    """The rows behind one figure."""

    title: str
    summary: tuple[str, ...]
    """The figure itself and what it is made of, above the rows."""
    name: str
    """Heading of the first column."""
    columns: tuple[Column, ...]
    figure: str
    """Heading of the last column."""
    rows: tuple[DetailRow, ...]
    empty: str = "nothing yet"
    """The words in place of rows, where there are none."""
