"""What the user sends or asks for comes into view, wherever the view was."""

import pytest

from tests.support.app_driver import AppDriver, StartApp


async def reading(driver: AppDriver, how: str) -> None:
    """Look at something that is not the end."""
    driver.chat.panel_area.close()
    for _ in range(30):
        driver.chat.show_notice("Longer than the screen.")
    await driver.press("ctrl+end", how)
    assert not driver.chat.transcript.viewport.is_following


SENT = {
    "hello there": "> hello there",
    "!echo $((6 * 7))": "echo $((6 * 7))",
    "/cost": "Cost",
    "/help budget": "/budget",
    "/mode wild": "The modes are",
}
"""What is sent, and words of what is seen then."""


@pytest.mark.parametrize("how", ["pageup", "ctrl+home"])
async def test_what_was_sent_and_what_came_of_it_is_seen(running_app: StartApp, how: str):
    async with running_app(size=(100, 20), mode="auto") as driver:
        for sent, seen in SENT.items():
            await reading(driver, how)
            await driver.submit(sent)
            await driver.until(lambda: not driver.chat.can_interrupt)
            assert seen in driver.text(), sent
            assert "new output" not in driver.rows()[-1], sent


async def test_a_notice_out_of_view_is_said_in_the_status_line(running_app: StartApp):
    async with running_app(size=(100, 20)) as driver:
        await reading(driver, "pageup")
        driver.chat.show_notice("Something that nobody asked for.")
        await driver.until(lambda: "Something that nobody asked for." in driver.rows()[-1])
        assert not driver.chat.transcript.viewport.is_following, "the reader is left alone"


async def test_a_prompt_sent_by_a_command_is_seen(running_app: StartApp):
    async with running_app(size=(100, 20), mode="auto") as driver:
        await driver.run_turn("hello")
        await reading(driver, "pageup")
        driver.app.run_command("session.wrapup")
        await driver.until(lambda: driver.state.turn == 2 and not driver.chat.running)
        assert driver.chat.transcript.viewport.is_following
