"""A crash with agents at work: their money is booked, nothing starts by itself, each ends once."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from msgspec import structs

from tests.support.context import copy_of_context
from tests.support.run_team import GLOB, LEAD, TeamRun, delegate, run_team, says, with_team
from tui.agent.session_runner import SessionRunner
from tui.agent.team.agent_report import settled_event
from tui.agent.team.child_session import TeamFiles, open_child
from tui.agent.team.crew import Crew, attach_crew
from tui.agent.team.spawn_question import SpawnQuestion
from tui.agent.user_inbox import UserInbox
from tui.session import events as ev
from tui.session.event_fold import fold
from tui.session.fork import full_log
from tui.session.resume import resume
from tui.session.session_changes import SessionChanges
from tui.session.session_paths import agent_log_path
from tui.session.store import SessionStore
from tui.simulator.scripted_model.model_input import ScriptedToolUse

REPLIES: Any = {
    LEAD: [(says(50), delegate("explore", "a", 40_000))],
    "explore-1": [(says(900), GLOB), (says(30),), (says(70),)],
}


def copy_logs(run: TeamRun, to: Path) -> None:
    """What a kill would leave on the disk now."""
    to.mkdir(exist_ok=True)
    for path in run.run.store.path.parent.glob("session*.db"):
        with sqlite3.connect(path) as source, sqlite3.connect(to / path.name) as target:
            source.backup(target)


@asynccontextmanager
async def started_again(
    run: TeamRun, folder: Path, gone: str = ""
) -> AsyncIterator[tuple[SessionRunner, Crew]]:
    """The session as the next start of the program opens it, where a kind may be `gone`."""
    opened = resume(folder / "session.db")
    state = fold(opened.records)
    ctx = copy_of_context(run.run.ctx, inbox=UserInbox())
    with ThreadPoolExecutor(max_workers=1) as thread:
        runner = SessionRunner(opened.store, state, ctx, thread)
        files = TeamFiles(path=opened.store.path, thread=thread, now=run.run.clock, program="0")
        kinds = {name: kind for name, kind in run.crew.kinds.items() if name != gone}
        crew = Crew(runner, kinds, files, SpawnQuestion(runner))
        attach_crew(runner, crew)
        await runner.recover("")
        try:
            yield runner, crew
        finally:
            await crew.close()
            opened.store.close()


@pytest.mark.parametrize("how", ["end", "go on", "nobody is asked", "kind is gone", "log is gone"])
async def test_agents_come_back_after_a_crash_and_nothing_starts_by_itself(
    tmp_path: Path, how: str
):
    async with run_team(tmp_path, REPLIES) as run:
        disk = tmp_path / "disk"

        def killed(item: Any) -> bool:
            return isinstance(item, ev.Record) and isinstance(item.event, ev.AgentSettled)

        run.run.when(killed, lambda: copy_logs(run, disk))
        await run.run.driver.run_turn("go")
        sent = len(await run.run.server.ledger())
        if how == "log is gone":
            (disk / "session.explore-1.db").unlink()
        gone = "explore" if how == "kind is gone" else ""
        async with started_again(run, disk, gone) as (runner, crew):
            asks = how in ("end", "go on", "kind is gone")
            (said,) = await crew.returning.recover(ask=asks)
            assert len(await run.run.server.ledger()) == sent, "nothing starts by itself"
            team = runner.state.team
            if how in ("end", "go on"):
                agent = team.agents["explore-1"]
                child = crew.returning.waiting["explore-1"].child.state
                assert agent.state == "held" and agent.charged == child.ledger.charged > 900
                assert "/agents go explore-1 lets it go on" in said
                assert agent.unsettled > 0, "so both figures are estimates"
                assert f"worked: ≈ {agent.charged:,} of its 40,000 tokens used" in said
                assert f"gives ≈ {40_000 - agent.charged:,} back" in said
                assert child.grant == team.reserved("explore-1") == 40_000, (
                    "the grant, not the rest"
                )
            ended, told = asyncio.Event(), list[tuple[type[ev.Event], str]]()

            def listen(item: Any) -> None:
                if isinstance(item, ev.Record):
                    told.append((type(item.event), team.agents["explore-1"].state))
                    if isinstance(item.event, ev.NoteSent):
                        ended.set()

            runner.listeners.append(listen)
            if how == "end":
                await crew.returning.end("explore-1")
            elif how == "go on":
                assert crew.go_on("explore-1")
                await asyncio.wait_for(ended.wait(), 20)
                assert told[0] == (ev.AgentPaused, "working"), "before its first answer"
            agent = team.agents["explore-1"]
            assert agent.charged > 900
            wanted = "done" if how == "go on" else "crashed"
            assert (agent.state, agent.is_partial) == (wanted, how != "go on")
            assert team.pool.free == 300_000 - agent.charged
            waits = str(runner.state.conversation.pending.parts)
            assert "Agent explore-1" in waits, "the lead reads it with the next prompt"


async def test_an_agent_that_worked_between_two_turns_does_not_look_at_work_after_a_crash(
    tmp_path: Path,
):
    """No turn of the session ends around it then; until the user says so it stands still."""
    async with run_team(tmp_path, REPLIES) as run:
        disk = tmp_path / "disk"

        def killed(item: Any) -> bool:
            return isinstance(item, ev.Record) and isinstance(item.event, ev.AgentSettled)

        run.run.when(killed, lambda: copy_logs(run, disk))
        await run.run.driver.run_turn("go")
        async with started_again(run, disk) as (runner, crew):
            await crew.returning.recover(ask=True)
            settled = settled_event("explore-1", crew.returning.waiting["explore-1"].child.state)
            settled = structs.replace(settled, number=settled.number + 1, doing="goes on")
            await runner.commit(settled)  # `/agents go`, and its first answer
            assert runner.state.team.agents["explore-1"].state == "working"
        async with started_again(run, disk) as (runner, crew):
            (said,) = await crew.returning.recover(ask=True)
            agent = runner.state.team.agents["explore-1"]
            assert "/agents go explore-1 lets it go on" in said and agent.state == "held"
            assert crew.go_on("explore-1")
            await crew.until_done()
            assert agent.state == "done"


@pytest.mark.parametrize("slices", [True, False])
@pytest.mark.parametrize("kept", ["settlements", "no settlement"])
async def test_killed_at_any_event_the_counter_is_what_the_agents_own_log_says(
    tmp_path: Path, kept: str, slices: bool
):
    """The session's figures are a copy: without them the same ones are booked again.

    Without a slice nothing but the report (8 % of 40,000) stays held beyond what it used.
    """
    async with run_team(tmp_path, REPLIES) as run:
        with_team(run, slices=slices)
        await run.run.driver.run_turn("go")
        child_path = agent_log_path(run.run.store.path, "explore-1")
        with SessionStore.open(child_path, read_only=True) as store:
            child = [record.event for record in store.records()]
        lead = [record.event for record in run.run.store.records()]
        end = next(at for at, event in enumerate(lead) if isinstance(event, ev.AgentFinished))

        def told(last: int) -> list[ev.Event]:
            """The session's log by then: it never knows more than the agent's own."""
            most = last if kept == "settlements" else 0
            found = lead[:end]
            return [e for e in found if not isinstance(e, ev.AgentSettled) or e.number <= most]

        first = next(at for at, event in enumerate(child) if isinstance(event, ev.RequestStarted))
        counters = []
        for at in range(first, len(child) + 1):
            disk = tmp_path / f"killed-{at}"
            disk.mkdir()
            for path, events in (("session.db", told(at)), ("session.explore-1.db", child[:at])):
                with SessionStore.create(disk / path) as written:
                    written.append(events)
            async with started_again(run, disk) as (runner, crew):
                await crew.returning.recover(ask=True)
                agent = runner.state.team.agents["explore-1"]
                own = crew.returning.waiting["explore-1"].child.state
                assert (agent.charged, agent.requests) == (own.ledger.charged, own.request)
                held = 40_000 if slices else agent.charged + 3_200
                assert runner.state.team.pool.free == 300_000 - held
                counters.append(agent.charged)
        assert len(counters) > 6 and counters[0] == 0 and counters[-1] > 900


@pytest.mark.parametrize("how", ["end", "go on"])
async def test_what_an_agent_changed_before_a_crash_is_told_with_its_end(tmp_path: Path, how: str):
    """No call of the session can tell it any more: rewinding and `/diff` know it from the end."""
    made = [ScriptedToolUse("write", {"path": f"{n}.txt", "content": f"{n}\n"}) for n in "ab"]
    work = [(made[0],), (made[1],), (says(20),)]
    replies: Any = {LEAD: [(delegate("write", "a", 40_000),)], "write-1": work}
    async with run_team(tmp_path, replies, mode="auto") as run:
        disk, original = tmp_path / "disk", run.crew._on_item

        def killed(agent: Any, child: Any, item: Any) -> None:
            original(agent, child, item)
            event = item.event if isinstance(item, ev.Record) else None
            if isinstance(event, ev.ToolFinished) and not disk.exists():
                copy_logs(run, disk)

        run.crew._on_item = killed  # type: ignore[method-assign]
        await run.run.driver.run_turn("go")
        (run.run.folder / "b.txt").unlink()
        run.script._left["write-1"] = iter([(made[1],), (says(20),)])
        async with started_again(run, disk) as (runner, crew):
            await crew.returning.recover(ask=True)
            if how == "end":
                await crew.returning.end("write-1")
            else:
                assert crew.go_on("write-1")
                await crew.until_done()
            names = ["a.txt"] if how == "end" else ["a.txt", "b.txt"]
            assert list(runner.state.touched_files) == names
            records = full_log(runner._log)  # type: ignore[arg-type]
            found = SessionChanges(records, (), runner.state.checklist).changes
            assert [each.change.path for each in found] == names


async def test_an_agent_that_goes_on_has_the_mode_that_its_session_has_by_then(tmp_path: Path):
    async with run_team(tmp_path, REPLIES, mode="auto") as run:
        disk = tmp_path / "disk"

        def killed(item: Any) -> bool:
            return isinstance(item, ev.Record) and isinstance(item.event, ev.AgentSettled)

        run.run.when(killed, lambda: copy_logs(run, disk))
        await run.run.driver.run_turn("go")
        async with started_again(run, disk) as (runner, crew):
            await crew.returning.recover(ask=True)
            child = crew.returning.waiting["explore-1"].child.runner
            assert child.ctx.run.rules.mode == "auto"
            await runner.change_mode("ask")
            modes: list[ev.Mode] = []
            ended = asyncio.Event()

            def listen(item: Any) -> None:
                if isinstance(item, ev.Record) and isinstance(item.event, ev.RequestStarted):
                    modes.append(child.ctx.run.rules.mode)

            def listen_to_lead(item: Any) -> None:
                if isinstance(item, ev.Record) and isinstance(item.event, ev.NoteSent):
                    ended.set()

            child.listeners.append(listen)
            runner.listeners.append(listen_to_lead)
            assert crew.go_on("explore-1")
            await asyncio.wait_for(ended.wait(), 20)
            assert set(modes) == {"ask"} and child.state.mode == "ask"


class WatchedEvent(asyncio.Event):
    """Set at first; tells when somebody waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.set()
        self.waited_for = asyncio.Event()

    async def wait(self) -> Literal[True]:
        self.waited_for.set()
        return await super().wait()


async def test_held_agents_begin_no_request_and_go_on_where_they_were(tmp_path: Path):
    async with run_team(tmp_path, REPLIES) as run:
        run.run.ctx.run.may_send = gate = WatchedEvent()

        def first(item: Any) -> bool:
            return isinstance(item, ev.Record) and isinstance(item.event, ev.AgentSettled)

        run.run.when(first, run.crew.hold)
        turn = asyncio.create_task(run.run.driver.run_turn("go"))
        waits = asyncio.create_task(gate.waited_for.wait())
        await asyncio.wait((turn, waits), return_when=asyncio.FIRST_COMPLETED)
        before = len(await run.run.server.ledger())
        assert not turn.done() and run.crew.held
        run.crew.release()
        await turn
        assert len(await run.run.server.ledger()) > before
        assert run.team.agents["explore-1"].state == "done"


async def test_an_agent_that_was_killed_before_it_read_its_task_is_told_it(tmp_path: Path):
    replies: Any = {LEAD: [(delegate("explore", "Find the parser.", 40_000),)]}
    async with run_team(tmp_path, replies) as run:
        disk, spawned = tmp_path / "disk", list[ev.AgentSpawned]()

        def begins(item: Any) -> bool:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.AgentSpawned):
                spawned.append(item.event)
            return bool(spawned)

        run.run.when(begins, lambda: copy_logs(run, disk))
        await run.run.driver.run_turn("go")
        run.script.inputs.clear()
        async with started_again(run, disk) as (runner, crew):
            with ThreadPoolExecutor(max_workers=1) as thread:
                path = disk / "session.db"
                files = TeamFiles(path=path, thread=thread, now=run.run.clock, program="0")
                kind = crew.kinds["explore"]
                child = await open_child(runner, spawned[0], kind, files, crew.kinds)
                await child.close(files)
            await crew.returning.recover(ask=True)
            ended = asyncio.Event()

            def listen(item: Any) -> None:
                if isinstance(item, ev.Record) and isinstance(item.event, ev.NoteSent):
                    ended.set()

            runner.listeners.append(listen)
            assert crew.go_on("explore-1")
            await asyncio.wait_for(ended.wait(), 20)
            assert runner.state.team.agents["explore-1"].state == "done"
        first = str(run.script.inputs[0][1].messages)
        assert "You are explore-1, an agent of a team" in first and "Find the parser." in first
