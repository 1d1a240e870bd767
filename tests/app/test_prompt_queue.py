"""What is sent while the program cannot take it is seen, can be taken back, and is never lost."""

import asyncio
import os

import pytest

from tests.support.app_driver import PROMPT, AppDriver, StartApp
from tui.agent.model_notes import steering
from tui.reports.transcript_items import PromptItem
from tui.session import events as ev

ONLY = "only src/parse.py"


def queued(driver: AppDriver) -> list[str]:
    """The rows of what waits."""
    return [row for row in driver.rows() if row.lstrip().startswith("↳")]


def prompts(driver: AppDriver) -> list[str]:
    return [item.text for item in driver.items() if isinstance(item, PromptItem)]


async def ask(driver: AppDriver) -> None:
    """A turn that waits for the answer to a question."""
    await driver.submit(PROMPT)
    await driver.until(lambda: driver.state.open_questions)


async def answer_till_idle(driver: AppDriver) -> None:
    while driver.chat.running:
        driver.answer_all()
        await driver.pilot.pause(0.01)


async def test_words_for_the_turn_are_seen_till_they_go_and_are_a_prompt_then(
    running_app: StartApp,
):
    async with running_app(size=(149, 45)) as driver:
        await ask(driver)
        assert queued(driver) == []
        await driver.submit(ONLY)
        (row,) = queued(driver)
        tokens = steering(ONLY).estimate
        assert f"↳ {ONLY}   ≈ {tokens} tokens" in row
        assert "goes with the next result, after your answer · ↑ edit · esc esc send now" in row
        while ONLY not in prompts(driver):
            assert queued(driver)
            driver.answer_all()
            await driver.pilot.pause(0.01)
            driver.paint()
        await driver.until(lambda: queued(driver) == [])
        await answer_till_idle(driver)


async def test_up_takes_the_newest_back_and_what_is_edited_goes_again(running_app: StartApp):
    async with running_app() as driver:
        await ask(driver)
        await driver.submit("first")
        await driver.submit("second")
        driver.chat.composer.focus()
        await driver.press("up")
        assert driver.chat.composer.text == "second"
        assert [row.split()[1] for row in queued(driver)] == ["first"]
        await driver.press(*" too", "enter")
        assert [row.split("   ")[0].strip() for row in queued(driver)] == [
            "↳ first",
            "↳ second too",
        ]
        await driver.press("up", "ctrl+u")
        await driver.until(lambda: list(driver.state.queued_prompts) == ["first"])
        driver.answer_all()
        await answer_till_idle(driver)
        assert prompts(driver) == [PROMPT, "first"]


async def test_escape_twice_interrupts_and_sends(running_app: StartApp):
    async with running_app() as driver:
        await ask(driver)
        await driver.submit("hello")
        driver.chat.composer.focus()
        await driver.press("escape", "escape")
        await driver.until(lambda: driver.state.turn == 2 and not driver.chat.running)
        assert driver.state.prompts == [PROMPT, "hello"]
        assert (driver.chat.composer.text, queued(driver)) == ("", [])
        ends = [each.event for each in driver.records() if isinstance(each.event, ev.TurnEnded)]
        assert ends[0].reason == "interrupted"
        assert not driver.choosing, "the list of prompts to go back to"


async def test_escape_once_interrupts_and_sends_nothing(running_app: StartApp):
    async with running_app() as driver:
        await ask(driver)
        await driver.submit("hello")
        driver.chat.composer.focus()
        await driver.press("escape")
        await driver.until_idle()
        assert (driver.chat.composer.text, queued(driver)) == ("hello", [])
        assert driver.state.turn == 1


OBSTACLES = ("opening", "command", "compaction")


@pytest.mark.parametrize("obstacle", OBSTACLES)
async def test_what_waits_for_something_else_says_for_what(obstacle: str, running_app: StartApp):
    gate = asyncio.Event()
    if obstacle != "opening":
        gate.set()
    async with running_app(gate=gate, mode="auto", size=(160, 45)) as driver:
        if obstacle == "command":
            await driver.until_idle()
            os.mkfifo(driver.folder / "gate")
            await driver.submit("!cat gate")
        if obstacle == "compaction":
            await driver.until_idle()
            await driver.run_turn("hello")
            driver.app.handle_input("/compact")
        driver.app.handle_input("what can you do?")
        if obstacle == "opening":
            await driver.until(driver.chat.widgets_mounted.is_set)
        goes = {
            "opening": "goes when the session is open",
            "command": "goes when cat gate has ended",
            "compaction": "goes when the conversation has been shortened",
        }[obstacle]
        (waiting,) = driver.chat.queued._prompts
        assert (waiting.text, waiting.waits_for) == ("what can you do?", goes)
        gate.set()
        if obstacle == "command":
            await asyncio.to_thread((driver.folder / "gate").write_text, "told")
        await driver.until(lambda: "what can you do?" in prompts(driver))
        await driver.until_idle()
        assert queued(driver) == []


async def test_what_the_program_could_not_send_is_back_at_the_next_start(running_app: StartApp):
    async with running_app() as driver:
        await ask(driver)
        await driver.submit(ONLY)
        session = driver.state.session
    async with running_app(resume=session) as driver:
        assert driver.chat.composer.text == ONLY
        assert "it is back in the composer" in driver.notices()[-1]
        await driver.submit("hello")
        await driver.until_idle()
        assert not driver.state.queued_prompts
    async with running_app(resume=session) as driver:
        assert driver.chat.composer.text == ""
