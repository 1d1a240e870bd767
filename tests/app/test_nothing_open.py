"""A session that cannot be opened: what was written is kept, and there is a way on."""

from pathlib import Path

import pytest

from tests.support.app_driver import StartApp
from tui.screens.prompt_queue import NO_SESSION_OPEN


async def test_a_prompt_that_has_no_session_is_kept_and_a_new_one_takes_it(
    app_without_session: StartApp,
):
    async with app_without_session(simulate=True, resume="nobody", prompt="hello") as driver:
        await driver.press("escape")
        await driver.until(driver.chat.opening_done.is_set)
        back = f"{NO_SESSION_OPEN} Your text is back in the composer."
        assert "nobody" in driver.notices()[0]
        assert driver.notices()[1] == back
        assert driver.chat.composer.text == "hello"
        await driver.press("enter")
        assert driver.chat.composer.text == "hello"
        assert driver.notices()[-1] == back
        driver.chat.composer.set_draft("")
        await driver.submit("/new")
        await driver.until(lambda: driver.chat.session is not None)
        await driver.run_turn("hello")
        await driver.until(lambda: "What would you like?" in driver.text())


async def test_the_first_prompt_outlives_the_question_for_a_key(
    app_without_session: StartApp, project: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(project))  # no profile of the SDK there
    async with app_without_session(prompt="hello") as driver:
        await driver.until(lambda: "Work offline" in driver.text())
        await driver.press("enter")
        await driver.until(lambda: driver.chat.session is not None and driver.state.turn)
        await driver.until_idle()
        await driver.until(lambda: "What would you like?" in driver.text())


async def test_offline_the_session_that_was_asked_for_is_opened(
    running_app: StartApp,
    app_without_session: StartApp,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("HOME", str(project))  # no profile of the SDK there
    async with running_app() as driver:
        await driver.run_turn("hello")
        first = driver.state.session
    async with app_without_session(resume="latest") as driver:
        await driver.until(lambda: "Work offline" in driver.text())
        await driver.press("enter")
        await driver.until(lambda: driver.chat.session is not None)
        assert (driver.state.session, driver.state.turn) == (first, 1)
