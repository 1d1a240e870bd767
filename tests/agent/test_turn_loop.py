"""The agentic loop, through the official SDK against the strict simulator."""

import asyncio
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.run_session import run_session
from tui.agent.user_inbox import PermissionAnswer
from tui.claude.stream_events import TextDelta, ThinkingDelta
from tui.session import events as ev
from tui.simulator.scripted_model.model_input import (
    ScriptedBlock,
    ScriptedText,
    ScriptedThinking,
    ScriptedToolUse,
)

LONG = "word " * 400


def read(path: str) -> ScriptedToolUse:
    return ScriptedToolUse("read", {"path": path})


async def test_reads_run_side_by_side_and_the_answer_ends_the_turn(tmp_path: Path):
    replies: list[Sequence[ScriptedBlock]] = [
        (ScriptedText("Reading."), read("a.txt"), read("b.txt")),
        (ScriptedText("Both read."),),
    ]
    async with run_session(tmp_path, *replies) as run:
        for name in ("a.txt", "b.txt"):
            (run.folder / name).write_text(f"{name}\n")
        await run.driver.run_turn("read both")
        kinds = [type(event) for event in run.events(ev.ToolStarted, ev.ToolFinished)]
        assert kinds == [ev.ToolStarted] * 2 + [ev.ToolFinished] * 2
        assert run.state.last_end is not None
        assert run.state.last_end.reason == "completed"


async def test_a_tool_acts_only_after_its_start_is_on_disk(tmp_path: Path):
    call = ScriptedToolUse("bash", {"command": "cat seen"})
    async with run_session(tmp_path, (call,), (ScriptedText("ok"),)) as run:

        def look(item: object) -> bool:
            return isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted)

        def note() -> None:
            kinds = [type(r.event).__name__ for r in run.store.records()]
            (run.folder / "seen").write_text(kinds[-1])

        run.when(look, note)
        await run.driver.run_turn("go")
        (finished,) = run.events(ev.ToolFinished)
        assert "ToolStarted" in finished.content


async def test_writing_calls_run_alone_and_in_order(tmp_path: Path):
    calls = tuple(ScriptedToolUse("bash", {"command": f"echo {n} >> log"}) for n in range(3))
    async with run_session(tmp_path, calls, (ScriptedText("ok"),)) as run:
        await run.driver.run_turn("go")
        assert (run.folder / "log").read_text() == "0\n1\n2\n"
        kinds = [type(event) for event in run.events(ev.ToolStarted, ev.ToolFinished)]
        assert kinds == [ev.ToolStarted, ev.ToolFinished] * 3


@pytest.mark.parametrize(("answer", "asked"), [("once", 2), ("session", 1), ("project", 1)])
async def test_a_permission_lasts_as_long_as_it_was_given_for(
    tmp_path: Path, answer: ev.PermissionScope, asked: int
):
    call = ScriptedToolUse("bash", {"command": "make --version"})
    async with run_session(tmp_path, (call,), (call,), (ScriptedText("ok"),), mode="ask") as run:

        def reply(item: object) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked):
                run.driver.answer_permission(item.event.tool_use, PermissionAnswer(answer))

        run.driver.listeners.append(reply)
        await run.driver.run_turn("go")
        assert len(run.events(ev.PermissionAsked)) == asked
        assert all(event.outcome != "denied" for event in run.events(ev.ToolFinished))


async def test_the_model_reads_why_something_was_refused(tmp_path: Path):
    call = ScriptedToolUse("write", {"path": "x", "content": "y"})
    async with run_session(tmp_path, (call,), (ScriptedText("ok"),), mode="ask") as run:

        def reply(item: object) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked):
                run.driver.answer_permission(
                    item.event.tool_use, PermissionAnswer("no", "use the other file")
                )

        run.driver.listeners.append(reply)
        await run.driver.run_turn("go")
        told = json.dumps(run.server.script.inputs[-1].messages[-1])
        assert "use the other file" in told
        assert not (run.folder / "x").exists()


async def test_without_a_user_a_question_is_refused_and_said(tmp_path: Path):
    call = ScriptedToolUse("write", {"path": "x", "content": "y"})
    async with run_session(
        tmp_path, (call,), (ScriptedText("ok"),), mode="ask", interactive=False
    ) as run:
        await run.driver.run_turn("go")
        assert run.state.last_end is not None
        assert run.state.last_end.reason == "denied"
        assert not (run.folder / "x").exists()


async def test_a_tool_that_was_never_offered_is_answered(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText("a"),), (ScriptedText("ok"),)) as run:
        await run.server.faults({"kind": "unknown_tool", "request": 1})
        await run.driver.run_turn("go")
        (finished,) = run.events(ev.ToolFinished)
        assert "There is no tool named" in finished.content
        assert run.state.last_end.reason == "completed"


async def test_a_message_cut_at_its_limit_runs_none_of_its_tools(tmp_path: Path):
    call = ScriptedToolUse("bash", {"command": "touch ran"})
    async with run_session(tmp_path, (ScriptedText("go"), call), (ScriptedText("ok"),)) as run:
        await run.server.faults({"kind": "stop", "request": 1, "reason": "max_tokens"})
        await run.driver.run_turn("go")
        (finished,) = run.events(ev.ToolFinished)
        assert finished.outcome == "not_run"
        assert not (run.folder / "ran").exists()
        assert [e.reason for e in run.events(ev.NoteSent)] == ["reminder"]


async def test_a_refusal_ends_the_turn_and_the_next_prompt_works(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText("no"),), (ScriptedText("yes"),)) as run:
        await run.server.faults({"kind": "stop", "request": 1, "reason": "refusal"})
        await run.driver.run_turn("one")
        assert run.state.last_end.reason == "refused"
        await run.driver.run_turn("two")
        assert run.state.last_end.reason == "completed"


async def test_steering_is_read_beside_the_next_results(tmp_path: Path):
    async with run_session(tmp_path, (read("a"),), (ScriptedText("ok"),)) as run:
        (run.folder / "a").write_text("a\n")
        run.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted),
            lambda: run.driver.steer("only the first file"),
        )
        await run.driver.run_turn("go")
        last = run.server.script.inputs[-1].messages[-1]["content"]
        assert [block["type"] for block in last] == ["tool_result", "text"]
        assert "only the first file" in last[1]["text"]


async def test_steering_during_the_last_answer_is_not_lost(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText(LONG),), (ScriptedText("heard"),)) as run:
        run.when(lambda item: isinstance(item, TextDelta), lambda: run.driver.steer("wait"))
        await run.driver.run_turn("go")
        assert "wait" in json.dumps(run.server.script.inputs[-1].messages[-1])
        assert run.state.request == 2


PHASES = {
    "thinking": lambda item: isinstance(item, ThinkingDelta),
    "text": lambda item: isinstance(item, TextDelta),
    "request": lambda item: (
        isinstance(item, ev.Record) and isinstance(item.event, ev.RequestStarted)
    ),
    "tool": lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted),
    "question": lambda item: (
        isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked)
    ),
    "after the response": lambda item: (
        isinstance(item, ev.Record) and isinstance(item.event, ev.RequestFinished)
    ),
}


@pytest.mark.parametrize("phase", PHASES)
async def test_an_interrupt_at_any_moment_leaves_a_conversation_that_goes_on(
    tmp_path: Path, phase: str
):
    """The strict simulator refuses an invalid conversation with a 400, and checks thinking."""
    mode: ev.Mode = "ask" if phase == "question" else "auto"
    sleep = ScriptedToolUse("bash", {"command": "sleep 60" if phase == "tool" else "true"})
    first = (ScriptedThinking("Let me see. " * 40), ScriptedText(LONG), read("a"), sleep)
    async with run_session(tmp_path, first, (ScriptedText("goes on"),), mode=mode) as run:
        (run.folder / "a").write_text("a\n")
        run.when(PHASES[phase], run.driver.interrupt)
        await asyncio.wait_for(run.driver.run_turn("go"), 20)
        assert run.state.last_end.reason == "interrupted"
        assert not run.state.conversation.open_calls
        await run.driver.run_turn("and now?")
        assert run.state.last_end.reason == "completed"
        if phase == "text":
            assert "word word" in json.dumps(run.server.script.inputs[-1].messages)


async def test_what_is_on_disk_folds_to_the_live_state(tmp_path: Path):
    replies: list[Sequence[ScriptedBlock]] = [
        (ScriptedText("a"), read("a")),
        (ScriptedText("b"),),
        (ScriptedText("c"),),
    ]
    async with run_session(tmp_path, *replies) as run:
        (run.folder / "a").write_text("a\n" * 50)
        await run.driver.run_turn("one")
        await run.driver.run_turn("two")
        again = run.folded_from_disk()
        assert again.conversation.sendable() == run.state.conversation.sendable()
        assert again.ledger.entries == run.state.ledger.entries
        assert again.bill.meter() == run.state.bill.meter()
        assert again.checklist == run.state.checklist


async def test_every_request_reads_from_cache_all_that_the_one_before_sent(tmp_path: Path):
    (tmp_path / "project").mkdir()
    for number in range(30):
        (tmp_path / "project" / f"f{number}").write_text(f"line {number}\n" * 40)
    batch = tuple(read(f"f{number}") for number in range(30))
    replies: list[Sequence[ScriptedBlock]] = [
        (read("f1"),),
        batch,
        (read("f2"),),
        (ScriptedText("done"),),
    ]
    async with run_session(tmp_path, *replies) as run:
        await run.driver.run_turn("read them all")
        rows = await run.server.ledger()
        for before, after in pairwise(rows):
            fields = ("input_tokens", "cache_read_input_tokens")
            whole = (
                sum(before[session_run] for session_run in fields)
                + before["ephemeral_5m_input_tokens"]
            )
            whole += before["ephemeral_1h_input_tokens"]
            assert after["cache_read_input_tokens"] >= whole - before["input_tokens"]
        assert len({json.dumps([r["total"], r["remaining"]]) for r in rows}) == 1
