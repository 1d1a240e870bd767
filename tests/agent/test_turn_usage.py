"""A server that reports no usage, a wrong one, or one that shrinks: told once, nothing lost."""

import io
from pathlib import Path

import pytest
from flight import flight
from simulator_server import words

from tui.agent.headless import HeadlessRun
from tui.session import events as ev
from tui.session.readings import meters
from tui.simulator.pilot.situation import Text, ToolUse

REPLIES = [
    (Text(words(2_000)), ToolUse("glob", {"pattern": "*"})),
    (Text(words(2_000)),),
    (Text(words(400)),),
    (Text(words(300)),),
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
async def test_it_is_said_once_and_counted_by_estimate(
    tmp_path: Path, kind: str, sentence: str
) -> None:
    async with flight(tmp_path, *REPLIES) as flown:
        await flown.server.faults({"kind": kind})
        await flown.driver.turn("go")
        assert flown.state.last_end.reason == "completed"
        (said,) = flown.events(ev.NoticeShown)
        assert sentence in said.sentence
        first = flown.events(ev.RequestFinished)[0]
        assert not first.usage.reported and first.dollars is None
        assert 4_000 <= flown.state.charged <= 8_000, "never less than was written"
        assert flown.state.ledger.unsettled > 0
        assert all(size >= 0 for size in flown.state.ledger.by_kind.values())
        await flown.driver.turn("again")
        assert len(flown.events(ev.NoticeShown)) == 1
        assert flown.refolded().charged == flown.state.charged


@pytest.mark.parametrize("kind", ["no_usage", "wrong_usage", "shrinking_usage"])
async def test_a_server_that_comes_to_its_senses_is_believed_again(
    tmp_path: Path, kind: str
) -> None:
    async with flight(tmp_path, *REPLIES) as flown:
        await flown.server.faults({"kind": kind, "request": [1, 2]})
        await flown.driver.turn("go")
        before = flown.state.charged
        await flown.driver.turn("again")
        assert flown.state.charged - before == flown.events(ev.RequestFinished)[-1].usage.output
        assert flown.events(ev.RequestFinished)[-1].usage.reported


async def test_without_a_screen_it_goes_to_standard_error(tmp_path: Path) -> None:
    async with flight(tmp_path, *REPLIES) as flown:
        await flown.server.faults({"kind": "no_usage"})
        out, err = io.StringIO(), io.StringIO()
        runner = HeadlessRun(flown.driver, lambda: meters(flown.state), "text", out, err)
        assert await runner.run("go") == 0
        assert err.getvalue().count("reports no usage") == 1
