"""The gauge says what it counts, adds up, and repaints only what changed."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.widgets.widget_app import WidgetApp
from tui.budget.forecast import BudgetFit, Forecast
from tui.budget.hard_limits import HardLimits
from tui.budget.meters import (
    BilledMeter,
    BudgetMeter,
    ContextMeter,
    DollarMeter,
    LimitMeter,
    Meters,
    TeamMeter,
)
from tui.budget.stages import Stage as BudgetStage
from tui.budget.stages import dollar_stage, reserve, stage
from tui.session.checklist import SubtaskCounts
from tui.widgets.budget_bar import bar, burndown
from tui.widgets.budget_gauge import BudgetLine, BudgetPanel
from tui.widgets.budget_text import attentions, fit_line, left_line
from tui.widgets.narrow_gauge import NO_WORK, NarrowWork, narrow_line

BUDGET = BudgetMeter(
    grant=200_000,
    charged=124_000,
    reserve=12_000,
    requests_left=9,
    burn_down=((0.0, 200_000), (1.0, 180_000), (2.0, 130_000), (9.0, 76_000)),
)
METERS = Meters(
    budget=BUDGET,
    billed=BilledMeter(input=26_720, cache_read=575_280, output=10_000, dollars=Decimal("1.84")),
    turn_dollars=Decimal("0.05"),
    context=ContextMeter(used=62_000, window=200_000, cache_until=1_252.0),
    limits=(LimitMeter("input-tokens", 100, 62),),
    spent=124_000,
)
"""76,000 of 200,000 left. Nothing needs attention."""


def panel(meters: Meters, width: int = 34, now: float = 1_000.0) -> BudgetPanel:
    widget = BudgetPanel(clock=lambda: now)
    widget.styles.width = width
    widget.show(meters)
    return widget


async def shown(
    widget_app: type[WidgetApp],
    meters: Meters,
    width: int = 34,
    height: int = 24,
    now: float = 1_000.0,
) -> list[str]:
    """The rows of the panel, without empty ones behind them."""
    app = widget_app(panel(meters, width, now))
    async with app.run_test(size=(width, height), notifications=True, tooltips=True) as pilot:
        await pilot.pause()
        return "\n".join(app.rows()).rstrip().splitlines()


# What is left ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget", "width", "first"),
    [
        (BUDGET, 34, "76k LEFT of 200k            cruise"),
        (BUDGET, 28, "76k LEFT of 200k      cruise"),
        (BUDGET, 20, "76k LEFT      cruise"),
        (BUDGET, 10, "76k LEFT"),
        (replace(BUDGET, live=4_000), 34, "≈ 72k LEFT of 200k          cruise"),
        (replace(BUDGET, scope="turn"), 34, "76k LEFT of 200k a prompt   cruise"),
        (
            replace(BUDGET, charged=208_100, stage=BudgetStage.OVERRUN),
            34,
            "8.1k OVER of 200k          overrun",
        ),
    ],
)
def test_the_first_row_says_what_is_left_of_what_and_the_stage(
    budget: BudgetMeter, width: int, first: str
):
    assert left_line(budget, width).plain == first


async def test_with_a_budget_and_nothing_that_needs_attention_there_are_three_rows(
    widget_app: type[WidgetApp],
):
    """76 of 200 of 34 cells are 12.92; 12 of 200 are 2.04."""
    assert await shown(widget_app, METERS) == [
        "76k LEFT of 200k            cruise",
        "██┊██████████" + "░" * 21,
        "$1.84 · this turn $0.05",
    ]


async def test_before_anything_was_used_there_are_no_rows_of_zeros(widget_app: type[WidgetApp]):
    fresh = Meters(budget=BudgetMeter(grant=30_000, charged=0), context=ContextMeter(window=10))
    assert await shown(widget_app, fresh, 20) == ["30k LEFT      cruise", "█" * 20]
    assert await shown(widget_app, Meters()) == ["no budget         /budget sets one"]


@pytest.mark.parametrize(
    ("hard_limits", "rows"),
    [
        (HardLimits(), ["124k used · no budget"]),
        (HardLimits(dollars=Decimal("0.12")), ["124k used · no budget", "at most $0.12"]),
        (HardLimits(requests=1), ["124k used · no budget", "at most 1 request a turn"]),
        (
            HardLimits(dollars=Decimal(5), minutes=Decimal("0.5")),
            ["124k used · no budget", "at most $5.00", "at most 0.5 minutes a turn"],
        ),
        (HardLimits(over_budget=9_000), ["124k used · no budget"]),
    ],
)
async def test_without_a_budget_the_panel_says_what_was_used_and_what_limits_instead(
    widget_app: type[WidgetApp], hard_limits: HardLimits, rows: list[str]
):
    meters = replace(METERS, budget=None, hard_limits=hard_limits)
    found = await shown(widget_app, meters)
    assert [row.strip() for row in found[: len(rows)]] == rows
    assert len(found) == len(rows) + 1  # and the price


async def test_a_limit_in_dollars_without_a_price_limits_nothing(widget_app: type[WidgetApp]):
    billed = BilledMeter(input=900, output=90, dollars=None, unpriced=1)
    meters = Meters(billed=billed, hard_limits=HardLimits(dollars=Decimal(5)))
    assert "/budget sets one" in "\n".join(await shown(widget_app, meters))


DOLLARS = replace(
    METERS,
    budget=None,
    hard_limits=HardLimits(dollars=Decimal(5), requests=40),
    dollars=DollarMeter(limit=Decimal(5), used=Decimal("1.25"), budget_follows=True),
)


async def test_a_limit_in_dollars_is_the_gauge_until_tokens_are_granted(
    widget_app: type[WidgetApp],
):
    """Three quarters of 34 cells are 25.5."""
    assert await shown(widget_app, DOLLARS) == [
        "$3.75 LEFT of $5.00         cruise",
        "█" * 25 + "▌" + "░" * 8,
        "at most 40 requests a turn",
        "$1.84 · this turn $0.05",
    ]


@pytest.mark.parametrize(
    ("used", "words", "stage_word"),
    [
        ("0", "$5.00 LEFT of $5.00", "cruise"),
        ("3.50", "$1.50 LEFT of $5.00", "descent"),
        ("4.999", "<$0.01 LEFT of $5.00", "approach"),
        ("5.12", "$0.12 OVER of $5.00", "overrun"),
    ],
)
async def test_the_stage_of_dollars_is_theirs(
    widget_app: type[WidgetApp], used: str, words: str, stage_word: str
):
    meter = DollarMeter(limit=Decimal(5), used=Decimal(used))
    meter = replace(meter, stage=dollar_stage(meter.share))
    first = (await shown(widget_app, replace(DOLLARS, dollars=meter)))[0]
    assert first.startswith(words) and first.endswith(stage_word)


# Whether the rest fits ---------------------------------------------------------------


AHEAD = Forecast(to_finish=8_000, measured=3)
SHORT = BudgetFit("short", 212_000, 225_000)


@pytest.mark.parametrize(
    ("ahead", "fit", "width", "said"),
    [
        (AHEAD, BudgetFit("fits"), 34, "the plan fits: ≈ 8k to finish"),
        (AHEAD, BudgetFit("fits"), 24, "fits: ≈ 8k to finish"),
        (AHEAD, SHORT, 42, "≈ 212k short of the plan     /budget +225k"),
        (AHEAD, SHORT, 34, "≈ 212k short         /budget +225k"),
        (AHEAD, SHORT, 24, "≈ 212k short of the plan"),
        (AHEAD, BudgetFit("short", 9_000), 34, "≈ 9k short of the plan"),
        (Forecast(None), BudgetFit("too_early"), 34, "too early to say if the plan fits"),
        (
            Forecast(None, beyond_plan=True),
            BudgetFit("too_early"),
            42,
            "too early: work beyond the plan",
        ),
        (AHEAD, None, 34, "≈ 8k to finish"),
        (Forecast(None), None, 34, ""),
        (Forecast(0), None, 34, ""),
        (None, None, 34, ""),
    ],
)
def test_one_sentence_says_whether_the_rest_fits(
    ahead: Forecast | None, fit: BudgetFit | None, width: int, said: str
):
    line = fit_line(replace(METERS, forecast=ahead, fit=fit), width)
    assert (line.plain if line else "") == said


async def test_the_sentence_comes_below_the_bar_and_moves_nothing_where_there_is_room(
    widget_app: type[WidgetApp],
):
    ahead = replace(METERS, forecast=AHEAD, fit=BudgetFit("fits"))
    assert (await shown(widget_app, ahead))[2] == "the plan fits: ≈ 8k to finish"
    before = await shown(widget_app, METERS, height=40)
    after = await shown(widget_app, ahead, height=40)
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [("", "the plan fits: ≈ 8k to finish")]


# Price and attention -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("meters", "said"),
    [
        (METERS, "$1.84 · this turn $0.05"),
        (replace(METERS, turn_dollars=None), "$1.84"),
        (
            replace(METERS, billed=replace(METERS.billed, estimated=True)),
            "≈ $1.84 · this turn $0.05",
        ),
        (
            replace(METERS, billed=replace(METERS.billed, estimated=True), turn_estimated=True),
            "≈ $1.84 · this turn ≈ $0.05",
        ),
        (replace(METERS, hard_limits=HardLimits(dollars=Decimal(5))), "$1.84 of $5.00"),
        (replace(METERS, billed=replace(METERS.billed, unpriced=2)), "$1.84+"),
    ],
)
async def test_the_price_of_the_session_and_of_this_turn(
    widget_app: type[WidgetApp], meters: Meters, said: str
):
    assert (await shown(widget_app, meters))[-1].startswith(said)


FULL = replace(METERS.context, used=124_000, read_price=Decimal("0.062"))
ENDS = replace(METERS.context, cache_until=1_060.0, cold_price=Decimal("0.19"))


@pytest.mark.parametrize(
    ("meters", "said"),
    [
        pytest.param({"context": FULL}, "context 62 % used  ≈ $0.06/request", id="context"),
        pytest.param(
            {"context": replace(FULL, estimated=True, read_price=None)},
            "context ≈ 62 % used",
            id="without-a-price",
        ),
        pytest.param({"context": replace(FULL, used=99_999)}, None, id="under-half"),
        pytest.param({"context": ENDS}, "cache cold soon  then ≈ $0.19 more", id="cache"),
        pytest.param({"context": replace(ENDS, cache_until=1_061.0)}, None, id="cache-later"),
        pytest.param({"context": replace(ENDS, cache_until=1_000.0)}, None, id="cache-cold"),
        pytest.param({"context": ENDS, "working_since": 990.0}, None, id="cache-while-working"),
        pytest.param(
            {"limits": (LimitMeter("input-tokens", 100, 19), LimitMeter("requests", 50, 40))},
            "account: 19 % of input tokens left",
            id="limits",
        ),
        pytest.param({"limits": (LimitMeter("requests", 50, 10),)}, None, id="limits-enough"),
        pytest.param({"limits": (LimitMeter("requests", 0, 0),)}, None, id="limits-unnamed"),
        pytest.param(
            {"budget": replace(BUDGET, countdown_source="nobody")},
            "the model cannot see the budget",
            id="unseen",
        ),
        pytest.param({"budget": replace(BUDGET, countdown_source="notes")}, None, id="notes"),
    ],
)
async def test_what_needs_attention_is_shown_only_then(
    widget_app: type[WidgetApp], meters: dict[str, Any], said: str | None
):
    quiet = await shown(widget_app, METERS)
    found = await shown(widget_app, replace(METERS, **meters))
    extra = [re.sub(r"\s{2,}", "  ", row) for row in found[len(quiet) :]]
    assert extra == ([] if said is None else [said])


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (46, "3 agents · ≈ 148k of 300k used        38k free"),
        (34, "3 agents · ≈ 148k used    38k free"),
        (24, "3 agents        38k free"),
    ],
)
def test_what_is_free_of_the_pool_stays_on_a_narrow_row(width: int, row: str):
    team = TeamMeter(granted=300_000, used=148_000, free=38_000, living=3, estimated=True)
    (found,) = attentions(Meters(team=team), 0.0)
    assert found.row(width).plain == row


async def test_the_row_about_the_cache_comes_and_goes_by_itself_and_nothing_ticks(
    widget_app: type[WidgetApp],
):
    now = [1_000.0]
    widget = BudgetPanel(clock=lambda: now[0])
    widget.show(replace(METERS, context=replace(ENDS, cache_until=1_252.0)))
    app = widget_app(widget)
    async with app.run_test(size=(34, 14)) as pilot:
        await pilot.pause()
        assert widget._timer is not None
        assert widget._timer._interval == pytest.approx(192, abs=0.1)
        for at, waits, said in ((1_193.0, 59, True), (1_253.0, None, False)):
            now[0] = at
            widget._attention_changed()
            await pilot.pause()
            assert ("cache cold soon" in app.text()) is said
            timer = widget._timer
            assert (timer and round(timer._interval)) == waits
        widget.show(replace(METERS, working_since=1_250.0))
        assert widget._timer is None, "somebody works: the cache is used"


async def test_the_row_about_an_account_limit_goes_when_that_is_full_again(
    widget_app: type[WidgetApp],
):
    now = [1_000.0]
    widget = BudgetPanel(clock=lambda: now[0])
    tight = LimitMeter("input-tokens", 100, 19, resets_at=1_048.0)
    widget.show(replace(METERS, limits=(tight, LimitMeter("requests", 50, 0, resets_at=990.0))))
    app = widget_app(widget)
    async with app.run_test(size=(34, 14)) as pilot:
        await pilot.pause()
        assert "account: 19 % of input tokens left" in app.text()
        assert widget._timer is not None
        assert widget._timer._interval == pytest.approx(48, abs=0.1)
        now[0] = 1_048.5
        widget._attention_changed()
        await pilot.pause()
        assert "account" not in app.text()
        assert widget._timer is None or widget._timer._interval > 100, "that of the cache"


async def test_a_streaming_update_dirties_its_rows_and_lays_nothing_out(
    widget_app: type[WidgetApp],
):
    widget = panel(METERS)
    app = widget_app(widget)
    async with app.run_test(size=(34, 40)) as pilot:
        await pilot.pause()
        layouts = widget._layout_updates
        widget.show(replace(METERS, budget=replace(BUDGET, live=1_000)))
        assert {region.y for region in widget._repaint_regions} == {0, 1}
        assert all(region.height == 1 for region in widget._repaint_regions)
        assert widget._layout_updates == layouts


async def test_showing_the_same_again_repaints_nothing(widget_app: type[WidgetApp]):
    widget = panel(METERS)
    app = widget_app(widget)
    async with app.run_test(size=(34, 14)) as pilot:
        await pilot.pause()
        widget.show(replace(METERS))
        assert not widget._repaint_regions


# The bar and the burn-down -----------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(
    grant=st.integers(20_000, 5_000_000),
    used=st.floats(0, 1.3),
    live=st.floats(0, 0.2),
    width=st.integers(8, 60),
)
def test_the_bar_has_its_width_goes_down_and_shows_what_streams(
    grant: int, used: float, live: float, width: int
):
    charged, tail = int(grant * used), int(grant * live)
    meter = BudgetMeter(grant=grant, charged=charged, live=tail, stage=stage(grant, charged))
    plain = bar(meter, width).plain
    assert len(plain) == width
    left = max(0, grant - charged - tail)
    full = plain.count("█")
    assert left * width / grant - 1 <= full <= left * width / grant + 1
    assert plain == "█" * full + plain[full:]
    assert (plain[-1] != "█") == (left < grant)
    assert ("▒" in plain) == bool(tail)
    kept = bar(replace(meter, reserve=reserve(grant)), width).plain
    assert [a for a, b in zip(plain, kept, strict=True) if a != b] == [plain[kept.index("┊")]]


@pytest.mark.parametrize(
    ("charged", "live", "drawn"),
    [
        (0, 0, "████████"),
        (1, 0, "███████▉"),
        (50_000, 0, "████░░░░"),
        (45_000, 5_000, "████▒░░░"),
        (25_000, 25_000, "████▒▒░░"),
        (99_999, 0, "▏░░░░░░░"),
        (100_000, 0, "░░░░░░░░"),
        (130_000, 0, "░░░░░░░░"),
    ],
)
def test_the_bar_by_hand(charged: int, live: int, drawn: str):
    """Half of 100,000 left are four cells of eight; what is left at all shows, what is gone too."""
    assert bar(BudgetMeter(grant=100_000, charged=charged, live=live), 8).plain == drawn


def left_after(*lefts: int, ahead: int) -> BudgetMeter:
    """A grant of 100k of which so much was left after each request."""
    burn = tuple((float(at), left) for at, left in enumerate(lefts, 1))
    used = 100_000 - lefts[-1]
    return BudgetMeter(grant=100_000, charged=used, burn_down=burn, requests_left=ahead)


def dots(row: str) -> list[int]:
    """How many dots each cell of a row of braille has."""
    return [(ord(char) - 0x2800).bit_count() if char != " " else 0 for char in row]


@settings(max_examples=60, deadline=None)
@given(
    lefts=st.lists(st.integers(-20_000, 200_000), max_size=40),
    ahead=st.one_of(st.none(), st.integers(0, 500)),
    width=st.integers(2, 50),
)
def test_the_burn_down_draws_any_history_in_two_rows(
    lefts: list[int], ahead: int | None, width: int
):
    lefts = sorted(lefts, reverse=True)
    meter = BudgetMeter(
        grant=200_000,
        charged=200_000 - lefts[-1] if lefts else 0,
        burn_down=tuple((float(n), left) for n, left in enumerate(lefts)),
        requests_left=ahead,
    )
    rows = [row.plain for row in burndown(meter, width)]
    assert [len(row) for row in rows] == [width] * 2
    assert all(char == " " or 0x2800 < ord(char) <= 0x28FF for row in rows for char in row)


def test_the_pace_is_a_dotted_line_from_the_grant_to_nothing():
    """Before the first request there is only the pace: a dot in each cell, going down."""
    upper, lower = (row.plain for row in burndown(BudgetMeter(grant=100_000, charged=0), 8))
    assert [a + b for a, b in zip(dots(upper), dots(lower), strict=True)] == [1] * 8
    assert (dots(upper)[:4], dots(lower)[4:]) == ([1] * 4, [1] * 4)
    assert upper[0] == "⠁"


def test_the_line_of_the_burn_down_has_no_fill_and_leaves_the_pace_visible():
    """Nearly all is left after half of the requests: the line is at the top, the pace under it."""
    upper, lower = burndown(left_after(99_000, 98_000, ahead=2), 12)
    assert all(count <= 3 for count in (*dots(upper.plain), *dots(lower.plain)))
    assert dots(lower.plain)[6:] == [1] * 6, "the second half of the pace"
    styles = {str(span.style) for span in (*upper.spans, *lower.spans)}
    assert styles == {"$gauge-cruise", "$pace-line"}


def test_a_steep_fall_has_no_gap():
    """From all to nothing in one request of eight: dots in all eight rows of the first cells."""
    rows = [row.plain for row in burndown(left_after(0, ahead=7), 16)]
    assert sum(map(sum, (dots(row)[:3] for row in rows))) >= 8


@pytest.mark.parametrize(
    ("height", "burn_down", "budget", "drawn"),
    [
        (30, True, BUDGET, True),
        (29, True, BUDGET, False),
        (30, False, BUDGET, False),
        (30, True, replace(BUDGET, burn_down=((0.0, 200_000),)), False),
    ],
)
async def test_the_burn_down_is_drawn_where_there_is_room_unless_it_is_switched_off(
    widget_app: type[WidgetApp], height: int, burn_down: bool, budget: BudgetMeter, drawn: bool
):
    widget = panel(replace(METERS, budget=budget))
    widget.show(replace(METERS, budget=budget), burn_down=burn_down)
    app = widget_app(widget)
    async with app.run_test(size=(34, height)) as pilot:
        await pilot.pause()
        text = app.text()
    assert any(0x2800 < ord(char) <= 0x28FF for char in text) is drawn


# The narrow form ---------------------------------------------------------------------


async def narrow(
    widget_app: type[WidgetApp],
    width: int,
    meters: Meters,
    work: NarrowWork = NO_WORK,
    height: int = 16,
) -> list[str]:
    """The rows of the narrow form, without the line above."""
    line = BudgetLine(clock=lambda: 1_000.0)
    line.show(meters, work)
    app = widget_app(line)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        edge, *rows = "\n".join(app.rows()).rstrip().splitlines()
        assert set(edge) == {"─"}
        return rows


WORK = NarrowWork(
    SubtaskCounts(done=4, in_progress=1, pending=15), "cart.py", "339 of ≈ 1.2k", "med"
)


@pytest.mark.parametrize(
    ("width", "first"),
    [
        (110, "76k LEFT of 200k · cruise · ≈ 212k short of the plan · $1.84 · this turn $0.05"),
        (88, "76k LEFT of 200k · cruise · ≈ 212k short of the plan · $1.84"),
        (80, "76k LEFT of 200k · cruise · ≈ 212k short · $1.84"),
        (60, "76k LEFT of 200k · cruise · ≈ 212k short"),
        (50, "76k LEFT of 200k · cruise"),
        (30, "76k LEFT of 200k · cruise"),
        (20, "76k LEFT of 200k"),
        (12, "76k LEFT"),
        (5, "76k"),
    ],
)
def test_the_narrow_form_gives_up_the_least_first(width: int, first: str):
    line = narrow_line(replace(METERS, forecast=AHEAD, fit=SHORT), width).plain
    assert len(line) <= width
    assert line.lstrip("█▏▎▍▌▋▊▉▒░┊").removeprefix(" ").removeprefix("≈ ") == first.removeprefix(
        "≈ "
    )


async def test_the_second_row_is_the_work_and_what_needs_attention(widget_app: type[WidgetApp]):
    rows = await narrow(widget_app, 80, METERS, WORK)
    assert rows[1] == "4 of 20 done · ▶ cart.py 339 of ≈ 1.2k · effort med"
    rows = await narrow(widget_app, 80, replace(METERS, context=FULL), WORK)
    assert rows[1] == "context 62 % used · ≈ $0.06/request · 4 of 20 done · ▶ cart.py 339 of ≈ 1.2k"
    rows = await narrow(widget_app, 40, replace(METERS, context=FULL), WORK)
    assert rows[1] == "context 62 % used · ≈ $0.06/request"
    assert len(await narrow(widget_app, 80, METERS, WORK, height=15)) == 1, "too few rows for two"


async def test_a_title_that_is_cut_says_so(widget_app: type[WidgetApp]):
    long = WORK._replace(title="Read the README and the manifests of all packages")
    rows = await narrow(widget_app, 80, METERS, long)
    assert "▶ Read the README and the manif… 339 of ≈ 1.2k" in rows[1]
    rows = await narrow(widget_app, 80, METERS, WORK._replace(title="x" * 30))
    assert f"▶ {'x' * 30} 339" in rows[1]


async def test_without_a_plan_and_with_nothing_to_attend_to_there_is_one_row(
    widget_app: type[WidgetApp],
):
    assert len(await narrow(widget_app, 80, METERS)) == 1
    assert await narrow(widget_app, 80, Meters()) == ["no budget"]
    dollars = await narrow(widget_app, 80, DOLLARS)
    assert dollars == ["█" * 15 + "░" * 5 + " $3.75 LEFT of $5.00 · cruise"]


@pytest.mark.parametrize("width", [60, 80, 99])
def test_the_bar_of_the_narrow_form_keeps_its_length_while_words_change(width: int):
    lengths = set()
    for budget in (
        replace(BUDGET, charged=1_000),
        replace(BUDGET, live=4_000),
        replace(BUDGET, charged=199_000, stage=BudgetStage.LANDING),
    ):
        line = narrow_line(replace(METERS, budget=budget), width).plain
        lengths.add(re.search(r" (≈ )?[\d.]+k? LEFT", line).start())
    assert len(lengths) == 1


def test_the_narrowest_form_says_whole_figures_or_fewer():
    said = [narrow_line(METERS, width).plain for width in range(30, 4, -1)]
    words = {word for line in said for word in re.findall(r"[−≈ ]*[\d.]+\S*", line)}
    whole = narrow_line(METERS, 160).plain
    assert all(word.strip() in whole for word in words), words
    assert not any("…" in line for line in said)


@pytest.mark.parametrize(
    ("keys", "figure"),
    [
        ((), "budget"),
        (("right",), "subtasks"),
        (("right", "right"), "billed"),
        (("right", "right", "right"), "context"),
        (("right", "left", "left"), "budget"),
    ],
)
async def test_keys_open_the_entries_behind_a_figure_of_the_narrow_form(
    widget_app: type[WidgetApp], keys: tuple[str, ...], figure: str
):
    line = BudgetLine()
    line.show(replace(METERS, context=FULL, forecast=AHEAD, fit=SHORT), WORK)
    app = widget_app(line)
    async with app.run_test(size=(120, 16)) as pilot:
        line.focus()
        await pilot.press(*keys, "enter")
        assert [each.figure for each in app.posted_of(BudgetLine.FigureChosen)] == [figure]


@pytest.mark.parametrize(
    ("word", "figure"),
    [
        ("░░", "budget"),
        ("LEFT", "budget"),
        ("$1.84", "billed"),
        ("context", "context"),
        ("cart.py", "subtasks"),
    ],
)
async def test_a_click_opens_the_entries_behind_a_figure_of_the_narrow_form(
    widget_app: type[WidgetApp], word: str, figure: str
):
    line = BudgetLine()
    line.show(replace(METERS, context=FULL), WORK)
    app = widget_app(line)
    async with app.run_test(size=(120, 16)) as pilot:
        await pilot.pause()
        y = next(at for at, row in enumerate(app.rows()) if word in row)
        await pilot.click(offset=(app.rows()[y].index(word), y))
        assert [each.figure for each in app.posted_of(BudgetLine.FigureChosen)] == [figure]
