"""The usage report of all sessions in the running program."""

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.reports.usage_page import READING
from tui.widgets.usage_panel import UsagePanel


async def open_report(driver: AppDriver, words: str) -> UsagePanel:
    await driver.submit(words)
    await driver.until(lambda: driver.chat.panel_area.panel is not None)
    panel = driver.chat.panel_area.panel
    assert isinstance(panel, UsagePanel)
    await driver.until(lambda: READING not in panel.text_to_copy())
    driver.paint()
    return panel


async def test_a_key_goes_from_one_grouping_to_the_next(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        panel = await open_report(driver, "/report")
        assert "There is no history yet" in panel.text_to_copy()
        await driver.press("escape")
        await driver.run_turn()
        panel = await open_report(driver, "/report by kind")
        before = driver.items()
        assert "Usage report · by kind" in driver.text()
        assert READING not in driver.text()
        assert "| feature | 1 |" in panel.text_to_copy()
        assert "**Requests by weekday and hour, in your time**" in panel.text_to_copy()
        await driver.press("right")
        await driver.until(lambda: panel.text_to_copy().startswith("| model |"))
        assert "Usage report · by model" in driver.text()
        await driver.press("left", "left")
        await driver.until(lambda: panel.text_to_copy().startswith("| tag |"))
        assert "| no tag | 1 |" in panel.text_to_copy()
        assert driver.items() == before
        await driver.press("escape")
        assert driver.chat.panel_area.panel is None


@pytest.mark.parametrize("words", ["/report by moon", "/report kin"])
async def test_a_grouping_that_is_none_gets_a_sentence(words: str, running_app: StartApp):
    async with running_app() as driver:
        await driver.submit(words)
        await driver.until(lambda: "The report can be by day, week" in "".join(driver.sentences()))
        assert driver.chat.panel_area.panel is None
