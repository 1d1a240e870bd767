"""Offers in the running program: a bigger budget, room to continue, a lower effort."""

from pathlib import Path

import pytest

from tests.app.budget_steps import cap
from tests.app.offer_steps import landed
from tests.support.app_driver import AppDriver, StartApp
from tui.session import events as ev
from tui.session.wrapup import WrapUp
from tui.widgets.offer_question import OfferQuestion
from tui.widgets.question_prompt import QuestionPrompt

LARGE = "\n\n\n".join(f"def f{n}(a):\n    a()\n    x = {n}\n    return 'text'" for n in range(40))


async def offered(driver: AppDriver) -> QuestionPrompt:
    """Wait till an offer takes keys."""
    pane = driver.chat.live_pane
    await driver.until(lambda: pane.question is not None and pane.question.accepts_answers)
    assert pane.question.kind is OfferQuestion.kind
    return pane.question


async def test_a_budget_that_was_declined_is_answered_with_a_bigger_one_at_one_key(
    running_app: StartApp, project: Path
):
    for n in range(60):
        (project / "src" / f"more{n}.py").write_text(LARGE)
    async with running_app(mode="auto", budget="20k") as driver:
        await driver.submit("Add the missing return annotations.")
        await offered(driver)
        assert driver.state.last_end.reason == "declined"
        bigger = driver.state.last_end.budget
        assert bigger > 20_000
        assert f"y give {bigger // 1_000}k and ask again" in driver.text()
        await driver.press("y")
        await driver.until(lambda: driver.state.turn == 2 and driver.state.request > 1)
        assert driver.state.grant == bigger
        assert driver.state.prompts[-1] == "Add the missing return annotations."
        assert driver.chat.live_pane.question is None


async def test_an_offer_is_declined_or_forgotten_with_the_next_prompt(
    running_app: StartApp, project: Path
):
    for n in range(60):
        (project / "src" / f"more{n}.py").write_text(LARGE)
    async with running_app(mode="auto", budget="20k") as driver:
        await driver.submit("Add the missing return annotations.")
        await offered(driver)
        await driver.press("n")
        assert driver.chat.live_pane.question is None
        assert driver.chat.composer.has_focus_within
        assert driver.state.grant == 20_000
        await driver.submit("Add the missing return annotations.")
        await offered(driver)
        await driver.run_turn("hello")
        assert driver.chat.live_pane.question is None


async def test_work_that_stopped_for_its_budget_goes_on_with_a_bigger_one_at_one_key(
    running_app: StartApp,
):
    async with running_app(mode="auto", budget="60k") as driver:
        await driver.run_turn("hello")
        end = ev.TurnEnded(turn=1, reason="landed", sentence="It needs more.", budget=100_000)
        await driver.chat.record_events(end)
        await offered(driver)
        assert "The model says that the rest needs more" in driver.text()
        assert "y give 100k and continue" in driver.text()
        await driver.press("y")
        await driver.until(lambda: driver.state.turn == 2 and not driver.chat.running)
        assert driver.state.grant == 100_000
        assert driver.state.prompts[-1] == "Continue with what is left in the wrap-up report."


async def test_an_offer_that_was_declined_stays_in_the_landing_block_and_nowhere_else(
    running_app: StartApp,
):
    async with running_app(mode="auto", budget="60k") as driver:
        await driver.run_turn("hello")
        said = "Landed on the budget. Set /budget 100k."
        report = ev.WrappedUp(turn=1, report=WrapUp(not_started=("parse.py",)))
        end = ev.TurnEnded(turn=1, reason="landed", sentence=said, budget=100_000)
        await driver.chat.record_events(report, end)
        await offered(driver)
        await driver.press("n")
        assert "c continue with +40k" in driver.text()
        assert not any("Landed on the budget" in each for each in driver.notices())
        driver.app.run_command("report.continue")
        await offered(driver)
        assert "y add 40k and continue" in driver.text()


async def test_continuing_offers_the_extension_first_where_too_little_is_left(
    running_app: StartApp,
):
    """2 × 4,000 estimated, 24,000 taken where 20,000 were estimated: (3 × 1.2 + 2) ÷ 5 of it.

    30,000 less 24,000 are 6,000. 8,960 and the reserve of 35,360 (2,829) less 6,000 are
    5,789: 10,000 in steps of 5,000.
    """
    async with running_app(mode="auto") as driver:
        await landed(driver, grant=30_000, spent=24_000)
        assert "┃ Landed · 3 of 5 done · 24k used of 30k" in driver.text()
        assert "next  Do d and 1 more    ≈ 9k" in driver.text()
        assert "c continue with +10k" in driver.text()
        driver.app.run_command("report.continue")
        await offered(driver)
        assert "The rest needs ≈ 9k tokens" in driver.text()
        assert "6k left of 30k is too little" in driver.text()
        assert "y add 10k and continue" in driver.text()
        await driver.press("y")
        await driver.until(lambda: driver.state.turn == 2 and not driver.chat.running)
        assert driver.state.grant == 40_000
        assert driver.state.prompts[-1].startswith("Continue with what is left")


async def test_continuing_goes_on_at_once_where_there_is_room_or_no_budget(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await landed(driver, grant=90_000, spent=24_000)
        driver.app.run_command("report.continue")
        await driver.until(lambda: driver.state.turn == 2 and not driver.chat.running)
        assert driver.state.grant == 90_000
    async with running_app(mode="auto") as driver:
        await landed(driver, grant=None, spent=24_000)
        driver.app.run_command("report.continue")
        await driver.until(lambda: driver.state.turn == 2 and not driver.chat.running)


async def test_with_a_budget_for_each_prompt_each_gets_what_the_rest_needs(
    running_app: StartApp,
):
    """20,000 for a prompt, and 90,000 taken where 20,000 were estimated.

    8,000 × (3 × 4.5 + 2) ÷ 5 are 24,800 to finish. With 2,144 of reserve 6,944 are missing, so
    30,000 for each prompt.
    """
    async with running_app(mode="auto") as driver:
        await landed(driver, grant=20_000, spent=90_000, scope="turn")
        driver.app.run_command("report.continue")
        await offered(driver)
        assert "The rest needs ≈ 25k tokens" in driver.text()
        assert "y add 10k and continue" in driver.text()
        await driver.press("y")
        await driver.until(lambda: driver.state.turn == 2 and not driver.chat.running)
        assert (driver.state.envelope.base, driver.state.envelope.scope) == (30_000, "turn")


async def test_a_cap_leaves_what_it_leaves(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    cap(monkeypatch, tmp_path, "task_budget = 30_000")
    async with running_app(mode="auto", budget="30k") as driver:
        await landed(driver, grant=30_000, spent=24_000)
        driver.app.run_command("report.continue")
        await offered(driver)
        assert "The rest needs ≈ 9k tokens and the wrap-up: 6k left." in driver.text()
        assert "The cap of Platform team" in driver.text()
        assert "w work with the 6k left" in driver.text() and "another amount" not in driver.text()
        await driver.press("w")
        await driver.until(lambda: driver.state.turn == 2 and not driver.chat.running)
        assert driver.state.grant == 30_000
        assert driver.state.prompts[-1].startswith("Continue with what is left")


async def test_a_lower_effort_is_offered_once_at_the_approach(
    running_app: StartApp,
):
    async with running_app(effort="high") as driver:
        await driver.chat.record_events(ev.BudgetGranted(total=100_000))
        await driver.chat.record_events(
            ev.StageCrossed(stage="approach", charged=86_000, grant=100_000)
        )
        await driver.pilot.pause()
        (said,) = [each for each in driver.notices() if "lower effort" in each]
        assert said.startswith("At a lower effort the rest takes fewer tokens: alt+")
        assert said.endswith("lowers it from high to medium, from your next prompt on.")
        await driver.press("alt+down")
        await driver.until(lambda: driver.state.effort == "medium")


async def test_at_the_lowest_effort_nothing_lower_is_offered(
    running_app: StartApp,
):
    async with running_app(effort="low", budget="100k") as driver:
        await driver.chat.record_events(
            ev.StageCrossed(stage="approach", charged=86_000, grant=100_000)
        )
        await driver.pilot.pause()
        assert not [each for each in driver.notices() if "lower effort" in each]
