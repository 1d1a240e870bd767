"""What comes first when a session is taken up again: what the user looks at."""

import pytest

import tui.bootstrap
from tests.support.app_driver import StartApp
from tui.claude.api_client import preload_sdk
from tui.session.events import CacheEmptied, CacheMissed
from tui.widgets.transcript.transcript_view import Transcript

PREAMBLE = 1_000
"""Tokens of system text and tools, at least: they are in the cache after one turn."""


async def test_the_cache_of_a_simulator_that_was_started_anew_is_said_to_be_empty(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.run_turn("hello")
        assert driver.state.prompt_cache.cached_tokens > PREAMBLE
    async with running_app(resume="latest") as driver:
        await driver.until_idle()
        (said,) = [text for text in driver.notices() if "prompt cache" in text]
        assert said.startswith(
            "The simulator was started again, and its prompt cache is empty: your "
        )
        assert "$" in said
        now = driver.chat.session.runner.ctx.services.now()
        assert driver.state.prompt_cache.cold_at(now) <= now
        await driver.run_turn("hello")
        assert driver.state.prompt_cache.misses == 0
        kinds = [type(record.event) for record in driver.records()]
        assert CacheMissed not in kinds
        assert kinds.count(CacheEmptied) == 1
        now = driver.chat.session.runner.ctx.services.now()
        assert driver.state.prompt_cache.cold_at(now) > now


async def test_a_session_left_and_opened_again_finds_its_cache_warm(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.run_turn("hello")
        session = driver.state.session
        driver.chat.open_session(None)
        await driver.until(lambda: driver.chat.session_ready and driver.state.session != session)
        driver.chat.open_session(session)
        await driver.until(lambda: driver.chat.session_ready and driver.state.session == session)
        assert CacheEmptied not in [type(record.event) for record in driver.records()]


async def test_the_sdk_is_loaded_once_the_history_is_shown(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    async with running_app() as driver:
        await driver.run_turn("hello")
    order: list[str] = []
    load, preload = Transcript.load, preload_sdk
    monkeypatch.setattr(Transcript, "load", lambda *given: order.append("history") or load(*given))
    monkeypatch.setattr(tui.bootstrap, "preload_sdk", lambda: order.append("sdk") or preload())
    async with running_app(resume="latest") as driver:
        await driver.until(lambda: "sdk" in order)
    assert order == ["history", "sdk"]
