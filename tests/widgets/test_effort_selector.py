"""The effort is proposed by moving, chosen by Enter, a digit or a click, and priced before."""

import pytest

from tui.widgets.effort_selector import EffortSelector

LEVELS = ("low", "medium", "high", "xhigh", "max")
NOTE = "≈ $0.20 more (41k tokens written again)"


class Listening:
    """Keeps the levels a stage's selector chose."""

    def __init__(self, stage, *, levels=LEVELS, current="high", note=NOTE, width=32):
        self.selector = EffortSelector()
        self.selector.styles.width = width
        self.selector.show(levels, current, lambda: note)
        self.app = stage(self.selector)
        self.size = (width, 4)

    @property
    def chosen(self):
        return [message.level for message in self.app.got(EffortSelector.Chosen)]

    def run(self):
        return self.app.run_test(size=self.size, notifications=True, tooltips=True)


async def test_the_current_level_is_marked_without_colour(stage):
    world = Listening(stage)
    async with world.run() as pilot:
        await pilot.pause()
        assert world.app.rows()[0] == "EFFORT  low med▐high▌xhi max"


async def test_labels_stay_in_place_whatever_is_current(stage):
    world = Listening(stage)
    async with world.run() as pilot:
        places = set()
        for level in LEVELS:
            world.selector.show(LEVELS, level, lambda: NOTE)
            await pilot.pause()
            row = world.app.rows()[0]
            places.add(tuple(row.index(word) for word in ("low", "med", "high", "xhi", "max")))
        assert len(places) == 1


@pytest.mark.parametrize("width", [29, 30, 33, 34, 40])
async def test_all_levels_fit_the_sidebar(stage, width):
    world = Listening(stage, width=width)
    async with world.run() as pilot:
        await pilot.pause()
        row = world.app.rows()[0]
    assert row.startswith("EFFORT ")
    assert "…" not in row
    assert "max" in row
    assert ("med  ▐" in row or "med ▐" in row) == (width >= 33)


async def test_levels_the_model_lacks_are_not_shown(stage):
    world = Listening(stage, levels=("low", "medium", "high"))
    async with world.run() as pilot:
        await pilot.pause()
        assert "xhi" not in world.app.text()
        assert "max" not in world.app.text()


async def test_a_model_without_efforts_says_so(stage):
    world = Listening(stage, levels=(), current=None)
    async with world.run() as pilot:
        await pilot.pause()
        assert "none for this model" in world.app.text()


async def test_moving_shows_the_cost_and_chooses_nothing(stage):
    world = Listening(stage, width=50)
    async with world.run() as pilot:
        world.selector.focus()
        await pilot.press("right")
        assert world.app.rows()[1] == NOTE
        assert world.chosen == []


async def test_enter_chooses_what_is_proposed(stage):
    world = Listening(stage)
    async with world.run() as pilot:
        world.selector.focus()
        await pilot.press("left", "left", "enter")
        assert world.chosen == ["low"]


async def test_escape_keeps_the_effort(stage):
    world = Listening(stage)
    async with world.run() as pilot:
        world.selector.focus()
        await pilot.press("left", "escape", "enter")
        assert world.chosen == []
        assert "▐high▌" in world.app.text()


async def test_a_digit_chooses_by_place(stage):
    world = Listening(stage)
    async with world.run() as pilot:
        world.selector.focus()
        await pilot.press("5")
        assert world.chosen == ["max"]


async def test_choosing_the_current_level_again_is_no_change(stage):
    world = Listening(stage)
    async with world.run() as pilot:
        world.selector.focus()
        await pilot.press("3", "enter")
        assert world.chosen == []


async def test_a_click_on_a_label_chooses_it(stage):
    world = Listening(stage)
    async with world.run() as pilot:
        await pilot.pause()
        row = world.app.rows()[0]
        await pilot.click(EffortSelector, offset=(row.index("med") + 1, 0))
        assert world.chosen == ["medium"]
        await pilot.click(EffortSelector, offset=(0, 0))
        assert world.chosen == ["medium"]


async def test_a_proposal_does_not_outlive_the_focus(stage):
    world = Listening(stage)
    async with world.run() as pilot:
        world.selector.focus()
        await pilot.press("right")
        world.selector.blur()
        await pilot.pause()
        assert "‹" not in world.app.text()


async def test_the_price_is_asked_for_when_it_is_shown_and_wrapped_where_it_is_long(stage):
    said = ["≈ $1,234 more (412k tokens written again)"]
    world = Listening(stage, width=30)
    async with world.run() as pilot:
        world.selector.show(LEVELS, "high", lambda: said[-1])
        world.selector.focus()
        await pilot.press("left")
        assert world.app.rows()[1:3] == ["≈ $1,234 more (412k tokens", "written again)"]
        said.append("free: the prompt cache is cold")
        await pilot.press("left")
        assert world.app.rows()[1] == "free: the prompt cache is cold"


async def test_a_price_is_worked_out_only_where_somebody_looks(stage):
    asked = []
    world = Listening(stage)

    def note() -> str:
        asked.append(1)
        return NOTE

    async with world.run() as pilot:
        for level in LEVELS:
            world.selector.show(LEVELS, level, note)
            await pilot.pause()
        assert asked == []
        await pilot.hover(EffortSelector)
        await pilot.pause()
        assert world.selector.tooltip.plain == f"Another effort: {NOTE}"
        assert len(asked) == 1
