"""What the user sends or asks for comes into view, wherever the view was."""

import pytest


async def reading(cockpit, how: str) -> None:
    """Look at something that is not the end."""
    if how == "page":
        await cockpit.say("/help")  # longer than the screen
    else:
        await cockpit.say("/keys")
        await cockpit.press("ctrl+end", how)
    assert not cockpit.chat.transcript.following


SENT = {
    "hello there": "> hello there",
    "!echo $((6 * 7))": "echo $((6 * 7))",
    "/cost": "Cost",
    "/help budget": "/budget",
    "/mode wild": "The modes are",
}
"""What is sent, and words of what is seen then."""


@pytest.mark.parametrize("how", ["page", "pageup", "ctrl+home"])
async def test_what_was_sent_and_what_came_of_it_is_seen(fly, how):
    async with fly(size=(100, 20), mode="auto") as cockpit:
        for sent, seen in SENT.items():
            await reading(cockpit, how)
            await cockpit.say(sent)
            await cockpit.until(lambda: not cockpit.chat.busy)
            assert seen in cockpit.text(), sent
            assert "new output" not in cockpit.rows()[-1], sent


async def test_a_page_from_the_palette_is_seen(fly):
    async with fly(size=(100, 20)) as cockpit:
        await reading(cockpit, "pageup")
        cockpit.app.run_act("cost.show")
        await cockpit.until(lambda: "new output" not in cockpit.rows()[-1])
        assert cockpit.chat.transcript.following


async def test_a_prompt_sent_by_a_command_is_seen(fly):
    async with fly(size=(100, 20), mode="auto") as cockpit:
        await cockpit.turn("hello")
        await reading(cockpit, "pageup")
        cockpit.app.run_act("session.wrapup")
        await cockpit.until(lambda: cockpit.state.turn == 2 and not cockpit.chat.running)
        assert cockpit.chat.transcript.following


async def test_a_page_longer_than_the_screen_is_read_from_its_top(fly):
    async with fly(size=(100, 20)) as cockpit:
        for command in ("/help", "/keys", "/config"):
            await reading(cockpit, "pageup")
            await cockpit.say(command)
            entry = len(cockpit.chat.transcript.entries) - 1
            top = cockpit.chat.transcript.entries.heights.top(entry)
            assert cockpit.chat.transcript.scroll_offset.y == top, command
