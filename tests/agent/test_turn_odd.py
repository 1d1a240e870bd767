"""Answers out of the ordinary: empty ones, pauses, thinking alone, calls that go wrong."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import words
from tests.support.state_equality import assert_states_equal
from tui.agent.tools.base import PreparedCall, ProgressCallback, Tool, ToolEnvironment, ToolOutcome
from tui.agent.tools.registry import TOOLS
from tui.claude.stream_events import TextDelta
from tui.session import events as ev
from tui.session.event_fold import apply_record
from tui.session.state import SessionState
from tui.session.store_errors import StoreError
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedThinking, ScriptedToolUse


async def assert_answers(session_run: SessionRun, prompt: str = "and now?") -> None:
    """The conversation is one the strict server takes, and the gauge agrees with it."""
    await session_run.driver.run_turn(prompt)
    assert session_run.state.last_end is not None
    assert session_run.state.last_end.reason == "completed", session_run.state.last_end.sentence
    assert_states_equal(session_run.state, session_run.folded_from_disk())
    assert session_run.state.left is not None
    assert abs(session_run.state.left - await session_run.countdown()) <= 1_000


class Meeting:
    """A tool that acts only while a second call of it is acting: it hangs if they take turns."""

    def __init__(self, tool: Tool, parties: int) -> None:
        self.tool = tool
        self.together = asyncio.Barrier(parties)
        self.acting = 0
        self.most = 0
        self.name, self.definition = tool.name, tool.definition
        self.reads_only = tool.reads_only

    def prepare(self, input: ev.JSON, world: ToolEnvironment) -> PreparedCall:
        return self.tool.prepare(input, world)

    async def run(
        self, call: PreparedCall, world: ToolEnvironment, progress: ProgressCallback
    ) -> ToolOutcome:
        self.acting += 1
        self.most = max(self.most, self.acting)
        async with asyncio.timeout(5):
            await self.together.wait()
        self.acting -= 1
        return await self.tool.run(call, world, progress)


async def test_reads_really_run_at_the_same_time(tmp_path: Path):
    calls = tuple(ScriptedToolUse("read", {"path": name}) for name in "abc")
    async with run_session(tmp_path, calls, (ScriptedText("ok"),)) as session_run:
        for name in "abc":
            (session_run.folder / name).write_text(name)
        meeting = Meeting(TOOLS["read"], 3)
        change_context(session_run.ctx, tools={**TOOLS, "read": meeting})
        await session_run.driver.run_turn("go")
        assert [event.outcome for event in session_run.events(ev.ToolFinished)] == ["done"] * 3
        assert meeting.most == 3


async def test_a_writing_call_waits_for_the_reads_before_it_and_runs_alone(tmp_path: Path):
    calls = (
        ScriptedToolUse("read", {"path": "a"}),
        ScriptedToolUse("write", {"path": "b", "content": "new\n"}),
        ScriptedToolUse("read", {"path": "b"}),
    )
    async with run_session(tmp_path, calls, (ScriptedText("ok"),)) as session_run:
        (session_run.folder / "a").write_text("a\n")
        write = Meeting(TOOLS["write"], 1)
        read = Meeting(TOOLS["read"], 1)
        change_context(session_run.ctx, tools={**TOOLS, "write": write, "read": read})
        await session_run.driver.run_turn("go")
        kinds = [
            (type(event).__name__, event.name)
            for event in session_run.events(ev.ToolStarted, ev.ToolFinished)
        ]
        assert kinds == [
            ("ToolStarted", "read"),
            ("ToolFinished", "read"),
            ("ToolStarted", "write"),
            ("ToolFinished", "write"),
            ("ToolStarted", "read"),
            ("ToolFinished", "read"),
        ]
        assert "new" in session_run.events(ev.ToolFinished)[-1].content


class Broken:
    """A tool with a mistake in it."""

    name, reads_only = "read", True
    definition = TOOLS["read"].definition

    def __init__(self, where: str) -> None:
        self.where = where

    def prepare(self, input: ev.JSON, world: ToolEnvironment) -> PreparedCall:
        if self.where == "prepare":
            raise KeyError("oops")
        return TOOLS["read"].prepare(input, world)

    async def run(
        self, call: PreparedCall, world: ToolEnvironment, progress: ProgressCallback
    ) -> ToolOutcome:
        raise RuntimeError("oops")


@pytest.mark.parametrize("where", ["prepare", "run"])
async def test_a_mistake_in_a_tool_is_its_result_and_not_the_end(tmp_path: Path, where: str):
    calls = (ScriptedToolUse("read", {"path": "a"}), ScriptedToolUse("glob", {"pattern": "*"}))
    async with run_session(
        tmp_path, calls, (ScriptedText("ok"),), (ScriptedText("ok"),)
    ) as session_run:
        (session_run.folder / "a").write_text("a\n")
        change_context(session_run.ctx, tools={**TOOLS, "read": Broken(where)})
        await session_run.driver.run_turn("go")
        finished = {event.name: event for event in session_run.events(ev.ToolFinished)}
        assert finished["read"].outcome == "error"
        assert "oops" in finished["read"].content
        assert finished["glob"].outcome == "done"
        await assert_answers(session_run)


@pytest.mark.parametrize(
    ("blocks", "stop"),
    [
        ((), None),
        ((ScriptedThinking(words(300)),), None),
        ((ScriptedThinking(words(300)),), "max_tokens"),
        ((ScriptedText("I say. " + words(200)), ScriptedThinking(words(200))), "max_tokens"),
        ((ScriptedThinking(words(50)), ScriptedText(words(100))), "max_tokens"),
        ((ScriptedThinking(words(50)), ScriptedText(words(100))), "model_context_window_exceeded"),
    ],
    ids=["nothing", "thought", "thought, cut", "words and thought, cut", "words, cut", "full"],
)
async def test_what_the_api_would_not_take_back_is_not_sent_back(
    tmp_path: Path, blocks: Any, stop: str | None
):
    """An assistant message can be neither empty nor end in thinking."""
    async with run_session(
        tmp_path, blocks, (ScriptedText("a"),), (ScriptedText("b"),), budget=20_000
    ) as session_run:
        if stop:
            await session_run.server.faults({"kind": "stop", "request": 1, "reason": stop})
        await session_run.driver.run_turn("go")
        await assert_answers(session_run)
        for message in session_run.server.script.inputs[-1].messages:
            if message["role"] == "assistant":
                assert message["content"][-1]["type"] == "text"
        said = json.dumps(session_run.server.script.inputs[-1].messages)
        assert ("I say." in said) is ("I say." in str(blocks))


async def test_a_turn_without_a_word_says_so(tmp_path: Path):
    async with run_session(tmp_path, ()) as session_run:
        await session_run.driver.run_turn("go")
        assert session_run.state.last_end is not None
        assert session_run.state.last_end.sentence == "The model ended the turn without an answer."


async def test_a_pause_with_calls_runs_them(tmp_path: Path):
    replies = [
        (ScriptedText("One."), ScriptedToolUse("glob", {"pattern": "*"})),
        (ScriptedText("Two."),),
        (ScriptedText("c"),),
    ]
    async with run_session(tmp_path, *replies) as session_run:
        await session_run.server.faults({"kind": "stop", "request": 1, "reason": "pause_turn"})
        await session_run.driver.run_turn("go")
        assert len(session_run.events(ev.ToolFinished)) == 1
        await assert_answers(session_run)


async def test_pauses_do_not_go_on_for_ever(tmp_path: Path):
    async with run_session(tmp_path, *[(ScriptedText("Hm."),)] * 30) as session_run:
        await session_run.server.faults({"kind": "stop", "reason": "pause_turn"})
        await session_run.driver.run_turn("go")
        assert session_run.state.last_end is not None
        assert session_run.state.last_end.reason == "error"
        assert "paused 10 times" in session_run.state.last_end.sentence
        await session_run.server.faults()
        await assert_answers(session_run)


async def test_a_message_cut_again_and_again_ends_the_turn(tmp_path: Path):
    async with run_session(tmp_path, *[(ScriptedText("Hm."),)] * 30) as session_run:
        await session_run.server.faults({"kind": "stop", "reason": "max_tokens"})
        await session_run.driver.run_turn("go")
        assert len(await session_run.server.ledger()) == 3
        assert session_run.state.last_end is not None
        assert "output limit 3 times" in session_run.state.last_end.sentence
        await session_run.server.faults()
        await assert_answers(session_run)


REPORT = {
    "done": ["a"],
    "in_progress": [],
    "not_started": [],
    "files": [],
    "checks": [],
    "estimate_to_finish": 0,
    "next_step": "",
}
LANDING = ScriptedText(words(18_500))
"""Uses a grant of 20,000 up to its reserve."""


async def test_a_report_with_unreadable_arguments_is_not_filed_while_landing(
    tmp_path: Path,
):
    replies = [
        (LANDING, ScriptedToolUse("wrap_up", REPORT)),
        (ScriptedToolUse("wrap_up", REPORT),),
        (ScriptedText("x"),),
    ]
    async with run_session(tmp_path, *replies, budget=20_000) as session_run:
        await session_run.server.faults({"kind": "bad_arguments", "request": 1})
        await session_run.driver.run_turn("go")
        first, second = session_run.events(ev.ToolFinished)
        assert (first.outcome, second.outcome) == ("error", "done")
        assert len(session_run.events(ev.WrappedUp)) == 1


async def test_a_landing_comes_to_its_end(tmp_path: Path):
    plan = ScriptedToolUse("checklist", {"subtasks": [{"id": "a", "state": "in_progress"}]})
    async with run_session(
        tmp_path, (LANDING, plan), *[(plan,)] * 30, budget=20_000
    ) as session_run:
        await session_run.driver.run_turn("go")
        assert session_run.state.last_end is not None
        assert session_run.state.last_end.reason == "landed"
        assert len(await session_run.server.ledger()) <= 6


async def test_work_that_is_whole_at_the_reserve_is_completed(tmp_path: Path):
    async with run_session(tmp_path, (LANDING,), budget=20_000) as session_run:
        await session_run.driver.run_turn("go")
        assert session_run.state.last_end is not None
        assert session_run.state.last_end.reason == "completed"


async def test_work_left_open_at_the_reserve_is_never_completed(tmp_path: Path):
    plan = ScriptedToolUse(
        "checklist", {"subtasks": [{"id": "a", "title": "Half", "state": "pending"}]}
    )
    async with run_session(tmp_path, (plan,), (LANDING,), budget=20_000) as session_run:
        await session_run.driver.run_turn("go")
        assert session_run.state.last_end is not None
        assert session_run.state.last_end.reason == "landed"
        (filed,) = session_run.events(ev.WrappedUp)
        assert filed.report.not_started == ("Half",)


async def test_an_interrupt_at_the_limit_question_leaves_the_call_not_run(tmp_path: Path):
    call = ScriptedToolUse("bash", {"command": "touch ran"})
    async with run_session(
        tmp_path, (LANDING, call), (ScriptedText("ok"),), budget=20_000
    ) as session_run:
        change_context(session_run.ctx, limit_policy="ask")
        session_run.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.LimitReached),
            session_run.driver.interrupt,
        )
        await asyncio.wait_for(session_run.driver.run_turn("go"), 10)
        assert session_run.state.last_end is not None
        assert session_run.state.last_end.reason == "interrupted"
        assert not (session_run.folder / "ran").exists()
        await assert_answers(session_run)


async def test_steering_is_heard_while_landing(tmp_path: Path):
    call = ScriptedToolUse("bash", {"command": "true"})
    async with run_session(
        tmp_path, (LANDING, call), (ScriptedText("ok"),), budget=20_000
    ) as session_run:
        session_run.when(
            lambda item: isinstance(item, TextDelta), lambda: session_run.driver.steer("wait")
        )
        await session_run.driver.run_turn("go")
        assert "wait" in json.dumps(session_run.server.script.inputs[-1].messages[-1])


async def test_model_and_effort_are_those_the_turn_began_with(tmp_path: Path):
    replies = [
        (ScriptedText("a"), ScriptedToolUse("glob", {"pattern": "*"})),
        (ScriptedText("b"),),
        (ScriptedText("c"),),
    ]
    async with run_session(tmp_path, *replies) as session_run:
        tasks: list[asyncio.Future[Any]] = []

        def change() -> None:
            event = ev.ModelChanged(model="claude-sonnet-5-5", effort="low")
            tasks.append(asyncio.ensure_future(session_run.driver.commit(event)))

        session_run.when(lambda item: isinstance(item, TextDelta), change)
        await session_run.driver.run_turn("one")
        await asyncio.gather(*tasks)
        rows = await session_run.server.ledger()
        assert [(row["model"], row["effort"]) for row in rows] == [("claude-opus-5-5", "high")] * 2
        assert set(session_run.state.ledger.by_model) == {"claude-opus-5-5"}
        assert session_run.state.ledger.unsettled == 0
        await session_run.driver.run_turn("two")
        assert (await session_run.server.ledger())[-1]["model"] == "claude-sonnet-5-5"


async def test_after_an_error_of_ours_the_next_prompt_closes_what_it_left_open(
    tmp_path: Path,
):
    replies = [(ScriptedText("a"), ScriptedToolUse("glob", {"pattern": "*"})), (ScriptedText("b"),)]
    async with run_session(tmp_path, *replies) as session_run:

        def break_off() -> None:
            raise ZeroDivisionError

        session_run.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted),
            break_off,
        )
        with pytest.raises(ZeroDivisionError):
            await session_run.driver.run_turn("go")
        assert session_run.state.turn_open
        await assert_answers(session_run)
        assert [end.reason for end in session_run.events(ev.TurnEnded)] == ["crashed", "completed"]


async def test_a_log_that_cannot_be_written_stops_the_turn_and_its_request(tmp_path: Path):
    async with run_session(
        tmp_path, (ScriptedText(words(3_000)),), (ScriptedText("b"),)
    ) as session_run:
        append = session_run.store.append

        def fails(events: Any, **more: Any) -> Any:
            if any(isinstance(event, ev.RequestFinished) for event in events):
                raise StoreError(session_run.store.path, "The disk is full.")
            return append(events, **more)

        session_run.driver._log = replace_append(session_run.driver._log, fails)
        with pytest.raises(StoreError):
            await session_run.driver.run_turn("go")
        await asyncio.sleep(0.05)  # the loop ends the request that is left behind
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [task for task in others if "tui/agent" in repr(task)]
        session_run.driver._log = session_run.store
        await assert_answers(session_run)


def replace_append(log: Any, append: Any) -> Any:
    """The same log, with another `append`."""

    class Log:
        append_partial = staticmethod(log.append_partial)

    Log.append = staticmethod(append)  # type: ignore[attr-defined]
    return Log()


async def test_a_budget_that_the_api_refuses_is_told_by_notes_instead(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText("a"),), budget=None) as session_run:
        await session_run.driver.commit(ev.BudgetGranted(total=19_000))
        await session_run.driver.run_turn("go")
        assert session_run.state.last_end is not None
        assert session_run.state.last_end.reason == "completed"
        (started,) = session_run.events(ev.RequestStarted)
        assert started.budget is None
        notes = [
            note.text for note in session_run.events(ev.NoteSent) if note.reason == "countdown"
        ]
        assert notes == ["Task budget: 19,000 of 19,000 tokens left."]
        await session_run.driver.commit(ev.BudgetGranted(total=50_000))
        await assert_answers(session_run)


async def test_the_first_prompt_carries_the_surroundings_once(tmp_path: Path):
    """Also when the first request came to nothing, or something stood before the prompt."""
    async with run_session(tmp_path, (ScriptedText("a"),), (ScriptedText("b"),)) as session_run:
        await session_run.driver.commit(ev.ShellRan(command="ls", output="a b", summary="exit 0"))
        await session_run.server.faults({"kind": "status", "status": 400, "request": 1})
        await session_run.driver.run_turn("one")
        await session_run.driver.run_turn("two")
        said = json.dumps(session_run.server.script.inputs[-1].messages)
        assert said.count("<environment>") == 1
        assert "a b" in said


def test_a_repeated_call_id_is_charged_each_time():
    state = SessionState()
    finished = ev.ToolFinished(
        request=1, tool_use="call_0", name="read", content="x", outcome="done", estimate=40
    )
    for seq in (1, 2):
        apply_record(state, ev.Record(seq, 1.0, finished))
    assert state.charged == 80
