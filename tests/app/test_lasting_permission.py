"""The program keeps an answer for the whole project in the user settings, or says why it cannot."""

from pathlib import Path

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.widgets.text_page import TextPage


async def answer(driver: AppDriver, key: str) -> None:
    """Press a key and wait till the log has grown."""
    asked = driver.state.seq
    await driver.press(key)
    await driver.until(lambda: driver.state.seq > asked)


async def answer_all(driver: AppDriver, key: str) -> None:
    """Answer every question of a turn with one key."""
    pane = driver.chat.live_pane
    await driver.submit("Add the missing return annotations.")
    while True:
        await driver.until(
            lambda: not driver.chat.running or (pane.question and pane.question.accepts_answers)
        )
        if not driver.chat.running:
            return
        await answer(driver, key)


@pytest.fixture
def settings(own_home: Path) -> Path:
    file = own_home / "config" / "settings.toml"
    file.parent.mkdir(parents=True)
    return file


async def test_it_is_kept_for_the_project(running_app: StartApp, settings: Path, project: Path):
    async with running_app() as driver:
        await answer_all(driver, "3")
        assert driver.state.last_end.reason == "completed"
    text = settings.read_text()
    assert str(project) in text and "edit(**)" in text


async def test_settings_that_cannot_be_written_cost_the_answer_nothing(
    running_app: StartApp, settings: Path, project: Path
):
    settings.write_text("effort = \n")
    async with running_app() as driver:
        await answer_all(driver, "3")
        assert driver.state.last_end.reason == "completed"
        assert any("holds for this session" in notice for notice in driver.notices())
        assert "-> list" in (project / "src" / "parse.py").read_text()
    assert settings.read_text() == "effort = \n"


async def test_yes_to_all_edits_is_the_mode_edits_and_the_status_line_says_so(
    running_app: StartApp, project: Path
):
    async with running_app() as driver:
        pane = driver.chat.live_pane
        await driver.submit("Add the missing return annotations.")
        await driver.until(lambda: pane.question is not None and pane.question.accepts_answers)
        assert driver.rows()[-1].startswith(" ask ·")
        await driver.press("2")
        await driver.until(lambda: driver.state.mode == "edits")
        await driver.until(lambda: driver.rows()[-1].startswith(" edits ·"))
        assert driver.state.rules == [], "the mode is what allows it"
        await driver.until(lambda: "-> list" in (project / "src" / "parse.py").read_text())
        driver.app.run_command("session.interrupt")
        await driver.until_idle()


async def test_a_rule_is_edited_and_must_cover_the_call(running_app: StartApp):
    async with running_app() as driver:
        pane = driver.chat.live_pane
        await driver.submit("Add the missing return annotations.")
        await driver.until(lambda: pane.question is not None and pane.question.accepts_answers)
        for rule, sentence in (
            ("edit(docs/**)", "This rule does not cover the file in question."),
            ("edit", "is not a rule; expected something like"),
        ):
            await driver.press("e", "home", "shift+end", *rule, "enter")
            assert sentence in " ".join(driver.text().split()), rule
            await driver.press("escape")
        await driver.press("e", "home", "shift+end", *"edit(src/**)", "enter")
        assert "rule  edit(src/**)" in driver.text()
        await driver.press("2")
        await driver.until(lambda: driver.state.rules == ["edit(src/**)"])
        assert driver.state.mode == "ask"
        driver.app.run_command("session.interrupt")
        await driver.until_idle()


async def test_space_shows_the_whole_file_with_the_change_in_it(running_app: StartApp):
    async with running_app() as driver:
        pane = driver.chat.live_pane
        await driver.submit("Add the missing return annotations.")
        await driver.until(lambda: pane.question is not None and pane.question.accepts_answers)
        assert "type to write a note · tab back to the question" in driver.text()
        await driver.press("space")
        await driver.until(lambda: isinstance(driver.app.screen, TextPage))
        await driver.until(lambda: "+ def" in driver.text())
        assert "What the rule allows" in driver.text()
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is driver.chat)
        assert pane.question is not None
        driver.app.run_command("session.interrupt")
        await driver.until_idle()
        assert "type to write a note" not in driver.text()
