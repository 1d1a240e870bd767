"""Answers out of the ordinary: empty ones, pauses, thinking alone, calls that go wrong."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from flight import Flight, flight
from sameness import assert_same
from simulator_server import words

from tui.agent.tools.base import Call, Outcome, Progress, Tool, World
from tui.agent.tools.registry import TOOLS
from tui.claude.progress import TextDelta
from tui.session import events as ev
from tui.session.faults import StoreError
from tui.session.state import SessionState
from tui.simulator.pilot.situation import Text, Thinking, ToolUse


async def assert_answers(flown: Flight, prompt: str = "and now?") -> None:
    """The conversation is one the strict server takes, and the gauge agrees with it."""
    await flown.driver.turn(prompt)
    assert flown.state.last_end is not None
    assert flown.state.last_end.reason == "completed", flown.state.last_end.sentence
    assert_same(flown.state, flown.refolded())
    assert flown.state.left is not None
    assert abs(flown.state.left - await flown.countdown()) <= 1_000


class Meeting:
    """A tool that acts only while a second call of it is acting: it hangs if they take turns."""

    def __init__(self, tool: Tool, parties: int) -> None:
        self.tool = tool
        self.together = asyncio.Barrier(parties)
        self.acting = 0
        self.most = 0
        self.name, self.definition = tool.name, tool.definition
        self.reads_only = tool.reads_only

    def prepare(self, input: ev.JSON, world: World) -> Call:
        return self.tool.prepare(input, world)

    async def run(self, call: Call, world: World, progress: Progress) -> Outcome:
        self.acting += 1
        self.most = max(self.most, self.acting)
        async with asyncio.timeout(5):
            await self.together.wait()
        self.acting -= 1
        return await self.tool.run(call, world, progress)


async def test_reads_really_run_at_the_same_time(tmp_path: Path) -> None:
    calls = tuple(ToolUse("read", {"path": name}) for name in "abc")
    async with flight(tmp_path, calls, (Text("ok"),)) as flown:
        for name in "abc":
            (flown.folder / name).write_text(name)
        meeting = Meeting(TOOLS["read"], 3)
        flown.means.tools = {**TOOLS, "read": meeting}
        await flown.driver.turn("go")
        assert [event.outcome for event in flown.events(ev.ToolFinished)] == ["done"] * 3
        assert meeting.most == 3


async def test_a_writing_call_waits_for_the_reads_before_it_and_runs_alone(tmp_path: Path) -> None:
    calls = (
        ToolUse("read", {"path": "a"}),
        ToolUse("write", {"path": "b", "content": "new\n"}),
        ToolUse("read", {"path": "b"}),
    )
    async with flight(tmp_path, calls, (Text("ok"),)) as flown:
        (flown.folder / "a").write_text("a\n")
        write = Meeting(TOOLS["write"], 1)
        read = Meeting(TOOLS["read"], 1)
        flown.means.tools = {**TOOLS, "write": write, "read": read}
        await flown.driver.turn("go")
        kinds = [
            (type(event).__name__, event.name)
            for event in flown.events(ev.ToolStarted, ev.ToolFinished)
        ]
        assert kinds == [
            ("ToolStarted", "read"),
            ("ToolFinished", "read"),
            ("ToolStarted", "write"),
            ("ToolFinished", "write"),
            ("ToolStarted", "read"),
            ("ToolFinished", "read"),
        ]
        assert "new" in flown.events(ev.ToolFinished)[-1].content


class Broken:
    """A tool with a mistake in it."""

    name, reads_only = "read", True
    definition = TOOLS["read"].definition

    def __init__(self, where: str) -> None:
        self.where = where

    def prepare(self, input: ev.JSON, world: World) -> Call:
        if self.where == "prepare":
            raise KeyError("oops")
        return TOOLS["read"].prepare(input, world)

    async def run(self, call: Call, world: World, progress: Progress) -> Outcome:
        raise RuntimeError("oops")


@pytest.mark.parametrize("where", ["prepare", "run"])
async def test_a_mistake_in_a_tool_is_its_result_and_not_the_end(
    tmp_path: Path, where: str
) -> None:
    calls = (ToolUse("read", {"path": "a"}), ToolUse("glob", {"pattern": "*"}))
    async with flight(tmp_path, calls, (Text("ok"),), (Text("ok"),)) as flown:
        (flown.folder / "a").write_text("a\n")
        flown.means.tools = {**TOOLS, "read": Broken(where)}
        await flown.driver.turn("go")
        finished = {event.name: event for event in flown.events(ev.ToolFinished)}
        assert finished["read"].outcome == "error"
        assert "oops" in finished["read"].content
        assert finished["glob"].outcome == "done"
        await assert_answers(flown)


@pytest.mark.parametrize(
    ("blocks", "stop"),
    [
        ((), None),
        ((Thinking(words(300)),), None),
        ((Thinking(words(300)),), "max_tokens"),
        ((Text("I say. " + words(200)), Thinking(words(200))), "max_tokens"),
        ((Thinking(words(50)), Text(words(100))), "max_tokens"),
        ((Thinking(words(50)), Text(words(100))), "model_context_window_exceeded"),
    ],
    ids=["nothing", "thought", "thought, cut", "words and thought, cut", "words, cut", "full"],
)
async def test_what_the_api_would_not_take_back_is_not_sent_back(
    tmp_path: Path, blocks: Any, stop: str | None
) -> None:
    """An assistant message can be neither empty nor end in thinking."""
    async with flight(tmp_path, blocks, (Text("a"),), (Text("b"),), budget=20_000) as flown:
        if stop:
            await flown.server.faults({"kind": "stop", "request": 1, "reason": stop})
        await flown.driver.turn("go")
        await assert_answers(flown)
        for message in flown.server.script.told[-1].messages:
            if message["role"] == "assistant":
                assert message["content"][-1]["type"] == "text"
        said = json.dumps(flown.server.script.told[-1].messages)
        assert ("I say." in said) is ("I say." in str(blocks))


async def test_a_turn_without_a_word_says_so(tmp_path: Path) -> None:
    async with flight(tmp_path, ()) as flown:
        await flown.driver.turn("go")
        assert flown.state.last_end is not None
        assert flown.state.last_end.sentence == "The model ended without a word."


async def test_a_pause_with_calls_runs_them(tmp_path: Path) -> None:
    replies = [(Text("One."), ToolUse("glob", {"pattern": "*"})), (Text("Two."),), (Text("c"),)]
    async with flight(tmp_path, *replies) as flown:
        await flown.server.faults({"kind": "stop", "request": 1, "reason": "pause_turn"})
        await flown.driver.turn("go")
        assert len(flown.events(ev.ToolFinished)) == 1
        await assert_answers(flown)


async def test_pauses_do_not_go_on_for_ever(tmp_path: Path) -> None:
    async with flight(tmp_path, *[(Text("Hm."),)] * 30) as flown:
        await flown.server.faults({"kind": "stop", "reason": "pause_turn"})
        await flown.driver.turn("go")
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "error"
        assert "paused 10 times" in flown.state.last_end.sentence
        await flown.server.faults()
        await assert_answers(flown)


async def test_a_message_cut_again_and_again_ends_the_turn(tmp_path: Path) -> None:
    async with flight(tmp_path, *[(Text("Hm."),)] * 30) as flown:
        await flown.server.faults({"kind": "stop", "reason": "max_tokens"})
        await flown.driver.turn("go")
        assert len(await flown.server.ledger()) == 3
        assert flown.state.last_end is not None
        assert "output limit 3 times" in flown.state.last_end.sentence
        await flown.server.faults()
        await assert_answers(flown)


REPORT = {
    "done": ["a"],
    "in_progress": [],
    "not_started": [],
    "files": [],
    "checks": [],
    "estimate_to_finish": 0,
    "next_step": "",
}
LANDING = Text(words(18_500))
"""Uses a grant of 20,000 up to its reserve."""


async def test_a_report_with_unreadable_arguments_is_not_filed_while_landing(
    tmp_path: Path,
) -> None:
    replies = [(LANDING, ToolUse("wrap_up", REPORT)), (ToolUse("wrap_up", REPORT),), (Text("x"),)]
    async with flight(tmp_path, *replies, budget=20_000) as flown:
        await flown.server.faults({"kind": "bad_arguments", "request": 1})
        await flown.driver.turn("go")
        first, second = flown.events(ev.ToolFinished)
        assert (first.outcome, second.outcome) == ("error", "done")
        assert len(flown.events(ev.WrappedUp)) == 1


async def test_a_landing_comes_to_its_end(tmp_path: Path) -> None:
    plan = ToolUse("checklist", {"subtasks": [{"id": "a", "state": "in_progress"}]})
    async with flight(tmp_path, (LANDING, plan), *[(plan,)] * 30, budget=20_000) as flown:
        await flown.driver.turn("go")
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "landed"
        assert len(await flown.server.ledger()) <= 6


async def test_work_that_is_whole_at_the_reserve_is_completed(tmp_path: Path) -> None:
    async with flight(tmp_path, (LANDING,), budget=20_000) as flown:
        await flown.driver.turn("go")
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "completed"


async def test_work_left_open_at_the_reserve_is_never_completed(tmp_path: Path) -> None:
    plan = ToolUse("checklist", {"subtasks": [{"id": "a", "title": "Half", "state": "pending"}]})
    async with flight(tmp_path, (plan,), (LANDING,), budget=20_000) as flown:
        await flown.driver.turn("go")
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "landed"
        (filed,) = flown.events(ev.WrappedUp)
        assert filed.report.not_started == ("Half",)


async def test_an_interrupt_at_the_limit_question_leaves_the_call_not_run(tmp_path: Path) -> None:
    call = ToolUse("bash", {"command": "touch ran"})
    async with flight(tmp_path, (LANDING, call), (Text("ok"),), budget=20_000) as flown:
        flown.means.on_limit = "ask"
        flown.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.LimitReached),
            flown.driver.interrupt,
        )
        await asyncio.wait_for(flown.driver.turn("go"), 10)
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "interrupted"
        assert not (flown.folder / "ran").exists()
        await assert_answers(flown)


async def test_steering_is_heard_while_landing(tmp_path: Path) -> None:
    call = ToolUse("bash", {"command": "true"})
    async with flight(tmp_path, (LANDING, call), (Text("ok"),), budget=20_000) as flown:
        flown.when(lambda item: isinstance(item, TextDelta), lambda: flown.driver.steer("wait"))
        await flown.driver.turn("go")
        assert "wait" in json.dumps(flown.server.script.told[-1].messages[-1])


async def test_model_and_effort_are_those_the_turn_began_with(tmp_path: Path) -> None:
    replies = [(Text("a"), ToolUse("glob", {"pattern": "*"})), (Text("b"),), (Text("c"),)]
    async with flight(tmp_path, *replies) as flown:
        tasks: list[asyncio.Future[Any]] = []

        def change() -> None:
            event = ev.ModelChanged(model="claude-sonnet-5-5", effort="low")
            tasks.append(asyncio.ensure_future(flown.driver.record(event)))

        flown.when(lambda item: isinstance(item, TextDelta), change)
        await flown.driver.turn("one")
        await asyncio.gather(*tasks)
        rows = await flown.server.ledger()
        assert [(row["model"], row["effort"]) for row in rows] == [("claude-opus-5-5", "high")] * 2
        assert set(flown.state.ledger.by_model) == {"claude-opus-5-5"}
        assert flown.state.ledger.unsettled == 0
        await flown.driver.turn("two")
        assert (await flown.server.ledger())[-1]["model"] == "claude-sonnet-5-5"


async def test_after_an_error_of_ours_the_next_prompt_closes_what_it_left_open(
    tmp_path: Path,
) -> None:
    replies = [(Text("a"), ToolUse("glob", {"pattern": "*"})), (Text("b"),)]
    async with flight(tmp_path, *replies) as flown:

        def break_off() -> None:
            raise ZeroDivisionError

        flown.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted),
            break_off,
        )
        with pytest.raises(ZeroDivisionError):
            await flown.driver.turn("go")
        assert flown.state.turn_open
        await assert_answers(flown)
        assert [end.reason for end in flown.events(ev.TurnEnded)] == ["crashed", "completed"]


async def test_a_log_that_cannot_be_written_stops_the_turn_and_its_request(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text(words(3_000)),), (Text("b"),)) as flown:
        append = flown.store.append

        def fails(events: Any, **more: Any) -> Any:
            if any(isinstance(event, ev.RequestFinished) for event in events):
                raise StoreError(flown.store.path, "The disk is full.")
            return append(events, **more)

        flown.driver._log = replace_append(flown.driver._log, fails)
        with pytest.raises(StoreError):
            await flown.driver.turn("go")
        await asyncio.sleep(0.05)  # the loop ends the request that is left behind
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [task for task in others if "tui/agent" in repr(task)]
        flown.driver._log = flown.store
        await assert_answers(flown)


def replace_append(log: Any, append: Any) -> Any:
    """The same log, with another `append`."""

    class Log:
        append_partial = staticmethod(log.append_partial)

    Log.append = staticmethod(append)  # type: ignore[attr-defined]
    return Log()


async def test_a_budget_that_the_api_refuses_is_told_by_notes_instead(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text("a"),), budget=None) as flown:
        await flown.driver.record(ev.BudgetGranted(total=19_000))
        await flown.driver.turn("go")
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "completed"
        (started,) = flown.events(ev.RequestStarted)
        assert started.budget is None
        notes = [note.text for note in flown.events(ev.NoteSent) if note.reason == "countdown"]
        assert notes == ["Task budget: 19,000 of 19,000 tokens left."]
        await flown.driver.record(ev.BudgetGranted(total=50_000))
        await assert_answers(flown)


async def test_the_first_prompt_carries_the_surroundings_once(tmp_path: Path) -> None:
    """Also when the first request came to nothing, or something stood before the prompt."""
    async with flight(tmp_path, (Text("a"),), (Text("b"),)) as flown:
        await flown.driver.record(ev.ShellRan(command="ls", output="a b", summary="exit 0"))
        await flown.server.faults({"kind": "status", "status": 400, "request": 1})
        await flown.driver.turn("one")
        await flown.driver.turn("two")
        said = json.dumps(flown.server.script.told[-1].messages)
        assert said.count("<environment>") == 1
        assert "a b" in said


def test_a_repeated_call_id_is_charged_each_time() -> None:
    state = SessionState()
    finished = ev.ToolFinished(
        request=1, tool_use="call_0", name="read", content="x", outcome="done", estimate=40
    )
    for seq in (1, 2):
        state.apply(ev.Record(seq, 1.0, finished))
    assert state.charged == 80
