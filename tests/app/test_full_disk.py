"""The disk fills up in mid-turn: the program says so, and goes on once there is room."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.app_driver import StartApp
from tui.session import events as ev
from tui.session.store_errors import StoreFull


async def test_a_turn_that_cannot_be_recorded_ends_and_the_next_prompt_works(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    async with running_app() as driver:
        log = driver.chat.session.runner._log
        append = log.append

        def full(events: Sequence[ev.Event], **given: Any) -> Any:
            if any(isinstance(event, ev.RequestFinished) for event in events):
                raise StoreFull(Path("session.db"))
            return append(events, **given)

        monkeypatch.setattr(log, "append", full)
        await driver.submit("hello")
        await driver.until(lambda: any("disk is full" in each for each in driver.notices()))
        await driver.until(lambda: not driver.chat.running)
        monkeypatch.setattr(log, "append", append)
        await driver.run_turn("hello again")
        assert driver.state.last_end.reason == "completed"
        assert driver.state.prompts == ["hello", "hello again"]
