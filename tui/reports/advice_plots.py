"""Pictures of advice as lines of text: completion curve, percentiles and a histogram of runs."""

import math
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from tui.budget.budget_advice import MIN_BUDGET, PERCENTILES
from tui.budget.spend_distribution import SpendDistribution
from tui.number_format import count_with_noun, format_percent, format_tokens
from tui.reports.braille_canvas import BrailleCanvas, bar_rows, ticks

AXIS = 6
"""Cells of the labels at the left."""
FINISHED, CUT = "│", "×"
"""Marks of runs under the curve; a cell with both shows the cut one."""
VALUE, OPEN_BELOW, OPEN_ABOVE = "●", "◂", "▸"
"""A percentile, and the ends of an interval that are not known."""
HISTOGRAM_ROWS = 4
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


def percentile_bars(distribution: SpendDistribution, *, width: int) -> list[str]:
    """Each percentile of the advice on one axis, with where it lies 8 times in 10.

    Args:
        distribution: What tasks take.
        width: Cells of a line, 30 at least.
    """
    cells = width - AXIS
    values = [distribution.quantile(p) for p in PERCENTILES]
    spends = [run.spend for run in distribution.runs]
    axis = _Axis(min(MIN_BUDGET, *values, *spends), max(*values, *spends), cells)
    lines = []
    for p, value in zip(PERCENTILES, values, strict=True):
        line = [" "] * cells
        if distribution.runs:
            interval = distribution.interval(p)
            _draw_interval(line, axis, interval.low, interval.high)
        line[axis.cell(value)] = VALUE
        lines.append(f"{f'p{p * 100:.0f}':>{AXIS - 1}} {''.join(line)}".rstrip())
    return [*lines, " " * AXIS + _tick_line(axis.low, axis.high, cells)]


def spend_histogram(distribution: SpendDistribution, *, width: int) -> list[str]:
    """How many runs took how much, as bars on a logarithmic axis; the marks tell the cut ones.

    Args:
        distribution: At least one run.
        width: Cells of a line, 30 at least.
    """
    cells = width - AXIS
    spends = [run.spend for run in distribution.runs]
    low, high = min(spends), max(spends)
    axis = _Axis(low, high, cells) if high > low else _Axis(low / 2, high * 2, cells)
    counts = [0] * cells
    for spend in spends:
        counts[axis.cell(spend)] += 1
    rows = [
        f"{label:>{AXIS - 1}} {bars}".rstrip()
        for label, bars in zip_longest(
            [f"{max(counts):,}"], bar_rows(counts, HISTOGRAM_ROWS), fillvalue=""
        )
    ]
    scale = math.log(axis.high / axis.low)
    return [
        *rows,
        " " * AXIS + _marks(distribution, axis.low, scale, cells),
        " " * AXIS + _tick_line(axis.low, axis.high, cells),
    ]


def spend_classes(distribution: SpendDistribution) -> list[str]:
    """The same in words: how many runs took how much, a line for each class that has any."""
    spends = [run.spend for run in distribution.runs]
    if not spends:
        return []
    bounds = [0.0, *ticks(min(spends), max(spends)), math.inf]
    lines = []
    for low, high in pairwise(bounds):
        inside = [run for run in distribution.runs if low <= run.spend < high]
        if inside:
            cut = sum(not run.finished for run in inside)
            runs = count_with_noun(len(inside), "run") + (f", {cut:,} of them cut" if cut else "")
            lines.append(f"{_class_words(low, high)}: {runs}")
    return lines


def _class_words(low: float, high: float) -> str:
    if not low:
        return f"under {format_tokens(round(high))}" if high < math.inf else "all"
    if high == math.inf:
        return f"{format_tokens(round(low))} and more"
    return f"{format_tokens(round(low))} to {format_tokens(round(high))}"


def run_pictures(distribution: SpendDistribution, *, width: int) -> list[str]:
    """The percentiles and the runs as pictures, each below what it shows.

    Args:
        distribution: What tasks take.
        width: Cells of a line, 30 at least.
    """
    if not distribution.runs:
        return []
    return [
        "",
        "each percentile in tokens, and where it lies 8 times in 10",
        *percentile_bars(distribution, width=width),
        "",
        f"runs by the tokens they took: {FINISHED} finished, {CUT} cut",
        *spend_histogram(distribution, width=width),
    ]


def run_words(distribution: SpendDistribution) -> list[str]:
    """The runs in words, for those who see no pictures."""
    return ["", *spend_classes(distribution)] if distribution.runs else []


@dataclass(frozen=True, slots=True)
class _Axis:
    """A logarithmic axis of so many cells."""

    low: float
    high: float
    cells: int

    def cell(self, tokens: float) -> int:
        """The cell of a value; the nearest end for one outside."""
        part = math.log(tokens / self.low) / math.log(self.high / self.low)
        return min(self.cells - 1, max(0, round(part * (self.cells - 1))))


def _draw_interval(line: list[str], axis: _Axis, low: float | None, high: float | None) -> None:
    """Draw where a percentile lies 8 times in 10; an arrow is at an end that is open."""
    first = 0 if low is None else axis.cell(low)
    last = axis.cells - 1 if high is None else axis.cell(high)
    line[first : last + 1] = "─" * (last + 1 - first)
    if low is None:
        line[first] = OPEN_BELOW
    if high is None:
        line[last] = OPEN_ABOVE
    if low is not None:
        line[first] = "├"
    if high is not None and last > first:
        line[last] = "┤"


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
