"""The effort is proposed by moving, chosen by Enter, a digit or a click, and priced before."""

from contextlib import AbstractAsyncContextManager

import pytest
from textual.pilot import Pilot

from tests.widgets.widget_app import WidgetApp
from tui.widgets.effort_selector import EffortSelector

LEVELS = ("low", "medium", "high", "xhigh", "max")
NOTE = "≈ $0.20 more (41k tokens written again)"


class EffortSelectorRun:
    """Keeps the levels a stage's selector chose."""

    def __init__(
        self,
        widget_app: type[WidgetApp],
        *,
        levels: tuple[str, ...] = LEVELS,
        current: str = "high",
        note: str = NOTE,
        width: int = 32,
    ) -> None:
        self.selector = EffortSelector()
        self.selector.styles.width = width
        self.selector.show(levels, current, lambda: note)
        self.app = widget_app(self.selector)
        self.size = (width, 4)

    @property
    def chosen(self) -> list[str]:
        return [message.level for message in self.app.posted_of(EffortSelector.Chosen)]

    def run(self) -> AbstractAsyncContextManager[Pilot[None]]:
        return self.app.run_test(size=self.size, notifications=True, tooltips=True)


async def test_the_current_level_is_marked_without_colour(
    widget_app: type[WidgetApp],
):
    selector_run = EffortSelectorRun(widget_app)
    async with selector_run.run() as pilot:
        await pilot.pause()
        assert selector_run.app.rows()[0] == "EFFORT  low med▐high▌xhi max"


async def test_labels_stay_in_place_whatever_is_current(
    widget_app: type[WidgetApp],
):
    selector_run = EffortSelectorRun(widget_app)
    async with selector_run.run() as pilot:
        places = set()
        for level in LEVELS:
            selector_run.selector.show(LEVELS, level, lambda: NOTE)
            await pilot.pause()
            row = selector_run.app.rows()[0]
            places.add(tuple(row.index(word) for word in ("low", "med", "high", "xhi", "max")))
        assert len(places) == 1


@pytest.mark.parametrize("width", [29, 30, 33, 34, 40])
async def test_all_levels_fit_the_sidebar(widget_app: type[WidgetApp], width: int):
    selector_run = EffortSelectorRun(widget_app, width=width)
    async with selector_run.run() as pilot:
        await pilot.pause()
        row = selector_run.app.rows()[0]
    assert row.startswith("EFFORT ")
    assert "…" not in row
    assert "max" in row
    assert ("med  ▐" in row or "med ▐" in row) == (width >= 33)


async def test_levels_the_model_lacks_are_not_shown(widget_app: type[WidgetApp]):
    selector_run = EffortSelectorRun(widget_app, levels=("low", "medium", "high"))
    async with selector_run.run() as pilot:
        await pilot.pause()
        assert "xhi" not in selector_run.app.text()
        assert "max" not in selector_run.app.text()


async def test_a_model_without_efforts_says_so(widget_app: type[WidgetApp]):
    selector_run = EffortSelectorRun(widget_app, levels=(), current=None)
    async with selector_run.run() as pilot:
        await pilot.pause()
        assert "none for this model" in selector_run.app.text()


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (76, "EFFORT  low  med ▐high▌‹xhi› max     ≈ $0.20 more (41k tokens written again)"),
        (50, "EFFORT  low  med ▐high▌‹xhi› max      ≈ $0.20 more"),
        (35, " low med▐high‹xhi›max  ≈ $0.20 more"),
    ],
)
async def test_moving_shows_the_cost_in_the_same_row_and_chooses_nothing(
    widget_app: type[WidgetApp], width: int, row: str
):
    selector_run = EffortSelectorRun(widget_app, width=width)
    async with selector_run.run() as pilot:
        selector_run.selector.focus()
        await pilot.press("right")
        assert selector_run.app.rows()[0] == row
        assert selector_run.app.rows()[1] == ""
        assert selector_run.chosen == []


async def test_enter_chooses_what_is_proposed(widget_app: type[WidgetApp]):
    selector_run = EffortSelectorRun(widget_app)
    async with selector_run.run() as pilot:
        selector_run.selector.focus()
        await pilot.press("left", "left", "enter")
        assert selector_run.chosen == ["low"]


async def test_escape_keeps_the_effort(widget_app: type[WidgetApp]):
    selector_run = EffortSelectorRun(widget_app)
    async with selector_run.run() as pilot:
        selector_run.selector.focus()
        await pilot.press("left", "escape", "enter")
        assert selector_run.chosen == []
        assert "▐high▌" in selector_run.app.text()


async def test_a_digit_chooses_by_place(widget_app: type[WidgetApp]):
    selector_run = EffortSelectorRun(widget_app)
    async with selector_run.run() as pilot:
        selector_run.selector.focus()
        await pilot.press("5")
        assert selector_run.chosen == ["max"]


async def test_choosing_the_current_level_again_is_no_change(
    widget_app: type[WidgetApp],
):
    selector_run = EffortSelectorRun(widget_app)
    async with selector_run.run() as pilot:
        selector_run.selector.focus()
        await pilot.press("3", "enter")
        assert selector_run.chosen == []


async def test_a_click_on_a_label_chooses_it(widget_app: type[WidgetApp]):
    selector_run = EffortSelectorRun(widget_app)
    async with selector_run.run() as pilot:
        await pilot.pause()
        row = selector_run.app.rows()[0]
        await pilot.click(EffortSelector, offset=(row.index("med") + 1, 0))
        assert selector_run.chosen == ["medium"]
        await pilot.click(EffortSelector, offset=(0, 0))
        assert selector_run.chosen == ["medium"]


async def test_a_proposal_does_not_outlive_the_focus(widget_app: type[WidgetApp]):
    selector_run = EffortSelectorRun(widget_app)
    async with selector_run.run() as pilot:
        selector_run.selector.focus()
        await pilot.press("right")
        selector_run.selector.blur()
        await pilot.pause()
        assert "‹" not in selector_run.app.text()


async def test_the_price_is_asked_for_when_it_is_shown_and_below_where_it_is_long(
    widget_app: type[WidgetApp],
):
    said = ["≈ $1,234 more (412k tokens written again)"]
    selector_run = EffortSelectorRun(widget_app, width=30)
    async with selector_run.run() as pilot:
        selector_run.selector.show(LEVELS, "high", lambda: said[-1])
        selector_run.selector.focus()
        await pilot.press("left")
        assert selector_run.app.rows()[1] == "≈ $1,234 more"
        said.append("free: the prompt cache is cold")
        await pilot.press("left")
        assert selector_run.app.rows()[0].endswith(" free")


async def test_a_price_is_worked_out_only_where_somebody_looks(
    widget_app: type[WidgetApp],
):
    asked = []
    selector_run = EffortSelectorRun(widget_app)

    def note() -> str:
        asked.append(1)
        return NOTE

    async with selector_run.run() as pilot:
        for level in LEVELS:
            selector_run.selector.show(LEVELS, level, note)
            await pilot.pause()
        assert asked == []
        await pilot.hover(EffortSelector)
        await pilot.pause()
        assert selector_run.selector.tooltip.plain == f"Another effort: {NOTE}"
        assert len(asked) == 1


async def test_below_a_proposed_level_is_what_it_would_take_where_that_is_known(
    widget_app: type[WidgetApp],
):
    selector_run = EffortSelectorRun(widget_app, width=50)
    known = {"xhigh": "≈ 1.2 × spend, ≈ 60k for a feature"}
    async with selector_run.run() as pilot:
        shown = selector_run.selector
        shown.show(LEVELS, "high", lambda: NOTE, lambda level: known.get(level, ""))
        await pilot.pause()
        assert "spend" not in selector_run.app.text()
        shown.focus()
        await pilot.press("right")
        assert selector_run.app.rows()[1].strip() == known["xhigh"]
        await pilot.press("right")
        assert "spend" not in selector_run.app.text()
        levels = [each.level for each in selector_run.app.posted_of(EffortSelector.Proposed)]
        assert levels == ["xhigh", "max"]
