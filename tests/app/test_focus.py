"""Where the keys are: into the transcript and the panels, and back to the draft."""

from tests.support.app_driver import AppDriver, StartApp
from tui.widgets.effort_selector import EffortSelector
from tui.widgets.transcript.transcript_view import Transcript


async def in_transcript(driver: AppDriver) -> None:
    """Move into the transcript."""
    await driver.press("ctrl+up")
    assert isinstance(driver.app.focused, Transcript)


async def test_escape_and_ctrl_down_lead_from_the_transcript_back_to_the_draft(
    running_app: StartApp,
):
    async with running_app() as driver:
        for key in ("escape", "ctrl+down"):
            await in_transcript(driver)
            await driver.press(key)
            assert driver.chat.composer.has_focus_within, key


async def test_letters_typed_elsewhere_are_written_into_the_draft(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.press(*"ab")
        await in_transcript(driver)
        await driver.press(*"cd?")
        assert driver.chat.composer.text == "abcd?"
        await driver.pilot.click(EffortSelector)
        assert driver.chat.keys.context == "app"
        await driver.press("e")
        assert driver.chat.composer.text == "abcd?e"
        assert driver.chat.composer.has_focus_within


async def test_letters_that_are_keys_of_the_transcript_stay_keys(
    running_app: StartApp,
):
    async with running_app() as driver:
        await in_transcript(driver)
        top = driver.chat.transcript.cursor.stop
        await driver.press("k")
        assert driver.chat.transcript.cursor.stop != top
        assert driver.chat.composer.is_empty
        assert isinstance(driver.app.focused, Transcript)


async def test_a_click_on_the_transcript_does_not_swallow_what_is_typed_next(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.pilot.click(Transcript, offset=(10, 30))
        await driver.press(*"why")
        assert driver.chat.composer.text == "why"


async def test_escape_leads_back_from_every_panel_reached_by_tab(
    running_app: StartApp,
):
    async with running_app(budget="60k") as driver:
        reached = []
        for tabs in range(1, 5):
            await driver.press(*["tab"] * tabs)
            assert not driver.chat.composer.has_focus_within
            reached.append(type(driver.app.focused).__name__)
            await driver.press("escape")
            assert driver.chat.composer.has_focus_within, reached
        assert reached == ["BudgetPanel", "EffortSelector", "ChecklistPanel", "Transcript"]


async def test_keys_of_the_library_do_not_quit_behind_the_back_of_the_session(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.press("ctrl+q")
        assert driver.app.is_running
        assert driver.app.return_value is None
