"""The gauge in one line, for terminals without a sidebar.

The bar comes first, the share used and what is left stay longest. The bar leaves room for
the widest words there can be, so that figures which change do not move it.
"""

from collections.abc import Iterator

from textual.content import Content

from tui.budget.meters import BudgetMeter, Meters
from tui.widgets.budget_bar import bar
from tui.widgets.budget_words import figures, price_words, share
from tui.widgets.lines import MUTED, first_fitting
from tui.widgets.numbers import percent, tokens

_LABEL = "BUDGET "
_WIDEST = len("≈ 124k")
"""Cells of the widest figure."""
_STAGE = len("approach")
"""Cells of the longest name of a stage."""
_MOST_BAR = 40


def narrow_line(meters: Meters, width: int) -> Content:
    """The whole gauge; gives up the least first."""
    limit = meters.fuses.dollars
    tail = [price_words(meters.billed, limit)] if meters.billed.tokens or limit else []
    if meters.context.window:
        tail.append(f"context {percent(meters.context.used / meters.context.window)} used")
    if meters.budget is None:
        words = ["no budget", f"{tokens(meters.spent)} used"]
        ways = [_joined(*words, *tail[:kept]) for kept in range(len(tail), -1, -1)]
        return first_fitting(width, *ways)
    return _with_budget(meters.budget, tail, width)


def _with_budget(meter: BudgetMeter, tail: list[str], width: int) -> Content:
    for least, words, spare in _ways(meter, tail):
        room = width - len(_LABEL) - 1 - words.cell_length - spare
        if room >= least:
            drawn = bar(meter, min(room, _MOST_BAR))
            return Content.assemble((_LABEL, "bold"), drawn, " ", words)
    used, left = figures(meter)
    stage = _stage(meter)
    return first_fitting(width, _joined(used, left, stage), _joined(left, stage), left)


def _ways(meter: BudgetMeter, tail: list[str]) -> Iterator[tuple[int, Content, int]]:
    """What may be said, most first: the least cells of the bar, the words, cells to spare."""
    used, left = figures(meter)
    style = f"bold $gauge-{meter.stage.word}"
    shared, stage = Content.styled(f"{share(meter):>5} used", style), _stage(meter)
    most = _WIDEST + len(f" left of {tokens(meter.grant)}")
    spare = _STAGE - stage.cell_length + most - left.cell_length
    both = spare + _WIDEST + len(" used") - used.cell_length
    for kept in range(len(tail), 0, -1):
        yield 20, _joined(shared, used, left, stage, *tail[:kept]), both
    for kept in range(len(tail), 0, -1):
        yield 12, _joined(shared, left, stage, *tail[:kept]), spare
    yield 6, _joined(shared, left, stage), spare


def _stage(meter: BudgetMeter) -> Content:
    return Content.styled(meter.stage.word, f"bold $gauge-{meter.stage.word}")


def _joined(first: Content | str, *others: Content | str) -> Content:
    parts = [Content(first) if isinstance(first, str) else first]
    parts += [Content.styled(part, MUTED) if isinstance(part, str) else part for part in others]
    return Content.styled(" · ", MUTED).join(parts)
