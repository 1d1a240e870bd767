"""`/kind`: how the last run is filed, and another kind for it."""

from tests.support.app_driver import AppDriver, StartApp
from tui.budget.wire_budget import CountingRules
from tui.history.history_store import HistoryStore
from tui.history.own_history import refresh_own_runs
from tui.settings.user_folders import user_folders


async def said(driver: AppDriver, words: str) -> str:
    before = len(driver.notices())
    await driver.submit(words)
    await driver.until(lambda: len(driver.notices()) > before)
    return driver.notices()[-1]


async def test_the_last_run_is_filed_otherwise_and_its_verb_is_learnt(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        assert await said(driver, "/kind") == (
            "No run of this session is over yet, so none is filed."
        )
        await driver.run_turn()  # "Add the missing return annotations."
        first = await said(driver, "/kind")
        assert "The last run is filed as feature: add 3" in first
        assert await said(driver, "/kind refactor") == (
            "The run is filed as refactor now."
            " Prompts that begin with “add” count as refactor from now on."
        )
        again = await said(driver, "/kind")
        assert "The last run is filed as refactor, as you said. The rules say refactor:" in again
        data = user_folders().data
        with HistoryStore(data) as store:
            refresh_own_runs(store, data, CountingRules(), state=user_folders().state)
            assert [run.kind for _, run in store.runs()] == ["refactor"]
        await driver.submit("/advise")
        await driver.until(lambda: "Budget advisor · refactor" in driver.text())
