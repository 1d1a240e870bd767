"""A limit is reached in the running program, and the user says how it goes on."""

from decimal import Decimal

import pytest

from tui.session import events as ev
from tui.widgets.limit_prompt import LimitPrompt

ASK = "Add the missing return annotations."


async def listening(cockpit) -> LimitPrompt:
    """Wait till a reached limit takes keys."""
    pane = cockpit.chat.live_pane
    await cockpit.until(lambda: pane.prompt is not None and pane.prompt.listening)
    assert isinstance(pane.prompt, LimitPrompt)
    return pane.prompt


def swell(folder) -> None:
    """Files of which reading two crosses half of a budget of 20,000, and which are planned."""
    for name in ("parse", "lexer", "emit"):
        rows = [f"{name.upper()}_{n} = 'words to be read'\n" for n in range(270)]
        function = f"def {name}(text: str):\n    return text.split()\n"
        (folder / "src" / f"{name}.py").write_text("".join([function, *rows]))


@pytest.mark.parametrize(
    ("key", "reason"), [("f", "fuse"), ("s", "stopped"), ("p", "paused"), ("escape", "paused")]
)
async def test_a_key_says_how_it_goes_on_and_the_composer_has_the_keys_again(fly, key, reason):
    async with fly(mode="auto") as cockpit:
        await cockpit.say("/config limits.requests 2")
        await cockpit.say(ASK)
        await listening(cockpit)
        assert "The limit of 2 requests a turn is reached" in cockpit.text()
        await cockpit.press(key)
        await cockpit.until(lambda: not cockpit.chat.running)
        assert cockpit.state.last_end.reason == reason
        assert cockpit.chat.live_pane.prompt is None
        assert cockpit.chat.composer.has_focus_within


async def test_a_raised_fuse_lets_the_work_go_on_in_place(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.say("/config limits.requests 6")  # raised to 10; the work takes 9
        await cockpit.say(ASK)
        await listening(cockpit)
        await cockpit.press("x")
        await cockpit.until(lambda: not cockpit.chat.running)
        assert cockpit.state.last_end.reason == "completed"
        assert cockpit.state.request == 9


async def test_a_lower_effort_is_taken_along(fly):
    async with fly(mode="auto", effort="high") as cockpit:
        await cockpit.say("/config limits.requests 6")
        await cockpit.say(ASK)
        await listening(cockpit)
        await cockpit.press("l")
        await cockpit.until(lambda: not cockpit.chat.running)
        assert cockpit.state.effort == "medium"
        assert cockpit.state.last_end.reason == "completed"


async def test_at_the_reserve_an_extension_of_ones_own_goes_on_in_place(fly, project):
    swell(project)
    async with fly(mode="auto", budget="20k") as cockpit:
        # The simulated model lands by itself in time: only a large reserve catches it at work.
        await cockpit.say("/config stages.reserve 0.5")
        await cockpit.say(ASK)
        await listening(cockpit)
        assert "down to its reserve" in cockpit.text()
        before = cockpit.state.request
        await cockpit.press("x", *"200k", "enter")
        await cockpit.until(lambda: cockpit.state.grant == 220_000)
        await cockpit.until(lambda: cockpit.state.request > before)
        assert cockpit.state.turn == 1


async def test_the_enter_behind_an_answer_does_not_answer_the_next_question(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.say("/config limits.requests 1")
        await cockpit.say(ASK)
        await listening(cockpit)
        assert "The limit of 1 request a turn is reached" in cockpit.text()
        await cockpit.chat.record(ev.FuseSet(fuse="dollars", value=Decimal("0.01")))
        await cockpit.press("x")
        await cockpit.until(lambda: "The limit of $0.01 is reached" in cockpit.text())
        prompt = await listening(cockpit)
        assert not prompt.takes_enter
        await cockpit.press("enter")
        assert isinstance(cockpit.state.limit, ev.LimitReached), "nobody has finished it"
        await cockpit.press("s")
        await cockpit.until(lambda: not cockpit.chat.running)
        assert cockpit.state.last_end.reason == "stopped"


async def test_a_draft_is_kept_and_tab_goes_to_the_question(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.say("/config limits.requests 2")
        await cockpit.say(ASK)
        await cockpit.press(*"fs")
        await cockpit.until(lambda: cockpit.chat.live_pane.prompt is not None)
        await cockpit.press(*"px")
        assert cockpit.chat.composer.text == "fspx"
        assert isinstance(cockpit.state.limit, ev.LimitReached)
        await cockpit.press("tab")
        await listening(cockpit)
        await cockpit.press("p")
        await cockpit.until(lambda: not cockpit.chat.running)
        assert cockpit.chat.composer.text == "fspx"


async def test_after_another_end_a_bigger_budget_only_says_how_it_goes_on(fly, project):
    swell(project)
    async with fly(mode="auto", budget="20k") as cockpit:
        await cockpit.say("/config stages.reserve 0.5")
        await cockpit.say(ASK)
        await listening(cockpit)
        await cockpit.press("s")
        await cockpit.until(lambda: not cockpit.chat.running)
    async with fly(mode="auto", resume="latest") as cockpit:
        await cockpit.say("/budget +200k")
        await cockpit.until(lambda: cockpit.state.grant == 220_000)
        await cockpit.until(
            lambda: "The work goes on with “continue”" in " ".join(cockpit.notices())
        )
        assert cockpit.state.turn == 1, "nothing is sent"


async def test_paused_and_quit_it_is_resumed_extended_and_goes_on(fly, project):
    swell(project)
    async with fly(mode="auto", budget="20k") as cockpit:
        await cockpit.say("/config stages.reserve 0.5")
        await cockpit.say(ASK)
        await listening(cockpit)
        await cockpit.press("p")
        await cockpit.until(lambda: not cockpit.chat.running)
        assert cockpit.state.last_end.reason == "paused"
        before, used = cockpit.state.request, cockpit.state.charged
    async with fly(mode="auto", resume="latest") as cockpit:
        assert cockpit.state.charged == used
        await cockpit.say("/budget +200k")
        await cockpit.until(lambda: cockpit.state.grant == 220_000)
        # It goes on by itself: it waited for nothing else.
        await cockpit.until(lambda: cockpit.state.turn == 2 and cockpit.state.request > before)
        assert cockpit.state.prompts[-1] == "Continue with what is left in the wrap-up report."
        await cockpit.until(lambda: cockpit.state.charged > used)
        await cockpit.press("escape")
        await cockpit.until(lambda: not cockpit.chat.running)
        assert cockpit.state.left == 220_000 - cockpit.state.charged
