"""What comes first when a session is taken up again: what the user looks at."""

import tui.wiring
from tui.session.events import CacheEmptied, CacheMissed
from tui.widgets.transcript.view import Transcript

PREAMBLE = 1_000
"""Tokens of system text and tools, at least: they are in the cache after one turn."""


async def test_the_cache_of_a_simulator_that_was_started_anew_is_said_to_be_empty(fly):
    async with fly() as cockpit:
        await cockpit.turn("hello")
        assert cockpit.state.warmth.left > PREAMBLE
    async with fly(resume="latest") as cockpit:
        await cockpit.settled()
        (said,) = [text for text in cockpit.notices() if "prompt cache" in text]
        assert said.startswith(
            "The simulator was started again, and its prompt cache is empty: your "
        )
        assert "$" in said
        now = cockpit.chat.opened.driver.means.now()
        assert cockpit.state.warmth.until(now) <= now
        await cockpit.turn("hello")
        assert cockpit.state.warmth.misses == 0
        kinds = [type(record.event) for record in cockpit.records()]
        assert CacheMissed not in kinds
        assert kinds.count(CacheEmptied) == 1
        now = cockpit.chat.opened.driver.means.now()
        assert cockpit.state.warmth.until(now) > now


async def test_a_session_left_and_opened_again_finds_its_cache_warm(fly):
    async with fly() as cockpit:
        await cockpit.turn("hello")
        session = cockpit.state.session
        cockpit.chat.start(None)
        await cockpit.until(lambda: cockpit.chat.ready and cockpit.state.session != session)
        cockpit.chat.start(session)
        await cockpit.until(lambda: cockpit.chat.ready and cockpit.state.session == session)
        assert CacheEmptied not in [type(record.event) for record in cockpit.records()]


async def test_the_sdk_is_loaded_once_the_history_is_shown(fly, monkeypatch):
    async with fly() as cockpit:
        await cockpit.turn("hello")
    order: list[str] = []
    load, preload = Transcript.load, tui.wiring.preload
    monkeypatch.setattr(Transcript, "load", lambda *given: order.append("history") or load(*given))
    monkeypatch.setattr(tui.wiring, "preload", lambda: order.append("sdk") or preload())
    async with fly(resume="latest") as cockpit:
        await cockpit.until(lambda: "sdk" in order)
    assert order == ["history", "sdk"]
