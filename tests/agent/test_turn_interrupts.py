"""Interrupts in every phase of a turn: what was done stays, and the conversation goes on.

The strict simulator refuses an invalid conversation with a 400 and checks that thinking
belongs where it stands, so the prompt after the interrupt is the proof.
"""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import words
from tests.support.state_equality import assert_states_equal
from tui.agent.turn_items import ToolOutput
from tui.agent.user_inbox import PermissionAnswer, UserInbox
from tui.claude.stream_events import (
    BlockStarted,
    InputDelta,
    MessageStarted,
    Retrying,
    TextDelta,
    ThinkingDelta,
)
from tui.session import events as ev
from tui.simulator.scripted_model.model_input import (
    ModelInput,
    ScriptedReply,
    ScriptedText,
    ScriptedThinking,
    ScriptedToolUse,
)

Match = Callable[[object], bool]


def committed(kind: type[ev.Event], at: int = 1) -> Match:
    """The `at`-th committed event of this kind."""
    seen: list[object] = []

    def matches(item: object) -> bool:
        if isinstance(item, ev.Record) and isinstance(item.event, kind):
            seen.append(item)
        return len(seen) == at

    return matches


def arrived(kind: type[Any]) -> Match:
    return lambda item: isinstance(item, kind)


def a_call_arrives(item: object) -> bool:
    return isinstance(item, BlockStarted) and item.type == "tool_use"


PHASES: dict[str, tuple[Callable[[], Match], str]] = {
    # name: (when, what became of the command the model asks for)
    "before the first request is sent": (lambda: committed(ev.PromptSubmitted), ""),
    "in thinking": (lambda: arrived(ThinkingDelta), ""),
    "in text": (lambda: arrived(TextDelta), ""),
    "at a call": (lambda: a_call_arrives, ""),
    "in a call's arguments": (lambda: arrived(InputDelta), ""),
    "when the response is whole": (lambda: committed(ev.RequestFinished), "not run"),
    "as reads start": (lambda: committed(ev.ToolStarted), "not run"),
    "between two calls": (lambda: committed(ev.ToolFinished, 2), "not run"),
    "while asked": (lambda: committed(ev.PermissionAsked), "not run"),
    "when it is allowed": (lambda: committed(ev.PermissionAnswered), "not run"),
    "as a command starts": (lambda: committed(ev.ToolStarted, 3), "not run"),
    "while a command runs": (lambda: arrived(ToolOutput), "may have had effects"),
    "between two requests": (lambda: committed(ev.ToolFinished, 3), "done"),
    "as the second request starts": (lambda: committed(ev.RequestStarted, 2), "done"),
}
PACED = {"at a call": 3_000.0, "in a call's arguments": 3_000.0}
"""Tokens a second, where the rest of the answer must not have arrived yet."""
QUICK = "touch began; touch ended"
SLOW = {"while a command runs": "touch began; echo begun; sleep 60; touch ended"}


def respond(slow: str, situation: ModelInput) -> ScriptedReply:
    """The first prompt is worked on with reads and a command, the next ones are answered."""
    said = json.dumps(situation.messages[-1])
    if "and now?" in said or "go on" in said:
        return ScriptedReply((ScriptedThinking(words(20)), ScriptedText("Goes on.")))
    if "tool_result" in said:
        return ScriptedReply((ScriptedThinking(words(200)), ScriptedText(words(200))))
    reads = (ScriptedToolUse("read", {"path": "a"}), ScriptedToolUse("read", {"path": "b"}))
    command = ScriptedToolUse("bash", {"command": slow})
    return ScriptedReply(
        (ScriptedThinking(words(60)), ScriptedText("First." + words(200)), *reads, command)
    )


@pytest.mark.parametrize("phase", PHASES)
async def test_the_turn_ends_and_the_next_prompts_are_answered(tmp_path: Path, phase: str):
    when, outcome = PHASES[phase]
    slow = SLOW.get(phase, QUICK)

    def model(situation: ModelInput) -> ScriptedReply:
        return respond(slow, situation)

    async with run_session(
        tmp_path, respond=model, mode="ask", pace=PACED.get(phase)
    ) as session_run:
        for name in "ab":
            (session_run.folder / name).write_text("line\n" * 50)
        if phase != "while asked":
            answer(session_run, PermissionAnswer("once"))
        session_run.when(when(), session_run.driver.interrupt)
        await asyncio.wait_for(session_run.driver.run_turn("work"), 20)
        assert session_run.state.last_end is not None
        assert session_run.state.last_end.reason == "interrupted"
        assert_states_equal(session_run.state, session_run.folded_from_disk())

        command = [e for e in session_run.events(ev.ToolFinished) if e.name == "bash"]
        assert len(command) == (1 if outcome else 0)
        ran = (session_run.folder / "began").exists()
        if outcome:
            assert ran is (outcome != "not run")
            assert outcome == command[0].outcome or outcome in command[0].content.lower()
        assert (session_run.folder / "ended").exists() is (outcome == "done")

        for prompt in ("and now?", "go on"):
            await session_run.driver.run_turn(prompt)
            assert session_run.state.last_end.reason == "completed", (
                session_run.state.last_end.sentence
            )
        assert not session_run.events(ev.ToolStarted)[3:], "nothing is run a second time"
        assert_states_equal(session_run.state, session_run.folded_from_disk())
        assert session_run.state.left is not None
        assert abs(session_run.state.left - await session_run.countdown()) <= 1_000


def answer(session_run: SessionRun, given: PermissionAnswer) -> None:
    def reply(item: object) -> None:
        if isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked):
            session_run.driver.answer_permission(item.event.tool_use, given)

    session_run.driver.listeners.append(reply)


async def test_what_an_interrupted_answer_had_said_is_quoted_once(tmp_path: Path):
    replies = [
        (ScriptedText("The answer is " + words(300)),),
        (ScriptedText("I see."),),
        (ScriptedText("Yes."),),
    ]
    async with run_session(tmp_path, *replies) as session_run:
        session_run.when(arrived(TextDelta), session_run.driver.interrupt)
        await session_run.driver.run_turn("work")
        (failed,) = session_run.events(ev.RequestFailed)
        assert failed.reason == "interrupted"
        assert failed.output > 0 and failed.dollars is not None
        await session_run.driver.run_turn("and now?")
        quote, prompt = session_run.server.script.inputs[-1].messages[-1]["content"][-2:]
        assert "The answer is" in quote["text"] and "cut off" in quote["text"]
        assert prompt["text"] == "and now?"
        await session_run.driver.run_turn("go on")
        assert [note.reason for note in session_run.events(ev.NoteSent)] == ["interrupted"]


async def test_nothing_is_sent_when_the_interrupt_came_before_the_request(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText("never"),)) as session_run:
        session_run.when(committed(ev.RequestStarted), session_run.driver.interrupt)
        await session_run.driver.run_turn("work")
        assert await session_run.server.ledger() == []
        assert session_run.state.charged == 0


async def test_an_interrupt_does_not_wait_for_the_first_byte(tmp_path: Path):
    """With a pace the simulator takes 0.3 s to begin."""
    later = asyncio.get_running_loop().call_later
    async with run_session(
        tmp_path, (ScriptedText("slow"),), (ScriptedText("ok"),), pace=2_000.0
    ) as session_run:
        stop = session_run.driver.interrupt
        session_run.when(committed(ev.RequestStarted), lambda: later(0.02, stop))
        await session_run.driver.run_turn("work")
        assert not any(isinstance(item, MessageStarted) for item in session_run.published)
        await session_run.driver.run_turn("and now?")
        assert session_run.state.last_end is not None
        assert session_run.state.last_end.reason == "completed"


async def test_an_interrupt_ends_the_pause_before_a_retry(tmp_path: Path):
    async def for_ever(seconds: float) -> None:
        await asyncio.Event().wait()

    async with run_session(
        tmp_path, (ScriptedText(words(200)),), (ScriptedText("ok"),)
    ) as session_run:
        change_context(session_run.ctx, sleep=for_ever)
        await session_run.server.faults({"kind": "drop", "request": 1})
        session_run.when(arrived(Retrying), session_run.driver.interrupt)
        await asyncio.wait_for(session_run.driver.run_turn("work"), 10)
        assert session_run.state.last_end is not None
        assert session_run.state.last_end.reason == "interrupted"


async def test_an_answer_to_one_question_is_never_taken_for_another():
    """Even where the server gives two calls the same id."""
    inbox = UserInbox()
    inbox.open_question("call_0")
    inbox.answer_question("call_0", PermissionAnswer("once"))
    assert (await inbox.wait_for_answer("call_0")).answer == "once"
    inbox.answer_question("call_0", PermissionAnswer("project"))  # a second key press, too late
    inbox.open_question("call_0")
    waiting = asyncio.create_task(inbox.wait_for_answer("call_0"))
    await asyncio.sleep(0)
    assert not waiting.done()
    inbox.answer_question("call_0", PermissionAnswer("no"))
    assert (await waiting).answer == "no"


async def test_a_late_interrupt_does_not_stop_the_next_turn(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText("a"),), (ScriptedText("b"),)) as session_run:
        await session_run.driver.run_turn("one")
        session_run.driver.interrupt()
        await session_run.driver.run_turn("two")
        assert session_run.state.last_end is not None
        assert session_run.state.last_end.reason == "completed"
