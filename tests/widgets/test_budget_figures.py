"""Every number of the budget panel opens what is behind it, by key and by click."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from decimal import Decimal

import pytest
from textual.pilot import Pilot

from tests.widgets.widget_app import WidgetApp
from tui.budget.forecast import Forecast
from tui.budget.meters import BilledMeter, BudgetMeter, ContextMeter, LimitMeter, Meters
from tui.widgets.budget_gauge import BudgetPanel
from tui.widgets.figure_rows import limits_lines

METERS = Meters(
    budget=BudgetMeter(grant=200_000, charged=124_000, reserve=12_000, requests_left=9),
    billed=BilledMeter(input=26_720, cache_read=575_280, output=10_000, dollars=Decimal("1.84")),
    context=ContextMeter(used=62_000, window=200_000),
    limits=(LimitMeter("requests", 50, 49), LimitMeter("input-tokens", 400_000, 250_000)),
    spent=124_000,
    working_seconds=250.0,
    forecast=Forecast(to_finish=8_000),
)


class BudgetPanelRun:
    def __init__(self, widget_app: type[WidgetApp], meters: Meters = METERS) -> None:
        self.panel = BudgetPanel(clock=lambda: 1_000.0)
        self.panel.show(meters, "opus-5.5")
        self.app = widget_app(self.panel)

    def run(self, height: int = 16) -> AbstractAsyncContextManager[Pilot[None]]:
        return self.app.run_test(size=(34, height), notifications=True, tooltips=True)

    @property
    def chosen(self) -> list[str]:
        return [message.figure for message in self.app.posted_of(BudgetPanel.FigureChosen)]


@pytest.mark.parametrize(
    ("height", "shown"),
    [
        (16, ["budget", "subtasks", "billed", "context", "limits"]),
        (40, ["budget", "subtasks", "billed", "context", "limits", "time"]),
    ],
)
async def test_enter_opens_the_figures_one_by_one_from_top_to_bottom(
    widget_app: type[WidgetApp], height: int, shown: list[str]
):
    panel_run = BudgetPanelRun(widget_app)
    async with panel_run.run(height) as pilot:
        panel_run.panel.focus()
        for _ in shown:
            await pilot.press("enter", "down")
        assert panel_run.chosen == shown
        await pilot.press("down", "space", *["up"] * 9, "enter")
        assert panel_run.chosen[len(shown) :] == [shown[-1], "budget"]


@pytest.mark.parametrize(
    ("words", "figure"),
    [
        ("62 % used", "budget"),
        ("76k left", "budget"),
        ("requests left", "budget"),
        ("to finish", "subtasks"),
        ("billed", "billed"),
        ("context", "context"),
        ("account", "limits"),
    ],
)
async def test_a_click_opens_the_figure_under_it_and_leaves_the_keys_where_they_are(
    widget_app: type[WidgetApp], words: str, figure: str
):
    panel_run = BudgetPanelRun(widget_app)
    async with panel_run.run() as pilot:
        panel_run.app.set_focus(None)
        rows = panel_run.app.rows()
        y = next(at for at, row in enumerate(rows) if words in row)
        await pilot.click(offset=(rows[y].index(words) + 1, y))
        assert panel_run.chosen == [figure]
        assert not panel_run.panel.has_focus


async def test_a_click_on_the_title_opens_nothing(widget_app: type[WidgetApp]):
    panel_run = BudgetPanelRun(widget_app)
    async with panel_run.run() as pilot:
        await pilot.click(offset=(1, 0))
        assert panel_run.chosen == []


async def test_the_mark_is_seen_only_with_the_keys_and_without_colour_too(
    widget_app: type[WidgetApp],
):
    panel_run = BudgetPanelRun(widget_app)
    async with panel_run.run() as pilot:
        panel_run.app.set_focus(None)
        await pilot.pause()

        def marked() -> list[str]:
            strips = panel_run.app.screen._compositor.render_strips()
            return [
                "".join(s.text for s in strip)
                for strip in strips
                if any(s.style and s.style.reverse for s in strip)
            ]

        assert marked() == []
        panel_run.panel.focus()
        await pilot.press("down", "down")
        await pilot.pause()
        assert len(marked()) == 1
        assert "billed" in marked()[0]


async def test_a_figure_that_is_gone_gives_the_mark_back(
    widget_app: type[WidgetApp],
):
    panel_run = BudgetPanelRun(widget_app)
    async with panel_run.run() as pilot:
        panel_run.panel.focus()
        await pilot.press("down")
        panel_run.panel.show(replace(METERS, forecast=None), "opus-5.5")
        await pilot.press("enter")
        assert panel_run.chosen == ["budget"]


async def test_what_was_used_without_a_budget_is_a_figure_too(
    widget_app: type[WidgetApp],
):
    panel_run = BudgetPanelRun(widget_app, Meters(spent=124_000))
    async with panel_run.run() as pilot:
        panel_run.panel.focus()
        await pilot.press("enter", "down", "enter")
        assert panel_run.chosen == ["budget", "billed"]


async def test_the_tightest_of_the_accounts_limits_stands_on_the_panel(
    widget_app: type[WidgetApp],
):
    panel_run = BudgetPanelRun(widget_app)
    async with panel_run.run() as pilot:
        await pilot.pause()
        row = next(row for row in panel_run.app.rows() if row.startswith("account"))
    assert row == "account: 62 % of input tokens left"


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (34, "account: 62 % of input tokens left"),
        (33, "account 62 % of input tokens left"),
        (32, "account: 62 % left"),
    ],
)
def test_the_limit_keeps_its_name_as_long_as_there_is_room(width: int, words: str):
    (line,) = limits_lines([LimitMeter("input-tokens", 400_000, 250_000)], width)
    assert line.plain == words


async def test_without_limits_there_is_no_line_for_them(
    widget_app: type[WidgetApp],
):
    panel_run = BudgetPanelRun(widget_app, replace(METERS, limits=(LimitMeter("odd", 0, 0),)))
    async with panel_run.run() as pilot:
        await pilot.pause()
        assert "account" not in panel_run.app.text()
