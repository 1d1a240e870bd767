"""Pages of the program in a panel: nothing of them stays, and the draft is kept."""

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.reports.summary_pages import usage_summary
from tui.widgets.panel_area import BESIDE_CELLS, BESIDE_CLASS


async def open_page(driver: AppDriver) -> None:
    """Show a page in a panel."""
    chat = driver.chat
    chat.show_page("Usage", lambda: usage_summary(chat.meters))
    await driver.until(lambda: " Usage " in driver.text())


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["over", "beside"])
async def test_a_page_opens_in_a_panel_and_escape_leaves_nothing_of_it(
    running_app: StartApp, size: tuple[int, int]
):
    async with running_app(size=size) as driver:
        chat, log = driver.chat, driver.records()
        before, messages = driver.items(), driver.state.conversation.messages
        chat.composer.set_draft("a draft")
        await open_page(driver)
        assert driver.chat.keys.context == "panel"
        await driver.press("escape")
        assert chat.panel_area.panel is None
        assert chat.focused is chat.composer.draft
        assert chat.composer.text == "a draft"
        assert driver.items() == before
        assert driver.records() == log
        assert driver.state.conversation.messages == messages


async def test_a_panel_is_beside_the_transcript_where_there_is_room_and_over_it_elsewhere(
    running_app: StartApp,
):
    async with running_app(size=(BESIDE_CELLS, 40)) as driver:
        chat = driver.chat
        await open_page(driver)
        panel = chat.panel_area.panel
        assert panel is not None and chat.has_class(BESIDE_CLASS)
        assert panel.region.x == chat.transcript.region.right
        assert panel.region.y == chat.transcript.region.y
        await driver.pilot.resize_terminal(BESIDE_CELLS - 1, 40)
        await driver.until(lambda: panel.region.y == chat.transcript.region.bottom)
        assert not chat.has_class(BESIDE_CLASS)


async def test_letters_in_a_panel_go_to_the_draft_and_escape_there_closes_the_panel(
    running_app: StartApp,
):
    async with running_app() as driver:
        chat = driver.chat
        await open_page(driver)
        await driver.press("h", "i")
        assert chat.composer.text == "hi" and chat.panel_area.panel is not None
        await driver.press("escape")
        assert chat.panel_area.panel is None and chat.composer.text == "hi"


async def test_escape_closes_the_panel_before_it_interrupts(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("Add the missing return annotations.")
        await driver.until(lambda: driver.chat.running)
        await open_page(driver)
        await driver.press("escape")
        assert driver.chat.panel_area.panel is None
        assert driver.state.last_end is None
        await driver.press("escape")
        await driver.until(lambda: not driver.chat.running)


async def test_another_page_replaces_the_one_that_is_open(running_app: StartApp):
    async with running_app() as driver:
        await open_page(driver)
        first = driver.chat.panel_area.panel
        await open_page(driver)
        assert driver.chat.panel_area.panel is not first
        assert len(driver.chat.query("Panel")) == 1


async def test_figures_in_a_panel_follow_what_happens_and_rest_while_nothing_does(
    running_app: StartApp,
):
    async with running_app() as driver:
        await open_page(driver)
        body = driver.chat.panel_area.searched
        assert body is not None
        before, made = body.text_to_copy(), body.painter.strips_made
        driver.chat.panel_area.content_changed()
        await driver.until(lambda: not driver.chat.panel_area._refresh_pending)
        assert body.painter.strips_made == made, "the same figures make no line"
        driver.chat.submit("Explain this project")
        await driver.until(lambda: body.text_to_copy() != before)


async def test_find_looks_through_the_page_of_the_panel(running_app: StartApp):
    async with running_app() as driver:
        await open_page(driver)
        await driver.press("ctrl+f", *"context")
        assert driver.chat.searched.search.match_count == (1, 1)
        await driver.press("escape")
        assert driver.chat.keys.context == "panel"


async def test_the_page_is_copied_as_its_text(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    async with running_app() as driver:
        copied: list[str] = []
        monkeypatch.setattr(driver.app, "copy_to_clipboard", copied.append)
        await open_page(driver)
        await driver.press("y")
        await driver.until(lambda: copied)
        assert "| budget |" in copied[0]
