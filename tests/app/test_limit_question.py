"""A limit is reached in the running program, and the user says how it goes on."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.app.limit_steps import swell
from tests.support.app_driver import AppDriver, StartApp
from tui.session import events as ev
from tui.widgets.limit_question import LimitQuestion
from tui.widgets.question_prompt import QuestionPrompt

ASK = "Add the missing return annotations."


async def listening(driver: AppDriver) -> QuestionPrompt:
    """Wait till a reached limit takes keys."""
    pane = driver.chat.live_pane
    await driver.until(lambda: pane.question is not None and pane.question.accepts_answers)
    assert pane.question.kind is LimitQuestion.kind
    return pane.question


@pytest.mark.parametrize(
    ("key", "reason"),
    [("f", "hard_limit"), ("s", "stopped"), ("p", "paused"), ("escape", "paused")],
)
async def test_a_key_says_how_it_goes_on_and_the_composer_has_the_keys_again(
    running_app: StartApp, key: str, reason: str
):
    async with running_app(mode="auto") as driver:
        await driver.submit("/config limits.requests 2")
        await driver.submit(ASK)
        await listening(driver)
        assert "The limit of 2 requests a turn is reached" in driver.text()
        await driver.press(key)
        await driver.until(lambda: not driver.chat.running)
        assert driver.state.last_end.reason == reason
        assert driver.chat.live_pane.question is None
        assert driver.chat.composer.has_focus_within


async def test_a_raised_limit_lets_the_work_go_on_in_place(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.submit("/config limits.requests 6")  # raised to 10; the work takes 9
        await driver.submit(ASK)
        await listening(driver)
        await driver.press("x")
        await driver.until(lambda: not driver.chat.running)
        assert driver.state.last_end.reason == "completed"
        assert driver.state.request == 9


async def test_a_lower_effort_is_taken_along(running_app: StartApp):
    async with running_app(mode="auto", effort="high") as driver:
        await driver.submit("/config limits.requests 6")
        await driver.submit(ASK)
        await listening(driver)
        await driver.press("l")
        await driver.until(lambda: not driver.chat.running)
        assert driver.state.effort == "medium"
        assert driver.state.last_end.reason == "completed"


async def test_at_the_reserve_an_extension_of_ones_own_goes_on_in_place(
    running_app: StartApp, project: Path
):
    swell(project)
    async with running_app(mode="auto", budget="20k") as driver:
        # The simulated model lands by itself in time: only a large reserve catches it at work.
        await driver.submit("/config stages.reserve 0.5")
        await driver.submit(ASK)
        await listening(driver)
        assert "Only the reserve of the budget is left" in driver.text()
        before = driver.state.request
        await driver.press("x", *"200k", "enter")
        await driver.until(lambda: driver.state.grant == 220_000)
        await driver.until(lambda: driver.state.request > before)
        assert driver.state.turn == 1


async def test_the_enter_behind_an_answer_does_not_answer_the_next_question(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.submit("/config limits.requests 1")
        await driver.submit(ASK)
        await listening(driver)
        assert "The limit of 1 request a turn is reached" in driver.text()
        await driver.chat.record_events(ev.LimitSet(limit="dollars", value=Decimal("0.01")))
        await driver.press("x")
        await driver.until(lambda: "The limit of $0.01 is reached" in driver.text())
        prompt = await listening(driver)
        assert prompt.accepts_answers and not prompt.accepts_key("enter")
        await driver.press("enter")
        assert isinstance(driver.state.open_limit, ev.LimitReached), "nobody has finished it"
        await driver.press("s")
        await driver.until(lambda: not driver.chat.running)
        assert driver.state.last_end.reason == "stopped"


async def test_a_draft_is_kept_and_tab_goes_to_the_question(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.submit("/config limits.requests 2")
        driver.chat.composer.set_draft(ASK)
        driver.chat.composer.submit()
        driver.chat.composer.set_draft("fs")  # before the question can come
        await driver.until(lambda: driver.chat.live_pane.question is not None)
        await driver.press(*"px")
        assert driver.chat.composer.text == "fspx"
        assert isinstance(driver.state.open_limit, ev.LimitReached)
        await driver.press("tab")
        await listening(driver)
        await driver.press("p")
        await driver.until(lambda: not driver.chat.running)
        assert driver.chat.composer.text == "fspx"


async def test_after_another_end_a_bigger_budget_only_says_how_it_goes_on(
    running_app: StartApp, project: Path
):
    swell(project)
    async with running_app(mode="auto", budget="20k") as driver:
        await driver.submit("/config stages.reserve 0.5")
        await driver.submit(ASK)
        await listening(driver)
        await driver.press("s")
        await driver.until(lambda: not driver.chat.running)
    async with running_app(mode="auto", resume="latest") as driver:
        await driver.submit("/budget +200k")
        await driver.until(lambda: driver.state.grant == 220_000)
        await driver.until(
            lambda: "To go on with the work, send “continue”" in " ".join(driver.notices())
        )
        assert driver.state.turn == 1, "nothing is sent"


async def test_paused_and_quit_it_is_resumed_extended_and_goes_on(
    running_app: StartApp, project: Path
):
    swell(project)
    async with running_app(mode="auto", budget="20k") as driver:
        await driver.submit("/config stages.reserve 0.5")
        await driver.submit(ASK)
        await listening(driver)
        await driver.press("p")
        await driver.until(lambda: not driver.chat.running)
        assert driver.state.last_end.reason == "paused"
        before, used = driver.state.request, driver.state.charged
    async with running_app(mode="auto", resume="latest") as driver:
        assert driver.state.charged == used
        await driver.submit("/budget +200k")
        await driver.until(lambda: driver.state.grant == 220_000)
        # It goes on by itself: it waited for nothing else.
        await driver.until(lambda: driver.state.turn == 2 and driver.state.request > before)
        assert driver.state.prompts[-1] == "Continue with what is left in the wrap-up report."
        await driver.until(lambda: driver.state.charged > used)
        await driver.press("escape")
        await driver.until(lambda: not driver.chat.running)
        assert driver.state.left == 220_000 - driver.state.charged
