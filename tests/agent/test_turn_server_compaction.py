"""The server shortens the conversation: on demand, and by itself from a threshold on."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flight import Flight, flight
from simulator_server import SUMMARY, words

from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.simulator.pilot.situation import Text, Thinking, ToolUse

OPUS, SONNET = "claude-opus-5-5", "claude-sonnet-4-5"
"""The second knows no compaction."""


def read(name: str) -> ToolUse:
    return ToolUse("read", {"path": name})


async def agrees(f: Flight) -> None:
    grant, left = f.state.grant, f.state.left
    assert grant is not None and left is not None
    assert abs(left - await f.countdown()) <= grant // 100


def by_server(f: Flight, at: float = 0.8) -> None:
    f.means.strategy, f.means.compact_at = "server", at
    (f.folder / "a").write_text("some words in a line\n" * 200)


@pytest.mark.parametrize("turn_reset", ["context", "fresh"])
@pytest.mark.parametrize("scope", ["session", "turn"])
async def test_on_demand_the_gauge_agrees_and_remaining_is_never_sent(
    tmp_path: Path, scope: str, turn_reset: str
) -> None:
    replies = [
        (Thinking(words(400)), Text(words(9_000)), read("a")),
        (Text(words(4_000)),),
        (Text(words(500)), read("a")),
        (Text(words(400)),),
        (Text(words(100)),),
    ]
    async with flight(tmp_path, *replies, scope=scope, turn_reset=turn_reset) as f:
        by_server(f)
        await f.driver.record(ev.ChecklistChanged(updates=(SubtaskUpdate(id="t", title="Keep"),)))
        await f.driver.turn("one")
        before = f.state.context
        await f.driver.compact("keep the names")
        (rewritten,) = f.events(ev.Rewritten)
        assert rewritten.after < before * 0.4
        await f.driver.turn("two")
        await agrees(f)
        await f.driver.turn("three")
        await agrees(f)
        rows = await f.server.ledger()
        assert all(row["remaining"] is None for row in rows)
        assert all(row["status"] == 200 for row in rows)
        again = f.refolded()
        assert again.conversation.sendable() == f.state.conversation.sendable()
        assert (again.left, again.wire_budget()) == (f.state.left, f.state.wire_budget())


async def test_the_signed_summary_is_sent_byte_for_byte_and_the_checklist_beside_it(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, (Text(words(900)),), (Text("b"),)) as f:
        by_server(f)
        await f.driver.record(ev.ChecklistChanged(updates=(SubtaskUpdate(id="t", title="Keep"),)))
        await f.driver.turn("one")
        await f.driver.compact("mind the tests")
        asked = f.means.sent[-1]
        assert asked.params["compaction"] == {"type": "summarize", "instructions": "mind the tests"}
        (finished,) = [e for e in f.events(ev.RequestFinished) if e.stop_reason == "compaction"]
        await f.driver.turn("two")
        sent = f.means.sent[-1].params["messages"]
        (block,) = sent[0]["content"]
        bare = {key: value for key, value in block.items() if key != "cache_control"}
        assert bare == finished.blocks[0] and bare["content"] == SUMMARY
        assert "Keep" in json.dumps(sent[1])


async def test_the_summary_of_the_server_is_an_entry_of_its_own_and_charged_once(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, (Text(words(900)),), (Text("b"),)) as f:
        by_server(f)
        await f.driver.turn("one")
        before = f.state.ledger.charged
        await f.driver.compact()
        (row,) = [r for r in await f.server.ledger() if r["kind"] == "compaction"]
        assert f.state.ledger.charged - before == row["summary_tokens"]
        assert f.state.ledger.by_kind["summary"] == row["summary_tokens"]
        assert f.state.bill.usage.output == 903 + row["summary_tokens"], "and billed"


@pytest.mark.parametrize("turn_reset", ["context", "fresh"])
@pytest.mark.parametrize("scope", ["session", "turn"])
async def test_from_a_threshold_on_the_server_shortens_in_mid_turn_and_the_gauge_agrees(
    tmp_path: Path, scope: str, turn_reset: str
) -> None:
    replies = [
        (Text(words(30_000)),),
        (Text(words(25_000)), read("a")),
        (Text(words(700)), read("a")),
        (Text(words(400)),),
        (Text(words(300)),),
    ]
    async with flight(tmp_path, *replies, budget=200_000, scope=scope, turn_reset=turn_reset) as f:
        by_server(f, 0.05)  # of a window of a million
        await f.driver.turn("one")
        await agrees(f)
        await f.driver.turn("two")
        (rewritten,) = f.events(ev.Rewritten)
        assert rewritten.before > 50_000 and rewritten.after < rewritten.before * 0.4
        assert any("the server shortens" in e.sentence for e in f.events(ev.NoticeShown))
        await agrees(f)
        await f.driver.turn("three")
        await agrees(f)
        assert f.state.last_end is not None and f.state.last_end.reason == "completed"
        rows = await f.server.ledger()
        assert all(row["remaining"] is None and row["status"] == 200 for row in rows)


async def test_the_wire_value_changes_at_the_compaction_and_nowhere_else(tmp_path: Path) -> None:
    replies = [(Text(words(5_000)),), (Text("b"), read("a")), (Text("c"),), (Text("d"),)]
    async with flight(tmp_path, *replies) as f:
        by_server(f)
        await f.driver.turn("one")
        await f.driver.compact()
        await f.driver.turn("two")
        await f.driver.turn("three")
        totals = [row["total"] for row in await f.server.ledger() if row["kind"] == "message"]
        assert totals[0] == 100_000
        assert len(set(totals[1:])) == 1 and totals[1] < 100_000


async def fails(f: Flight) -> None:
    await f.server.faults({"kind": "status", "request": 1, "status": 500})


async def interrupted(f: Flight) -> None:
    def asked(item: object) -> bool:
        event = item.event if isinstance(item, ev.Record) else None
        return isinstance(event, ev.RequestStarted) and event.purpose == "compaction"

    f.when(asked, f.driver.interrupt)


@pytest.mark.parametrize("goes_wrong", [fails, interrupted])
async def test_what_goes_wrong_leaves_the_session_as_it_was(
    tmp_path: Path, goes_wrong: Callable[[Flight], object]
) -> None:
    async with flight(tmp_path, (Text(words(900)),), (Text("b"),)) as f:
        by_server(f)
        f.line.policy = type(f.line.policy)(attempts=1)
        await f.driver.turn("one")
        before = f.state.conversation.sendable()
        await goes_wrong(f)  # type: ignore[misc]
        await f.driver.compact()
        assert f.state.conversation.sendable() == before
        await f.driver.turn("two")
        await agrees(f)


async def test_a_summary_without_room_is_said_once_and_the_turn_goes_on(tmp_path: Path) -> None:
    """The server could not fit its summary into the output limit of the request."""
    replies = [(Text(words(51_000)),), (Text("b"),)]
    async with flight(tmp_path, *replies, budget=200_000, summarize=lambda _: words(200_000)) as f:
        by_server(f, 0.05)
        await f.driver.turn("one")
        await f.driver.turn("two")
        assert f.state.last_end is not None and f.state.last_end.reason == "completed"
        (said,) = f.events(ev.ErrorShown)
        assert "stays as it is" in said.sentence
        assert f.events(ev.Rewritten) == []
        await agrees(f)


async def test_a_server_that_cannot_is_said_and_the_program_summarises(tmp_path: Path) -> None:
    summary = f"<summary>{words(30)}</summary>"
    async with flight(tmp_path, (Text("a"),), (Text(summary),), (Text("b"),), model=SONNET) as f:
        by_server(f)
        await f.driver.turn("one")
        await f.driver.compact()
        assert any("asks the model for a summary" in e.sentence for e in f.events(ev.NoticeShown))
        assert len(f.events(ev.Rewritten)) == 1
        await f.driver.turn("two")
        assert f.state.last_end is not None and f.state.last_end.reason == "completed"


async def test_a_model_that_reads_no_summary_of_the_server_reads_its_words(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text(words(900)),), (Text("b"),), (Text("c"),)) as f:
        by_server(f)
        await f.driver.turn("one")
        await f.driver.compact()
        await f.driver.record(ev.ModelChanged(model=SONNET, effort=None))
        await f.driver.turn("two")
        assert f.state.last_end is not None and f.state.last_end.reason == "completed"
        first = f.server.script.told[-1].messages[0]
        assert SUMMARY in json.dumps(first) and first["role"] == "user"
        await f.driver.record(ev.ModelChanged(model=OPUS, effort="high"))
        await f.driver.turn("three")
        await agrees(f)


async def test_compaction_does_not_begin_when_less_is_left_than_it_needs(tmp_path: Path) -> None:
    replies = [(Text(words(51_000)),), (Text("b"),)]
    async with flight(tmp_path, *replies, budget=57_000) as f:
        by_server(f, 0.05)
        await f.driver.turn("one")
        await f.driver.turn("two")
        assert f.events(ev.Rewritten) == []
        assert "context_management" not in f.means.sent[-1].params
