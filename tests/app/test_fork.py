"""A fork in the running program: the same history, the same spend, a session of its own."""

from collections.abc import Callable
from pathlib import Path

from tests.support.app_driver import AppDriver, StartApp
from tui.reports.transcript_items import DividerItem, PromptItem


async def opens(driver: AppDriver, is_the_one: Callable[[str], bool]) -> None:
    """Wait till the session that is open is the one."""
    chat = driver.chat
    await driver.until(lambda: chat.session is not None and is_the_one(chat.session.state.session))


async def test_a_fork_shows_the_history_and_goes_on_by_itself(
    running_app: StartApp,
):
    async with running_app(mode="auto", budget="200k") as driver:
        await driver.submit("/rename first")
        await driver.run_turn("hello")
        before = driver.state
        parent, charged = before.session, before.charged
        await driver.submit("/fork")
        await opens(driver, lambda session: session != parent)
        assert driver.state.parent == (parent, before.seq)
        assert (driver.state.charged, driver.state.grant) == (charged, 200_000)
        assert driver.state.name == "first (fork)"
        assert "hello" in [item.text for item in driver.items() if isinstance(item, PromptItem)]
        said = [item.text for item in driver.items() if isinstance(item, DividerItem)]
        assert f"forked from {parent}" in said
        await driver.run_turn("hello again")
        assert driver.state.charged > charged
        await driver.submit(f"/resume {parent}")
        await opens(driver, lambda session: session == parent)
        assert (driver.state.turn, driver.state.charged) == (1, charged)


async def test_an_empty_session_is_not_forked(running_app: StartApp):
    async with running_app() as driver:
        session = driver.state.session
        await driver.submit("/branch")
        assert "There is nothing to fork yet." in driver.notices()
        assert driver.state.session == session


async def test_a_wider_mode_than_the_settings_have_is_not_taken_along(
    running_app: StartApp, project: Path
):
    async with running_app() as driver:
        await driver.submit("/mode auto")
        await driver.run_turn("hello")
        parent = driver.state.session
        assert driver.state.mode == "auto"
        await driver.submit("/fork")
        await opens(driver, lambda session: session != parent)
        narrowed = "The session was in mode auto; it is in ask now. /mode changes it."
        assert (driver.state.mode, driver.notices()[-1]) == ("ask", narrowed)
        assert driver.rows()[-1].startswith(" ask")
    for given in ({"resume": "latest"}, {"resume": parent}):
        async with running_app(**given) as driver:
            assert driver.state.mode == "ask"
            assert (narrowed in driver.notices()) is (driver.state.session == parent)
            assert driver.chat.session.runner.ctx.run.rules.mode == "ask"
