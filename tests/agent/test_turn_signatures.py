"""Thinking that the API does not take back: all of it is left out, and sent once more."""

import json
from pathlib import Path

from flight import flight
from simulator_server import words

from tui.session import events as ev
from tui.simulator.pilot.situation import Text, Thinking

REFUSED = {"kind": "status", "status": 400, "message": "Invalid `signature` in `thinking` block"}
REPLIES = [(Thinking(words(500)), Text("a")), (Text("b"),), (Text("c"),)]


async def test_it_is_tried_once_and_visibly_and_then_said(tmp_path: Path) -> None:
    async with flight(tmp_path, *REPLIES) as flown:
        await flown.driver.turn("one")
        charged = flown.state.charged
        await flown.server.faults({**REFUSED, "request": [1, 2]})
        await flown.driver.turn("two")
        (said,) = flown.events(ev.NoticeShown)
        assert "is left out now, and the request is sent once more" in said.sentence
        assert len(flown.events(ev.Rewritten)) == 1
        assert [e.reason for e in flown.events(ev.RequestFailed)] == ["fault", "fault"]
        end = flown.state.last_end
        assert end is not None and end.reason == "error"
        assert "thinking that belongs to another conversation" in end.sentence
        assert flown.state.charged == charged, "nothing was charged for it"
        await flown.driver.turn("three")
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "completed", "nothing is lost"
        sent = json.dumps(flown.server.script.told[-1].messages)
        assert '"thinking"' not in sent
        assert all(word in sent for word in ("one", "two", "three"))


async def test_it_is_tried_after_an_answer_that_broke_off_too(tmp_path: Path) -> None:
    replies = [*REPLIES[:1], (Text(words(400)),), *REPLIES[1:]]
    async with flight(tmp_path, *replies) as flown:
        await flown.driver.turn("one")
        await flown.server.faults({"kind": "drop", "request": 1}, {**REFUSED, "request": 2})
        await flown.driver.turn("two")
        assert len(flown.events(ev.Rewritten)) == 1
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "completed"
