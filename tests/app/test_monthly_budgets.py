"""Monthly budgets on the screen: the row that needs attention, the pages, the tag, the question."""

import time
from decimal import Decimal

from tests.support.app_driver import AppDriver, StartApp
from tui.budget.monthly_budget import QUARTER, Spend
from tui.session.session_index import SessionIndex
from tui.settings.user_folders import user_folders

SETTINGS = """\
time_zone = "UTC"
[budgets.month]
dollars = 100
stop = true
[budgets.tags.client-a]
tokens = "5M"
"""


async def asked(driver: AppDriver) -> None:
    """Wait till the question takes keys."""
    pane = driver.chat.live_pane
    await driver.until(lambda: pane.question is not None and pane.question.accepts_answers)


def spend_elsewhere(dollars: int) -> None:
    """What another session spent this month, in all."""
    with SessionIndex(user_folders().data) as index:
        rows = [(int(time.time() // QUARTER), "", Spend(1_000, Decimal(dollars)))]
        index.record_spend("elsewhere", "other", rows)


async def test_a_monthly_budget_is_seen_tagged_reached_and_raised(running_app: StartApp):
    user_folders().settings.parent.mkdir(parents=True, exist_ok=True)
    user_folders().settings.write_text(SETTINGS)
    spend_elsewhere(80)
    async with running_app(mode="auto", effort="high") as driver:
        assert "month 80 % used" in driver.text()  # before anything was asked

        await driver.submit("/tag Client-A")
        await driver.until(lambda: driver.state.tag == "client-a" and len(driver.notices()) >= 2)
        assert driver.notices()[-2:][0] == "The session has the tag client-a."
        assert driver.notices()[-1].startswith(
            "Monthly budget for tag client-a: 0 of 5,000,000 tokens used, 5,000,000 tokens left; "
            "starts again on "
        )
        await driver.submit("/tag two words")
        assert driver.refusal.startswith('"two words" is no tag; expected a tag of at most 32')
        await driver.submit("/status")
        page = driver.page().replace("\\", "")
        assert "| monthly budget | $80.00 of $100.00 used, $20.00 left; starts again on " in page
        assert f"work stops there; set by user, {user_folders().settings}, line 3 |" in page
        assert "| tag | client-a |" in page
        await driver.submit("/usage")
        page = driver.page().replace("\\", "")
        assert "| monthly budget for tag client-a | 0 of 5,000,000 tokens used" in page

        await driver.submit("/budget")
        page = driver.page().replace("\\", "")
        assert "| monthly budget | $80.00 of $100.00 used, $20.00 left; starts again on " in page
        assert "work stops there" in page

        await driver.press("escape")  # a page that is read keeps the keys from a question
        spend_elsewhere(120)
        await driver.submit("hello")
        await asked(driver)
        assert "The monthly budget is used up: $120.00 of $100.00 used" in driver.text()
        assert "finish (the prompt is not sent)" in driver.text()
        assert "raise it to $170.00 for this session" in driver.text()
        await driver.press("f")
        await driver.until(lambda: driver.chat.composer.text == "hello")
        assert driver.state.request == 0 and not driver.chat.running

        await driver.press("enter")
        await asked(driver)
        await driver.press("x")
        await driver.until(lambda: driver.state.request > 0 and not driver.chat.running)
        assert driver.state.last_end and driver.state.last_end.reason == "completed"
        assert "month 7" not in driver.text()
