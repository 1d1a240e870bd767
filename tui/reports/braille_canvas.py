"""A canvas of braille dots: two columns and four rows of dots in each character cell.

Plots are text. They need no colour, and survive a copy into a mail.
"""

import math
from collections.abc import Iterator, Sequence

DOTS_X, DOTS_Y = 2, 4
_BLANK = 0x2800
# Unicode numbers the dots of a cell down the left column first; the last row came later.
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
EIGHTHS = " ▁▂▃▄▅▆▇█"


class BrailleCanvas:
    """Dots on a grid; (0, 0) is at the top left. Dots outside are not drawn."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self._cells = [[0] * columns for _ in range(rows)]

    @property
    def width(self) -> int:
        """Dots in a row."""
        return self.columns * DOTS_X

    @property
    def height(self) -> int:
        """Dots in a column."""
        return self.rows * DOTS_Y

    def dot(self, x: int, y: int) -> None:
        """Set one dot."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self._cells[y // DOTS_Y][x // DOTS_X] |= _BITS[y % DOTS_Y][x % DOTS_X]

    def line(self, start: tuple[int, int], end: tuple[int, int], *, every: int = 1) -> None:
        """A straight line.

        Args:
            start: Where it begins.
            end: Where it ends, included.
            every: Draw each so-manieth dot: 1 for a whole line, more for a dotted one.
        """
        steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
        for step in range(0, steps + 1, every):
            part = step / steps if steps else 0.0
            self.dot(
                round(start[0] + (end[0] - start[0]) * part),
                round(start[1] + (end[1] - start[1]) * part),
            )

    def lines(self) -> list[str]:
        """The rows as text; an empty cell is a space."""
        return ["".join(chr(_BLANK + cell) if cell else " " for cell in row) for row in self._cells]


def ticks(low: float, high: float) -> list[float]:
    """Round values between two ends of a logarithmic axis: 1, 2 and 5 times powers of ten.

    Args:
        low: The smaller end, above zero.
        high: The larger one.
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    values = (step * 10.0**power for power in range(first, last + 1) for step in (1, 2, 5))
    return [value for value in values if low <= value <= high]


def bar_rows(values: Sequence[float], rows: int) -> Iterator[str]:
    """Values as bars of so many rows, from the top one on; the largest fills all of them.

    Args:
        values: One for each cell; none below zero, and one above it at least.
        rows: How many rows.
    """
    each = max(values) / rows
    for row in reversed(range(rows)):
        yield bar_line([min(each, max(0.0, value - row * each)) for value in values], each).rstrip()


def bar_line(values: Sequence[float], most: float | None = None) -> str:
    """Values as one row of bars, an eighth of a cell high at least where they are above zero.

    Args:
        values: One for each cell; none below zero.
        most: The value of a full cell; the largest one unless given.
    """
    top = most or max(values, default=0.0) or 1.0
    steps = len(EIGHTHS) - 1
    return "".join(
        EIGHTHS[min(steps, max(1, round(value / top * steps)))] if value > 0 else " "
        for value in values
    )
