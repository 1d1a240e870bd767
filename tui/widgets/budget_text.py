"""The budget in words, row by row, for a given width: what is left, whether the rest fits, the
price, and what needs attention now.

Every figure says what it counts and whether it counts *used* or *left*, and carries ≈ while it is
an estimate. Everything else about the meters is in `/usage`.
"""

from collections.abc import Iterator
from typing import NamedTuple

from textual.content import Content

from tui.budget.hard_limits import HARD_LIMITS, limit_text
from tui.budget.meters import BudgetMeter, DollarMeter, Meters, TeamMeter
from tui.budget.monthly_budget import tightest
from tui.budget.stages import Stage
from tui.number_format import (
    count_with_noun,
    format_dollars,
    format_extra_dollars,
    format_percent,
    format_tokens,
    mark_estimate,
)
from tui.reports.budget_words import dollar_words, fit_words, price_words
from tui.reports.team_page import free_words, pool_words, used_words
from tui.widgets.figure_rows import Figure, limit_attention, tightest_limit
from tui.widgets.line_widget import MUTED, first_fitting, left_and_right

CONTEXT_ATTENTION = 0.5
"""Part of the context window from which on its fill is shown, 0..1."""
LIMITS_ATTENTION = 0.2
"""Part of an account limit that is left below which it is shown, 0..1."""
CACHE_ATTENTION = 60.0
"""Seconds before the prompt cache expires in which that is shown, while nobody works."""

SCOPE_WORDS = {"session": "", "turn": " a prompt"}
"""What a budget is for, behind its size."""


def panel_title(word: str, right: str, width: int) -> Content:
    """The heading of a panel: `BUDGET ───── opus-5.5`."""
    end = Content.styled(f" {right}" if right else "", MUTED)
    rule = "─" * max(1, width - len(word) - 1 - end.cell_length)
    return Content.assemble((word, "bold"), " ", (rule, "$rule"), end)


def left_line(meter: BudgetMeter, width: int) -> Content:
    """`9.8k LEFT of 30k          cruise`: the largest row that a terminal has."""
    figure, of = left_parts(meter)
    return _first_with_end(width, [Content.assemble(figure, of), figure], stage_word(meter.stage))


def left_parts(meter: BudgetMeter) -> tuple[Content, Content]:
    """`9.8k LEFT` and ` of 30k`, or ` of 30k a prompt`; what is over in an overrun."""
    left = mark_estimate(format_tokens(abs(meter.left)), meter.estimated)
    word = "OVER" if meter.left < 0 else "LEFT"
    style = f"bold $gauge-{meter.stage.word}" if meter.stage >= Stage.LANDING else "bold"
    return (
        Content.styled(f"{left} {word}", style),
        Content.styled(f" of {format_tokens(meter.grant)}{SCOPE_WORDS[meter.scope]}", MUTED),
    )


def stage_word(stage: Stage) -> Content:
    """The stage, in its colour."""
    return Content.styled(stage.word, f"bold $gauge-{stage.word}")


def dollars_left_line(meter: DollarMeter, width: int) -> Content:
    """`$4.97 LEFT of $5.00          cruise`, where dollars are the budget in force."""
    figure, of = dollars_left_parts(meter)
    ways = [Content.assemble(figure, of), figure]
    return _first_with_end(width, ways, stage_word(meter.stage))


def dollars_left_parts(meter: DollarMeter) -> tuple[Content, Content]:
    """`$4.97 LEFT` and ` of $5.00`."""
    left, word = dollar_words(meter).left, "LEFT" if meter.left >= 0 else "OVER"
    return (
        Content.styled(f"{left} {word}", "bold"),
        Content.styled(f" of {format_dollars(meter.limit)}", MUTED),
    )


def _first_with_end(width: int, ways: list[Content], end: Content) -> Content:
    """The first of `ways` that has room for `end` beside it, else the last that fits at all."""
    for way in ways:
        if way.cell_length + 1 + end.cell_length <= width:
            return left_and_right(way, end, width)
    return first_fitting(width, *ways)


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


def paid_parts(meters: Meters) -> list[Content]:
    """`$1.84` and `this turn $0.05`, the first of a hard limit if there is one.

    Nothing before anything is billed.
    """
    limit = None if meters.dollars else meters.hard_limits.dollars  # else the gauge says it
    if not (meters.billed.tokens or limit):
        return []
    price = Content(price_words(meters.billed, limit, priced=meters.priced))
    if meters.turn_dollars is None:
        return [price]
    turn = mark_estimate(format_dollars(meters.turn_dollars), meters.turn_estimated)
    return [price, Content.assemble(("this turn ", MUTED), turn)]


def joined(*parts: Content) -> Content:
    """The parts with a dot between them."""
    return Content.styled(" · ", MUTED).join(parts)


class Attention(NamedTuple):
    """Something that needs attention now."""

    words: Content
    price: Content | None
    """What it costs, or what is left."""
    figure: Figure
    shorter: tuple[Content, ...] = ()
    """The words for a row in which `words` leave no room for the price, the longest first."""

    def row(self, width: int) -> Content:
        """The words and the price at the two ends of a row."""
        if self.price is None:
            return first_fitting(width, self.words)
        return _first_with_end(width, [self.words, *self.shorter], self.price)


def attentions(meters: Meters, now: float) -> list[Attention]:
    """What needs attention now; nothing most of the time.

    Args:
        meters: The figures.
        now: Seconds since the Unix epoch.
    """
    found = [
        *_team_attention(meters.team),
        *_context_attention(meters),
        *_cache_attention(meters, now),
    ]
    found += _monthly_attention(meters)
    tight = tightest_limit(meters.limits, LIMITS_ATTENTION, now)
    if tight is not None:
        found.append(Attention(limit_attention(tight), None, "limits"))
    if meters.budget is not None and meters.budget.countdown_source == "nobody":
        unseen = Content.styled("the model cannot see the budget", "$warning")
        found.append(Attention(unseen, None, "budget"))
    return found


def _team_attention(team: TeamMeter | None) -> Iterator[Attention]:
    """`3 agents · 148k of 300k used    38k free`: while agents are at work.

    On a narrow row the size of the pool goes first, then what is used; what is free stays.
    """
    if team is None or not team.living:
        return
    who = Content(count_with_noun(team.living, "agent"))
    if team.asking:
        asks = "asks you" if team.asking == 1 else "ask you"
        who = Content.styled(f"{count_with_noun(team.asking, 'agent')} {asks}", "$warning")
    said = Content.assemble(who, (f" · {pool_words(team)}", MUTED))
    used = Content.assemble(who, (f" · {used_words(team)}", MUTED))
    yield Attention(said, Content.styled(free_words(team), MUTED), "agents", (used, who))


def _context_attention(meters: Meters) -> Iterator[Attention]:
    """`context 62 % used    ≈ $0.06/request`: from half of the window on."""
    context = meters.context
    if not context.window or context.used < context.window * CONTEXT_ATTENTION:
        return
    fill = format_percent(context.used / context.window)
    fill = mark_estimate(fill, context.estimated or context.assumed)
    said = Content.styled(f"context {fill} used", "$warning")
    price = None
    if context.read_price is not None:
        price = Content.styled(f"{format_extra_dollars(context.read_price)}/request", MUTED)
    yield Attention(said, price, "context")


def _cache_attention(meters: Meters, now: float) -> Iterator[Attention]:
    """`cache cold soon    then ≈ $0.19 more`: in its last minute, while nobody works."""
    until, price = meters.context.cache_until, meters.context.cold_price
    if until is None or not 0 < until - now <= CACHE_ATTENTION or meters.working_since is not None:
        return
    more = None
    if price is not None:
        more = Content.styled(f"then {format_extra_dollars(price)} more", MUTED)
    yield Attention(Content.styled("cache cold soon", "$warning"), more, "context")


def _monthly_attention(meters: Meters) -> Iterator[Attention]:
    """`month 82 % used    $36.00 left`: the monthly budget used most, from three quarters on."""
    standing = tightest(meters.monthly)
    if standing is None or not standing.percents_reached:
        return
    budget, at_least = standing.budget, "≥ " if standing.is_at_least else ""
    what = {"month": "month", "project": "project's month", "tag": f"{budget.tag}'s month"}
    said = Content.styled(
        f"{what[budget.cover]} {at_least}{format_percent(standing.share)} used", "$warning"
    )
    rest, end = abs(standing.left), "over" if standing.left < 0 else "left"
    amount = format_dollars(rest) if budget.unit == "dollars" else format_tokens(int(rest))
    yield Attention(said, Content.styled(f"{amount} {end}", MUTED), "budget")


def seconds_to_other_attention(meters: Meters, now: float) -> float | None:
    """Seconds until a row comes or goes by itself; None while none does.

    That about the prompt cache comes and goes, that about an account limit goes when it is full.

    Args:
        meters: The figures.
        now: Seconds since the Unix epoch.
    """
    tight = tightest_limit(meters.limits, LIMITS_ATTENTION, now)
    full = None if tight is None or tight.resets_at is None else tight.resets_at - now
    waits = [each for each in (_seconds_to_cache_attention(meters, now), full) if each is not None]
    return min(waits, default=None)


def _seconds_to_cache_attention(meters: Meters, now: float) -> float | None:
    until = meters.context.cache_until
    if until is None or until <= now or meters.working_since is not None:
        return None
    return until - now if until - now <= CACHE_ATTENTION else until - now - CACHE_ATTENTION


def no_budget_lines(meters: Meters, width: int) -> list[Content]:
    """`12k used · no budget    /budget sets one`, and what limits the session instead."""
    limits = _limits(meters)
    end = Content.styled(limits[0] if limits else "/budget sets one", MUTED)
    first = _first_with_end(width, [no_budget_words(meters)], end)
    below = limits[1:] if end.plain in first.plain else limits
    return [first, *(Content.styled(each, MUTED) for each in below)]


def no_budget_words(meters: Meters) -> Content:
    """`12k used · no budget`."""
    if not meters.spent:
        return Content.styled("no budget", "bold")
    used = mark_estimate(format_tokens(meters.spent), bool(meters.unsettled))
    return joined(Content.styled(f"{used} used", "bold"), Content.styled("no budget", MUTED))


def other_limit_lines(meters: Meters) -> list[Content]:
    """The hard limits beside one in dollars that is shown as the budget."""
    return [Content.styled(each, MUTED) for each in _limits(meters)]


def _limits(meters: Meters) -> list[str]:
    """The hard limits that hold without a token budget, in words; not one that has the gauge."""
    limits, unknown = meters.hard_limits, meters.billed.dollars is None and meters.billed.unpriced
    unknown = unknown or meters.dollars is not None
    idle = {"over_budget", *(("dollars",) if unknown else ())}
    values = ((name, limits.value(name)) for name in HARD_LIMITS if name not in idle)
    return [f"at most {limit_text(name, value)}" for name, value in values if value is not None]
