"""The program killed in the middle of a turn, and the session resumed.

A real process and a real SIGKILL. What was shown for half a second is there again, a tool
that may have run is said to have been interrupted and is not run again, and the strict
simulator takes the conversation that is left.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.faults import agent_child
from tests.faults.killed_agent import kill_mid_turn
from tests.support.simulator import ServedSimulator, serve_simulator, words
from tests.support.state_equality import assert_states_equal
from tui.agent.new_session import initial_events, initial_grant
from tui.agent.session_runner import SessionRunner
from tui.agent.tools.registry import tool_definitions
from tui.agent.user_inbox import PermissionAnswer
from tui.session import events as ev
from tui.session.event_fold import fold
from tui.session.state import SessionState
from tui.session.store import SessionStore
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedThinking, ScriptedToolUse

SHOWN = 48
"""Characters of the simulator's first deltas, at least: what is on screen at the kill."""


@dataclass
class Resumed:
    """The session after the kill."""

    runner: SessionRunner
    before: SessionState
    """As the log told it when it was opened again, before anything was closed."""
    saved: str
    """What was saved of the streaming answer."""
    home: Path

    @property
    def state(self) -> SessionState:
        return self.runner.state

    def events(self, kind: type[ev.Event]) -> list[ev.Event]:
        with SessionStore.open(self.home / "session.db", read_only=True) as store:
            return [r.event for r in store.records() if isinstance(r.event, kind)]


def new_session(home: Path, mode: ev.Mode) -> None:
    (home / "project").mkdir()
    events = initial_events(
        session="s",
        folder=home / "project",
        program="0",
        model="claude-opus-5-5",
        effort="high",
        mode=mode,
        tools=tool_definitions(),
        now=datetime(2026, 11, 23),
        user_memory=home / "none",
    )
    with SessionStore.create(home / "session.db") as store:
        store.append([*events, initial_grant(100_000, "session", "test")])


@asynccontextmanager
async def resumed(home: Path, server: ServedSimulator, mode: ev.Mode) -> AsyncIterator[Resumed]:
    runner, saved = agent_child.open_runner(home, server.base_url, mode)
    with SessionStore.open(home / "session.db", read_only=True) as store:
        before = fold(store.records())
    await runner.recover(saved)
    session = Resumed(runner, before, saved, home)
    try:
        yield session
        with SessionStore.open(home / "session.db", read_only=True) as store:
            assert_states_equal(runner.state, fold(store.records()))
    finally:
        await runner.ctx.services.client.close()  # type: ignore[attr-defined]
        runner._log.close()  # type: ignore[attr-defined]


async def assert_goes_on(session: Resumed, server: ServedSimulator) -> str:
    """The next prompt is answered; returns what the server was sent, as JSON."""
    assert session.state.last_end is not None
    assert session.state.last_end.reason == "crashed"
    await server.faults()
    await session.runner.run_turn("and now?")
    is_open = any(task.is_open for task in session.state.checklist.values())
    expected = "wrapped_up" if is_open else "completed"
    assert session.state.last_end.reason == expected, session.state.last_end.sentence
    assert session.state.left is not None
    row = (await server.ledger())[-1]
    assert abs(session.state.left - row["after"]) <= 1_000
    return json.dumps(server.script.inputs[-1].messages)


async def test_a_kill_while_an_answer_streams_keeps_what_was_shown(tmp_path: Path):
    """The stream says a little and then nothing more, so only the clock can have saved it."""
    new_session(tmp_path, "auto")
    said = (ScriptedText("Shown before the kill." + words(400)),)
    async with serve_simulator(said, (ScriptedText("goes on"),)) as server:
        await server.faults({"kind": "stall", "request": 1, "after": 12})
        await kill_mid_turn(tmp_path, server, "auto", "TextDelta", later=0.6)
        async with resumed(tmp_path, server, "auto") as session:
            assert session.saved.startswith("Shown before the kill.")
            assert len(session.saved) >= SHOWN
            (failed,) = session.events(ev.RequestFailed)
            assert isinstance(failed, ev.RequestFailed)
            assert failed.partial[0]["text"] == session.saved
            assert failed.output > 0
            sent = await assert_goes_on(session, server)
            assert "Shown before the kill." in sent and "cut off" in sent


async def test_a_kill_while_a_tool_runs_is_told_and_the_tool_is_not_run_again(
    tmp_path: Path,
):
    new_session(tmp_path, "auto")
    plan = {"id": "t", "title": "Do it", "state": "in_progress", "estimate": 500}
    calls = (
        ScriptedToolUse("checklist", {"subtasks": [plan]}),
        ScriptedToolUse("bash", {"command": "echo ran >> log; echo here; sleep 9"}),
        ScriptedToolUse("bash", {"command": "echo second >> log"}),
    )
    async with serve_simulator(
        (ScriptedThinking(words(50)), *calls), (ScriptedText("goes on"),)
    ) as server:
        await kill_mid_turn(tmp_path, server, "auto", "ToolOutput")
        async with resumed(tmp_path, server, "auto") as session:
            outcomes = {
                event.tool_use: (event.outcome, event.content)
                for event in session.events(ev.ToolFinished)
                if isinstance(event, ev.ToolFinished)
            }
            (_, first, second) = outcomes.values()
            assert first[0] == "interrupted" and "may have had effects" in first[1]
            assert second[0] == "not_run" and "before this call began" in second[1]
            assert session.state.checklist == session.before.checklist
            assert session.state.checklist["t"].title == "Do it"
            assert (session.state.mode, session.state.effort) == ("auto", "high")
            assert session.state.running_tools == {}
            sent = await assert_goes_on(session, server)
            assert "may have had effects" in sent
            assert (tmp_path / "project" / "log").read_text() == "ran\n"


async def test_a_kill_while_a_question_is_asked_leaves_the_call_not_run(tmp_path: Path):
    new_session(tmp_path, "ask")
    (tmp_path / "project" / "a").write_text("a\n")
    calls = (
        ScriptedToolUse("read", {"path": "a"}),
        ScriptedToolUse("write", {"path": "made", "content": "x"}),
    )
    async with serve_simulator(
        (ScriptedText("I write."), *calls), (ScriptedText("goes on"),)
    ) as server:
        await kill_mid_turn(tmp_path, server, "ask", "PermissionAsked")
        async with resumed(tmp_path, server, "ask") as session:
            assert session.before.open_questions and not session.state.open_questions
            finished = [
                e for e in session.events(ev.ToolFinished) if isinstance(e, ev.ToolFinished)
            ]
            assert [event.outcome for event in finished] == ["done", "not_run"]
            sent = await assert_goes_on(session, server)
            assert "before this call began" in sent
            assert not (tmp_path / "project" / "made").exists()


async def test_a_kill_between_two_requests_loses_nothing(tmp_path: Path):
    """Killed while the server is silent: the results that wait to be sent are kept."""
    new_session(tmp_path, "auto")
    (tmp_path / "project" / "a").write_text("content of a\n")
    replies = [
        (ScriptedText("I read."), ScriptedToolUse("read", {"path": "a"})),
        (ScriptedText("late"),),
        (ScriptedText("ok"),),
    ]
    async with serve_simulator(*replies) as server:
        await server.faults({"kind": "stall", "request": 2, "after": 0})
        await kill_mid_turn(tmp_path, server, "auto", "ToolFinished", later=0.2)
        async with resumed(tmp_path, server, "auto") as session:
            assert session.saved == ""
            sent = await assert_goes_on(session, server)
            assert "content of a" in sent and sent.count("tool_result") == 1
            keys = list(session.state.ledger.entries)
            assert len(keys) == len(set(keys))


async def test_a_kill_while_a_summary_is_written_leaves_the_conversation_as_it_was(
    tmp_path: Path,
):
    new_session(tmp_path, "auto")
    summary = ScriptedText(f"<summary>{words(900)}</summary>")
    async with serve_simulator(
        (ScriptedText(words(600)),), (summary,), (ScriptedText("goes on"),)
    ) as server:
        async with resumed(tmp_path, server, "auto") as session:
            await session.runner.run_turn("go")
            before = session.state.conversation.sendable()
        await server.faults({"kind": "stall", "request": 1, "after": 200})
        await kill_mid_turn(tmp_path, server, "auto", "TextDelta", prompt="/compact")
        await server.faults()
        async with resumed(tmp_path, server, "auto") as session:
            assert session.state.conversation.sendable() == before
            assert session.state.partial_text == "", "a summary that broke off is nobody's answer"
            await session.runner.run_turn("and now?")
            assert session.state.left is not None
            row = (await server.ledger())[-1]
            assert abs(session.state.left - row["after"]) <= 1_000


async def test_after_a_kill_while_a_command_runs_protected_files_are_put_back_first(
    tmp_path: Path,
):
    """Nobody could put back when it died: the next run does, before the model is asked again."""
    new_session(tmp_path, "auto")
    folder = tmp_path / "project"
    hook = folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(parents=True)
    (folder / "AGENTS.md").write_text("Be kind.\n")
    steps = "echo x > .git/hooks/pre-commit; echo no > AGENTS.md; echo exec > .envrc; echo here"
    (folder / "script.sh").write_text(f"{steps}; sleep 2")
    calls = (ScriptedToolUse("bash", {"command": "sh script.sh"}),)
    async with serve_simulator(calls, (ScriptedText("goes on"),)) as server:
        await kill_mid_turn(tmp_path, server, "held", "ToolOutput")
        assert hook.exists() and (folder / "AGENTS.md").read_text() == "no\n"
        async with resumed(tmp_path, server, "auto") as session:
            asked: list[str] = []

            def answer(item: object) -> None:
                if isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked):
                    held = (hook.exists(), (folder / "AGENTS.md").read_text())
                    assert held == (False, "Be kind.\n"), "put back before it is asked"
                    asked.append(f"{item.event.subject}: {item.event.reason}")
                    answered = PermissionAnswer("no")
                    session.runner.answer_permission(item.event.tool_use, answered)

            session.runner.listeners.append(answer)
            sent = await assert_goes_on(session, server)
            (question,) = asked
            assert question.startswith(".envrc, .git/hooks/pre-commit, AGENTS.md: a command that")
            assert "A command that the end of the program cut off changed protected files" in sent
            assert not hook.exists() and not (folder / ".envrc").exists()
            assert not list(tmp_path.glob("session.db.protected*"))
