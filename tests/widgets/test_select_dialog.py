"""Choosing: letters narrow, Enter takes, Escape leaves everything as it was."""

import time
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from textual.events import Key
from textual.pilot import Pilot

from tests.widgets.widget_app import WidgetApp
from tui.widgets.option_rows import Option
from tui.widgets.select_dialog import SelectDialog

THEMES = [
    Option("night", "Night", "dark, few colours"),
    Option("day", "Day", "light"),
    Option("loud", "Loud [/x]", "high contrast \x1b[2J"),
]


class SelectDialogRun:
    def __init__(self, widget_app: type[WidgetApp], **given: Any) -> None:
        self.app = widget_app()
        self.tried: list[str] = []
        self.results: list[str | None] = []
        if given.pop("preview", False):
            given["preview"] = self.tried.append
        self.choice = SelectDialog("Theme", given.pop("options", THEMES), **given)

    def run(self, size: tuple[int, int] = (80, 24)) -> AbstractAsyncContextManager[Pilot[None]]:
        return self.app.run_test(size=size, notifications=True, tooltips=True)

    async def open(self, pilot: Pilot[None]) -> None:
        self.app.push_screen(self.choice, self.results.append)
        await pilot.pause()


async def test_enter_takes_what_is_marked(widget_app: type[WidgetApp]):
    dialog_run = SelectDialogRun(widget_app)
    async with dialog_run.run() as pilot:
        await dialog_run.open(pilot)
        await pilot.press("down", "enter")
        assert dialog_run.results == ["day"]


async def test_the_mark_starts_at_what_is_in_use(widget_app: type[WidgetApp]):
    dialog_run = SelectDialogRun(widget_app, current="loud")
    async with dialog_run.run() as pilot:
        await dialog_run.open(pilot)
        await pilot.press("enter")
        assert dialog_run.results == ["loud"]


async def test_keys_from_before_the_list_is_on_screen_are_for_it(
    widget_app: type[WidgetApp],
):
    dialog_run = SelectDialogRun(widget_app, preview=True, current="night")
    async with dialog_run.run() as pilot:
        dialog_run.app.push_screen(dialog_run.choice, dialog_run.results.append)
        await dialog_run.app.on_event(Key("down", None))
        await pilot.press("enter")
        assert dialog_run.results == ["day"]
        assert dialog_run.tried == ["day"]
    dialog_run = SelectDialogRun(widget_app)
    async with dialog_run.run() as pilot:
        dialog_run.app.push_screen(dialog_run.choice, dialog_run.results.append)
        for letter in "contr":
            await dialog_run.app.on_event(Key(letter, letter))
        await pilot.pause()
        await pilot.press("enter")
        assert dialog_run.results == ["loud"]


async def test_letters_narrow_the_list(widget_app: type[WidgetApp]):
    dialog_run = SelectDialogRun(widget_app)
    async with dialog_run.run() as pilot:
        await dialog_run.open(pilot)
        await pilot.press(*"contr")
        assert "Night" not in dialog_run.app.text()
        await pilot.press("enter")
        assert dialog_run.results == ["loud"]


async def test_moving_tries_on_and_leaving_takes_back(widget_app: type[WidgetApp]):
    dialog_run = SelectDialogRun(widget_app, current="night", preview=True)
    async with dialog_run.run() as pilot:
        await dialog_run.open(pilot)
        await pilot.press("down", "down", "escape")
        assert dialog_run.tried == ["day", "loud", "night"]
        assert dialog_run.results == [None]


async def test_what_is_taken_stays_on(widget_app: type[WidgetApp]):
    dialog_run = SelectDialogRun(widget_app, current="night", preview=True)
    async with dialog_run.run() as pilot:
        await dialog_run.open(pilot)
        await pilot.press("down", "enter")
        assert dialog_run.tried == ["day"]
        assert dialog_run.results == ["day"]


async def test_a_click_takes(widget_app: type[WidgetApp]):
    dialog_run = SelectDialogRun(widget_app)
    async with dialog_run.run() as pilot:
        await dialog_run.open(pilot)
        rows = dialog_run.app.rows()
        y = next(at for at, row in enumerate(rows) if "Day" in row)
        await pilot.click(offset=(rows[y].index("Day"), y))
        assert dialog_run.results == ["day"]


async def test_nothing_that_fits_is_said_and_not_taken(
    widget_app: type[WidgetApp],
):
    dialog_run = SelectDialogRun(widget_app)
    async with dialog_run.run() as pilot:
        await dialog_run.open(pilot)
        await pilot.press(*"qqqq", "enter")
        assert "nothing matches" in dialog_run.app.text()
        assert dialog_run.results == []


async def test_names_are_foreign_text(widget_app: type[WidgetApp]):
    dialog_run = SelectDialogRun(widget_app)
    async with dialog_run.run() as pilot:
        await dialog_run.open(pilot)
        assert "Loud [/x]" in dialog_run.app.text()
        assert "\x1b" not in dialog_run.app.text()


@pytest.mark.parametrize("height", [12, 24])
async def test_the_mark_stays_in_view_in_a_long_list(widget_app: type[WidgetApp], height: int):
    options = [Option(str(n), f"session {n}") for n in range(500)]
    dialog_run = SelectDialogRun(widget_app, options=options)
    async with dialog_run.run(size=(60, height)) as pilot:
        await dialog_run.open(pilot)
        await pilot.press("up")
        assert "▸ session 499" in dialog_run.app.text()
        await pilot.press("down")
        assert "▸ session 0" in dialog_run.app.text()
        await pilot.press("pagedown", "pagedown")
        assert "▸ session 16" in dialog_run.app.text()


async def test_the_box_is_as_tall_as_what_is_in_it(widget_app: type[WidgetApp]):
    options = [Option(str(n), f"session {n}") for n in range(500)]
    dialog_run = SelectDialogRun(widget_app, options=options)
    async with dialog_run.run(size=(60, 24)) as pilot:
        await dialog_run.open(pilot)
        rows = dialog_run.app.rows()
    listed = [at for at, row in enumerate(rows) if "session" in row]
    assert len(listed) == 14
    assert "╰" in rows[listed[-1] + 1]


CPU_SECONDS_OF_A_LETTER = 0.010


async def test_in_a_list_of_thousands_each_option_is_found_at_little_cost_for_a_letter(
    widget_app: type[WidgetApp],
):
    words = ("parser", "lexer", "window", "Überlauf", "token")
    options = [
        Option(f"s{n}", f"fix the {words[n % 5]} of part {n}", "1 turn · 4k", search="more words")
        for n in range(3_000)
    ]
    options[2_990] = options[2_990]._replace(search=f"{'long ' * 90} and a Xylophone of 1903")
    dialog_run = SelectDialogRun(widget_app, options=options)
    async with dialog_run.run() as pilot:
        await dialog_run.open(pilot)
        assert "↓ 2986 more" in dialog_run.app.text()
        costs = []
        for query in ("f", "fi", "t", "pa", "überlauf", "part 29"):
            begun = time.process_time()
            dialog_run.choice._show(query)
            costs.append(time.process_time() - begun)
        assert sorted(costs)[2] < CPU_SECONDS_OF_A_LETTER, costs
        await pilot.press(*"1903 xylo", "enter")
        assert dialog_run.results == ["s2990"]


async def test_an_option_is_found_by_words_that_are_not_shown(widget_app: type[WidgetApp]):
    options = [Option("a", "lexer work", search="fix the parser"), Option("b", "other")]
    dialog_run = SelectDialogRun(widget_app, options=options)
    async with dialog_run.run() as pilot:
        await dialog_run.open(pilot)
        await pilot.press(*"parser", "enter")
        assert dialog_run.results == ["a"]
