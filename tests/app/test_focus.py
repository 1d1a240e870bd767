"""Where the keys are: into the transcript and the panels, and back to the draft."""

from tui.widgets.effort_selector import EffortSelector
from tui.widgets.transcript.view import Transcript


async def in_transcript(cockpit) -> None:
    """Move into the transcript."""
    await cockpit.press("ctrl+up")
    assert isinstance(cockpit.app.focused, Transcript)


async def test_escape_and_ctrl_down_lead_from_the_transcript_back_to_the_draft(fly):
    async with fly() as cockpit:
        for key in ("escape", "ctrl+down"):
            await in_transcript(cockpit)
            await cockpit.press(key)
            assert cockpit.chat.composer.has_focus_within, key


async def test_letters_typed_elsewhere_are_written_into_the_draft(fly):
    async with fly() as cockpit:
        await cockpit.press(*"ab")
        await in_transcript(cockpit)
        await cockpit.press(*"cd?")
        assert cockpit.chat.composer.text == "abcd?"
        await cockpit.pilot.click(EffortSelector)
        assert cockpit.chat.context == "app"
        await cockpit.press("e")
        assert cockpit.chat.composer.text == "abcd?e"
        assert cockpit.chat.composer.has_focus_within


async def test_letters_that_are_keys_of_the_transcript_stay_keys(fly):
    async with fly() as cockpit:
        await in_transcript(cockpit)
        top = cockpit.chat.transcript.cursor
        await cockpit.press("k")
        assert cockpit.chat.transcript.cursor != top
        assert cockpit.chat.composer.is_empty
        assert isinstance(cockpit.app.focused, Transcript)


async def test_a_click_on_the_transcript_does_not_swallow_what_is_typed_next(fly):
    async with fly() as cockpit:
        await cockpit.pilot.click(Transcript, offset=(10, 30))
        await cockpit.press(*"why")
        assert cockpit.chat.composer.text == "why"


async def test_escape_leads_back_from_every_panel_reached_by_tab(fly):
    async with fly() as cockpit:
        reached = []
        for tabs in range(1, 5):
            await cockpit.press(*["tab"] * tabs)
            assert not cockpit.chat.composer.has_focus_within
            reached.append(type(cockpit.app.focused).__name__)
            await cockpit.press("escape")
            assert cockpit.chat.composer.has_focus_within, reached
        assert reached == ["BudgetPanel", "EffortSelector", "ChecklistPanel", "Transcript"]


async def test_keys_of_the_library_do_not_quit_behind_the_back_of_the_session(fly):
    async with fly() as cockpit:
        await cockpit.press("ctrl+q")
        assert cockpit.app.is_running
        assert cockpit.app.return_value is None
