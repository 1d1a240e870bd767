"""`/diff` in the running program: what a real turn changed, in a panel."""

from pathlib import Path

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.widgets.changes_panel import ChangesPanel
from tui.widgets.select_dialog import SelectDialog


async def open_changes(driver: AppDriver, words: str = "/diff") -> ChangesPanel:
    await driver.submit(words)
    await driver.until(lambda: driver.chat.panel_area.panel is not None)
    panel = driver.chat.panel_area.panel
    assert isinstance(panel, ChangesPanel)
    await driver.until(lambda: not panel.files.needs_diff)
    await driver.pilot.pause()
    driver.paint()
    return panel


async def test_a_turn_is_shown_file_by_file_and_escape_leaves_nothing(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        before = driver.items()
        panel = await open_changes(driver)
        text = driver.text()
        assert "Changes · this session" in text and "3 files +3 −3" in text
        for name in ("parse", "lexer", "emit"):
            assert f"src/{name}.py" in text
        assert all(file.tokens and file.dollars for file in panel.files.page.files)
        await driver.press("escape")
        assert driver.chat.panel_area.panel is None
        assert driver.items() == before


async def test_the_status_line_offers_no_search_that_would_be_elsewhere(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        await open_changes(driver)
        await driver.until(lambda: "esc close" in driver.rows()[-1])
        assert "ctrl+f find" not in driver.rows()[-1]


async def test_the_receipt_and_the_panel_count_the_same_lines(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        assert "3 files +3 −3" in driver.text()  # in the row at the end of the prompt
        panel = await open_changes(driver, "/diff prompt 1")
        assert sum(file.added for file in panel.files.page.files) == 3


async def test_a_prompt_and_a_subtask_can_be_chosen(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        await open_changes(driver)
        await driver.press("s")
        await driver.until(lambda: isinstance(driver.app.screen, SelectDialog))
        assert "prompt 1 · Add the missing return annotations." in driver.text()
        await driver.press(*"lexer", "enter")
        await driver.until(lambda: "Changes · subtask" in driver.text())
        assert "src/lexer.py" in driver.text() and "1 of 1" in driver.text()


async def test_changes_made_while_the_panel_is_open_appear(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        panel = await open_changes(driver)
        (driver.folder / "src" / "other.py").write_text(
            "def other(a: str):\n    return a.split()\n"
        )
        await driver.run_turn()
        await driver.until(lambda: len(panel.files.page.files) == 4)


async def test_files_changed_by_something_else_are_named(running_app: StartApp, project: Path):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        (project / "src" / "emit.py").unlink()
        (project / "src" / "lexer.py").write_text("mine\n")
        await open_changes(driver)
        text = driver.text()
        assert "deleted or renamed since then" in text
        assert "changed since then by a command or another program" in text


async def test_a_resumed_session_shows_the_same(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        before, session = (await open_changes(driver)).files.page, driver.state.session
    async with running_app(resume=session, mode="auto") as driver:
        assert (await open_changes(driver)).files.page == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("/diff", "Nothing changed yet"),
        ("/diff prompt 7", "No such prompt has changed a file."),
        ("/diff subtask x", "No such subtask has changed a file."),
        ("/diff HEAD", "Say whose changes"),
        ("/diff prompt x", "Say whose changes"),
    ],
)
async def test_where_there_is_nothing_a_sentence_says_so(
    running_app: StartApp, words: str, said: str
):
    async with running_app() as driver:
        await driver.submit(words)
        await driver.until(lambda: said in driver.text())
        assert driver.chat.panel_area.panel is None
