"""`/sessions`, `/new`, `/rename`, `/rewind`, `/exit`: what is left is there when one comes back."""

from pathlib import Path

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.number_format import format_tokens
from tui.reports.transcript_items import PromptItem
from tui.widgets.select_dialog import SelectDialog

JOB = "Add the missing return annotations."


def prompts(driver: AppDriver) -> list[str]:
    return [item.text for item in driver.items() if isinstance(item, PromptItem)]


async def opens(driver: AppDriver) -> None:
    """Wait till there is a list to choose from."""
    await driver.until(lambda: isinstance(driver.app.screen, SelectDialog))


def listed(driver: AppDriver) -> list[str]:
    """The rows of the list in front."""
    rows = [row for row in driver.rows() if "│" in row]
    return [row.split("│")[1].strip("▸ ").strip() for row in rows if " turn · " in row]


async def test_an_earlier_session_is_chosen_and_comes_back_whole(
    running_app: StartApp,
):
    async with running_app(mode="auto", budget="200k", effort="high") as driver:
        await driver.run_turn(JOB)
        first, items = driver.state.session, driver.items()[1:]  # without the welcome
        charged, checklist = driver.state.charged, driver.state.checklist
        await driver.submit("/new")
        await driver.until(lambda: driver.chat.session_ready and driver.state.session != first)
        assert driver.state.turn == 0 and prompts(driver) == []
        assert "200k LEFT of 200k" in driver.text()
        assert "SUBTASKS" not in driver.text()
        await driver.run_turn("hello")
        await driver.submit("/rename small talk")
        await driver.submit("/effort low")
        await driver.until(lambda: driver.state.effort == "low")

        await driver.submit("/sessions")
        await opens(driver)
        (row,) = listed(driver)  # the one that is open is not offered
        assert row.startswith(JOB) and "1 turn ·" in row and "$" in row
        text = driver.text()
        assert f"last prompt  {JOB}" in text
        assert "finished · 6 of 6 done" in text and " used of 200k" in text
        assert " files changed, last src/" in text and "opus-5-5 high" in text
        await driver.press("enter")
        await driver.until(lambda: driver.chat.session_ready and driver.state.session == first)
        assert driver.items() == items
        assert driver.state.charged == charged
        assert driver.state.checklist == checklist and checklist
        assert driver.state.effort == "high"
        assert "▐high▌" in driver.text()
        assert "6 of 6 done" in driver.text()
        await driver.run_turn("hello")  # it can be gone on with
        await driver.press("up", "up")
        assert driver.chat.composer.text in (JOB, "/sessions")


async def test_the_list_of_sessions_is_filtered_by_letters_and_left_by_escape(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        for name in ("first flight", "second flight", "a walk"):
            await driver.run_turn("hello")
            await driver.submit(f"/rename {name}")
            await driver.submit("/clear")
            await driver.until(lambda: driver.chat.session_ready and driver.state.turn == 0)
        await driver.submit("/sessions")
        await opens(driver)
        assert [row.split("  ")[0] for row in listed(driver)] == [
            "a walk",
            "second flight",
            "first flight",
        ]
        await driver.press(*"flight")
        await driver.until(lambda: len(listed(driver)) == 2)
        await driver.press("ctrl+u", *"zzzz")
        await driver.until(lambda: "nothing matches" in driver.text())
        await driver.press("escape")
        assert driver.state.turn == 0
        await driver.submit("/resume first flight")
        await driver.until(
            lambda: driver.chat.session_ready and driver.state.name == "first flight"
        )
        await driver.submit("/resume first flight")
        await driver.until(driver.chat.opening_done.is_set)
        assert driver.notices()[-1] == "This session is open already."
        await driver.submit("/resume flight of fancy")
        await driver.until(lambda: "flight of fancy" in driver.notices()[-1])
        assert driver.state.name == "first flight"


async def test_with_no_other_session_the_list_says_so(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("/sessions")
        await driver.until(lambda: "There is no other session in this folder" in driver.text())
        assert driver.notices() == [], "it goes with the next key"
        assert driver.app.screen is driver.chat


async def test_a_name_is_one_line_and_holds_after_a_restart(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.run_turn("hello")
        await driver.submit("/name the   [b]annotations[/]\nof src")
        await driver.until(lambda: driver.state.name)
        assert driver.state.name == "the [b]annotations[/] of src"
        assert driver.notices()[-1] == "Session named the [b]annotations[/] of src."
        assert "named the [b]annotations[/] of src" in driver.text()
    async with running_app(resume="the [b]annotations[/] of src") as driver:
        assert driver.state.turn == 1


async def test_rewinding_brings_the_words_back_and_leaves_what_was_spent(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.run_turn("hello")
        await driver.run_turn("what can you do?")
        spent = driver.state.charged
        await driver.press(*"draft", "escape", "escape")
        await opens(driver)
        await driver.press(*"hello", "enter")
        await driver.until(lambda: driver.chat.composer.text == "hello")
        assert driver.state.conversation.messages == []
        assert driver.state.charged == spent
        assert driver.chat.composer.has_focus_within
        await driver.press("up")
        assert driver.chat.composer.text == "draft"
        session = driver.state.session
    async with running_app(mode="auto", resume=session) as driver:
        assert driver.state.conversation.messages == []
        await driver.run_turn("what can you do?")
        assert driver.state.last_end.reason == "completed"


async def test_rewinding_names_cost_and_files_and_takes_the_files_back(
    running_app: StartApp, project: Path
):
    def python() -> dict[Path, str]:
        return {path: path.read_text() for path in project.rglob("*.py")}

    before = python()
    async with running_app(mode="auto", size=(120, 40)) as driver:
        await driver.run_turn("hello")
        await driver.run_turn(JOB)
        changed = python()
        assert changed != before
        await driver.submit("/rewind")
        await opens(driver)
        text = driver.text()
        assert " files +" in next(row for row in driver.rows() if JOB in row and "▸" in row)
        assert "takes out    1 prompt · " in text and "files since" in text
        await driver.press("enter")
        await driver.until(lambda: "What goes back?" in driver.text())
        assert "▸ conversation only" in driver.text() and "restores  src/" in driver.text()
        await driver.press("down", "enter")
        await driver.until(lambda: driver.chat.composer.text == JOB)
        assert python() == before
        assert any(each.startswith("Restored ") for each in driver.notices())
        await driver.press("ctrl+c")
        await driver.submit("/diff")
        await driver.until(lambda: "Nothing changed yet" in driver.rows()[-1])
        session = driver.state.session
    async with running_app(mode="auto", resume=session) as driver:
        assert driver.state.changed_lines.files() == ()


OPENED_BY = {
    "a panel": ("f1",),
    "the list of commands": ("slash", "m"),
    "the find bar": ("ctrl+f",),
}
"""Keys that open something which Escape closes."""


async def test_an_escape_that_closes_something_is_not_the_first_of_two(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn("hello")
        for what, keys in OPENED_BY.items():
            await driver.press(*keys, "escape", "escape")
            assert not isinstance(driver.app.screen, SelectDialog), what
            driver.chat.composer.draft.start_next()
            driver.app.end_chord()
        await driver.press("escape", "escape")
        await opens(driver)


@pytest.mark.parametrize("budget", ["100k", ""])
async def test_going_back_says_what_it_costs_the_prompt_cache_where_it_costs_any(
    running_app: StartApp, budget: str
):
    async with running_app(mode="auto", budget=budget) as driver:
        await driver.run_turn(JOB)
        await driver.run_turn("hello")
        await driver.submit("/rewind")
        await opens(driver)
        (row,) = [row for row in driver.rows() if "costs  " in row]
        assert ("tokens written again)" in row) is bool(budget)
        kept = driver.state.prompt_cache.preamble
        await driver.press(*"hello", "enter")
        await driver.until(lambda: driver.chat.composer.text == "hello")
        anew = format_tokens(driver.state.context - kept)
        said = [each for each in driver.notices() if "prompt cache" in each]
        again = [f"it writes {anew} tokens to the prompt cache again."] if budget else []
        assert [each.partition(" more: ")[2] for each in said] == again
        assert "rewound · context" in driver.text()


async def test_what_a_summary_stands_for_is_not_offered_to_rewind_to(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.run_turn(JOB)
        await driver.submit("/compact")
        await driver.until(lambda: driver.state.conversation.messages[0].keys[0][:4] == "msg_")
        await driver.until(lambda: not driver.chat.running)
        await driver.submit("/rewind")
        await driver.until(lambda: "there is nothing to go back to" in driver.notices()[-1])
        assert driver.app.screen is driver.chat
        await driver.run_turn("hello")
        await driver.run_turn("what can you do?")
        kept = driver.state.conversation.messages[0]
        await driver.submit("/rewind")
        await opens(driver)
        assert JOB not in driver.text()
        await driver.press(*"hello", "enter")
        await driver.until(lambda: driver.chat.composer.text == "hello")
        assert driver.state.conversation.messages == [kept]


async def test_there_may_be_nothing_to_rewind_wrap_up_or_shorten(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.submit("/undo")
        await driver.submit("/compact")
        await driver.until(lambda: len(driver.notices()) == 2)
        assert driver.notices() == [
            "There is nothing to go back to yet.",
            "There is nothing to shorten yet.",
        ]
        assert driver.app.screen is driver.chat


async def test_exit_leaves_a_running_turn_in_order(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit(JOB)
        await driver.until(lambda: driver.state.open_questions)
        session = driver.state.session
        await driver.submit("/exit")
        await driver.until(lambda: not driver.app.is_running or driver.app.return_code == 0)
    async with running_app(resume=session) as driver:
        assert driver.state.last_end.reason == "interrupted"
