"""A server that reports no usage, a wrong one, or one that shrinks: told once, nothing lost."""

import io
from pathlib import Path

import pytest

from tests.support.run_session import run_session
from tests.support.simulator import words
from tui.agent.headless_run import HeadlessRun
from tui.session import events as ev
from tui.session.meter_readings import read_meters
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse

REPLIES = [
    (ScriptedText(words(2_000)), ScriptedToolUse("glob", {"pattern": "*"})),
    (ScriptedText(words(2_000)),),
    (ScriptedText(words(400)),),
    (ScriptedText(words(300)),),
]
"""4,000 tokens in two requests of one turn, then 400, then 300."""


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("no_usage", "This server reports no usage: figures of such answers are estimates"),
        (
            "wrong_usage",
            "This server reports a usage that cannot be right (input_tokens: '-5'): figures",
        ),
        (
            "shrinking_usage",
            # Each answer says 1,000 more than it has in the end.
            "output tokens, and then 2,",
        ),
    ],
)
async def test_it_is_said_once_and_counted_by_estimate(tmp_path: Path, kind: str, sentence: str):
    async with run_session(tmp_path, *REPLIES) as run:
        await run.server.faults({"kind": kind})
        await run.driver.run_turn("go")
        assert run.state.last_end.reason == "completed"
        (said,) = run.events(ev.NoticeShown)
        assert sentence in said.sentence
        first = run.events(ev.RequestFinished)[0]
        assert not first.usage.reported and first.dollars is None
        assert 4_000 <= run.state.charged <= 8_000, "never less than was written"
        assert run.state.ledger.unsettled > 0
        assert all(size >= 0 for size in run.state.ledger.by_kind.values())
        await run.driver.run_turn("again")
        assert len(run.events(ev.NoticeShown)) == 1
        assert run.folded_from_disk().charged == run.state.charged


@pytest.mark.parametrize("kind", ["no_usage", "wrong_usage", "shrinking_usage"])
async def test_a_server_that_comes_to_its_senses_is_believed_again(tmp_path: Path, kind: str):
    async with run_session(tmp_path, *REPLIES) as run:
        await run.server.faults({"kind": kind, "request": [1, 2]})
        await run.driver.run_turn("go")
        before = run.state.charged
        await run.driver.run_turn("again")
        assert run.state.charged - before == run.events(ev.RequestFinished)[-1].usage.output
        assert run.events(ev.RequestFinished)[-1].usage.reported


async def test_without_a_screen_it_goes_to_standard_error(tmp_path: Path):
    async with run_session(tmp_path, *REPLIES) as run:
        await run.server.faults({"kind": "no_usage"})
        out, err = io.StringIO(), io.StringIO()
        runner = HeadlessRun(run.driver, lambda: read_meters(run.state), "text", out, err)
        assert await runner.run("go") == 0
        assert err.getvalue().count("reports no usage") == 1
