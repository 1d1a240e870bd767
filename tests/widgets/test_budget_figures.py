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

METERS = Meters(
    budget=BudgetMeter(grant=200_000, charged=124_000, reserve=12_000, requests_left=9),
    billed=BilledMeter(input=26_720, cache_read=575_280, output=10_000, dollars=Decimal("1.84")),
    context=ContextMeter(used=124_000, window=200_000),
    limits=(LimitMeter("requests", 50, 49), LimitMeter("input-tokens", 400_000, 60_000)),
    spent=124_000,
    working_seconds=250.0,
    forecast=Forecast(to_finish=8_000),
)


class BudgetPanelRun:
    def __init__(self, widget_app: type[WidgetApp], meters: Meters = METERS) -> None:
        self.panel = BudgetPanel(clock=lambda: 1_000.0)
        self.panel.show(meters)
        self.app = widget_app(self.panel)

    def run(self, height: int = 16) -> AbstractAsyncContextManager[Pilot[None]]:
        return self.app.run_test(size=(34, height), notifications=True, tooltips=True)

    @property
    def chosen(self) -> list[str]:
        return [message.figure for message in self.app.posted_of(BudgetPanel.FigureChosen)]


async def test_enter_opens_the_figures_one_by_one_from_top_to_bottom(
    widget_app: type[WidgetApp],
):
    shown = ["budget", "subtasks", "billed", "context", "limits"]
    panel_run = BudgetPanelRun(widget_app)
    async with panel_run.run() as pilot:
        panel_run.panel.focus()
        for _ in shown:
            await pilot.press("enter", "down")
        assert panel_run.chosen == shown
        await pilot.press("down", "space", *["up"] * 9, "enter")
        assert panel_run.chosen[len(shown) :] == [shown[-1], "budget"]


@pytest.mark.parametrize(
    ("words", "figure"),
    [
        ("76k LEFT", "budget"),
        ("░░", "budget"),
        ("to finish", "subtasks"),
        ("$1.84", "billed"),
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
        assert "$1.84" in marked()[0]


async def test_a_figure_that_is_gone_gives_the_mark_back(
    widget_app: type[WidgetApp],
):
    panel_run = BudgetPanelRun(widget_app)
    async with panel_run.run() as pilot:
        panel_run.panel.focus()
        await pilot.press("down")
        panel_run.panel.show(replace(METERS, forecast=None))
        await pilot.press("enter")
        assert panel_run.chosen == ["budget"]


async def test_what_was_used_without_a_budget_is_a_figure_too(
    widget_app: type[WidgetApp],
):
    panel_run = BudgetPanelRun(widget_app, Meters(spent=124_000))
    async with panel_run.run() as pilot:
        panel_run.panel.focus()
        await pilot.press("enter", "down", "enter")
        assert panel_run.chosen == ["budget", "budget"]
