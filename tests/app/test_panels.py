"""Pages of the program in a panel: nothing of them stays, and the draft is kept."""

import pytest

from tests.support.app_driver import StartApp
from tui.widgets.panel_area import BESIDE_CELLS, BESIDE_CLASS
from tui.widgets.panel_text import PanelText

PAGES = {
    "/usage": "Usage",
    "/usage by turn": "Usage by turn",
    "/cost": "Cost",
    "/cost by model": "Cost by model",
    "/context": "Context",
    "/budget": "Budget",
    "/wire": "Last request",
    "/config": "Settings",
    "/keys": "Keys",
    "/permissions": "Permissions",
    "/model": "Model",
    "/status": "Status",
    "/memory": "Memory files",
    "/doctor": "Doctor",
    "/sandbox": "Sandbox",
    "/entries": "Entries · budget",
    "/entries time": "Entries · time",
    "/help": "Help",
    "/help all": "Help",
    "/help budget": "Budget",
}
"""Commands that show a page, with its title."""


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["over", "beside"])
async def test_a_page_opens_in_a_panel_and_escape_leaves_nothing_of_it(
    running_app: StartApp, size: tuple[int, int]
):
    async with running_app(size=size) as driver:
        await driver.run_turn("hello")
        chat, log = driver.chat, driver.records()
        before, messages = driver.items(), driver.state.conversation.messages
        for command, title in PAGES.items():
            driver.app.handle_command(command)
            chat.composer.set_draft("a draft")
            await driver.until(lambda: chat.keys.context == "panel")  # some ask elsewhere first
            assert any(title in row for row in driver.rows() if "╭" in row), command
            assert driver.page(), command
            for page in driver.app.screen.query(PanelText):
                widths = {row.cell_length for row in page.render_lines(page.size.region)}
                assert widths == {page.size.width}, f"{command}: an update leaves out short rows"
            await driver.press("escape")
            assert chat.panel_area.panel is None, command
            assert chat.focused is chat.composer.draft, command
            assert chat.composer.text == "a draft", command
            assert driver.items() == before, command
        assert driver.records() == log
        assert driver.state.conversation.messages == messages


async def test_a_panel_is_beside_the_transcript_where_there_is_room_and_over_it_elsewhere(
    running_app: StartApp,
):
    async with running_app(size=(BESIDE_CELLS, 40)) as driver:
        chat = driver.chat
        await driver.submit("/usage")
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
        await driver.submit("/usage")
        await driver.press("h", "i")
        assert chat.composer.text == "hi" and chat.panel_area.panel is not None
        await driver.press("escape")
        assert chat.panel_area.panel is None and chat.composer.text == "hi"


async def test_escape_closes_the_panel_before_it_interrupts(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("Add the missing return annotations.")
        await driver.until(lambda: driver.chat.running)
        await driver.submit("/usage")
        await driver.until(lambda: driver.chat.panel_area.panel is not None)
        await driver.press("escape")
        await driver.until(lambda: driver.chat.panel_area.panel is None)
        assert driver.state.last_end is None
        await driver.press("escape")
        await driver.until(lambda: not driver.chat.running)


async def test_a_question_leaves_the_keys_to_the_panel_that_is_read(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("/usage")
        await driver.until(lambda: driver.chat.panel_area.panel is not None)
        driver.chat.submit("Add the missing return annotations.")
        await driver.until(lambda: driver.chat.live_pane.question is not None)
        assert driver.chat.keys.context == "panel"
        await driver.press("escape")
        assert driver.chat.panel_area.panel is None
        assert driver.state.last_end is None and driver.state.open_questions
        await driver.press("escape")
        await driver.until(lambda: not driver.chat.running)


async def test_another_page_replaces_the_one_that_is_open(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("/usage")
        first = driver.chat.panel_area.panel
        await driver.submit("/usage")
        assert driver.chat.panel_area.panel is not first
        assert len(driver.chat.query("Panel")) == 1


async def test_figures_in_a_panel_follow_what_happens_and_rest_while_nothing_does(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.submit("/usage")
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
        await driver.submit("/usage")
        await driver.press("ctrl+f")
        await driver.until(lambda: "words in this page" in driver.text())
        await driver.press(*"context")
        assert driver.chat.searched.search.match_count == (1, 1)
        await driver.press("escape")
        assert driver.chat.keys.context == "panel"


async def test_the_key_of_the_next_match_goes_on_in_the_page_of_the_panel(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("/keys")
        await driver.press("ctrl+f", *"alt")
        first, count = driver.chat.searched.search.match_count
        assert count > 1
        await driver.press("f3")
        assert driver.chat.searched.search.match_count == (first % count + 1, count)


async def test_the_page_is_copied_as_its_text(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    async with running_app() as driver:
        copied: list[str] = []
        monkeypatch.setattr(driver.app, "copy_to_clipboard", copied.append)
        await driver.submit("/usage")
        await driver.press("y")
        await driver.until(lambda: copied)
        assert "| budget |" in copied[0]


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (160, 45)])
async def test_the_help_has_at_most_twelve_rows_and_every_word_in_full(
    running_app: StartApp, size: tuple[int, int]
):
    async with running_app(size=size) as driver:
        await driver.press("question_mark")
        panel = driver.chat.panel_area.panel
        assert panel is not None and panel.region.height <= 12
        rows = "\n".join(driver.rows())
        for words in ("esc interrupt", "esc esc rewind", "alt+↑/↓ effort", "/undo", "/help all"):
            assert words in rows, words


async def test_a_long_page_is_scrolled_to_its_end_and_back(running_app: StartApp):
    async with running_app(size=(80, 24)) as driver:
        await driver.submit("/help all")
        assert "Type a command, or press its key." in driver.text()
        await driver.press("end")
        assert "Save and quit" in driver.text()
        await driver.press("home", "down")
        assert "Type a command, or press its key." not in driver.text()
        await driver.press("pageup")
        assert "Type a command, or press its key." in driver.text()


async def test_a_prompt_sent_beside_a_panel_leaves_it_and_one_below_it_closes_it(
    running_app: StartApp,
):
    async with running_app(size=(140, 40)) as driver:
        await driver.submit("/usage")
        await driver.run_turn("hello")
        assert driver.chat.panel_area.panel is not None
        await driver.pilot.resize_terminal(80, 24)
        await driver.run_turn("hello again")
        assert driver.chat.panel_area.panel is None


@pytest.mark.parametrize(
    ("size", "typed", "row"),
    [((120, 40), "/nosuch", -1), ((80, 24), "/mode wild", -1), ((50, 20), "/mode wild", None)],
)
async def test_an_error_of_typing_is_said_below_the_prompt_and_goes_with_the_next_key(
    running_app: StartApp, size: tuple[int, int], typed: str, row: int | None
):
    async with running_app(size=size) as driver:
        before = driver.items()
        await driver.press(*typed, "enter")
        assert driver.refusal
        shown = " ".join((driver.rows()[row] if row else driver.text()).split())
        assert driver.refusal in shown
        assert driver.items() == before and driver.chat.composer.is_empty
        sentence = driver.refusal
        await driver.press("up")
        assert driver.chat.composer.text == typed, "the line is not lost"
        assert not driver.refusal and sentence not in " ".join(driver.text().split())
        assert driver.items() == before


async def test_another_session_closes_the_panel_of_the_one_before(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("/usage")
        driver.app.run_command("session.new")
        await driver.until(lambda: driver.chat.panel_area.panel is None)
        await driver.until_idle()
