"""The entries behind the figures, in the running program."""

from tests.support.app_driver import AppDriver, StartApp
from tui.widgets.detail_table import DetailTable


def shows_entries(driver: AppDriver) -> bool:
    """Whether a panel with entries is open."""
    panel = driver.chat.panel_area.panel
    return panel is not None and isinstance(panel.body, DetailTable)


async def test_the_entries_of_a_real_turn_add_up_to_the_gauge(
    running_app: StartApp,
):
    async with running_app(size=(120, 60), mode="auto") as driver:
        await driver.submit("/budget 100k")
        await driver.until(lambda: driver.state.grant == 100_000)
        await driver.run_turn()
        await driver.submit("/entries")
        assert shows_entries(driver)
        text = driver.text()
        assert f"{driver.state.charged:,} tokens used" in text
        assert "read src/parse.py" in text
        assert "turn 1 · Add the missing return annotations." in text
        await driver.press("escape")
        assert driver.chat.composer.has_focus_within


async def test_every_figure_has_its_page(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        for figure, words in [
            ("subtasks", "tokens used in this session"),
            ("billed", "for a million tokens"),
            ("context", "by the last request and its answer"),
            ("limits", "full in"),
            ("time", "of work in this session"),
        ]:
            await driver.submit(f"/entries {figure}")
            assert words in driver.page()
            await driver.press("escape")


async def test_a_resumed_session_has_the_entries_of_before(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        session, charged = driver.state.session, driver.state.charged
    async with running_app(resume=session, mode="auto") as driver:
        await driver.submit("/entries")
        assert f"{charged:,} tokens used" in driver.text()
        assert "read src/parse.py" in driver.text()


async def test_an_unknown_figure_is_answered_in_one_sentence(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.submit("/entries money")
        assert driver.sentences()[-1] == (
            "/entries can list budget, subtasks, billed, context, limits, time."
        )


async def test_enter_on_the_gauge_opens_them(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        driver.chat.budget_panel.focus()
        await driver.press("down", "down", "enter")
        assert shows_entries(driver)


async def test_enter_on_a_row_of_the_checklist_opens_its_entries(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        driver.chat.checklist.focus()
        await driver.press("home", "enter")
        assert shows_entries(driver)
        used = driver.state.ledger.by_subtask[None]
        assert f"{used:,} tokens used" in driver.page()
        await driver.press("escape")
        driver.chat.checklist.focus()
        await driver.press("end", "enter")
        assert shows_entries(driver)
        first = next(iter(driver.state.checklist.values()))
        assert first.title in driver.text()
        await driver.press("escape")
        assert driver.chat.composer.has_focus_within


async def test_on_a_narrow_terminal_keys_reach_the_line_and_open_the_entries(
    running_app: StartApp,
):
    async with running_app(size=(80, 24), mode="auto", budget="100k") as driver:
        await driver.run_turn()
        for _ in range(6):
            await driver.press("tab")
            if driver.chat.budget_line.has_focus:
                break
        assert driver.chat.budget_line.has_focus
        await driver.press("enter")
        assert shows_entries(driver)
        assert f"{driver.state.charged:,} tokens used" in driver.text()
        await driver.press("escape")
        assert driver.chat.composer.has_focus_within
