"""A session that cannot be opened: what was written is kept, and there is a way on."""

from tui.screens.working import NOTHING_OPEN


async def test_a_prompt_that_has_no_session_is_kept_and_a_new_one_takes_it(ground):
    async with ground(simulate=True, resume="nobody", prompt="hello") as cockpit:
        back = f"{NOTHING_OPEN} What you sent is back in the composer."
        assert "nobody" in cockpit.notices()[0]
        assert cockpit.notices()[1] == back
        assert cockpit.chat.composer.text == "hello"
        await cockpit.press("enter")
        assert cockpit.chat.composer.text == "hello"
        assert cockpit.notices()[-1] == back
        cockpit.chat.composer.put("")
        await cockpit.say("/new")
        await cockpit.until(lambda: cockpit.chat.opened is not None)
        await cockpit.turn("hello")
        assert "What shall it be?" in cockpit.text()


async def test_the_first_prompt_outlives_the_question_for_a_key(ground, project, monkeypatch):
    monkeypatch.setenv("HOME", str(project))  # no profile of the SDK there
    async with ground(prompt="hello") as cockpit:
        await cockpit.until(lambda: "Work offline" in cockpit.text())
        await cockpit.press("enter")
        await cockpit.until(lambda: cockpit.chat.opened is not None and cockpit.state.turn)
        await cockpit.settled()
        assert "What shall it be?" in cockpit.text()
