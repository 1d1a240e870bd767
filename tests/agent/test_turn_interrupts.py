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
from flight import Flight, flight
from sameness import assert_same
from simulator_server import words

from tui.agent.desk import Answer, Desk
from tui.agent.means import ToolOutput
from tui.claude.progress import (
    BlockStarted,
    InputDelta,
    MessageStarted,
    Retrying,
    TextDelta,
    ThinkingDelta,
)
from tui.session import events as ev
from tui.simulator.pilot.situation import Reply, Situation, Text, Thinking, ToolUse

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


def respond(slow: str, situation: Situation) -> Reply:
    """The first prompt is worked on with reads and a command, the next ones are answered."""
    said = json.dumps(situation.messages[-1])
    if "and now?" in said or "go on" in said:
        return Reply((Thinking(words(20)), Text("Goes on.")))
    if "tool_result" in said:
        return Reply((Thinking(words(200)), Text(words(200))))
    reads = (ToolUse("read", {"path": "a"}), ToolUse("read", {"path": "b"}))
    command = ToolUse("bash", {"command": slow})
    return Reply((Thinking(words(60)), Text("First." + words(200)), *reads, command))


@pytest.mark.parametrize("phase", PHASES)
async def test_the_turn_ends_and_the_next_prompts_are_answered(tmp_path: Path, phase: str) -> None:
    when, outcome = PHASES[phase]
    slow = SLOW.get(phase, QUICK)

    def model(situation: Situation) -> Reply:
        return respond(slow, situation)

    async with flight(tmp_path, respond=model, mode="ask", pace=PACED.get(phase)) as flown:
        for name in "ab":
            (flown.folder / name).write_text("line\n" * 50)
        if phase != "while asked":
            answer(flown, Answer("once"))
        flown.when(when(), flown.driver.interrupt)
        await asyncio.wait_for(flown.driver.turn("work"), 20)
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "interrupted"
        assert_same(flown.state, flown.refolded())

        command = [e for e in flown.events(ev.ToolFinished) if e.name == "bash"]
        assert len(command) == (1 if outcome else 0)
        ran = (flown.folder / "began").exists()
        if outcome:
            assert ran is (outcome != "not run")
            assert outcome == command[0].outcome or outcome in command[0].content.lower()
        assert (flown.folder / "ended").exists() is (outcome == "done")

        for prompt in ("and now?", "go on"):
            await flown.driver.turn(prompt)
            assert flown.state.last_end.reason == "completed", flown.state.last_end.sentence
        assert not flown.events(ev.ToolStarted)[3:], "nothing is run a second time"
        assert_same(flown.state, flown.refolded())
        assert flown.state.left is not None
        assert abs(flown.state.left - await flown.countdown()) <= 1_000


def answer(flown: Flight, given: Answer) -> None:
    def reply(item: object) -> None:
        if isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked):
            flown.means.desk.answer(item.event.tool_use, given)

    flown.driver.listeners.append(reply)


async def test_what_an_interrupted_answer_had_said_is_quoted_once(tmp_path: Path) -> None:
    replies = [(Text("The answer is " + words(300)),), (Text("I see."),), (Text("Yes."),)]
    async with flight(tmp_path, *replies) as flown:
        flown.when(arrived(TextDelta), flown.driver.interrupt)
        await flown.driver.turn("work")
        (failed,) = flown.events(ev.RequestFailed)
        assert failed.reason == "interrupted"
        assert failed.output > 0 and failed.dollars is not None
        await flown.driver.turn("and now?")
        quote, prompt = flown.server.script.told[-1].messages[-1]["content"][-2:]
        assert "The answer is" in quote["text"] and "cut off" in quote["text"]
        assert prompt["text"] == "and now?"
        await flown.driver.turn("go on")
        assert [note.reason for note in flown.events(ev.NoteSent)] == ["interrupted"]


async def test_nothing_is_sent_when_the_interrupt_came_before_the_request(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text("never"),)) as flown:
        flown.when(committed(ev.RequestStarted), flown.driver.interrupt)
        await flown.driver.turn("work")
        assert await flown.server.ledger() == []
        assert flown.state.charged == 0


async def test_an_interrupt_does_not_wait_for_the_first_byte(tmp_path: Path) -> None:
    """With a pace the simulator takes 0.3 s to begin."""
    later = asyncio.get_running_loop().call_later
    async with flight(tmp_path, (Text("slow"),), (Text("ok"),), pace=2_000.0) as flown:
        stop = flown.driver.interrupt
        flown.when(committed(ev.RequestStarted), lambda: later(0.02, stop))
        await flown.driver.turn("work")
        assert not any(isinstance(item, MessageStarted) for item in flown.published)
        await flown.driver.turn("and now?")
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "completed"


async def test_an_interrupt_ends_the_pause_before_a_retry(tmp_path: Path) -> None:
    async def for_ever(seconds: float) -> None:
        await asyncio.Event().wait()

    async with flight(tmp_path, (Text(words(200)),), (Text("ok"),)) as flown:
        flown.means.sleep = for_ever
        await flown.server.faults({"kind": "drop", "request": 1})
        flown.when(arrived(Retrying), flown.driver.interrupt)
        await asyncio.wait_for(flown.driver.turn("work"), 10)
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "interrupted"


async def test_an_answer_to_one_question_is_never_taken_for_another() -> None:
    """Even where the server gives two calls the same id."""
    desk = Desk()
    desk.ask("call_0")
    desk.answer("call_0", Answer("once"))
    assert (await desk.answered("call_0")).answer == "once"
    desk.answer("call_0", Answer("project"))  # a second key press, too late
    desk.ask("call_0")
    waiting = asyncio.create_task(desk.answered("call_0"))
    await asyncio.sleep(0)
    assert not waiting.done()
    desk.answer("call_0", Answer("no"))
    assert (await waiting).answer == "no"


async def test_a_late_interrupt_does_not_stop_the_next_turn(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text("a"),), (Text("b"),)) as flown:
        await flown.driver.turn("one")
        flown.driver.interrupt()
        await flown.driver.turn("two")
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "completed"
