"""The budget as pictures of characters: the bar, and the burn-down against the even pace.

The bar goes down like a tank. It tells apart by glyph, not only by colour, what is left (█), what
is streaming and about to be gone (▒), what is gone (░) and where the reserve begins (┊). The
burn-down has two lines of braille dots: what was left, and the even pace with wider gaps.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from textual.content import Content

from tui.budget.meters import BudgetMeter, DollarMeter
from tui.budget.stages import Stage

_EIGHTHS = " ▏▎▍▌▋▊▉"
_TRACK = "$pace-line 35% on $gauge-track"
_TICK = "$foreground on $gauge-track"


class BarFill(NamedTuple):
    """How far a bar is filled; every part is of the whole, 0..1."""

    left: float
    settled: float
    """What is left without what is streaming: never less than `left`."""
    is_streaming: bool
    """Whether anything is streaming."""
    reserve: float
    """What is kept back, at the end of the bar that goes last; 0 for nothing."""
    stage: Stage


def bar(meter: BudgetMeter, width: int) -> Content:
    """The bar of a token budget in exactly `width` cells: it goes down as tokens are used."""
    kept = meter.reserve / meter.grant if 0 < meter.reserve < meter.grant else 0.0
    fill = BarFill(
        left=_share_of_grant(meter.left, meter.grant),
        settled=_share_of_grant(meter.grant - meter.charged, meter.grant),
        is_streaming=bool(meter.live),
        reserve=kept,
        stage=meter.stage,
    )
    return _bar(fill, width)


def dollar_bar(meter: DollarMeter, width: int) -> Content:
    """The bar of a limit in dollars in exactly `width` cells: it goes down as they are spent."""
    left = min(1.0, max(0.0, 1 - meter.share))
    return _bar(BarFill(left, left, False, 0.0, meter.stage), width)


def _bar(fill: BarFill, width: int) -> Content:
    colour = f"$gauge-{fill.stage.word}"
    # In eighths of a cell: what is left at all shows, and so does what is gone.
    eighths = math.ceil(fill.left * width * 8)
    if fill.left < 1:
        eighths = min(eighths, width * 8 - 1)
    full, part = divmod(eighths, 8)
    live = 0
    if fill.is_streaming:
        live = min(width - full, max(1, round(fill.settled * width) - full))
    part = 0 if live else part
    last = _EIGHTHS[part].strip()
    content = Content.assemble(
        ("█" * full, colour),
        ("▒" * live, "$background on $gauge-live"),
        (last, f"{colour} on $gauge-track"),
        ("░" * (width - full - live - len(last)), _TRACK),
    )
    return _with_reserve_tick(content, fill, width, full)


def _share_of_grant(tokens: int, grant: int) -> float:
    return min(1.0, max(0.0, tokens / grant)) if grant > 0 else 0.0


def _with_reserve_tick(content: Content, fill: BarFill, width: int, full: int) -> Content:
    """`content` with a tick where the reserve begins."""
    if not fill.reserve:
        return content
    at = min(width - 1, int(fill.reserve * width))
    style = f"$background on $gauge-{fill.stage.word}" if at < full else _TICK
    return Content.assemble(content[:at], ("┊", style), content[at + 1 :])


CHART_ROWS = 2
"""Height of the burn-down, in rows."""


def burndown(meter: BudgetMeter, width: int) -> Sequence[Content]:
    """What was left after each request, as a line, and the even pace as a dotted one.

    The time axis counts requests, those still expected included: a night between two
    prompts does not flatten the line. Both lines start at the grant.
    """
    lefts = tuple(left for seconds, left in meter.burn_down if seconds > 0)
    ahead = _expected_requests(meter, len(lefts))
    return _burndown(lefts, meter.grant, ahead, width, meter.stage.word)


def _expected_requests(meter: BudgetMeter, done: int) -> int:
    """How many more requests to leave room for: the forecast, else the average so far."""
    if meter.requests_left is not None:
        return meter.requests_left
    if not done or meter.used <= 0:
        return max(1, done)
    return round(max(0, meter.left) * done / meter.used)


@lru_cache(maxsize=16)
def _burndown(
    lefts: tuple[int, ...], grant: int, ahead: int, width: int, stage: str
) -> tuple[Content, ...]:
    across, down = width * 2, CHART_ROWS * 4
    line = _line_dots([grant, *lefts], len(lefts) + ahead, grant, across, down) if lefts else set()
    pace = {(x, _height(1 - x / max(1, across - 1), down)) for x in range(0, across, 2)}
    return tuple(_chart_row(row, width, line, pace, f"$gauge-{stage}") for row in range(CHART_ROWS))


def _height(share: float, down: int) -> int:
    """The row of dots for a share of the grant, counted from the top."""
    return round((1 - share) * (down - 1))


def _line_dots(
    values: Sequence[int], steps: int, grant: int, across: int, down: int
) -> set[tuple[int, int]]:
    """The dots of the line through `values`, one value a step, without gaps where it is steep."""
    dots: set[tuple[int, int]] = set()
    before: int | None = None
    for x in range(round((len(values) - 1) / steps * (across - 1)) + 1):
        left = _between(values, min(len(values) - 1.0, x / max(1, across - 1) * steps))
        y = _height(_share_of_grant(left, grant), down)
        dots |= {(x, each) for each in range(y if before is None else min(before + 1, y), y + 1)}
        before = y
    return dots


def _between(values: Sequence[int], position: float) -> int:
    """The value at `position`, straight between two of them."""
    low = int(position)
    high = min(len(values) - 1, low + 1)
    return round(values[low] + (values[high] - values[low]) * (position - low))


_DOT_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""What each dot of a braille cell counts, by column and row."""
_BRAILLE = 0x2800


def _chart_row(
    row: int, width: int, line: set[tuple[int, int]], pace: set[tuple[int, int]], colour: str
) -> Content:
    """One row of cells: dots of both lines; a cell in which both are has the colour of the line."""
    parts = []
    for cell in range(width):
        places = {(cell * 2 + x, row * 4 + y): _DOT_BITS[x][y] for x in range(2) for y in range(4)}
        bits = sum(bit for place, bit in places.items() if place in line or place in pace)
        style = colour if any(place in line for place in places) else "$pace-line"
        parts.append((chr(_BRAILLE + bits) if bits else " ", style if bits else ""))
    return Content.assemble(*parts).simplify()
