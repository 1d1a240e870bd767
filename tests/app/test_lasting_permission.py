"""The program keeps an answer for the whole project in the user settings, or says why it cannot."""

from pathlib import Path

import pytest

from tests.support.app_driver import AppDriver, StartApp


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
