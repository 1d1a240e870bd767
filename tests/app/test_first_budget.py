"""A session without a budget is offered one with its first prompt, and typing never notices."""

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.session.session_summary import SessionSummary


def row(driver: AppDriver) -> str:
    """The row of the offer; empty where there is none."""
    return next((row.strip() for row in driver.rows() if row.startswith(" budget ")), "")


async def test_without_a_choice_the_first_prompt_brings_no_budget(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        assert "▸ none   50k   other" in row(driver)
        assert "tab changes · alt+a advises · 10k–40k, published" in row(driver)
        await driver.press(*"hello")
        assert "tab" not in row(driver)  # it completes a word now
        await driver.press("enter")
        await driver.until_idle()
        assert (driver.state.turn, driver.state.grant, row(driver)) == (1, None, "")


async def test_one_key_chooses_and_the_prompt_brings_it(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.press("tab")
        assert "none ▸ 50k   other    given with your prompt · tab changes" in row(driver)
        await driver.press(*"refactor")  # what was chosen stays
        assert "▸ 50k" in row(driver)
        await driver.press("enter")
        await driver.until_idle()
        assert (driver.state.grant, row(driver)) == (50_000, "")


async def test_the_offer_follows_what_is_written(running_app: StartApp):
    async with running_app() as driver:
        await driver.press(*"refactor it")
        assert "▸ none   300k" in row(driver)
        assert "a refactoring: 200k–500k, published" in row(driver)


async def test_another_amount_is_typed_as_a_command(running_app: StartApp):
    async with running_app() as driver:
        await driver.press("tab", "tab")
        assert driver.chat.composer.text == "/budget 50k"
        await driver.press(*["backspace"] * 3, *"120k", "enter")
        await driver.until(lambda: driver.state.grant == 120_000)
        assert row(driver) == ""
        await driver.press("tab")
        assert not driver.chat.composer.draft.has_focus


SILENT = {
    "a budget": {"budget": "60k"},
    "a limit in dollars": {"budget": "$5"},
    "the setting": {},
    "a model that is told by notes": {"model": "claude-haiku-4-5"},
}


@pytest.mark.parametrize("why", SILENT)
async def test_nothing_is_offered_where(
    why: str, running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    if why == "the setting":
        monkeypatch.setenv("GLIDESLOPE_BUDGET_OFFER", "false")
    async with running_app(**SILENT[why]) as driver:
        assert row(driver) == ""
        await driver.press("tab")
        assert not driver.chat.composer.draft.has_focus


async def test_a_resumed_session_is_not_asked_again(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn("hello")
        session = driver.state.session
    async with running_app(resume=session) as driver:
        assert row(driver) == ""


async def test_finished_sessions_of_the_folder_suggest(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    def summary(number: int) -> SessionSummary:
        return SessionSummary(
            key="k", id=str(number), name="", folder="/p", created=0, updated=0, model="m",
            effort=None, turns=1, prompt="", requests=1, charged=number * 10_000, dollars=None,
            end="completed" if number < 6 else "interrupted", parent="", last=9,
        )  # fmt: skip

    async def summaries(_: object) -> list[SessionSummary]:
        return [summary(number) for number in range(1, 9)]

    monkeypatch.setattr("tui.bootstrap.Bootstrap.summaries", summaries)
    async with running_app() as driver:
        await driver.until(lambda: "75k" in row(driver))
        assert "5 finished sessions here: 10k–50k" in row(driver)
