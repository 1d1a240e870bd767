"""What an earlier run sent is built again from the log, to the byte."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.agent.cached_conversation import read_then_answer, run_first_turn
from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tui.agent.request_replay import rebuild_requests
from tui.session import events as ev
from tui.session.fork import full_log
from tui.settings.settings_schema import CompactionStrategy


async def another_prompt(run: SessionRun) -> None:
    await run.driver.run_turn("second")


async def another_effort(run: SessionRun) -> None:
    await run.driver.commit(ev.EffortChanged(effort="low"))
    await run.driver.run_turn("second")


async def a_compaction(run: SessionRun) -> None:
    await run.driver.compact()


async def behind_a_compaction(run: SessionRun) -> None:
    await run.driver.compact()
    await run.driver.run_turn("second")


async def a_rewind(run: SessionRun) -> None:
    await run.driver.run_turn("second")
    await run.driver.commit(ev.Rewritten(reason="rewind", keep=4))
    await run.driver.run_turn("third")


async def another_model(run: SessionRun) -> None:
    await run.driver.commit(ev.ModelChanged(model="claude-sonnet-5-5", effort="high"))
    await run.driver.run_turn("second")


@pytest.mark.parametrize("strategy", ["summary", "server"])
@pytest.mark.parametrize(
    "change",
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
    tmp_path: Path, change: Callable[[SessionRun], Awaitable[None]], strategy: CompactionStrategy
):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        change_context(run.ctx, compaction_strategy=strategy)
        await run_first_turn(run)
        await change(run)
        again = rebuild_requests(list(full_log(run.store)), run.ctx)
        assert [each.request.body() for each in again] == [
            each.body() for each in run.ctx.run.recent_requests
        ]
        assert [each.request.betas for each in again] == [
            each.betas for each in run.ctx.run.recent_requests
        ]
        assert all(each.verified for each in again)


async def test_what_left_no_trace_in_the_log_is_not_proven(tmp_path: Path):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        change_context(run.ctx, compaction_strategy="server")
        await run_first_turn(run)
        await run.driver.compact("keep the names")
        change_context(run.ctx, compact_at=0.5)
        before, last = rebuild_requests(list(full_log(run.store)), run.ctx)
        assert not last.verified, "the user's instructions"
        assert not before.verified, "the threshold of then"


async def test_before_anything_was_sent_there_is_nothing_to_build(tmp_path: Path):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        assert rebuild_requests(list(full_log(run.store)), run.ctx) == []
