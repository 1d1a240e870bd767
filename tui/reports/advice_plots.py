"""Pictures of advice: the completion curve and a histogram, as lines of text."""

import math
from collections.abc import Sequence

from tui.budget.budget_advice import MIN_BUDGET
from tui.budget.spend_distribution import SpendDistribution
from tui.number_format import format_percent, format_tokens
from tui.reports.braille_canvas import BrailleCanvas, bar_line, ticks

AXIS = 6
"""Cells of the labels at the left."""
FINISHED, CUT = "│", "×"
"""Marks of runs under the curve; a cell with both shows the cut one."""
DOTTED = 3
"""Each so-manieth dot is drawn where nothing was measured."""
_SHARES = (1.0, 0.9, 0.75, 0.5, 0.25, 0.0)
_LOWEST, _HIGHEST = 0.02, 0.995


def completion_curve(
    distribution: SpendDistribution,
    budget: float,
    *,
    width: int,
    height: int,
    ends: tuple[float, float] | None = None,
) -> list[str]:
    """The share of tasks that each budget suffices for, with a cursor at one budget.

    Beyond the largest spend that was ever let through the curve is dotted. Under it stand the
    runs: finished ones and cut ones have marks of their own.

    Args:
        distribution: What tasks take.
        budget: Where the cursor stands, in tokens.
        width: Cells of a line, 30 at least.
        height: Lines of the curve, 4 at least; three more are below it.
        ends: The ends of the axis in tokens; None for `axis_ends`.
    """
    low, high = ends or axis_ends(distribution, budget)
    canvas = BrailleCanvas(width - AXIS, height)
    scale = math.log(high / low)

    def column(tokens: float) -> int:
        return round(math.log(max(tokens, low) / low) / scale * (canvas.width - 1))

    measured = distribution.curve[-1].spend if distribution.curve else 0.0
    budgets = [low * math.exp(scale * x / (canvas.width - 1)) for x in range(canvas.width)]
    shares = distribution.shares(budgets)
    heights = [round((1 - share) * (canvas.height - 1)) for share in shares]
    for x, tokens in enumerate(budgets):
        is_known = tokens <= measured or not distribution.runs
        if is_known:
            canvas.line((x, heights[max(0, x - 1)]), (x, heights[x]))
        elif x % DOTTED == 0:
            canvas.dot(x, heights[x])
    canvas.line((column(budget), 0), (column(budget), canvas.height - 1), every=2)
    rows = zip(_labels(height), canvas.lines(), strict=True)
    drawn = [f"{label:>{AXIS - 1}} {line}" for label, line in rows]
    cells = width - AXIS
    return [
        *(line.rstrip() for line in drawn),
        " " * AXIS + _marks(distribution, low, scale, cells),
        " " * AXIS + _tick_line(low, high, cells),
        cursor_words(distribution, budget),
    ]


def cursor_words(distribution: SpendDistribution, budget: float) -> str:
    """What the cursor says: `fits 58 % at 100k`."""
    share = round(distribution.shares([budget])[0], 3)
    return f"fits {format_percent(share)} at {format_tokens(round(budget))}"


def axis_ends(distribution: SpendDistribution, budget: float) -> tuple[float, float]:
    """The smallest and the largest budget on the axis; all runs and the cursor are on it."""
    spends = [run.spend for run in distribution.runs]
    low = min([MIN_BUDGET, budget, distribution.quantile(_LOWEST), *spends])
    high = max([budget, distribution.quantile(0.95), *spends])
    return low, max(high, low * 2)


def histogram(values: Sequence[float], *, width: int) -> list[str]:
    """How many runs took how much, on a logarithmic axis.

    Args:
        values: Spends in tokens, above zero; at least one.
        width: Cells of a line.
    """
    low, high = min(values), max(values)
    if high <= low:
        low, high = low / 2, high * 2
    scale = math.log(high / low)
    counts = [0.0] * width
    for value in values:
        counts[min(width - 1, int(math.log(value / low) / scale * width))] += 1
    return [bar_line(counts), _tick_line(low, high, width)]


def _labels(height: int) -> list[str]:
    """The shares at the left of the lines where they belong."""
    labels = [""] * height
    for share in _SHARES:
        labels[round((1 - share) * (height - 1))] = f"{share * 100:.0f} %"
    return labels


def _marks(distribution: SpendDistribution, low: float, scale: float, cells: int) -> str:
    marks = [" "] * cells
    for run in distribution.runs:
        at = min(cells - 1, round(math.log(run.spend / low) / scale * (cells - 1)))
        marks[at] = CUT if not run.finished or marks[at] == CUT else FINISHED
    return "".join(marks).rstrip()


def _tick_line(low: float, high: float, cells: int) -> str:
    """The labels of the axis, as many as have room."""
    line, scale = [" "] * cells, math.log(high / low)
    free = 0
    for value in ticks(low, high):
        label = format_tokens(round(value))
        at = round(math.log(value / low) / scale * (cells - 1))
        at = min(at, cells - len(label))
        if at >= free:
            line[at : at + len(label)] = label
            free = at + len(label) + 1
    return "".join(line).rstrip()
