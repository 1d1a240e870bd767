"""Requests that wait for a rate limit, on the screen: the wait is named, and Esc ends it."""

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.widgets.status_line import PACED, WORKING


async def wait_is_shown_and_ended(driver: AppDriver) -> None:
    """One request a minute is allowed, and one was sent."""
    await driver.submit("again")
    await driver.until(lambda: driver.chat.status_report.status.activity == PACED)
    status = driver.chat.status_report.status
    assert status.rate_left == "0 requests/min left"
    assert status.until is not None
    assert 30 < status.until - driver.chat.clocks.monotonic() <= 60
    assert driver.chat.session.meters().working_since is None
    await driver.press("escape")
    await driver.until_idle()
    assert driver.state.last_end.reason == "interrupted"
    assert driver.state.request == 1, "nothing was sent"


async def test_a_limit_of_the_settings_holds_from_the_first_request(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GLIDESLOPE_RATE_LIMITS_REQUESTS_PER_MINUTE", "1")
    async with running_app(mode="auto") as driver:
        await driver.run_turn("hello")
        await wait_is_shown_and_ended(driver)


async def test_a_limit_set_in_the_session_holds_from_then_on_and_can_be_lifted(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.submit("/config rate_limits.requests_per_minute 1")
        await driver.run_turn("hello")
        await wait_is_shown_and_ended(driver)
        await driver.submit("again")
        await driver.until(lambda: driver.chat.status_report.status.activity == PACED)
        await driver.submit("/config rate_limits.requests_per_minute 100")
        await driver.until_idle()
        assert driver.state.last_end.reason == "completed"
        assert driver.chat.status_report.status.activity != WORKING
