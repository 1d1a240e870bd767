"""The server shortens the conversation: on demand, and by itself from a threshold on."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import SUMMARY, words
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedThinking, ScriptedToolUse

OPUS, SONNET = "claude-opus-5-5", "claude-sonnet-4-5"
"""The second knows no compaction."""


def read(name: str) -> ScriptedToolUse:
    return ScriptedToolUse("read", {"path": name})


async def agrees(run: SessionRun) -> None:
    grant, left = run.state.grant, run.state.left
    assert grant is not None and left is not None
    assert abs(left - await run.countdown()) <= grant // 100


def by_server(run: SessionRun, at: float = 0.8) -> None:
    change_context(run.ctx, compaction_strategy="server", compact_at=at)
    (run.folder / "a").write_text("some words in a line\n" * 200)


@pytest.mark.parametrize("turn_reset", ["context", "fresh"])
@pytest.mark.parametrize("scope", ["session", "turn"])
async def test_on_demand_the_gauge_agrees_and_remaining_is_never_sent(
    tmp_path: Path, scope: str, turn_reset: str
):
    replies = [
        (ScriptedThinking(words(400)), ScriptedText(words(9_000)), read("a")),
        (ScriptedText(words(4_000)),),
        (ScriptedText(words(500)), read("a")),
        (ScriptedText(words(400)),),
        (ScriptedText(words(100)),),
    ]
    async with run_session(tmp_path, *replies, scope=scope, turn_reset=turn_reset) as run:
        by_server(run)
        await run.driver.commit(ev.ChecklistChanged(updates=(SubtaskUpdate(id="t", title="Keep"),)))
        await run.driver.run_turn("one")
        before = run.state.context
        await run.driver.compact("keep the names")
        (rewritten,) = run.events(ev.Rewritten)
        assert rewritten.after < before * 0.4
        await run.driver.run_turn("two")
        await agrees(run)
        await run.driver.run_turn("three")
        await agrees(run)
        rows = await run.server.ledger()
        assert all(row["remaining"] is None for row in rows)
        assert all(row["status"] == 200 for row in rows)
        again = run.folded_from_disk()
        assert again.conversation.sendable() == run.state.conversation.sendable()
        assert (again.left, again.wire_budget()) == (run.state.left, run.state.wire_budget())


async def test_the_signed_summary_is_sent_byte_for_byte_and_the_checklist_beside_it(
    tmp_path: Path,
):
    async with run_session(tmp_path, (ScriptedText(words(900)),), (ScriptedText("b"),)) as run:
        by_server(run)
        await run.driver.commit(ev.ChecklistChanged(updates=(SubtaskUpdate(id="t", title="Keep"),)))
        await run.driver.run_turn("one")
        await run.driver.compact("mind the tests")
        asked = run.ctx.run.recent_requests[-1]
        assert asked.params["compaction"] == {"type": "summarize", "instructions": "mind the tests"}
        (finished,) = [e for e in run.events(ev.RequestFinished) if e.stop_reason == "compaction"]
        await run.driver.run_turn("two")
        sent = run.ctx.run.recent_requests[-1].params["messages"]
        (block,) = sent[0]["content"]
        bare = {key: value for key, value in block.items() if key != "cache_control"}
        assert bare == finished.blocks[0] and bare["content"] == SUMMARY
        assert "Keep" in json.dumps(sent[1])


async def test_the_summary_of_the_server_is_an_entry_of_its_own_and_charged_once(
    tmp_path: Path,
):
    async with run_session(tmp_path, (ScriptedText(words(900)),), (ScriptedText("b"),)) as run:
        by_server(run)
        await run.driver.run_turn("one")
        before = run.state.ledger.charged
        await run.driver.compact()
        (row,) = [r for r in await run.server.ledger() if r["kind"] == "compaction"]
        assert run.state.ledger.charged - before == row["summary_tokens"]
        assert run.state.ledger.by_kind["summary"] == row["summary_tokens"]
        assert run.state.bill.usage.output == 903 + row["summary_tokens"], "and billed"


@pytest.mark.parametrize("turn_reset", ["context", "fresh"])
@pytest.mark.parametrize("scope", ["session", "turn"])
async def test_from_a_threshold_on_the_server_shortens_in_mid_turn_and_the_gauge_agrees(
    tmp_path: Path, scope: str, turn_reset: str
):
    replies = [
        (ScriptedText(words(30_000)),),
        (ScriptedText(words(25_000)), read("a")),
        (ScriptedText(words(700)), read("a")),
        (ScriptedText(words(400)),),
        (ScriptedText(words(300)),),
    ]
    async with run_session(
        tmp_path, *replies, budget=200_000, scope=scope, turn_reset=turn_reset
    ) as run:
        by_server(run, 0.05)  # of a window of a million
        await run.driver.run_turn("one")
        await agrees(run)
        await run.driver.run_turn("two")
        (rewritten,) = run.events(ev.Rewritten)
        assert rewritten.before > 50_000 and rewritten.after < rewritten.before * 0.4
        assert any("the server shortens" in e.sentence for e in run.events(ev.NoticeShown))
        await agrees(run)
        await run.driver.run_turn("three")
        await agrees(run)
        assert run.state.last_end is not None and run.state.last_end.reason == "completed"
        rows = await run.server.ledger()
        assert all(row["remaining"] is None and row["status"] == 200 for row in rows)


async def test_the_wire_value_changes_at_the_compaction_and_nowhere_else(tmp_path: Path):
    replies = [
        (ScriptedText(words(5_000)),),
        (ScriptedText("b"), read("a")),
        (ScriptedText("c"),),
        (ScriptedText("d"),),
    ]
    async with run_session(tmp_path, *replies) as run:
        by_server(run)
        await run.driver.run_turn("one")
        await run.driver.compact()
        await run.driver.run_turn("two")
        await run.driver.run_turn("three")
        totals = [row["total"] for row in await run.server.ledger() if row["kind"] == "message"]
        assert totals[0] == 100_000
        assert len(set(totals[1:])) == 1 and totals[1] < 100_000


async def fails(run: SessionRun) -> None:
    await run.server.faults({"kind": "status", "request": 1, "status": 500})


async def interrupted(run: SessionRun) -> None:
    def asked(item: object) -> bool:
        event = item.event if isinstance(item, ev.Record) else None
        return isinstance(event, ev.RequestStarted) and event.purpose == "compaction"

    run.when(asked, run.driver.interrupt)


@pytest.mark.parametrize("goes_wrong", [fails, interrupted])
async def test_what_goes_wrong_leaves_the_session_as_it_was(
    tmp_path: Path, goes_wrong: Callable[[SessionRun], object]
):
    async with run_session(tmp_path, (ScriptedText(words(900)),), (ScriptedText("b"),)) as run:
        by_server(run)
        run.client.retry_policy = type(run.client.retry_policy)(attempts=1)
        await run.driver.run_turn("one")
        before = run.state.conversation.sendable()
        await goes_wrong(run)  # type: ignore[misc]
        await run.driver.compact()
        assert run.state.conversation.sendable() == before
        await run.driver.run_turn("two")
        await agrees(run)


async def test_a_summary_without_room_is_said_once_and_the_turn_goes_on(tmp_path: Path):
    """The server could not fit its summary into the output limit of the request."""
    replies = [(ScriptedText(words(51_000)),), (ScriptedText("b"),)]
    async with run_session(
        tmp_path, *replies, budget=200_000, summarize=lambda _: words(200_000)
    ) as run:
        by_server(run, 0.05)
        await run.driver.run_turn("one")
        await run.driver.run_turn("two")
        assert run.state.last_end is not None and run.state.last_end.reason == "completed"
        (said,) = run.events(ev.ErrorShown)
        assert "stays as it is" in said.sentence
        assert run.events(ev.Rewritten) == []
        await agrees(run)


async def test_a_server_that_cannot_is_said_and_the_program_summarises(tmp_path: Path):
    summary = f"<summary>{words(30)}</summary>"
    async with run_session(
        tmp_path, (ScriptedText("a"),), (ScriptedText(summary),), (ScriptedText("b"),), model=SONNET
    ) as run:
        by_server(run)
        await run.driver.run_turn("one")
        await run.driver.compact()
        assert any("asks the model for a summary" in e.sentence for e in run.events(ev.NoticeShown))
        assert len(run.events(ev.Rewritten)) == 1
        await run.driver.run_turn("two")
        assert run.state.last_end is not None and run.state.last_end.reason == "completed"


async def test_a_model_that_reads_no_summary_of_the_server_reads_its_words(tmp_path: Path):
    async with run_session(
        tmp_path, (ScriptedText(words(900)),), (ScriptedText("b"),), (ScriptedText("c"),)
    ) as run:
        by_server(run)
        await run.driver.run_turn("one")
        await run.driver.compact()
        await run.driver.commit(ev.ModelChanged(model=SONNET, effort=None))
        await run.driver.run_turn("two")
        assert run.state.last_end is not None and run.state.last_end.reason == "completed"
        first = run.server.script.inputs[-1].messages[0]
        assert SUMMARY in json.dumps(first) and first["role"] == "user"
        await run.driver.commit(ev.ModelChanged(model=OPUS, effort="high"))
        await run.driver.run_turn("three")
        await agrees(run)


async def test_compaction_does_not_begin_when_less_is_left_than_it_needs(tmp_path: Path):
    replies = [(ScriptedText(words(51_000)),), (ScriptedText("b"),)]
    async with run_session(tmp_path, *replies, budget=57_000) as run:
        by_server(run, 0.05)
        await run.driver.run_turn("one")
        await run.driver.run_turn("two")
        assert run.events(ev.Rewritten) == []
        assert "context_management" not in run.ctx.run.recent_requests[-1].params
