"""The gauge in one line, for terminals without a sidebar.

The bar comes first, the share used and what is left stay longest; the scope is the last to
go of what follows them. The bar leaves room for the widest words there can be, so that figures
which change do not move it. Each figure carries its name, for a click or the mark on it.
"""

from collections.abc import Iterator

from textual.content import Content
from textual.style import Style

from tui.budget.meters import BudgetMeter, DollarMeter, Meters
from tui.number_format import MINUS, format_percent, format_tokens, mark_estimate
from tui.reports.budget_words import SCOPES, fit_words, price_words, share_text
from tui.widgets.budget_bar import bar, dollar_bar
from tui.widgets.budget_text import dollar_figures, used_and_left_parts
from tui.widgets.figure_rows import Figure, clickable_figure
from tui.widgets.line_widget import MUTED, first_fitting

_LABEL = "BUDGET "
_WIDEST = len("≈ 124k")
"""Cells of the widest figure."""
_STAGE = len("approach")
"""Cells of the longest name of a stage."""
_MOST_BAR = 40
_LEAST_BAR = 8


def narrow_line(meters: Meters, width: int, marked: Figure | None = None) -> Content:
    """The whole gauge; gives up the least first.

    Args:
        meters: The figures.
        width: Cells there are.
        marked: The figure that Enter opens.
    """
    limit = meters.hard_limits.dollars
    tail: list[Content] = []
    if meters.dollars is None and (meters.billed.tokens or limit):
        price = Content.styled(price_words(meters.billed, limit, priced=meters.priced), MUTED)
        tail.append(clickable_figure(price, "billed", marked))
    if meters.context.window:
        fill = format_percent(meters.context.used / meters.context.window)
        guessed = meters.context.estimated or meters.context.assumed
        words = f"context {mark_estimate(fill, guessed)} used"
        tail.append(clickable_figure(Content.styled(words, MUTED), "context", marked))
    if meters.dollars is not None:
        used = Content.styled(f"{_spent(meters)} tokens used", MUTED)
        tail.insert(0, clickable_figure(used, "budget", marked))
        return _with_dollars(meters.dollars, tail, width, marked)
    if meters.budget is None:
        used = clickable_figure(Content.styled(f"{_spent(meters)} used", MUTED), "budget", marked)
        ways = [
            _joined(Content("no budget"), used, *tail[:kept]) for kept in range(len(tail), -1, -1)
        ]
        return first_fitting(width, *ways)
    is_short = meters.fit is not None and meters.fit.verdict == "short"
    words = fit_words(meters.forecast, meters.fit) if is_short else ""
    short = (
        [clickable_figure(Content.styled(words, "$warning"), "subtasks", marked)] if words else []
    )
    return _with_budget(meters.budget, short, tail, width, marked)


def _spent(meters: Meters) -> str:
    return mark_estimate(format_tokens(meters.spent), bool(meters.unsettled))


def _with_dollars(
    meter: DollarMeter, tail: list[Content], width: int, marked: Figure | None
) -> Content:
    """The line while a limit in dollars is the budget in force; its entries are the bill."""
    used, left = dollar_figures(meter)
    style = f"bold $gauge-{meter.stage.word}"
    stage = Content.styled(meter.stage.word, style)
    share = Content.styled(f"{format_percent(meter.share):>5} used", style)
    first = [
        clickable_figure(share, "billed", marked),
        *(clickable_figure(each, "billed") for each in (left, stage)),
    ]
    for kept in range(len(tail), -1, -1):
        words = _joined(*first, *tail[:kept])
        room = width - len(_LABEL) - 1 - words.cell_length
        if room >= _LEAST_BAR:
            filled = dollar_bar(meter, min(room, _MOST_BAR))
            label = Content.assemble((_LABEL, "bold"), filled, " ")
            return Content.assemble(clickable_figure(label, "billed"), words)
    ways = (_joined(used, left, stage), _joined(left, stage), left)
    return first_fitting(width, *(clickable_figure(way, "billed", marked) for way in ways))


def _with_budget(
    meter: BudgetMeter,
    short: list[Content],
    tail: list[Content],
    width: int,
    marked: Figure | None,
) -> Content:
    for least, words, spare in _variants(meter, short, tail, marked):
        room = width - len(_LABEL) - 1 - words.cell_length - spare
        if room >= least:
            label = Content.assemble((_LABEL, "bold"), bar(meter, min(room, _MOST_BAR)), " ")
            return Content.assemble(clickable_figure(label, "budget"), words)
    used, left = used_and_left_parts(meter)
    stage = _stage(meter)
    # Half a figure reads as another one: of 200k, 20… is left.
    ways = (_joined(used, left, stage), _joined(left, stage), left, *_shorter(meter))
    return first_fitting(width, *(clickable_figure(way, "budget", marked) for way in ways))


def _shorter(meter: BudgetMeter) -> Iterator[Content]:
    """What is left, in as few cells as can be."""
    left = mark_estimate(format_tokens(abs(meter.left)), meter.estimated)
    yield Content.assemble((left, "bold"), (" over" if meter.left < 0 else " left", MUTED))
    yield Content.styled(f"{MINUS if meter.left < 0 else ''}{left}", "bold")


def _variants(
    meter: BudgetMeter, short: list[Content], tail: list[Content], marked: Figure | None
) -> Iterator[tuple[int, Content, int]]:
    """What the line may say, most first: least cells of the bar, the words, cells to spare."""
    used, left = used_and_left_parts(meter)
    style = f"bold $gauge-{meter.stage.word}"
    shared, stage = Content.styled(f"{share_text(meter):>5} used", style), _stage(meter)
    scope = Content.styled(SCOPES[meter.scope], MUTED)
    most = _WIDEST + len(f" left of {format_tokens(meter.grant)}")
    spare = _STAGE - stage.cell_length + most - left.cell_length
    both = spare + _WIDEST + len(" used") - used.cell_length

    def said(*budget: Content, behind: list[Content]) -> Content:
        first, *rest = budget
        return _joined(
            clickable_figure(first, "budget", marked),
            *(clickable_figure(e, "budget") for e in rest),
            *behind,
        )

    for kept in range(len(tail), 0, -1):
        yield 20, said(shared, used, left, stage, scope, behind=short + tail[:kept]), both
    for kept in range(len(tail), 0, -1):
        yield 8, said(shared, left, stage, scope, behind=short + tail[:kept]), spare
    yield 8, said(shared, left, stage, scope, behind=short), spare
    if short:
        yield 6, said(shared, left, stage, behind=short), spare
    yield 6, said(shared, left, stage, behind=[]), spare


def _stage(meter: BudgetMeter) -> Content:
    return Content.styled(meter.stage.word, f"bold $gauge-{meter.stage.word}")


def _joined(*parts: Content) -> Content:
    return Content.styled(" · ", MUTED).join(parts)


def narrow_figures(line: Content) -> list[Figure]:
    """The figures on the line, from left to right."""
    spans = sorted(line.spans, key=lambda span: span.start)
    metas = (span.style.meta for span in spans if isinstance(span.style, Style))
    return list(dict.fromkeys(meta["figure"] for meta in metas if "figure" in meta))
