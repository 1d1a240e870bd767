"""`keybindings.toml` in the running program: keys move, go away, and hints go with them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.reports.transcript_items import AnswerItem
from tui.settings.user_folders import user_folders
from tui.widgets.limit_question import LimitQuestion
from tui.widgets.permission_question import PermissionQuestion
from tui.widgets.select_dialog import SelectDialog
from tui.widgets.transcript.transcript_view import Transcript


@pytest.fixture
def bind() -> Callable[..., None]:
    """Writes the `[keys]` of the user's file."""

    def write(*lines: str) -> None:
        path = user_folders().keybindings
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(["[keys]", *lines]) + "\n")

    return write


def said(driver: AppDriver) -> str:
    """The last page that the program showed."""
    return [item for item in driver.items() if isinstance(item, AnswerItem)][-1].markdown


async def asked(driver: AppDriver, kind: type[Any]) -> None:
    """Wait till a question takes keys."""
    pane = driver.chat.live_pane
    await driver.until(lambda: pane.question is not None and pane.question.accepts_answers)
    assert pane.question.kind is kind.kind


async def test_a_command_of_everywhere_moves_to_its_new_key_and_leaves_the_old_one(
    running_app: StartApp, bind: Callable[..., None]
):
    bind('view.sidebar = "f6"')
    async with running_app() as driver:
        await driver.press("f2")
        assert not driver.chat.has_class("-no-sidebar")
        await driver.press("f6")
        assert driver.chat.has_class("-no-sidebar")


async def test_keys_of_the_composer_move_too(running_app: StartApp, bind: Callable[..., None]):
    bind(
        'composer.submit = "ctrl+s"', 'composer.newline = ["enter", "f8"]', 'history.search = "f7"'
    )
    async with running_app(mode="auto") as driver:
        await driver.press(*"hi", "enter", *"you", "f8")
        assert driver.chat.composer.text == "hi\nyou\n"
        assert not driver.chat.running and driver.state.turn == 0
        await driver.press("ctrl+r")
        assert not driver.chat.composer.is_list_open
        await driver.press("ctrl+s")
        await driver.until(lambda: driver.state.turn == 1 and not driver.chat.running)
        await driver.press("f7")
        assert driver.chat.composer.is_list_open


@pytest.mark.parametrize("nothing", ["null", "false", '"none"'])
async def test_null_takes_keys_away_from_widgets_and_from_the_application(
    running_app: StartApp, bind: Callable[..., None], nothing: str
):
    ids = ("view.sidebar", "history.search", "mode.cycle", "palette.open", "transcript.fold")
    bind(*(f"{id} = {nothing}" for id in ids))
    async with running_app() as driver:
        await driver.press("f2", "ctrl+r", "shift+tab", "ctrl+p")
        assert not driver.chat.has_class("-no-sidebar")
        assert not driver.chat.composer.is_list_open
        assert driver.state.mode == "ask"
        assert driver.app.screen is driver.chat
        assert driver.notices() == []


async def test_a_chord_takes_the_place_of_a_single_key(
    running_app: StartApp, bind: Callable[..., None]
):
    bind('history.search = "ctrl+x ctrl+r"')
    async with running_app() as driver:
        await driver.press("ctrl+r")
        assert not driver.chat.composer.is_list_open
        await driver.press("ctrl+x", "ctrl+r")
        assert driver.chat.composer.is_list_open


async def test_mistakes_are_told_with_file_and_line_and_the_rest_holds(
    running_app: StartApp, bind: Callable[..., None]
):
    bind(
        'view.sidebr = "f6"',
        'view.details = "ctrl+t"',
        'view.checklist = "ctrl+t"',
        'view.sidebar = "f7"',
        'app.redraw = "ctrl+m"',
    )
    async with running_app() as driver:
        await driver.until(lambda: len(driver.notices()) >= 4)
        path = user_folders().keybindings
        assert driver.notices() == [
            f'{path}, line 2: there is no command "view.sidebr"; did you mean view.sidebar?',
            f'{path}, line 4: "ctrl+t" for view.checklist; '
            "the key belongs to view.details already.",
            f'{path}, line 6: "ctrl+m" for app.redraw; it cannot be bound: '
            "terminals send it as enter.",
            f"{path}, line 3: ctrl+t is now view.details; view.checklist had ctrl+t and loses it.",
        ]
        await driver.press("f7")
        assert driver.chat.has_class("-no-sidebar")
        await driver.press("ctrl+t")
        assert not driver.chat.has_class("-no-checklist")


async def test_a_key_taken_from_another_command_is_told(
    running_app: StartApp, bind: Callable[..., None]
):
    bind('view.details = "ctrl+r"')
    async with running_app() as driver:
        await driver.until(driver.notices)
        assert driver.notices() == [
            f"{user_folders().keybindings}, line 2: ctrl+r is now view.details; "
            "history.search had ctrl+r and loses it."
        ]
        await driver.press("ctrl+r")
        assert not driver.chat.composer.is_list_open


async def test_a_broken_file_is_told_and_the_defaults_hold(
    running_app: StartApp, bind: Callable[..., None]
):
    bind("view.sidebar = ")
    async with running_app() as driver:
        await driver.until(driver.notices)
        (sentence,) = driver.notices()
        assert sentence.startswith(f"{user_folders().keybindings}, line 2")
        await driver.press("f2")
        assert driver.chat.has_class("-no-sidebar")


async def test_hints_help_palette_and_keys_follow(running_app: StartApp, bind: Callable[..., None]):
    bind(
        'palette.open = "f5"',
        'help.show = "f4"',
        "transcript.find_previous = null",
        'view.sidebar = "f6"',
        'mode.cycle = "ctrl+y"',
        'session.interrupt = "ctrl+n"',
    )
    async with running_app(size=(150, 40)) as driver:
        assert "f4 help" in driver.rows()[-1]
        await driver.press("f4")
        assert "f6 sidebar" in driver.page()
        await driver.submit("/help all")
        assert "| `f6` | Show or hide the sidebar" in driver.page()
        await driver.submit("/help config")
        await driver.submit("/keys")
        assert "| view\\.sidebar | `f6` | Sidebar |" in driver.page()
        await driver.submit("/permissions")
        assert "ctrl\\+y changes it" in driver.page()
        await driver.press("f5")
        assert isinstance(driver.app.screen, SelectDialog)
        await driver.press(*"sidebar")
        (row,) = [row for row in driver.rows() if "Show or hide the sidebar" in row]
        assert row.rstrip(" │").endswith("f6")
        await driver.press("escape")


async def test_the_transcript_and_the_landing_block_follow(
    running_app: StartApp, bind: Callable[..., None]
):
    bind('transcript.leave = "f6"', 'report.leave = "f7"', "report.handoff = null")
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        await driver.run_turn("/wrapup")
        await driver.until(lambda: driver.chat.keys.landing_commands)
        assert "· f7 leave it" in driver.text() and "h hand over" not in driver.text()
        await driver.press("ctrl+up", "escape")
        assert isinstance(driver.app.focused, Transcript)
        await driver.press("h")  # not a key any more: a letter for the draft
        assert driver.chat.composer.text == "h"
        assert not list(driver.folder.glob("HANDOFF*"))
        await driver.press("backspace", "f7")
        await driver.until(lambda: not driver.chat.keys.landing_commands)


async def test_the_answers_of_questions_follow(running_app: StartApp, bind: Callable[..., None]):
    bind('prompt.once = "o"', "prompt.project = null", 'prompt.focus = "f8"')
    async with running_app() as driver:
        await driver.submit("Add the missing return annotations.")
        await asked(driver, PermissionQuestion)
        assert "o yes" in driver.text()
        assert "a yes to all edits in this session" in driver.text()
        assert "(mode: edits) · in this project" in driver.text()
        driver.chat.composer.focus()
        await driver.pilot.pause()
        assert "f8 to answer" in driver.text()
        await driver.press("f8")
        assert driver.chat.keys.context == "prompt"
        first = next(iter(driver.state.open_questions))
        await driver.press("1")  # not a key any more
        assert first in driver.state.open_questions
        assert driver.chat.composer.text == "1"
        driver.chat.composer.set_draft("")
        await driver.press("f8", "o")
        await driver.until(lambda: first not in driver.state.open_questions)
        await driver.press("escape")
        driver.app.run_command("session.interrupt")
        await driver.until(lambda: not driver.chat.running)


async def test_the_answers_at_a_limit_follow(running_app: StartApp, bind: Callable[..., None]):
    bind('limit.stop = "w"')
    async with running_app(mode="auto") as driver:
        await driver.submit("/config limits.requests 2")
        await driver.submit("Add the missing return annotations.")
        await asked(driver, LimitQuestion)
        assert "w stop" in driver.text()
        await driver.press("w")
        await driver.until(lambda: not driver.chat.running)
        assert driver.state.last_end.reason == "stopped"


async def test_what_is_said_about_keys_names_those_that_work(
    running_app: StartApp, bind: Callable[..., None]
):
    bind('app.quit = ["ctrl+s ctrl+s", "f10"]', 'app.stop = "ctrl+s"', 'session.interrupt = "f9"')
    async with running_app() as driver:
        await driver.press("ctrl+c")
        assert "to quit" not in driver.text()
        await driver.press("ctrl+s")
        assert "press ctrl+s again to quit" in driver.rows()[-1]
        await driver.submit("Add the missing return annotations.")
        await asked(driver, PermissionQuestion)
        await driver.submit("/new")
        assert driver.sentences()[-1] == "/new can only run between turns; f9 interrupts this one."
        assert driver.chat.composer.is_empty
        await driver.press("f9")
        await driver.until(lambda: not driver.chat.running)
        await driver.press("ctrl+s", "ctrl+s")
        await driver.until(lambda: driver.app.return_value is not None)
