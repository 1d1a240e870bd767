"""The budget advisor in the running program."""

import threading
from pathlib import Path

import pytest

from tests.app.limit_steps import swell
from tests.support.app_driver import PROMPT, AppDriver, StartApp
from tests.support.idle_loop import held_threads
from tui.agent.open_session import OpenSession
from tui.screens import advisor_view
from tui.screens.past_runs import PastRuns, read_past_runs
from tui.settings.user_folders import project_settings, user_folders
from tui.widgets.advice_panel import READING, AdvicePanel


async def open_advisor(driver: AppDriver, words: str) -> AdvicePanel:
    await driver.submit(words)
    return await advisor_of(driver)


async def advisor_of(driver: AppDriver) -> AdvicePanel:
    """The advisor, once it has read the history."""
    await driver.until(lambda: driver.chat.panel_area.panel is not None)
    panel = driver.chat.panel_area.panel
    assert isinstance(panel, AdvicePanel)
    await driver.until(lambda: not panel.picture.page.is_reading)
    driver.paint()
    return panel


async def test_the_published_range_is_shown_and_enter_gives_the_budget(running_app: StartApp):
    async with running_app() as driver:
        before = driver.items()
        await open_advisor(driver, "/advise bug fix")
        assert "Budget advisor · bug fix" in driver.text()
        assert "p90 50,000 (published range) = 50,000. Fits about 9 in 10." in driver.text()
        assert driver.items() == before
        await driver.press("enter")
        await driver.until(lambda: driver.chat.session.state.grant == 50_000)
        assert driver.chat.panel_area.panel is None


async def test_keys_move_the_cursor_and_change_the_kind(running_app: StartApp):
    async with running_app() as driver:
        panel = await open_advisor(driver, "/advise bug fix")
        await driver.press("5")
        assert "fits 50 % at 20k" in panel.text_to_copy()
        await driver.press("right", "right")
        assert panel.picture.budget > 20_000
        await driver.press("home")
        assert panel.picture.budget == panel.picture.ends[0]
        await driver.press("k")
        await driver.until(lambda: panel.picture.page.kind == "feature")
        assert "250,000" in panel.text_to_copy()
        await driver.press("escape")
        assert driver.chat.session.state.grant is None


async def test_without_words_the_kind_is_that_of_the_last_prompt(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()  # "Add the missing return annotations."
        panel = await open_advisor(driver, "/advise")
        assert panel.picture.page.kind == "feature"


async def test_a_kind_that_is_none_gets_a_sentence(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("/advise poem")
        await driver.until(lambda: "There is no kind" in driver.text())
        assert driver.chat.panel_area.panel is None


async def test_m_shows_every_effort_and_no_key_gives_a_budget_there(running_app: StartApp):
    async with running_app() as driver:
        panel = await open_advisor(driver, "/advise bug fix")
        before = panel.picture.budget
        await driver.press("m")
        driver.paint()
        said = " ".join(driver.text().split())
        # √(10,000 × 40,000) = 20,000 at high, times the default of each effort.
        for row in ("low ≈ 12,000", "high ≈ 20,000", "max ≈ 30,000"):
            assert row in said
        assert "m budget" in said
        await driver.press("5", "right", "enter")
        assert panel.is_attached
        assert panel.picture.budget == before
        await driver.press("k")
        await driver.until(lambda: "low ≈ 60,000" in " ".join(panel.text_to_copy().split()))
        await driver.press("m")
        assert "p90 250,000 (published range)" in panel.text_to_copy()
        assert driver.chat.session.state.grant is None


async def test_a_model_without_efforts_has_no_matrix(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("/model haiku-4.5")
        await driver.until(lambda: "none for this model" in driver.text())
        panel = await open_advisor(driver, "/advise bug fix")
        await driver.press("m")
        assert "p90 50,000 (published range)" in panel.text_to_copy()


async def test_the_panel_opens_before_the_history_is_read(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    """Reading is held up: the frame is there, keys give nothing; then the picture follows."""
    reads, go_on = read_past_runs, threading.Event()

    def read_late(session: OpenSession) -> PastRuns:
        go_on.wait()
        return reads(session)

    monkeypatch.setattr(advisor_view, "read_past_runs", read_late)
    async with running_app() as driver:
        try:
            with held_threads():
                await driver.submit("/advise bug fix")
                await driver.until(lambda: driver.chat.panel_area.panel is not None)
                panel = driver.chat.panel_area.panel
                assert isinstance(panel, AdvicePanel)
                driver.paint()
                assert "Budget advisor · bug fix" in driver.text()
                assert panel.text_to_copy() == READING
                await driver.press("9", "m", "enter")
                assert panel.is_attached
        finally:
            go_on.set()
        await driver.until(lambda: not panel.picture.page.is_reading)
        assert "fits 90 % at 50k" in panel.text_to_copy()
        assert driver.chat.session.state.grant is None


async def test_one_key_each_saves_the_budget_for_the_project_and_for_the_user(
    running_app: StartApp, project: Path
):
    async with running_app(trust=True) as driver:
        await open_advisor(driver, "/advise bug fix")
        assert "p saves it for this project too · u for all your sessions" in driver.text()
        await driver.press("p")
        await driver.until(lambda: project_settings(project).exists())
        assert driver.state.grant == 50_000
        assert "task_budget = 50" in project_settings(project).read_text()
        await open_advisor(driver, "/advise documentation")
        await driver.press("u")
        await driver.until(lambda: driver.state.grant == 150_000)
        await driver.until(lambda: user_folders().settings.exists())
        assert "task_budget = 150" in user_folders().settings.read_text()


async def test_from_the_offer_a_key_opens_it_and_comes_back_with_the_figure(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.press(*"fix the bug")
        await driver.press("alt+a")
        panel = await advisor_of(driver)
        assert panel.picture.page.kind == "bug fix"
        assert "enter chooses 50,000 tokens" in panel.text_to_copy()
        await driver.press("5", "enter")
        assert driver.state.grant is None
        assert any("▸ 20k" in row for row in driver.rows())
        assert driver.chat.composer.text == "fix the bug"
        await driver.press("enter")
        await driver.until_idle()
        assert driver.state.grant == 20_000


async def test_from_a_reached_limit_a_key_opens_it_and_comes_back_with_what_to_add(
    running_app: StartApp, project: Path
):
    swell(project)
    async with running_app(mode="auto", budget="20k") as driver:
        await driver.submit("/config stages.reserve 0.5")
        await driver.submit(PROMPT)
        pane = driver.chat.live_pane
        await driver.until(lambda: pane.question is not None and pane.question.accepts_answers)
        await driver.press("a")
        panel = await advisor_of(driver)
        assert "enter extends to 250,000 tokens" in panel.text_to_copy()
        await driver.press("enter")
        question = pane.question
        assert question is not None and question.is_writing
        assert question._input.value == "230k"
        await driver.press("enter")
        await driver.until(lambda: driver.state.grant == 250_000)
        await driver.until_idle()


async def test_h_shows_percentiles_and_runs_and_no_key_gives_a_budget_there(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        panel = await open_advisor(driver, "/advise")
        before = panel.picture.budget
        await driver.press("h")
        driver.paint()
        assert "each percentile in tokens, and where it lies 8 times in 10" in driver.text()
        assert "all: 1 run" in panel.text_to_copy()
        assert "h budget" in driver.text()
        await driver.press("5", "right", "enter")
        assert panel.is_attached
        assert panel.picture.budget == before
        await driver.press("h")
        assert "enter" in panel.text_to_copy()
        assert driver.chat.session.state.grant is None
