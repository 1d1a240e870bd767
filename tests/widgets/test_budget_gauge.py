"""The gauge says what it counts, adds up, and repaints only what changed."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.content import Content

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
)
from tui.budget.stages import Stage as BudgetStage
from tui.budget.stages import dollar_stage, reserve, stage
from tui.budget.wire_budget import Scope
from tui.widgets.budget_bar import bar, burndown
from tui.widgets.budget_gauge import BudgetLine, BudgetPanel
from tui.widgets.budget_text import fit_line
from tui.widgets.narrow_gauge import narrow_figures, narrow_line

BLOCKS = "▁▂▃▄▅▆▇█"
DOTS = "⠁⠂⠄⡀"
"""What the burn-down is drawn with."""

BUDGET = BudgetMeter(
    grant=200_000,
    charged=124_000,
    reserve=12_000,
    requests_left=9,
    burn_down=((1.0, 180_000), (2.0, 130_000), (9.0, 76_000)),
)
METERS = Meters(
    budget=BUDGET,
    billed=BilledMeter(input=26_720, cache_read=575_280, output=10_000, dollars=Decimal("1.84")),
    context=ContextMeter(used=62_000, window=200_000, cache_until=1_252.0),
    spent=124_000,
)


def panel(meters: Meters, width: int = 34) -> BudgetPanel:
    widget = BudgetPanel(clock=lambda: 1_000.0)
    widget.styles.width = width
    widget.show(meters, "opus-5.5")
    return widget


async def shown(widget_app: Callable, meters: Meters, width: int = 34) -> list[str]:
    app = widget_app(panel(meters, width))
    async with app.run_test(size=(width, 14), notifications=True, tooltips=True) as pilot:
        await pilot.pause()
        return app.rows()


@pytest.mark.parametrize("width", [31, 34])
async def test_what_a_server_did_not_say_is_an_estimate_on_every_meter(
    widget_app: type[WidgetApp], width: int
):
    meters = replace(
        METERS,
        billed=replace(METERS.billed, estimated=True),
        context=replace(METERS.context, estimated=True),
    )
    text = "\n".join(await shown(widget_app, meters, width))
    for words in ["≈ $1.84", "billed ≈ 612k", "context ≈ 31 % used"]:
        assert words in text
    nothing_granted = replace(METERS, budget=None, unsettled=500)
    assert "≈ 124k tokens used" in "\n".join(await shown(widget_app, nothing_granted, width))


@pytest.mark.parametrize("width", [31, 32, 34, 36])
async def test_every_figure_says_what_it_counts_and_whether_used_or_left(
    widget_app: type[WidgetApp], width: int
):
    rows = await shown(widget_app, METERS, width)
    text = "\n".join(rows)
    for words in ["62 % used", "124k used", "76k left of 200k", "cruise", "about 9 requests left"]:
        assert words in text
    for words in ["$1.84", "billed 612k", "95 % cached", "context 31 % used", "cache 4:12"]:
        assert words in text
    assert rows[0].startswith("BUDGET")
    assert rows[0].endswith("opus-5.5")


async def test_estimates_carry_their_sign_and_settled_figures_do_not(
    widget_app: type[WidgetApp],
):
    settled = "\n".join(await shown(widget_app, METERS))
    live = "\n".join(await shown(widget_app, replace(METERS, budget=replace(BUDGET, live=4_000))))
    assert "≈" not in settled
    assert "≈ 128k used" in live
    assert "≈ 72k left" in live


async def test_columns_stay_where_they_are_while_tokens_stream(
    widget_app: type[WidgetApp],
):
    columns = set()
    for live in (0, 900, 4_000, 40_000):
        rows = await shown(widget_app, replace(METERS, budget=replace(BUDGET, live=live)))
        columns.add((rows[1].index(" % used"), rows[2].index(" left of")))
    assert len(columns) == 1


async def test_without_a_budget_the_panel_says_so_and_still_counts(
    widget_app: type[WidgetApp],
):
    text = "\n".join(await shown(widget_app, replace(METERS, budget=None)))
    assert "no budget" in text
    assert "124k tokens used so far" in text
    assert "%" not in text.split("billed")[0]


@pytest.mark.parametrize(
    ("hard_limits", "rows"),
    [
        (HardLimits(), ["no budget         /budget sets one"]),
        (HardLimits(dollars=Decimal("0.12")), ["no budget            at most $0.12"]),
        (HardLimits(requests=1), ["no budget", "          at most 1 request a turn"]),
        (
            HardLimits(dollars=Decimal(5), minutes=Decimal("0.5")),
            ["no budget            at most $5.00", "        at most 0.5 minutes a turn"],
        ),
        (HardLimits(over_budget=9_000), ["no budget         /budget sets one"]),
    ],
)
async def test_without_a_budget_the_panel_says_what_limits_instead(
    widget_app: type[WidgetApp], hard_limits: HardLimits, rows: list[str]
):
    shown_rows = await shown(widget_app, replace(METERS, budget=None, hard_limits=hard_limits))
    at = next(at for at, row in enumerate(shown_rows) if row.startswith("no budget"))
    assert shown_rows[at : at + len(rows)] == rows
    assert "used so far" in shown_rows[at + len(rows)]


DOLLARS = replace(
    METERS,
    budget=None,
    hard_limits=HardLimits(dollars=Decimal(5), requests=40),
    dollars=DollarMeter(limit=Decimal(5), used=Decimal("0.03"), budget_follows=True),
)


async def test_a_limit_in_dollars_is_the_gauge_until_tokens_are_granted(
    widget_app: type[WidgetApp],
):
    rows = await shown(widget_app, DOLLARS)
    at = next(at for at, row in enumerate(rows) if "<1 % used" in row)
    assert rows[at].startswith("▏░░░")
    assert rows[at + 1].split("  ")[0] == "$0.03 used"
    assert rows[at + 1].endswith("  $4.97 left of $5.00")
    assert rows[at + 2].startswith("cruise") and rows[at + 2].endswith("after 5k used")
    assert rows[at + 3].endswith("at most 40 requests a turn")
    assert rows[at + 4] == "124k tokens used so far"
    text = "\n".join(rows)
    assert "no budget" not in text and text.count("$5.00") == 1


@pytest.mark.parametrize(
    ("used", "words", "stage_word"),
    [
        ("0", ("0 % used", "$0.00 used", "$5.00 left of $5.00"), "cruise"),
        ("3.50", ("70 % used", "$3.50 used", "$1.50 left of $5.00"), "descent"),
        ("4.30", ("86 % used", "$4.30 used", "$0.70 left of $5.00"), "approach"),
        ("4.999", ("99 % used", "$5.00 used", "<$0.01 left of $5.00"), "approach"),
        ("5.12", ("102 % used", "$5.12 used", "$0.12 over $5.00"), "overrun"),
    ],
)
async def test_the_stage_of_dollars_is_theirs_and_they_add_up(
    widget_app: type[WidgetApp], used: str, words: tuple[str, str, str], stage_word: str
):
    meter = DollarMeter(limit=Decimal(5), used=Decimal(used))
    meter = replace(meter, stage=dollar_stage(meter.share))
    rows = await shown(widget_app, replace(DOLLARS, dollars=meter))
    for word in (*words, stage_word):
        assert any(word in row for row in rows), word


@pytest.mark.parametrize("width", [20, 30, 44, 60, 80, 120, 200])
async def test_the_narrow_gauge_of_dollars_fits_and_says_what_is_left(
    widget_app: type[WidgetApp], width: int
):
    line = narrow_line(DOLLARS, width).plain
    assert len(line) <= width
    assert "$4.97" in line
    if width >= 80:
        assert line.startswith("BUDGET ") and "124k tokens used" in line
    assert {"billed"} <= set(narrow_figures(narrow_line(DOLLARS, width)))


async def test_a_limit_in_dollars_without_a_price_limits_nothing(
    widget_app: type[WidgetApp],
):
    billed = BilledMeter(input=900, output=90, dollars=None, unpriced=1)
    meters = replace(METERS, budget=None, billed=billed, hard_limits=HardLimits(dollars=Decimal(5)))
    assert "/budget sets one" in "\n".join(await shown(widget_app, meters))


async def test_a_model_that_cannot_see_a_budget_is_said_to_be_told_by_notes(
    widget_app: type[WidgetApp],
):
    text = "\n".join(
        await shown(widget_app, replace(METERS, budget=replace(BUDGET, countdown_source="notes")))
    )
    assert "the model cannot see a budget:" in text
    assert "notes tell it what is left" in text


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
            "too early to say: more work than planned",
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


async def test_the_sentence_comes_below_the_stage(widget_app: type[WidgetApp]):
    rows = await shown(widget_app, replace(METERS, forecast=AHEAD, fit=BudgetFit("fits")))
    at = rows.index("the plan fits: ≈ 8k to finish")
    assert rows[at - 1].startswith(BUDGET.stage.word)


def test_the_line_of_a_narrow_terminal_says_it_where_there_is_room():
    meters = replace(METERS, forecast=AHEAD, fit=SHORT)
    line = narrow_line(meters, 120).plain
    assert "≈ 212k short of the plan" in line
    assert "short" not in narrow_line(METERS, 110).plain
    # Before the scope is said.
    line = narrow_line(meters, 86).plain
    assert "≈ 212k short" in line and "session" not in line
    assert "short" not in narrow_line(meters, 40).plain


async def test_an_overrun_says_how_far_over(widget_app: type[WidgetApp]):
    over = replace(BUDGET, charged=208_100, stage=BudgetStage.OVERRUN)
    text = "\n".join(await shown(widget_app, replace(METERS, budget=over)))
    assert "104 % used" in text
    assert "8.1k over 200k" in text
    assert "overrun" in text


@pytest.mark.parametrize(("scope", "word"), [("session", "session"), ("turn", "this prompt")])
async def test_the_title_names_the_scope(widget_app: type[WidgetApp], scope: Scope, word: str):
    rows = await shown(widget_app, replace(METERS, budget=replace(BUDGET, scope=scope)))
    assert word in rows[0]


async def test_a_streaming_update_dirties_its_rows_and_lays_nothing_out(
    widget_app: type[WidgetApp],
):
    widget = panel(METERS)
    app = widget_app(widget)
    async with app.run_test(size=(34, 14)) as pilot:
        await pilot.pause()
        layouts = widget._layout_updates
        widget.show(replace(METERS, budget=replace(BUDGET, live=1_000)), "opus-5.5")
        dirty = {region.y for region in widget._repaint_regions}
        assert dirty <= {1, 2, 4, 5, 6}
        assert {1, 2} <= dirty
        assert all(region.height == 1 for region in widget._repaint_regions)
        assert widget._layout_updates == layouts


async def test_showing_the_same_again_repaints_nothing(
    widget_app: type[WidgetApp],
):
    widget = panel(METERS)
    app = widget_app(widget)
    async with app.run_test(size=(34, 14)) as pilot:
        await pilot.pause()
        widget.show(replace(METERS), "opus-5.5")
        assert not widget._repaint_regions


async def test_the_cache_counts_down_only_while_it_is_warm(
    widget_app: type[WidgetApp],
):
    now = [1_000.0]
    widget = BudgetPanel(clock=lambda: now[0])
    widget.show(METERS)
    app = widget_app(widget)
    async with app.run_test(size=(34, 14)) as pilot:
        await pilot.pause()
        assert "cache 4:12" in app.text()
        timer = widget._seconds
        assert timer is not None
        now[0] = 1_253.0
        widget._tick()
        await pilot.pause()
        assert "cache cold" in app.text()
        assert widget._seconds is None
        assert timer._task is None or timer._task.cancelled() or timer._task.done()


async def test_working_time_goes_on_exactly_while_somebody_works(
    widget_app: type[WidgetApp],
):
    now = [2_000.0]
    widget = BudgetPanel(clock=lambda: now[0])
    cold = replace(METERS, context=ContextMeter(used=1_000, window=10_000))
    widget.show(replace(cold, working_seconds=122.0, working_since=2_000.0))
    app = widget_app(widget)
    async with app.run_test(size=(34, 40)) as pilot:
        await pilot.pause()
        assert "time 2m 02s of work" in app.text()
        now[0] = 3_244.0
        widget._tick()
        await pilot.pause()
        assert "time 22m 46s of work" in app.text()
        assert widget._seconds is not None
        widget.show(replace(cold, working_seconds=1_366.0))
        await pilot.pause()
        assert "time 22m 46s of work" in app.text()
        assert widget._seconds is None, "an idle program wakes up for nothing"


@pytest.mark.parametrize("width", [60, 80, 99])
async def test_the_narrow_form_keeps_the_figures_on_one_line(
    widget_app: type[WidgetApp], width: int
):
    line = BudgetLine()
    line.show(METERS)
    app = widget_app(line)
    async with app.run_test(size=(width, 3)) as pilot:
        await pilot.pause()
        rows = app.rows()
    assert "76k left of 200k" in rows[0]
    assert "cruise" in rows[0]
    assert len(rows[0]) <= width
    assert rows[1] == ""


async def narrow(widget_app: type[WidgetApp], width: int, meters: Meters) -> str:
    line = BudgetLine()
    line.show(meters)
    app = widget_app(line)
    async with app.run_test(size=(width, 1)) as pilot:
        await pilot.pause()
        return app.rows()[0]


async def test_a_hard_limit_in_dollars_stands_beside_what_was_billed(
    widget_app: type[WidgetApp],
):
    limited = replace(METERS, hard_limits=HardLimits(dollars=Decimal(5)))
    assert "$1.84 of $5.00" in "\n".join(await shown(widget_app, limited))
    assert "$1.84 of $5.00" in await narrow(widget_app, 120, limited)
    fresh = replace(limited, billed=BilledMeter())
    assert "$0.00 of $5.00" in await narrow(widget_app, 120, fresh)
    assert "of $" not in "\n".join(await shown(widget_app, METERS))


async def test_the_narrow_form_gives_up_the_least_first(
    widget_app: type[WidgetApp],
):
    bars = set(BLOCKS + "▏▎▍▌▋▊▉≈░┊")
    said = {}
    left = "76k left of 200k · cruise · session"
    for width in (130, 118, 100, 78, 76, 60, 44):
        row = await narrow(widget_app, width, METERS)
        said[width] = "".join(char for char in row if char not in bars).split(maxsplit=1)[1]
    assert said == {
        130: f"62 % used · 124k used · {left} · $1.84 · context 31 % used",
        118: f"62 % used · 124k used · {left} · $1.84",
        100: f"62 % used · {left} · $1.84 · context 31 % used",
        78: f"62 % used · {left} · $1.84",
        76: f"62 % used · {left}",
        60: "62 % used · 76k left of 200k · cruise",
        44: "used · 76k left of 200k · cruise",
    }


@pytest.mark.parametrize("width", [60, 78, 100, 130])
async def test_the_bar_of_the_narrow_form_keeps_its_length_while_words_change(
    widget_app: type[WidgetApp], width: int
):
    lengths = set()
    for budget in (
        BUDGET,
        replace(BUDGET, live=4_000),
        replace(BUDGET, stage=BudgetStage.APPROACH),
        replace(BUDGET, charged=199_000, stage=BudgetStage.LANDING),
    ):
        row = await narrow(widget_app, width, replace(METERS, budget=budget))
        lengths.add(row.index("% used"))
    assert len(lengths) == 1


async def test_a_tall_terminal_has_air_and_says_what_the_chart_shows(
    widget_app: type[WidgetApp],
):
    meters = replace(METERS, budget=replace(BUDGET, per_minute=31_400.0))
    app = widget_app(panel(meters))
    async with app.run_test(size=(34, 40)) as pilot:
        await pilot.pause()
        rows = app.rows()
    legend = next(row for row in rows if "even pace" in row)
    assert legend == "▅ left  ⠒ even pace        31k/min"
    at = rows.index(legend)
    assert (rows[at - 5], rows[at + 1]) == ("", "")
    assert rows[at + 2].startswith("$1.84")
    assert "even pace" not in "".join(await shown(widget_app, meters))


async def test_on_a_tall_terminal_rows_that_come_later_move_nothing(
    widget_app: type[WidgetApp],
):
    widget = panel(replace(METERS, forecast=None, limits=()))
    app = widget_app(widget)
    async with app.run_test(size=(34, 40)) as pilot:
        await pilot.pause()
        before = [row.split(maxsplit=1)[:1] for row in app.rows()]
        limits = (LimitMeter("input-tokens", 100, 62),)
        outlook = Forecast(to_finish=8_000)
        widget.show(replace(METERS, forecast=outlook, limits=limits), "opus-5.5")
        await pilot.pause()
        after = [row.split(maxsplit=1)[:1] for row in app.rows()]
    came = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert came == [([], ["≈"]), ([], ["account:"])]


def test_the_narrowest_form_says_whole_figures_or_fewer():
    said = [narrow_line(METERS, width).plain for width in range(30, 4, -1)]
    words = {word for line in said for word in re.findall(r"[−≈ ]*[\d.]+\S*", line)}
    whole = narrow_line(METERS, 160).plain
    assert all(word.strip() in whole for word in words), words
    assert not any("…" in line for line in said)


@settings(max_examples=80, deadline=None)
@given(
    grant=st.integers(20_000, 5_000_000),
    used=st.floats(0, 1.3),
    live=st.floats(0, 0.2),
    width=st.integers(8, 60),
)
def test_the_bar_fills_its_width_and_shows_what_streams(
    grant: int, used: float, live: float, width: int
):
    charged, tail = int(grant * used), int(grant * live)
    meter = BudgetMeter(
        grant=grant,
        charged=charged,
        live=tail,
        reserve=reserve(grant),
        stage=stage(grant, charged),
    )
    plain = bar(meter, width).plain
    assert len(plain) == width
    if charged >= grant:
        assert set(plain) <= {"█", "┊"}
    elif tail and charged < grant * (1 - 2 / width):
        # At least one cell of the tail is there, unless the tick stands in it.
        assert "≈" in plain or "┊" in plain
    if not tail:
        assert "≈" not in plain


@settings(max_examples=60, deadline=None)
@given(
    lefts=st.lists(st.integers(-20_000, 200_000), max_size=40),
    ahead=st.one_of(st.none(), st.integers(0, 500)),
    width=st.integers(2, 50),
)
def test_the_burn_down_draws_any_history_in_its_cells(
    lefts: list[int], ahead: int | None, width: int
):
    lefts = sorted(lefts, reverse=True)
    charged = 200_000 - lefts[-1] if lefts else 0
    meter = BudgetMeter(
        grant=200_000,
        charged=charged,
        burn_down=tuple((float(n), left) for n, left in enumerate(lefts)),
        requests_left=ahead,
    )
    rows = burndown(meter, width, 3)
    assert [len(row.plain) for row in rows] == [width] * 3
    assert {char for row in rows for char in row.plain} <= set(BLOCKS + DOTS + " ")


def left_after(*lefts: int, ahead: int) -> BudgetMeter:
    """A grant of 100k of which so much was left after each request."""
    burn = tuple((float(at), left) for at, left in enumerate(lefts, 1))
    used = 100_000 - lefts[-1]
    return BudgetMeter(grant=100_000, charged=used, burn_down=burn, requests_left=ahead)


def test_the_burn_down_is_as_high_as_what_was_left():
    rows = [row.plain for row in burndown(left_after(75_000, 50_000, 25_000, 0, ahead=0), 9, 2)]
    # By hand: 16 eighths for the grant; after each request four fewer, halves between them.
    heights = [
        sum(BLOCKS.index(row[x]) + 1 if row[x] in BLOCKS else 0 for row in rows) for x in range(9)
    ]
    assert heights == [16, 14, 12, 10, 8, 6, 4, 2, 0]


def test_dots_over_the_burn_down_say_that_it_falls_faster_than_the_even_pace():
    fast = burndown(left_after(20_000, 10_000, ahead=8), 20, 3)
    slow = burndown(left_after(95_000, 90_000, ahead=8), 20, 3)
    now = 20 * 2 // 10

    def dotted(rows: Sequence[Content], until: int) -> int:
        return sum(row.plain[x] in DOTS for row in rows for x in range(until))

    assert dotted(fast, now) >= 2
    assert dotted(slow, now) == 0
    assert dotted(slow, 20) >= 20 - now - 1


def test_a_burn_down_shows_that_something_is_left_and_that_something_is_gone():
    (row,) = burndown(left_after(99_999, 1, ahead=0), 3, 1)
    assert row.plain == "█▇▁"
    assert burndown(left_after(0, ahead=0), 3, 1)[0].plain[2] in DOTS


def test_the_burn_down_falls_while_tokens_stream():
    still = burndown(BUDGET, 20, 3)
    streaming = burndown(replace(BUDGET, live=60_000), 20, 3)
    assert [row.plain for row in still] != [row.plain for row in streaming]


async def test_what_the_model_has_not_been_told_of_is_shown_as_it_sees_it(
    widget_app: type[WidgetApp],
):
    told = "\n".join(await shown(widget_app, METERS))
    assert "the model sees" not in told
    untold = replace(METERS, budget=replace(BUDGET, unannounced=900))
    assert "the model sees ≈ 77k left" in "\n".join(await shown(widget_app, untold))


@pytest.mark.parametrize("scope, words", [("session", "session"), ("turn", "this prompt")])
async def test_the_narrow_form_says_the_scope_and_gives_up_the_price_before_it(
    widget_app: type[WidgetApp], scope: Scope, words: str
):
    meters = replace(METERS, budget=replace(BUDGET, scope=scope))
    said = {width: await narrow(widget_app, width, meters) for width in (130, 78, 76, 58)}
    assert [words in row for row in said.values()] == [True, True, True, False]
    assert "$1.84" in said[130]
    assert "$1.84" not in said[76]


@pytest.mark.parametrize(
    ("keys", "figure"),
    [
        ((), "budget"),
        (("right",), "billed"),
        (("right", "right", "right"), "context"),
        (("right", "left", "left"), "budget"),
    ],
)
async def test_keys_open_the_entries_behind_a_figure_of_the_narrow_form(
    widget_app: type[WidgetApp], keys: tuple[str, ...], figure: str
):
    line = BudgetLine()
    line.show(METERS)
    app = widget_app(line)
    async with app.run_test(size=(130, 1)) as pilot:
        line.focus()
        await pilot.press(*keys, "enter")
        assert [each.figure for each in app.posted_of(BudgetLine.FigureChosen)] == [figure]


@pytest.mark.parametrize(
    ("word", "figure"),
    [("62 %", "budget"), ("$1.84", "billed"), ("context", "context"), ("left of", "budget")],
)
async def test_a_click_opens_the_entries_behind_a_figure_of_the_narrow_form(
    widget_app: type[WidgetApp], word: str, figure: str
):
    line = BudgetLine()
    line.show(METERS)
    app = widget_app(line)
    async with app.run_test(size=(130, 1)) as pilot:
        await pilot.pause()
        await pilot.click(line, offset=(app.rows()[0].index(word), 0))
        assert [each.figure for each in app.posted_of(BudgetLine.FigureChosen)] == [figure]


@pytest.mark.parametrize(("rows", "said"), [(36, True), (35, False)])
async def test_the_working_time_stands_below_where_there_is_room_and_opens_its_page(
    widget_app: type[WidgetApp], rows: int, said: bool
):
    widget = panel(replace(METERS, working_seconds=252.0))
    app = widget_app(widget)
    async with app.run_test(size=(34, rows)) as pilot:
        widget.focus()
        await pilot.press("down", "down", "down", "down", "enter")
        assert ("time 4m 12s of work" in app.text()) is said
        last = app.posted_of(BudgetPanel.FigureChosen)[-1].figure
        assert last == ("time" if said else "context")
