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
from cached import CACHED, begun, left, talks
from flight import Flight, flight
from sameness import assert_same

from tui.agent.headless import HeadlessRun
from tui.claude.progress import TextDelta
from tui.session import events as ev
from tui.session.readings import meters


async def misses(flown: Flight) -> list[ev.CacheMissed]:
    """What was said, with every figure compared with the server's."""
    said: list[ev.CacheMissed] = flown.events(ev.CacheMissed)
    rows = {row["message_id"]: row for row in await flown.server.ledger()}
    finished = [event for event in flown.events(ev.RequestFinished) if event.message in rows]
    for event in said:
        at = next(n for n, each in enumerate(finished) if each.request == event.request)
        before, after = (rows[each.message] for each in finished[at - 1 : at + 1])
        stood = sum(before[name] for name in CACHED)
        assert event.tokens == stood - after["cache_read_input_tokens"]
    return said


async def test_an_evicted_cache_is_said_once_with_what_it_cost_and_that_nothing_had_changed(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        await begun(flown)
        stood = await left(flown)
        await flown.server.faults({"kind": "evict", "request": 1})
        await flown.driver.turn("second")
        (said,) = await misses(flown)
        assert (said.tokens, said.reason) == (stood, "same")
        # Written for 5 instead of read for 0.20 dollars a million.
        assert said.dollars == stood * (5 - Decimal("0.20")) / 1_000_000
        assert flown.state.warmth.misses == 1 and flown.state.warmth.missed == stood
        assert_same(flown.state, flown.refolded())


async def test_a_reason_that_comes_late_is_asked_for_again_and_told_of_the_same_miss(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        await begun(flown)
        last = flown.events(ev.RequestFinished)[-1].message
        await flown.server.faults({"kind": "undiagnosed", "request": 1})
        await flown.driver.turn("second")
        said = await misses(flown)
        assert [each.reason for each in said] == ["pending", "same"]
        assert said[0].request == said[1].request == 3 and said[0].tokens == said[1].tokens
        asked = {event.request: event.follows for event in flown.events(ev.RequestStarted)}
        assert asked[3] == asked[4] == last
        assert flown.state.warmth.misses == 1


async def test_a_history_that_was_altered_is_named_by_the_api(tmp_path: Path) -> None:
    # A model whose thinking is not bound to what came before: else the API would refuse it.
    async with flight(tmp_path, respond=talks, model="claude-opus-5") as flown:
        await begun(flown)
        first = flown.state.conversation.messages[0]
        other = {"type": "text", "text": "first, but otherwise"}
        object.__setattr__(first, "content", (*first.content[:-1], other))
        await flown.driver.turn("second")
        said = await misses(flown)
        assert [each.reason for each in said] == ["messages_changed"]
        told = flown.events(ev.RequestFinished)[2].diagnostics
        assert told["cache_miss_reason"]["cache_missed_input_tokens"] > 100


async def test_a_server_that_is_not_known_is_asked_nothing_and_its_misses_are_said_all_the_same(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        flown.means.knows_budgets = False
        await begun(flown)
        await flown.server.faults({"kind": "evict", "request": 1})
        await flown.driver.turn("second")
        assert all("diagnostics" not in request.params for request in flown.means.sent)
        assert {event.follows for event in flown.events(ev.RequestStarted)} == {None}
        assert [each.reason for each in await misses(flown)] == ["unasked"]


async def test_a_server_that_refuses_the_question_is_asked_no_more_and_answers(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        refusal = "diagnostics: Extra inputs are not permitted"
        struck = {"kind": "status", "status": 400, "message": refusal, "request": 1}
        await flown.server.faults(struck)
        await begun(flown)
        (said,) = flown.events(ev.NoticeShown)
        assert said.sentence.startswith("This server does not take the question why")
        assert flown.state.last_end is not None and flown.state.last_end.reason == "completed"
        assert "diagnostics" not in flown.means.sent[-1].params
        assert flown.means.knows_budgets


async def test_every_request_to_the_api_asks_and_names_the_message_before_it(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        await begun(flown)
        await flown.driver.turn("second")
        asked = [event.follows for event in flown.events(ev.RequestStarted)]
        answered = [event.message for event in flown.events(ev.RequestFinished)]
        assert asked == [None, *answered[:-1]]
        sent = flown.means.sent[-1].params["diagnostics"]
        assert sent == {"previous_message_id": answered[-2]}
        assert [event.diagnostics for event in flown.events(ev.RequestFinished)] == [None] * 4


async def record(flown: Flight, *events: ev.Event) -> None:
    await flown.driver.record(*events)


async def rewound(flown: Flight) -> None:
    await flown.driver.turn("to be taken back")
    await record(flown, ev.Rewritten(reason="rewind", keep=4))


async def compacted(flown: Flight) -> None:
    await flown.driver.compact()


async def an_hour_later(flown: Flight) -> None:
    flown.skip(3_601)


async def six_minutes_later(flown: Flight) -> None:
    flown.skip(360)


async def interrupted(flown: Flight) -> None:
    flown.when(lambda item: isinstance(item, TextDelta), flown.driver.interrupt)
    await flown.driver.turn("and stop")


async def broken(flown: Flight) -> None:
    await flown.server.faults({"kind": "drop", "request": 1, "after": 5})
    await flown.driver.turn("and break off")


EXPLAINED: dict[str, Callable[[Flight], Any]] = {
    "nothing": lambda flown: record(flown),
    "another budget": lambda flown: record(flown, ev.BudgetGranted(total=150_000)),
    "more budget": lambda flown: record(flown, ev.BudgetExtended(by=9_000)),
    "no budget": lambda flown: record(flown, ev.BudgetGranted(total=None)),
    "a budget for each prompt": lambda flown: record(
        flown, ev.BudgetGranted(total=100_000, scope="turn")
    ),
    "an effort that is told": lambda flown: record(flown, ev.EffortChanged(effort="low")),
    "another model": lambda flown: record(
        flown, ev.ModelChanged(model="claude-opus-5", effort="high")
    ),
    "a rewind": rewound,
    "a compaction": compacted,
    "six minutes": six_minutes_later,
    "an hour": an_hour_later,
    "an interrupt": interrupted,
    "a broken answer": broken,
}


@pytest.mark.parametrize("name", EXPLAINED)
async def test_what_a_change_of_ours_or_time_explains_is_no_miss(tmp_path: Path, name: str) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        await begun(flown)
        await EXPLAINED[name](flown)
        await flown.driver.turn("second")
        assert flown.state.last_end is not None and flown.state.last_end.reason == "completed"
        assert flown.events(ev.CacheMissed) == []
        assert flown.state.warmth.left == await left(flown)


async def test_an_effort_in_the_parameters_explains_its_miss(tmp_path: Path) -> None:
    # A model that cannot be told of it in the conversation.
    async with flight(tmp_path, respond=talks, model="claude-opus-4-8") as flown:
        await begun(flown)
        await flown.driver.record(ev.EffortChanged(effort="low"))
        await flown.driver.turn("second")
        rows = await flown.server.ledger()
        assert rows[2]["cache_read_input_tokens"] < rows[1]["cache_read_input_tokens"]
        assert flown.events(ev.CacheMissed) == []


@pytest.mark.parametrize("told", [False, True])
async def test_a_summary_is_asked_for_with_the_effort_the_cache_was_written_with(
    tmp_path: Path, told: bool
) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        await begun(flown)
        await flown.driver.record(ev.EffortChanged(effort="low"))
        if told:
            await flown.driver.turn("second")
        stood = await left(flown)
        await flown.driver.compact()
        assert flown.events(ev.Rewritten)
        assert (await flown.server.ledger())[-1]["cache_read_input_tokens"] >= stood


async def test_a_run_without_a_screen_says_a_miss_on_its_error_output(tmp_path: Path) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        await begun(flown)
        stood = await left(flown)
        await flown.server.faults({"kind": "evict", "request": 1})
        out, err = io.StringIO(), io.StringIO()
        await HeadlessRun(flown.driver, lambda: meters(flown.state), "text", out, err).run("go")
        assert err.getvalue() == (
            f"glideslope: The prompt cache was missed: {stood:,} tokens written again, "
            f"${stood * Decimal('4.80') / 1_000_000:.4f} more than reading them. "
            "The server gave no reason.\n"
        )
