"""The five meters in words, line by line, for a given width.

Every figure says what it counts and whether it counts *used* or *left*, and carries ≈
while it is an estimate. Figures that change while tokens stream are right-aligned in
fields of fixed width: digits change, columns do not.
"""

from decimal import Decimal

from textual.content import Content

from tui.budget.dollars_to_tokens import MIN_CHARGED
from tui.budget.hard_limits import HARD_LIMITS, limit_text
from tui.budget.meters import (
    BilledMeter,
    BudgetMeter,
    ContextMeter,
    DollarMeter,
    Meters,
)
from tui.budget.stages import Stage
from tui.number_format import (
    count_with_noun,
    format_duration,
    format_percent,
    format_tokens,
    mark_estimate,
)
from tui.reports.budget_words import (
    SCOPES,
    cache_words,
    dollar_words,
    fit_words,
    price_words,
    share_text,
)
from tui.widgets.budget_bar import AREA_OPACITY, bar, dollar_bar
from tui.widgets.line_widget import MUTED, first_fitting, left_and_right

_BUDGET_UNSEEN = "the model cannot see a budget:"
_COUNTDOWN_SOURCES = {
    "notes": "notes tell it what is left",
    "nobody": "nobody tells it what is left",
}


def panel_title(word: str, right: str, width: int) -> Content:
    """The heading of a panel: `BUDGET ───── opus-5.5`."""
    end = Content.styled(f" {right}" if right else "", MUTED)
    rule = "─" * max(1, width - len(word) - 1 - end.cell_length)
    return Content.assemble((word, "bold"), " ", (rule, "$gauge-track"), end)


def budget_heading(meters: Meters, model: str, width: int) -> Content:
    """The title line: the scope of the budget when there is room, and the model."""
    budget = meters.budget
    scope = f" · {SCOPES[budget.scope if budget else 'session']}"
    scope = scope if budget or meters.dollars else ""
    if len("BUDGET") + len(scope) + len(model) + 4 > width:
        scope = ""
    line = panel_title("BUDGET" + scope, model, width)
    return line.stylize(f"not bold {MUTED}", len("BUDGET"), len("BUDGET" + scope))


def bar_line(meter: BudgetMeter, width: int) -> Content:
    """The bar, and the share used."""
    words = f"{share_text(meter):>6} used"
    style = f"bold $gauge-{meter.stage.word}"
    return Content.assemble(bar(meter, max(1, width - len(words))), (words, style))


def dollar_lines(meter: DollarMeter, width: int) -> list[Content]:
    """The gauge of a limit in dollars: bar, what is used and left, stage, what follows."""
    share = f"{format_percent(meter.share):>6} used"
    style = f"bold $gauge-{meter.stage.word}"
    used, left = dollar_figures(meter)
    stage = Content.styled(meter.stage.word, style)
    later = f"token budget after {format_tokens(MIN_CHARGED)} used" if meter.budget_follows else ""
    later = "the limit is used up" if meter.stage is Stage.OVERRUN else later
    return [
        Content.assemble(dollar_bar(meter, max(1, width - len(share))), (share, style)),
        left_and_right(used, left, width),
        first_fitting(width, left_and_right(stage, Content.styled(later, MUTED), width), stage),
    ]


def dollar_figures(meter: DollarMeter) -> tuple[Content, Content]:
    """What is used, and what is left of the limit or over it: `$0.03 used`, `$4.97 left of $5.00`.

    Both are rounded to cents, so that they add up to the limit.
    """
    used, left, of = dollar_words(meter)
    return (
        Content.assemble(used, (" used", MUTED)),
        Content.assemble((left, "bold"), (f" {of}", MUTED)),
    )


def figures_line(meter: BudgetMeter, width: int) -> Content:
    """`124k used            76k left of 200k`, or what is over, at the two ends of the line."""
    used, left = used_and_left_parts(meter)
    return left_and_right(used, left, width)


def used_and_left_parts(meter: BudgetMeter) -> tuple[Content, Content]:
    """What is used, and what is left of the grant or over it."""
    used, left, grant = (format_tokens(n) for n in (meter.used, abs(meter.left), meter.grant))
    of = f" over {grant}" if meter.left < 0 else f" left of {grant}"
    return (
        Content.assemble(mark_estimate(used, meter.estimated), (" used", MUTED)),
        Content.assemble((mark_estimate(left, meter.estimated), "bold"), (of, MUTED)),
    )


def stage_line(meter: BudgetMeter, width: int) -> Content:
    """The stage, and how far the rest goes."""
    word = (meter.stage.word, f"bold $gauge-{meter.stage.word}")
    reach = _stage_outlook(meter)
    if not reach:
        return Content.assemble(word)
    if len(meter.stage.word) + 1 + len(reach) > width:
        reach = reach.removeprefix("about ")
    return left_and_right(Content.assemble(word), Content.styled(reach, MUTED), width)


def _stage_outlook(meter: BudgetMeter) -> str:
    if meter.stage is Stage.OVERRUN:
        return "the budget is used up"
    if meter.requests_left is None:
        return ""
    if meter.requests_left < 1:
        return "less than 1 request left"
    return f"about {count_with_noun(meter.requests_left, 'request')} left"


def pace_line(meter: BudgetMeter, width: int) -> Content:
    """What the burn-down shows, and how fast it falls: `▅ left ⠒ even pace   31k/min`."""
    area = ("▅", f"$gauge-{meter.stage.word} {AREA_OPACITY}")
    key = Content.assemble(area, (" left  ", MUTED), ("⠒", "$pace-line"), (" even pace", MUTED))
    if meter.per_minute is None:
        return key
    pace = Content.styled(f"{format_tokens(round(meter.per_minute))}/min", MUTED)
    return left_and_right(key, pace, width) if key.cell_length + pace.cell_length < width else key


def fit_line(meters: Meters, width: int) -> Content | None:
    """Whether the rest fits, and where it does not the command that makes room; None: no plan.

    Args:
        meters: The figures.
        width: Cells there are.
    """
    said, fit = fit_words(meters.forecast, meters.fit), meters.fit
    if not said:
        return None
    if fit is None or fit.verdict != "short":
        return first_fitting(width, Content(said), Content(said.removeprefix("the plan ")))
    ways = [
        Content.styled(words, "$warning") for words in (said, said.removesuffix(" of the plan"))
    ]
    if fit.more is None:
        return first_fitting(width, *ways)
    offer = Content.styled(f"/budget +{format_tokens(fit.more)}", MUTED)
    both = [
        left_and_right(way, offer, max(width, way.cell_length + offer.cell_length + 1))
        for way in ways
    ]
    return first_fitting(width, *both, *ways)


def countdown_source_lines(meter: BudgetMeter) -> list[Content]:
    """Who tells the model what is left, where it is not the API's own countdown.

    The next prompt tells the model of what broke off before it could see it; until then the
    model sees more than is left, and both are shown.
    """
    if meter.countdown_source == "api":
        seen = format_tokens(meter.left_for_model)
        if seen == format_tokens(meter.left):
            return []
        return [Content.styled(f"the model sees ≈ {seen} left", MUTED)]
    return [
        Content.styled(text, "$warning")
        for text in (_BUDGET_UNSEEN, _COUNTDOWN_SOURCES[meter.countdown_source])
    ]


def billed_line(
    meter: BilledMeter, width: int, limit: Decimal | None = None, *, priced: bool = True
) -> Content:
    """`$1.84 · billed 612k · 94 % cached`: what is paid for, which is not the budget.

    Args:
        meter: The figures.
        width: Cells there are.
        limit: The hard limit in dollars, if there is one: `$1.84 of $5.00`.
        priced: Whether the model of the next request has a known price.
    """
    price = price_words(meter, limit, priced=priced)
    billed = f"billed {mark_estimate(format_tokens(meter.tokens), meter.estimated)}"
    share = meter.cached_share
    if share is None:
        return first_fitting(width, _joined(price, billed), Content(price))
    cached = f"{format_percent(share)} cached"
    left, middle = Content(price), Content.styled(billed, MUTED)
    room = width - left.cell_length - len(cached) - middle.cell_length
    if room < 2:
        return first_fitting(width, _joined(price, billed), left)
    gap = " " * (room // 2)
    return left_and_right(Content.assemble(left, gap, middle), Content.styled(cached, MUTED), width)


def _joined(first: str, *others: str) -> Content:
    return Content.assemble(first, *((f" · {other}", MUTED) for other in others))


def context_line(meter: ContextMeter, now: float, width: int) -> Content:
    """`context 31 % used · cache 4:12`: the window, and how long the prompt cache lives."""
    fill = (
        f"{format_percent(meter.used / meter.window)} used"
        if meter.window
        else f"{format_tokens(meter.used)} used"
    )
    guessed = meter.estimated or meter.assumed
    whole = Content.assemble(("context ", MUTED), mark_estimate(fill, guessed))
    cache = cache_words(meter, now)
    if not cache:
        return whole
    label, value = cache
    end = Content.assemble((f"{label} ", MUTED), value)
    fits = whole.cell_length + 1 + end.cell_length <= width
    return left_and_right(whole, end, width) if fits else whole


def time_line(seconds: float) -> Content:
    """`time 12m 04s of work`: wall time inside turns."""
    return Content.assemble(("time ", MUTED), format_duration(seconds), (" of work", MUTED))


def no_budget_lines(meters: Meters, width: int) -> list[Content]:
    """The lines in place of the gauge while no budget is granted."""
    return [*_limited_lines(meters, width), spent_line(meters)]


def spent_line(meters: Meters) -> Content:
    """`1.2k tokens used so far`: tokens, while no budget counts them."""
    used = mark_estimate(format_tokens(meters.spent), bool(meters.unsettled))
    return Content.assemble(used, (" tokens used so far", MUTED))


def _limited_lines(meters: Meters, width: int) -> list[Content]:
    """What limits a session without a budget: its hard limits, or nothing."""
    none, limits = Content("no budget"), _limits(meters)
    first = limits[0] if limits else "/budget sets one"
    beside = none.cell_length + 2 + len(first) <= width
    lines = [left_and_right(none, Content.styled(first, MUTED), width) if beside else none]
    below = limits[1:] if beside else limits
    return lines + [
        left_and_right(Content(""), Content.styled(each, MUTED), width) for each in below
    ]


def other_limit_lines(meters: Meters, width: int) -> list[Content]:
    """The hard limits beside one in dollars that is shown as the budget."""
    return [
        left_and_right(Content(""), Content.styled(each, MUTED), width) for each in _limits(meters)
    ]


def _limits(meters: Meters) -> list[str]:
    """The hard limits that hold without a token budget, in words; not one that has the gauge."""
    limits, unknown = meters.hard_limits, meters.billed.dollars is None and meters.billed.unpriced
    unknown = unknown or meters.dollars is not None
    idle = {"over_budget", *(("dollars",) if unknown else ())}
    values = ((name, limits.value(name)) for name in HARD_LIMITS if name not in idle)
    return [f"at most {limit_text(name, value)}" for name, value in values if value is not None]
