"""A session that waits or ends tells the user who looks elsewhere, and nobody else."""

import pytest
from textual import events

from tests.support.app_driver import PROMPT, AppDriver, StartApp


def sent_to_terminal(driver: AppDriver, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the program writes to the terminal from now on, but for what is painted."""
    sent: list[str] = []
    monkeypatch.setattr(driver.app._driver, "write", sent.append)
    return sent


async def test_a_question_is_told_while_the_terminal_has_not_the_focus(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GLIDESLOPE_NOTIFICATIONS", "osc9")
    async with running_app() as driver:
        sent = sent_to_terminal(driver, monkeypatch)
        pane = driver.chat.live_pane
        driver.app.post_message(events.AppBlur())
        await driver.until(lambda: not driver.app.app_focus)
        await driver.submit(PROMPT)
        await driver.until(lambda: pane.question is not None and pane.question.accepts_answers)
        (asked,) = driver.state.open_questions.values()
        words = f"project: waits for your permission: edit {asked.subject}"
        assert sent == [f"\x1b]9;Glideslope: {words}\x07"]
        sent.clear()
        driver.app.post_message(events.AppFocus())
        await driver.until(lambda: driver.app.app_focus)
        seq = driver.state.seq
        await driver.press("y")
        await driver.until(lambda: driver.state.open_questions and driver.state.seq > seq)
        assert sent == ["\x07"], "whoever looks at it hears the bell"
        sent.clear()
        driver.app.handle_command("/config notifications off")
        driver.app.post_message(events.AppBlur())
        driver.app.run_command("session.interrupt")
        await driver.until_idle()
        await driver.run_turn("hello")
        assert sent == []


async def test_without_a_word_about_the_focus_a_key_means_that_somebody_is_there(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    async with running_app() as driver:
        assert not driver.app.is_watched
        await driver.press("a")
        assert driver.app.is_watched
