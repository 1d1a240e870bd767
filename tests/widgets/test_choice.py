"""Choosing: letters narrow, Enter takes, Escape leaves everything as it was."""

import pytest

from tui.widgets.choice import Choice
from tui.widgets.option_rows import Option

THEMES = [
    Option("night", "Night", "dark, few colours"),
    Option("day", "Day", "light"),
    Option("loud", "Loud [/x]", "high contrast \x1b[2J"),
]


class World:
    def __init__(self, stage, **given):
        self.app = stage()
        self.tried: list[str] = []
        self.results: list[str | None] = []
        if given.pop("preview", False):
            given["preview"] = self.tried.append
        self.choice = Choice("Theme", given.pop("options", THEMES), **given)

    def run(self, size=(80, 24)):
        return self.app.run_test(size=size, notifications=True, tooltips=True)

    async def open(self, pilot):
        self.app.push_screen(self.choice, self.results.append)
        await pilot.pause()


async def test_enter_takes_what_is_marked(stage):
    world = World(stage)
    async with world.run() as pilot:
        await world.open(pilot)
        await pilot.press("down", "enter")
        assert world.results == ["day"]


async def test_the_mark_starts_at_what_is_in_use(stage):
    world = World(stage, current="loud")
    async with world.run() as pilot:
        await world.open(pilot)
        await pilot.press("enter")
        assert world.results == ["loud"]


async def test_letters_narrow_the_list(stage):
    world = World(stage)
    async with world.run() as pilot:
        await world.open(pilot)
        await pilot.press(*"contr")
        assert "Night" not in world.app.text()
        await pilot.press("enter")
        assert world.results == ["loud"]


async def test_moving_tries_on_and_leaving_takes_back(stage):
    world = World(stage, current="night", preview=True)
    async with world.run() as pilot:
        await world.open(pilot)
        await pilot.press("down", "down", "escape")
        assert world.tried == ["day", "loud", "night"]
        assert world.results == [None]


async def test_what_is_taken_stays_on(stage):
    world = World(stage, current="night", preview=True)
    async with world.run() as pilot:
        await world.open(pilot)
        await pilot.press("down", "enter")
        assert world.tried == ["day"]
        assert world.results == ["day"]


async def test_a_click_takes(stage):
    world = World(stage)
    async with world.run() as pilot:
        await world.open(pilot)
        rows = world.app.rows()
        y = next(at for at, row in enumerate(rows) if "Day" in row)
        await pilot.click(offset=(rows[y].index("Day"), y))
        assert world.results == ["day"]


async def test_nothing_that_fits_is_said_and_not_taken(stage):
    world = World(stage)
    async with world.run() as pilot:
        await world.open(pilot)
        await pilot.press(*"qqqq", "enter")
        assert "nothing fits" in world.app.text()
        assert world.results == []


async def test_names_are_foreign_text(stage):
    world = World(stage)
    async with world.run() as pilot:
        await world.open(pilot)
        assert "Loud [/x]" in world.app.text()
        assert "\x1b" not in world.app.text()


@pytest.mark.parametrize("height", [12, 24])
async def test_the_mark_stays_in_view_in_a_long_list(stage, height):
    options = [Option(str(n), f"session {n}") for n in range(500)]
    world = World(stage, options=options)
    async with world.run(size=(60, height)) as pilot:
        await world.open(pilot)
        await pilot.press("up")
        assert "▸ session 499" in world.app.text()
        await pilot.press("down")
        assert "▸ session 0" in world.app.text()
        await pilot.press("pagedown", "pagedown")
        assert "▸ session 16" in world.app.text()


async def test_the_box_is_as_tall_as_what_is_in_it(stage):
    options = [Option(str(n), f"session {n}") for n in range(500)]
    world = World(stage, options=options)
    async with world.run(size=(60, 24)) as pilot:
        await world.open(pilot)
        rows = world.app.rows()
    listed = [at for at, row in enumerate(rows) if "session" in row]
    assert len(listed) == 18
    assert "╰" in rows[listed[-1] + 1]
