"""A request that is sent again is one line, until it is answered; what ends the turn is that line
too.
"""

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.reports.transcript_items import NoticeItem, TranscriptItem
from tui.widgets.transcript.transcript_view import Transcript

OVERLOADED = {"kind": "status", "status": 529, "retry_after": 0}


def told(driver: AppDriver, words: str) -> list[str]:
    return [notice for notice in driver.notices() if words in notice]


async def test_each_kind_of_fault_is_one_line_that_goes_once_the_request_is_answered(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    seen: list[TranscriptItem] = []
    put = Transcript.put
    monkeypatch.setattr(Transcript, "put", lambda view, item: (seen.append(item), put(view, item)))
    async with running_app(mode="auto") as driver:
        limited = {"kind": "status", "status": 429, "retry_after": 0}
        await driver.faults({**OVERLOADED, "request": [1, 3]}, {**limited, "request": [2, 4]})
        await driver.run_turn("hello")
        lines = [
            item for item in seen if isinstance(item, NoticeItem) and "Trying again" in item.text
        ]
        assert [line.text.partition("Trying again ")[2] for line in lines] == [
            "now.",
            "now.",
            "now (attempt 3).",
            "now (attempt 3).",
        ]
        assert len({line.key for line in lines}) == 2
        assert driver.state.last_end.reason == "completed"
        assert told(driver, "529") == told(driver, "429") == []
        entries = driver.chat.transcript.entries
        assert [entries.heights[entries.index(line.key) or 0] for line in lines[:2]] == [0, 0]
        await driver.press("ctrl+up")
        while (stop := driver.chat.transcript.cursor.stop) and stop.entry:
            assert entries.blocks(stop.entry), "the cursor is on a line that is gone"
            await driver.press("up")


async def test_an_interrupt_while_it_waits_leaves_no_promise_of_a_try(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.faults({**OVERLOADED, "retry_after": 30, "since": 1})
        await driver.submit("hello")
        await driver.until(lambda: told(driver, "Trying again in 30 s."))
        await driver.press("escape")
        await driver.until_idle()
        (line,) = told(driver, "529")
        assert line.endswith("(529).")
        assert driver.state.last_end.reason == "interrupted"


async def test_giving_up_colours_the_line_and_adds_none(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.faults({**OVERLOADED, "since": 1})
        await driver.run_turn("hello")
        assert driver.state.last_end.reason == "error"
        (line,) = told(driver, "529")
        assert line == f"{driver.state.last_end.sentence} Tried 6 times."
        session = driver.state.session
    async with running_app(mode="auto", resume=session) as driver:
        assert told(driver, "529") == [driver.state.last_end.sentence]


async def test_an_answer_that_breaks_off_again_and_again_is_told_below_each_piece(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.faults({"kind": "drop", "request": [1, 2]})
        await driver.run_turn("hello")
        lines = told(driver, "broke off")
        assert [line[-27:] for line in lines] == ["The request was sent again."] * 2
        assert not [line for line in lines if "continue" in line]
        assert driver.state.last_end.reason == "completed"
