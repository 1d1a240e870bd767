"""Thinking that the API does not take back: all of it is left out, and sent once more."""

import json
from pathlib import Path

from tests.support.run_session import run_session
from tests.support.simulator import words
from tui.session import events as ev
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedThinking

REFUSED = {"kind": "status", "status": 400, "message": "Invalid `signature` in `thinking` block"}
REPLIES = [
    (ScriptedThinking(words(500)), ScriptedText("a")),
    (ScriptedText("b"),),
    (ScriptedText("c"),),
]


async def test_it_is_tried_once_and_visibly_and_then_said(tmp_path: Path):
    async with run_session(tmp_path, *REPLIES) as run:
        await run.driver.run_turn("one")
        charged = run.state.charged
        await run.server.faults({**REFUSED, "request": [1, 2]})
        await run.driver.run_turn("two")
        (said,) = run.events(ev.NoticeShown)
        assert "is left out now, and the request is sent once more" in said.sentence
        assert len(run.events(ev.Rewritten)) == 1
        assert [e.reason for e in run.events(ev.RequestFailed)] == ["fault", "fault"]
        end = run.state.last_end
        assert end is not None and end.reason == "error"
        assert "thinking that belongs to another conversation" in end.sentence
        assert run.state.charged == charged, "nothing was charged for it"
        await run.driver.run_turn("three")
        assert run.state.last_end is not None
        assert run.state.last_end.reason == "completed", "nothing is lost"
        sent = json.dumps(run.server.script.inputs[-1].messages)
        assert '"thinking"' not in sent
        assert all(word in sent for word in ("one", "two", "three"))


async def test_it_is_tried_after_an_answer_that_broke_off_too(tmp_path: Path):
    replies = [*REPLIES[:1], (ScriptedText(words(400)),), *REPLIES[1:]]
    async with run_session(tmp_path, *replies) as run:
        await run.driver.run_turn("one")
        await run.server.faults({"kind": "drop", "request": 1}, {**REFUSED, "request": 2})
        await run.driver.run_turn("two")
        assert len(run.events(ev.Rewritten)) == 1
        assert run.state.last_end is not None
        assert run.state.last_end.reason == "completed"
