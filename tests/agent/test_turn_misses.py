"""A prompt cache that is missed without a change of ours: seen, asked about, said once.

The cache and its reasons are the simulator's own; what each test expects comes out of its
ledger.
"""

import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.agent.cached_conversation import (
    CACHED_FIELDS,
    cached_tokens,
    read_then_answer,
    run_first_turn,
)
from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tests.support.state_equality import assert_states_equal
from tui.agent.headless_run import HeadlessRun
from tui.claude.stream_events import TextDelta
from tui.session import events as ev
from tui.session.meter_readings import read_meters


async def misses(run: SessionRun) -> list[ev.CacheMissed]:
    """What was said, with every figure compared with the server's."""
    said: list[ev.CacheMissed] = run.events(ev.CacheMissed)
    rows = {row["message_id"]: row for row in await run.server.ledger()}
    finished = [event for event in run.events(ev.RequestFinished) if event.message in rows]
    for event in said:
        at = next(n for n, each in enumerate(finished) if each.request == event.request)
        before, after = (rows[each.message] for each in finished[at - 1 : at + 1])
        stood = sum(before[name] for name in CACHED_FIELDS)
        assert event.tokens == stood - after["cache_read_input_tokens"]
    return said


async def test_an_evicted_cache_is_said_once_with_what_it_cost_and_that_nothing_had_changed(
    tmp_path: Path,
):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        await run_first_turn(run)
        stood = await cached_tokens(run)
        await run.server.faults({"kind": "evict", "request": 1})
        await run.driver.run_turn("second")
        (said,) = await misses(run)
        assert (said.tokens, said.reason) == (stood, "same")
        # Written for 5 instead of read for 0.20 dollars a million.
        assert said.dollars == stood * (5 - Decimal("0.20")) / 1_000_000
        assert run.state.prompt_cache.misses == 1 and run.state.prompt_cache.missed == stood
        assert_states_equal(run.state, run.folded_from_disk())


async def test_a_reason_that_comes_late_is_asked_for_again_and_told_of_the_same_miss(
    tmp_path: Path,
):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        await run_first_turn(run)
        last = run.events(ev.RequestFinished)[-1].message
        await run.server.faults({"kind": "undiagnosed", "request": 1})
        await run.driver.run_turn("second")
        said = await misses(run)
        assert [each.reason for each in said] == ["pending", "same"]
        assert said[0].request == said[1].request == 3 and said[0].tokens == said[1].tokens
        asked = {event.request: event.follows for event in run.events(ev.RequestStarted)}
        assert asked[3] == asked[4] == last
        assert run.state.prompt_cache.misses == 1


async def test_a_history_that_was_altered_is_named_by_the_api(tmp_path: Path):
    # A model whose thinking is not bound to what came before: else the API would refuse it.
    async with run_session(tmp_path, respond=read_then_answer, model="claude-opus-5") as run:
        await run_first_turn(run)
        first = run.state.conversation.messages[0]
        other = {"type": "text", "text": "first, but otherwise"}
        object.__setattr__(first, "content", (*first.content[:-1], other))
        await run.driver.run_turn("second")
        said = await misses(run)
        assert [each.reason for each in said] == ["messages_changed"]
        told = run.events(ev.RequestFinished)[2].diagnostics
        assert told["cache_miss_reason"]["cache_missed_input_tokens"] > 100


async def test_a_server_that_is_not_known_is_asked_nothing_and_its_misses_are_said_all_the_same(
    tmp_path: Path,
):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        change_context(run.ctx, server_supports_task_budget=False)
        await run_first_turn(run)
        await run.server.faults({"kind": "evict", "request": 1})
        await run.driver.run_turn("second")
        assert all("diagnostics" not in request.params for request in run.ctx.run.recent_requests)
        assert {event.follows for event in run.events(ev.RequestStarted)} == {None}
        assert [each.reason for each in await misses(run)] == ["unasked"]


async def test_a_server_that_refuses_the_question_is_asked_no_more_and_answers(
    tmp_path: Path,
):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        refusal = "diagnostics: Extra inputs are not permitted"
        struck = {"kind": "status", "status": 400, "message": refusal, "request": 1}
        await run.server.faults(struck)
        await run_first_turn(run)
        (said,) = run.events(ev.NoticeShown)
        assert said.sentence.startswith("This server does not take the question why")
        assert run.state.last_end is not None and run.state.last_end.reason == "completed"
        assert "diagnostics" not in run.ctx.run.recent_requests[-1].params
        assert run.ctx.run.server_supports_task_budget


async def test_every_request_to_the_api_asks_and_names_the_message_before_it(
    tmp_path: Path,
):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        await run_first_turn(run)
        await run.driver.run_turn("second")
        asked = [event.follows for event in run.events(ev.RequestStarted)]
        answered = [event.message for event in run.events(ev.RequestFinished)]
        assert asked == [None, *answered[:-1]]
        sent = run.ctx.run.recent_requests[-1].params["diagnostics"]
        assert sent == {"previous_message_id": answered[-2]}
        assert [event.diagnostics for event in run.events(ev.RequestFinished)] == [None] * 4


async def record(run: SessionRun, *events: ev.Event) -> None:
    await run.driver.commit(*events)


async def rewound(run: SessionRun) -> None:
    await run.driver.run_turn("to be taken back")
    await record(run, ev.Rewritten(reason="rewind", keep=4))


async def compacted(run: SessionRun) -> None:
    await run.driver.compact()


async def an_hour_later(run: SessionRun) -> None:
    run.pass_time(3_601)


async def six_minutes_later(run: SessionRun) -> None:
    run.pass_time(360)


async def interrupted(run: SessionRun) -> None:
    run.when(lambda item: isinstance(item, TextDelta), run.driver.interrupt)
    await run.driver.run_turn("and stop")


async def broken(run: SessionRun) -> None:
    await run.server.faults({"kind": "drop", "request": 1, "after": 5})
    await run.driver.run_turn("and break off")


EXPLAINED: dict[str, Callable[[SessionRun], Any]] = {
    "nothing": lambda run: record(run),
    "another budget": lambda run: record(run, ev.BudgetGranted(total=150_000)),
    "more budget": lambda run: record(run, ev.BudgetExtended(by=9_000)),
    "no budget": lambda run: record(run, ev.BudgetGranted(total=None)),
    "a budget for each prompt": lambda run: record(
        run, ev.BudgetGranted(total=100_000, scope="turn")
    ),
    "an effort that is told": lambda run: record(run, ev.EffortChanged(effort="low")),
    "another model": lambda run: record(run, ev.ModelChanged(model="claude-opus-5", effort="high")),
    "a rewind": rewound,
    "a compaction": compacted,
    "six minutes": six_minutes_later,
    "an hour": an_hour_later,
    "an interrupt": interrupted,
    "a broken answer": broken,
}


@pytest.mark.parametrize("name", EXPLAINED)
async def test_what_a_change_of_ours_or_time_explains_is_no_miss(tmp_path: Path, name: str):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        await run_first_turn(run)
        await EXPLAINED[name](run)
        await run.driver.run_turn("second")
        assert run.state.last_end is not None and run.state.last_end.reason == "completed"
        assert run.events(ev.CacheMissed) == []
        assert run.state.prompt_cache.cached_tokens == await cached_tokens(run)


async def test_an_effort_in_the_parameters_explains_its_miss(tmp_path: Path):
    # A model that cannot be told of it in the conversation.
    async with run_session(tmp_path, respond=read_then_answer, model="claude-opus-4-8") as run:
        await run_first_turn(run)
        await run.driver.commit(ev.EffortChanged(effort="low"))
        await run.driver.run_turn("second")
        rows = await run.server.ledger()
        assert rows[2]["cache_read_input_tokens"] < rows[1]["cache_read_input_tokens"]
        assert run.events(ev.CacheMissed) == []


@pytest.mark.parametrize("told", [False, True])
async def test_a_summary_is_asked_for_with_the_effort_the_cache_was_written_with(
    tmp_path: Path, told: bool
):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        await run_first_turn(run)
        await run.driver.commit(ev.EffortChanged(effort="low"))
        if told:
            await run.driver.run_turn("second")
        stood = await cached_tokens(run)
        await run.driver.compact()
        assert run.events(ev.Rewritten)
        assert (await run.server.ledger())[-1]["cache_read_input_tokens"] >= stood


async def test_a_run_without_a_screen_says_a_miss_on_its_error_output(tmp_path: Path):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        await run_first_turn(run)
        stood = await cached_tokens(run)
        await run.server.faults({"kind": "evict", "request": 1})
        out, err = io.StringIO(), io.StringIO()
        await HeadlessRun(run.driver, lambda: read_meters(run.state), "text", out, err).run("go")
        assert err.getvalue() == (
            f"glideslope: The prompt cache was missed: {stood:,} tokens written again, "
            f"${stood * Decimal('4.80') / 1_000_000:.4f} more than reading them. "
            "The server gave no reason.\n"
        )
