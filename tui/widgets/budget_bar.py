"""The budget as pictures of characters: the bar, and the burn-down against the even pace.

The bar tells apart by glyph, not only by colour, what is settled (█), what is still
streaming and estimated (≈), what is left (░) and where the reserve begins (┊).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from textual.content import Content

from tui.budget.meters import BudgetMeter

_EIGHTHS = " ▏▎▍▌▋▊▉"
_BRAILLE = 0x2800
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bit of the braille dot at [row][column] of a cell."""


def bar(meter: BudgetMeter, width: int) -> Content:
    """The bar of `meter` in exactly `width` cells."""
    colour = f"$gauge-{meter.stage.word}"
    settled = _part(meter.charged, meter.grant) * width
    full = int(settled)
    eighth = _EIGHTHS[int((settled - full) * 8)].strip() if full < width else ""
    start = full + len(eighth)
    live = _live_cells(meter, width, start)
    content = Content.assemble(
        ("█" * full, colour),
        # Behind a part of a cell the track goes on: ░ is a quarter of its colour.
        (eighth, f"{colour} on $gauge-track 25%"),
        ("≈" * live, "$gauge-live"),
        ("░" * (width - start - live), "$gauge-track"),
    )
    return _ticked(content, meter, width, start)


def _part(tokens: int, grant: int) -> float:
    return min(1.0, max(0.0, tokens / grant)) if grant > 0 else 1.0


def _live_cells(meter: BudgetMeter, width: int, start: int) -> int:
    """Cells of the streaming tail: at least one while anything streams."""
    if not meter.live:
        return 0
    end = round(_part(meter.used, meter.grant) * width)
    return min(width - start, max(1, end - start))


def _ticked(content: Content, meter: BudgetMeter, width: int, settled: int) -> Content:
    """`content` with a tick where the reserve begins."""
    if meter.reserve <= 0 or meter.reserve >= meter.grant:
        return content
    at = min(width - 1, int((1 - meter.reserve / meter.grant) * width))
    style = f"$background on $gauge-{meter.stage.word}" if at < settled else "$pace-line"
    return Content.assemble(content[:at], ("┊", style), content[at + 1 :])


def burndown(meter: BudgetMeter, width: int, height: int) -> Sequence[Content]:
    """What is left after each request, in braille, with a dotted line of the even pace.

    The time axis counts requests, those still expected included: a night between two
    prompts does not flatten the curve. Both lines start at the grant.
    """
    lefts = tuple(left for seconds, left in meter.burn if seconds > 0)
    if meter.live:
        lefts = (*lefts, _coarse(meter.left, meter.grant))
    ahead = _expected(meter, len(lefts))
    return _burndown(lefts, meter.grant, ahead, width, height, meter.stage.word)


def _coarse(left: int, grant: int) -> int:
    """`left` in steps no dot can tell apart, so that drawing is memoised while it streams."""
    step = max(1, grant // 128)
    return left // step * step


def _expected(meter: BudgetMeter, done: int) -> int:
    """How many more requests to leave room for: the forecast, else the average so far."""
    if meter.requests_left is not None:
        return meter.requests_left
    if not done or meter.used <= 0:
        return max(1, done)
    return round(max(0, meter.left) * done / meter.used)


@lru_cache(maxsize=16)
def _burndown(
    lefts: tuple[int, ...], grant: int, ahead: int, width: int, height: int, stage: str
) -> tuple[Content, ...]:
    columns, rows = width * 2, height * 4
    steps = max(1, len(lefts) + ahead)
    burn = _curve([grant, *lefts], steps, grant, columns, rows)
    pace = {(x, round(x / (columns - 1) * (rows - 1))) for x in range(0, columns, 2) if columns > 1}
    return tuple(_braille_row(y, width, burn, pace, f"$gauge-{stage}") for y in range(height))


def _curve(
    values: Sequence[int], steps: int, grant: int, columns: int, rows: int
) -> set[tuple[int, int]]:
    """Dots of the line through `values`, one value a step."""
    dots: set[tuple[int, int]] = set()
    previous: int | None = None
    last = round((len(values) - 1) / steps * (columns - 1))
    for x in range(last + 1):
        position = min(len(values) - 1.0, x / max(1, columns - 1) * steps)
        y = round((1 - _part(_between(values, position), grant)) * (rows - 1))
        dots.update((x, dot) for dot in _joined(previous, y))
        previous = y
    return dots


def _between(values: Sequence[int], position: float) -> int:
    """The value at `position`, straight between two of them."""
    low = int(position)
    high = min(len(values) - 1, low + 1)
    return round(values[low] + (values[high] - values[low]) * (position - low))


def _joined(previous: int | None, y: int) -> Iterable[int]:
    """Rows to dot in a column so that the line has no holes."""
    if previous is None or abs(previous - y) <= 1:
        return (y,)
    return range(previous + 1, y + 1) if y > previous else range(y, previous)


def _braille_row(
    y: int, width: int, burn: set[tuple[int, int]], pace: set[tuple[int, int]], colour: str
) -> Content:
    parts: list[tuple[str, str]] = []
    for x in range(width):
        burnt, paced = _bits(burn, x, y), _bits(pace, x, y)
        # Where both lines share a cell only the burn is drawn, or it would look thick.
        bits = burnt or paced
        style = colour if burnt else "$pace-line"
        parts.append((chr(_BRAILLE + bits) if bits else " ", style if bits else ""))
    return Content.assemble(*parts).simplify()


def _bits(dots: set[tuple[int, int]], x: int, y: int) -> int:
    return sum(
        bit
        for row, pair in enumerate(_DOTS)
        for column, bit in enumerate(pair)
        if (x * 2 + column, y * 4 + row) in dots
    )
