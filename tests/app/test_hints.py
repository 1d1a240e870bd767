"""The status line names the keys that help now, not the ones that helped before."""

import pytest

from tests.support.app_driver import StartApp


@pytest.mark.parametrize("work", ["hello", "/compact", "!true"])
async def test_when_the_work_is_over_nothing_is_left_to_interrupt(running_app: StartApp, work: str):
    async with running_app() as driver:
        await driver.run_turn("hello")
        await driver.submit(work)
        await driver.until(lambda: not driver.chat.can_interrupt)
        assert "interrupt" not in driver.rows()[-1]
        assert "help" in driver.rows()[-1]


async def test_the_price_of_a_first_picture_stands_by_the_draft_before_it_is_sent(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        driver.chat.composer.set_draft("what is @shot.png")
        await driver.until(lambda: "With its first picture a conversation" in driver.text())
        assert "prompt costs" in driver.text()
        assert driver.state.turn == 1, "nothing is sent"
        await driver.press("backspace")
        await driver.until(lambda: "first picture" not in driver.text())
