"""The budget as pictures of characters: the bar, and the burn-down against the even pace.

The bar tells apart by glyph, not only by colour, what is settled (█), what is still
streaming and estimated (≈), what is left (░) and where the reserve begins (┊). So does the
burn-down: what was left is an area of blocks, the even pace a line of dots.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from textual.content import Content

from tui.budget.meters import BudgetMeter, DollarMeter
from tui.budget.stages import Stage

_EIGHTHS = " ▏▎▍▌▋▊▉"
_HEIGHTS = " ▁▂▃▄▅▆▇█"
_DOTS = "⠁⠂⠄⡀"
"""A dot at each of the four heights of a cell, from the top."""
_TRACK = "$pace-line 35% on $gauge-track"
_TICK = "$muted on $gauge-track"
AREA_OPACITY = "55%"
"""How strong the area is: the bar above it counts more."""


class BarFill(NamedTuple):
    """How far a bar is filled; every part is of the whole, 0..1."""

    settled: float
    used: float
    """What is settled and what is streaming."""
    is_streaming: bool
    """Whether anything is streaming."""
    reserve: float
    """What is kept back; 0 for nothing."""
    stage: Stage


def bar(meter: BudgetMeter, width: int) -> Content:
    """The bar of a token budget in exactly `width` cells."""
    kept = meter.reserve / meter.grant if 0 < meter.reserve < meter.grant else 0.0
    fill = BarFill(
        settled=_share_of_grant(meter.charged, meter.grant),
        used=_share_of_grant(meter.used, meter.grant),
        is_streaming=bool(meter.live),
        reserve=kept,
        stage=meter.stage,
    )
    return _bar(fill, width)


def dollar_bar(meter: DollarMeter, width: int) -> Content:
    """The bar of a limit in dollars in exactly `width` cells."""
    share = min(1.0, meter.share)
    return _bar(BarFill(share, share, False, 0.0, meter.stage), width)


def _bar(fill: BarFill, width: int) -> Content:
    colour = f"$gauge-{fill.stage.word}"
    settled = fill.settled * width
    full = int(settled)
    eighth = _EIGHTHS[int((settled - full) * 8)].strip() if full < width else ""
    start = full + len(eighth)
    live = _live_cells(fill, width, start)
    content = Content.assemble(
        ("█" * full, colour),
        (eighth, f"{colour} on {'$gauge-live' if live else '$gauge-track'}"),
        ("≈" * live, "$background on $gauge-live"),
        ("░" * (width - start - live), _TRACK),
    )
    return _with_reserve_tick(content, fill, width, start)


def _share_of_grant(tokens: int, grant: int) -> float:
    return min(1.0, max(0.0, tokens / grant)) if grant > 0 else 1.0


def _live_cells(fill: BarFill, width: int, start: int) -> int:
    """Cells of the streaming tail: at least one while anything streams."""
    if not fill.is_streaming:
        return 0
    end = round(fill.used * width)
    return min(width - start, max(1, end - start))


def _with_reserve_tick(content: Content, fill: BarFill, width: int, settled: int) -> Content:
    """`content` with a tick where the reserve begins."""
    if not fill.reserve:
        return content
    at = min(width - 1, int((1 - fill.reserve) * width))
    style = f"$background on $gauge-{fill.stage.word}" if at < settled else _TICK
    return Content.assemble(content[:at], ("┊", style), content[at + 1 :])


def burndown(meter: BudgetMeter, width: int, height: int) -> Sequence[Content]:
    """What was left after each request, as an area, with a dotted line of the even pace.

    The time axis counts requests, those still expected included: a night between two
    prompts does not flatten the curve. Both lines start at the grant.
    """
    lefts = tuple(left for seconds, left in meter.burn_down if seconds > 0)
    if meter.live:
        lefts = (*lefts, _rounded_left(meter.left, meter.grant))
    ahead = _expected_requests(meter, len(lefts))
    return _burndown(lefts, meter.grant, ahead, width, height, meter.stage.word)


def _rounded_left(left: int, grant: int) -> int:
    """`left` in steps no block can tell apart, so that drawing is memoised while it streams."""
    step = max(1, grant // 128)
    return left // step * step


def _expected_requests(meter: BudgetMeter, done: int) -> int:
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
    steps = max(1, len(lefts) + ahead)
    levels = _levels([grant, *lefts], steps, grant, width, height * 8) if lefts else []
    pace = [_pace(x, width, height * 4) for x in range(width)]
    return tuple(_row(y, width, height, levels, pace, f"$gauge-{stage}") for y in range(height))


def _levels(values: Sequence[int], steps: int, grant: int, width: int, most: int) -> list[int]:
    """How high the area is in each column there is one, in eighths of a row.

    One value a step; what is left at all shows, and so does what is gone.
    """
    last = round((len(values) - 1) / steps * (width - 1))
    levels = []
    for x in range(last + 1):
        left = _between(values, min(len(values) - 1.0, x / max(1, width - 1) * steps))
        level = math.ceil(_share_of_grant(left, grant) * most)
        levels.append(min(level, most - 1) if left < grant else level)
    return levels


def _between(values: Sequence[int], position: float) -> int:
    """The value at `position`, straight between two of them."""
    low = int(position)
    high = min(len(values) - 1, low + 1)
    return round(values[low] + (values[high] - values[low]) * (position - low))


def _pace(x: int, width: int, dots: int) -> int:
    """The dot of the even pace in column `x`, counted from the top."""
    return round(x / (width - 1) * (dots - 1)) if width > 1 else 0


def _row(
    y: int, width: int, height: int, levels: Sequence[int], pace: Sequence[int], colour: str
) -> Content:
    parts = [_cell(x, y, height, levels, pace, colour) for x in range(width)]
    return Content.assemble(*parts).simplify()


def _cell(
    x: int, y: int, height: int, levels: Sequence[int], pace: Sequence[int], colour: str
) -> tuple[str, str]:
    """What one cell shows: the area, else a dot of the pace, or nothing.

    So dots over the area say that more is used than at an even pace.
    """
    level = levels[x] - 8 * (height - 1 - y) if x < len(levels) else 0
    if level > 0:
        return _HEIGHTS[min(level, 8)], f"{colour} {AREA_OPACITY}"
    if pace[x] // 4 == y:
        return _DOTS[pace[x] % 4], "$pace-line"
    return " ", ""
