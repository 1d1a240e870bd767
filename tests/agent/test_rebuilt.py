"""What an earlier run sent is built again from the log, to the byte."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from cached import begun, talks
from flight import Flight, flight

from tui.agent.means import Strategy
from tui.agent.rebuilt import rebuilt
from tui.session import events as ev
from tui.session.fork import lineage


async def another_prompt(f: Flight) -> None:
    await f.driver.turn("second")


async def another_effort(f: Flight) -> None:
    await f.driver.record(ev.EffortChanged(effort="low"))
    await f.driver.turn("second")


async def a_compaction(f: Flight) -> None:
    await f.driver.compact()


async def behind_a_compaction(f: Flight) -> None:
    await f.driver.compact()
    await f.driver.turn("second")


async def a_rewind(f: Flight) -> None:
    await f.driver.turn("second")
    await f.driver.record(ev.Rewritten(reason="rewind", keep=4))
    await f.driver.turn("third")


async def another_model(f: Flight) -> None:
    await f.driver.record(ev.ModelChanged(model="claude-sonnet-5-5", effort="high"))
    await f.driver.turn("second")


@pytest.mark.parametrize("strategy", ["summary", "server"])
@pytest.mark.parametrize(
    "story",
    [
        another_prompt,
        another_effort,
        a_compaction,
        behind_a_compaction,
        a_rewind,
        another_model,
    ],
)
async def test_the_last_two_requests_are_built_again_to_the_byte(
    tmp_path: Path, story: Callable[[Flight], Awaitable[None]], strategy: Strategy
) -> None:
    async with flight(tmp_path, respond=talks) as f:
        f.means.strategy = strategy
        await begun(f)
        await story(f)
        again = rebuilt(list(lineage(f.store)), f.means)
        assert [each.request.body() for each in again] == [each.body() for each in f.means.sent]
        assert [each.request.betas for each in again] == [each.betas for each in f.means.sent]
        assert all(each.proven for each in again)


async def test_what_left_no_trace_in_the_log_is_not_proven(tmp_path: Path) -> None:
    async with flight(tmp_path, respond=talks) as f:
        f.means.strategy = "server"
        await begun(f)
        await f.driver.compact("keep the names")
        f.means.compact_at = 0.5
        before, last = rebuilt(list(lineage(f.store)), f.means)
        assert not last.proven, "the user's instructions"
        assert not before.proven, "the threshold of then"


async def test_before_anything_was_sent_there_is_nothing_to_build(tmp_path: Path) -> None:
    async with flight(tmp_path, respond=talks) as f:
        assert rebuilt(list(lineage(f.store)), f.means) == []
