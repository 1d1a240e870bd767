"""`/sessions`, `/new`, `/rename`, `/rewind`, `/exit`: what is left is there when one comes back."""

import pytest

from tui.widgets.choice import Choice
from tui.widgets.numbers import tokens
from tui.widgets.transcript.items import Prompt

JOB = "Add the missing return annotations."


def prompts(cockpit) -> list[str]:
    return [item.text for item in cockpit.items() if isinstance(item, Prompt)]


async def opens(cockpit) -> None:
    """Wait till there is a list to choose from."""
    await cockpit.until(lambda: isinstance(cockpit.app.screen, Choice))


def listed(cockpit) -> list[str]:
    """The rows of the list in front."""
    rows = [row for row in cockpit.rows() if "│" in row]
    return [row.split("│")[1].strip("▸ ").strip() for row in rows if " used" in row]


async def test_an_earlier_session_is_chosen_and_comes_back_whole(fly):
    async with fly(mode="auto", budget="200k", effort="high") as cockpit:
        await cockpit.turn(JOB)
        first, items = cockpit.state.session, cockpit.items()[1:]  # without the welcome
        charged, checklist = cockpit.state.charged, cockpit.state.checklist
        await cockpit.say("/new")
        await cockpit.until(lambda: cockpit.chat.ready and cockpit.state.session != first)
        assert cockpit.state.turn == 0 and prompts(cockpit) == []
        assert "0 used" in cockpit.text()
        assert "none planned yet" in cockpit.text()
        await cockpit.turn("hello")
        await cockpit.say("/rename small talk")
        await cockpit.say("/effort low")
        await cockpit.until(lambda: cockpit.state.effort == "low")

        await cockpit.say("/sessions")
        await opens(cockpit)
        (row,) = listed(cockpit)  # the one that is open is not offered
        assert row.startswith(JOB) and "1 turn ·" in row
        await cockpit.press("enter")
        await cockpit.until(lambda: cockpit.chat.ready and cockpit.state.session == first)
        assert cockpit.items() == items
        assert cockpit.state.charged == charged
        assert cockpit.state.checklist == checklist and checklist
        assert cockpit.state.effort == "high"
        assert "▐high▌" in cockpit.text()
        assert "SUBTASKS 6/6" in cockpit.text()
        await cockpit.turn("hello")  # it can be gone on with
        await cockpit.press("up", "up")
        assert cockpit.chat.composer.text in (JOB, "/sessions")


async def test_the_list_of_sessions_is_filtered_by_letters_and_left_by_escape(fly):
    async with fly(mode="auto") as cockpit:
        for name in ("first flight", "second flight", "a walk"):
            await cockpit.turn("hello")
            await cockpit.say(f"/rename {name}")
            await cockpit.say("/clear")
            await cockpit.until(lambda: cockpit.chat.ready and cockpit.state.turn == 0)
        await cockpit.say("/sessions")
        await opens(cockpit)
        assert [row.split("  ")[0] for row in listed(cockpit)] == [
            "a walk",
            "second flight",
            "first flight",
        ]
        await cockpit.press(*"flight")
        assert len(listed(cockpit)) == 2
        await cockpit.press("ctrl+u", *"zzzz")
        assert "nothing fits" in cockpit.text()
        await cockpit.press("escape")
        assert cockpit.state.turn == 0
        await cockpit.say("/resume first flight")
        await cockpit.until(lambda: cockpit.chat.ready and cockpit.state.name == "first flight")
        await cockpit.say("/resume first flight")
        await cockpit.until(cockpit.chat.settled.is_set)
        assert cockpit.notices()[-1] == "This session is open already."
        await cockpit.say("/resume flight of fancy")
        await cockpit.until(lambda: "flight of fancy" in cockpit.notices()[-1])
        assert cockpit.state.name == "first flight"


async def test_with_no_other_session_the_list_says_so(fly):
    async with fly() as cockpit:
        await cockpit.say("/sessions")
        await cockpit.until(cockpit.notices)
        assert cockpit.notices() == ["There is no other session in this folder yet."]
        assert cockpit.app.screen is cockpit.chat


async def test_a_name_is_one_line_and_holds_after_a_restart(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn("hello")
        await cockpit.say("/name the   [b]annotations[/]\nof src")
        await cockpit.until(lambda: cockpit.state.name)
        assert cockpit.state.name == "the [b]annotations[/] of src"
        assert cockpit.notices()[-1] == "Session named the [b]annotations[/] of src."
        assert "named the [b]annotations[/] of src" in cockpit.text()
    async with fly(resume="the [b]annotations[/] of src") as cockpit:
        assert cockpit.state.turn == 1


async def test_rewinding_brings_the_words_back_and_leaves_what_was_spent(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn("hello")
        await cockpit.turn("what can you do?")
        spent = cockpit.state.charged
        await cockpit.press(*"draft", "escape", "escape")
        await opens(cockpit)
        await cockpit.press(*"hello", "enter")
        await cockpit.until(lambda: cockpit.chat.composer.text == "hello")
        assert cockpit.state.conversation.messages == []
        assert cockpit.state.charged == spent
        assert cockpit.chat.composer.has_focus_within
        await cockpit.press("up")
        assert cockpit.chat.composer.text == "draft"
        session = cockpit.state.session
    async with fly(mode="auto", resume=session) as cockpit:
        assert cockpit.state.conversation.messages == []
        await cockpit.turn("what can you do?")
        assert cockpit.state.last_end.reason == "completed"


@pytest.mark.parametrize("budget", ["100k", ""])
async def test_going_back_says_what_it_costs_the_prompt_cache_where_it_costs_any(fly, budget):
    async with fly(mode="auto", budget=budget) as cockpit:
        await cockpit.turn(JOB)
        await cockpit.turn("hello")
        await cockpit.say("/rewind")
        await opens(cockpit)
        rows = [row for row in cockpit.rows() if "hello" in row and "│" in row]
        assert any("tokens written again)" in row for row in rows) is bool(budget)
        kept = cockpit.state.warmth.preamble
        await cockpit.press(*"hello", "enter")
        await cockpit.until(lambda: cockpit.chat.composer.text == "hello")
        anew = tokens(cockpit.state.context - kept)
        said = [each for each in cockpit.notices() if "prompt cache" in each]
        again = [f"it writes {anew} tokens to the prompt cache again."] if budget else []
        assert [each.partition(" more: ")[2] for each in said] == again
        assert "rewound · context" in cockpit.text()


async def test_what_a_summary_stands_for_is_not_offered_to_rewind_to(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn(JOB)
        await cockpit.say("/compact")
        await cockpit.until(lambda: cockpit.state.conversation.messages[0].keys[0][:4] == "msg_")
        await cockpit.until(lambda: not cockpit.chat.running)
        await cockpit.say("/rewind")
        await cockpit.until(lambda: "No prompt stands" in cockpit.notices()[-1])
        assert cockpit.app.screen is cockpit.chat
        await cockpit.turn("hello")
        await cockpit.turn("what can you do?")
        kept = cockpit.state.conversation.messages[0]
        await cockpit.say("/rewind")
        await opens(cockpit)
        assert JOB not in cockpit.text()
        await cockpit.press(*"hello", "enter")
        await cockpit.until(lambda: cockpit.chat.composer.text == "hello")
        assert cockpit.state.conversation.messages == [kept]


async def test_there_may_be_nothing_to_rewind_wrap_up_or_shorten(fly):
    async with fly() as cockpit:
        await cockpit.say("/undo")
        await cockpit.say("/compact")
        await cockpit.until(lambda: len(cockpit.notices()) == 2)
        assert cockpit.notices() == [
            "There is nothing to go back to yet.",
            "There is nothing to shorten yet.",
        ]
        assert cockpit.app.screen is cockpit.chat


async def test_exit_leaves_a_running_turn_in_order(fly):
    async with fly() as cockpit:
        await cockpit.say(JOB)
        await cockpit.until(lambda: cockpit.state.asked)
        session = cockpit.state.session
        await cockpit.say("/exit")
        await cockpit.until(lambda: not cockpit.app.is_running or cockpit.app.return_code == 0)
    async with fly(resume=session) as cockpit:
        assert cockpit.state.last_end.reason == "interrupted"
