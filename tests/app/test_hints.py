"""The status line names the keys that help now, not the ones that helped before."""

import pytest


@pytest.mark.parametrize("work", ["hello", "/compact", "!true"])
async def test_when_the_work_is_over_nothing_is_left_to_interrupt(fly, work):
    async with fly() as cockpit:
        await cockpit.turn("hello")
        await cockpit.say(work)
        await cockpit.until(lambda: not cockpit.chat.busy)
        assert "interrupt" not in cockpit.rows()[-1]
        assert "help" in cockpit.rows()[-1]


async def test_the_price_of_a_first_picture_stands_by_the_draft_before_it_is_sent(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn()
        cockpit.chat.composer.put("what is @shot.png")
        await cockpit.until(lambda: "Your prompt costs" in cockpit.text())
        assert "The first picture of a conversation" in cockpit.text()
        assert cockpit.state.turn == 1, "nothing is sent"
        await cockpit.press("backspace")
        await cockpit.until(lambda: "The first picture" not in cockpit.text())
