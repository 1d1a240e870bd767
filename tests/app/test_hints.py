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
