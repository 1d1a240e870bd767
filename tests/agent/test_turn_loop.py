"""The agentic loop, through the official SDK against the strict simulator."""

import asyncio
import json
from itertools import pairwise
from pathlib import Path

import pytest
from flight import flight

from tui.agent.desk import Answer
from tui.claude.progress import TextDelta, ThinkingDelta
from tui.session import events as ev
from tui.simulator.pilot.situation import Text, Thinking, ToolUse

LONG = "word " * 400


def read(path: str) -> ToolUse:
    return ToolUse("read", {"path": path})


async def test_reads_run_side_by_side_and_the_answer_ends_the_turn(tmp_path: Path) -> None:
    replies = [(Text("Reading."), read("a.txt"), read("b.txt")), (Text("Both read."),)]
    async with flight(tmp_path, *replies) as flown:
        for name in ("a.txt", "b.txt"):
            (flown.folder / name).write_text(f"{name}\n")
        await flown.driver.turn("read both")
        kinds = [type(event) for event in flown.events(ev.ToolStarted, ev.ToolFinished)]
        assert kinds == [ev.ToolStarted] * 2 + [ev.ToolFinished] * 2
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "completed"


async def test_a_tool_acts_only_after_its_start_is_on_disk(tmp_path: Path) -> None:
    call = ToolUse("bash", {"command": "cat seen"})
    async with flight(tmp_path, (call,), (Text("ok"),)) as flown:

        def look(item: object) -> bool:
            return isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted)

        def note() -> None:
            kinds = [type(r.event).__name__ for r in flown.store.records()]
            (flown.folder / "seen").write_text(kinds[-1])

        flown.when(look, note)
        await flown.driver.turn("go")
        (finished,) = flown.events(ev.ToolFinished)
        assert "ToolStarted" in finished.content


async def test_writing_calls_run_alone_and_in_order(tmp_path: Path) -> None:
    calls = tuple(ToolUse("bash", {"command": f"echo {n} >> log"}) for n in range(3))
    async with flight(tmp_path, calls, (Text("ok"),)) as flown:
        await flown.driver.turn("go")
        assert (flown.folder / "log").read_text() == "0\n1\n2\n"
        kinds = [type(event) for event in flown.events(ev.ToolStarted, ev.ToolFinished)]
        assert kinds == [ev.ToolStarted, ev.ToolFinished] * 3


@pytest.mark.parametrize(("answer", "asked"), [("once", 2), ("session", 1), ("project", 1)])
async def test_a_permission_lasts_as_long_as_it_was_given_for(
    tmp_path: Path, answer: ev.PermissionScope, asked: int
) -> None:
    call = ToolUse("bash", {"command": "make --version"})
    async with flight(tmp_path, (call,), (call,), (Text("ok"),), mode="ask") as flown:

        def reply(item: object) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked):
                flown.means.desk.answer(item.event.tool_use, Answer(answer))

        flown.driver.listeners.append(reply)
        await flown.driver.turn("go")
        assert len(flown.events(ev.PermissionAsked)) == asked
        assert all(event.outcome != "denied" for event in flown.events(ev.ToolFinished))


async def test_the_model_reads_why_something_was_refused(tmp_path: Path) -> None:
    call = ToolUse("write", {"path": "x", "content": "y"})
    async with flight(tmp_path, (call,), (Text("ok"),), mode="ask") as flown:

        def reply(item: object) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked):
                flown.means.desk.answer(item.event.tool_use, Answer("no", "use the other file"))

        flown.driver.listeners.append(reply)
        await flown.driver.turn("go")
        told = json.dumps(flown.server.script.told[-1].messages[-1])
        assert "use the other file" in told
        assert not (flown.folder / "x").exists()


async def test_without_a_user_a_question_is_refused_and_said(tmp_path: Path) -> None:
    call = ToolUse("write", {"path": "x", "content": "y"})
    async with flight(tmp_path, (call,), (Text("ok"),), mode="ask", interactive=False) as flown:
        await flown.driver.turn("go")
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "denied"
        assert not (flown.folder / "x").exists()


async def test_a_tool_that_was_never_offered_is_answered(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text("a"),), (Text("ok"),)) as flown:
        await flown.server.faults({"kind": "unknown_tool", "request": 1})
        await flown.driver.turn("go")
        (finished,) = flown.events(ev.ToolFinished)
        assert "There is no tool named" in finished.content
        assert flown.state.last_end.reason == "completed"  # type: ignore[union-attr]


async def test_a_message_cut_at_its_limit_runs_none_of_its_tools(tmp_path: Path) -> None:
    call = ToolUse("bash", {"command": "touch ran"})
    async with flight(tmp_path, (Text("go"), call), (Text("ok"),)) as flown:
        await flown.server.faults({"kind": "stop", "request": 1, "reason": "max_tokens"})
        await flown.driver.turn("go")
        (finished,) = flown.events(ev.ToolFinished)
        assert finished.outcome == "not_run"
        assert not (flown.folder / "ran").exists()
        assert [e.reason for e in flown.events(ev.NoteSent)] == ["reminder"]


async def test_a_refusal_ends_the_turn_and_the_next_prompt_works(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text("no"),), (Text("yes"),)) as flown:
        await flown.server.faults({"kind": "stop", "request": 1, "reason": "refusal"})
        await flown.driver.turn("one")
        assert flown.state.last_end.reason == "refused"  # type: ignore[union-attr]
        await flown.driver.turn("two")
        assert flown.state.last_end.reason == "completed"  # type: ignore[union-attr]


async def test_steering_is_read_beside_the_next_results(tmp_path: Path) -> None:
    async with flight(tmp_path, (read("a"),), (Text("ok"),)) as flown:
        (flown.folder / "a").write_text("a\n")
        flown.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted),
            lambda: flown.driver.steer("only the first file"),
        )
        await flown.driver.turn("go")
        last = flown.server.script.told[-1].messages[-1]["content"]
        assert [block["type"] for block in last] == ["tool_result", "text"]
        assert "only the first file" in last[1]["text"]


async def test_steering_during_the_last_answer_is_not_lost(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text(LONG),), (Text("heard"),)) as flown:
        flown.when(lambda item: isinstance(item, TextDelta), lambda: flown.driver.steer("wait"))
        await flown.driver.turn("go")
        assert "wait" in json.dumps(flown.server.script.told[-1].messages[-1])
        assert flown.state.request == 2


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
) -> None:
    """The strict simulator refuses an invalid conversation with a 400, and checks thinking."""
    mode: ev.Mode = "ask" if phase == "question" else "auto"
    sleep = ToolUse("bash", {"command": "sleep 60" if phase == "tool" else "true"})
    first = (Thinking("Let me see. " * 40), Text(LONG), read("a"), sleep)
    async with flight(tmp_path, first, (Text("goes on"),), mode=mode) as flown:
        (flown.folder / "a").write_text("a\n")
        flown.when(PHASES[phase], flown.driver.interrupt)
        await asyncio.wait_for(flown.driver.turn("go"), 20)
        assert flown.state.last_end.reason == "interrupted"  # type: ignore[union-attr]
        assert not flown.state.conversation.open_calls
        await flown.driver.turn("and now?")
        assert flown.state.last_end.reason == "completed"  # type: ignore[union-attr]
        if phase == "text":
            assert "word word" in json.dumps(flown.server.script.told[-1].messages)


async def test_what_is_on_disk_folds_to_the_live_state(tmp_path: Path) -> None:
    replies = [(Text("a"), read("a")), (Text("b"),), (Text("c"),)]
    async with flight(tmp_path, *replies) as flown:
        (flown.folder / "a").write_text("a\n" * 50)
        await flown.driver.turn("one")
        await flown.driver.turn("two")
        again = flown.refolded()
        assert again.conversation.sendable() == flown.state.conversation.sendable()
        assert again.ledger.entries == flown.state.ledger.entries
        assert again.bill.meter() == flown.state.bill.meter()
        assert again.checklist == flown.state.checklist


async def test_every_request_reads_from_cache_all_that_the_one_before_sent(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    for number in range(30):
        (tmp_path / "project" / f"f{number}").write_text(f"line {number}\n" * 40)
    batch = tuple(read(f"f{number}") for number in range(30))
    replies = [(read("f1"),), batch, (read("f2"),), (Text("done"),)]
    async with flight(tmp_path, *replies) as flown:
        await flown.driver.turn("read them all")
        rows = await flown.server.ledger()
        for before, after in pairwise(rows):
            fields = ("input_tokens", "cache_read_input_tokens")
            whole = sum(before[f] for f in fields) + before["ephemeral_5m_input_tokens"]
            whole += before["ephemeral_1h_input_tokens"]
            assert after["cache_read_input_tokens"] >= whole - before["input_tokens"]
        assert len({json.dumps([r["total"], r["remaining"]]) for r in rows}) == 1
