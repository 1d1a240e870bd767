"""Stopping a team: with a report from each agent's reserve, at once, or the lead alone."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.run_team import GLOB, LEAD, TeamRun, delegate, run_team, says
from tui.agent.team import team_stop
from tui.agent.team.agent_kinds import AgentKind
from tui.session import events as ev
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse

WRAP_UP = ScriptedToolUse("wrap_up", {"done": ["read half"], "next_step": "read the rest"})
CALLS: Any = {LEAD: [(delegate("explore", "a"), delegate("explore", "b"))]}


def at_settlements(run: TeamRun, *acts: Any) -> None:
    """Do one act after the other, each when an agent has settled again."""
    left = list(acts)

    def act(item: object) -> None:
        settled = isinstance(item, ev.Record) and isinstance(item.event, ev.AgentSettled)
        if settled and left:
            left.pop(0)()

    run.run.driver.listeners.append(act)


async def test_who_is_stopped_with_the_team_reports_from_its_reserve(tmp_path: Path):
    replies: Any = {
        **CALLS,
        "explore-1": [(says(20), GLOB), (WRAP_UP,), (ScriptedText("Half is read."),)],
        "explore-2": [(says(20), GLOB), (WRAP_UP,), (ScriptedText("Half of b."),)],
    }
    async with run_team(tmp_path, replies) as run:

        def stop() -> None:
            run.crew.stopping.with_reports()
            run.run.driver.interrupt()

        at_settlements(run, stop)
        await run.run.driver.run_turn("go")
        ends = {end.agent: end for end in run.events(ev.AgentFinished)}
        assert {end.end for end in ends.values()} == {"stopped"}
        assert "Half is read." in ends["explore-1"].report
        assert "Next: read the rest" in ends["explore-1"].report
        assert any("Half is read." in result for result in run.results()), "the lead has it"
        assert run.state.last_end is not None and run.state.last_end.reason == "interrupted"
        last = [each for who, each in run.script.inputs if who == "explore-1"][-1]
        assert "the user stopped this work" in str(last.messages)
        assert not run.crew.stopping.reports_are_due


async def test_a_report_of_who_is_stopped_takes_no_more_than_the_reserve(tmp_path: Path):
    replies: Any = {
        LEAD: [(delegate("explore", "a", 50_000),)],
        "explore-1": [(says(20), GLOB), (says(30_000),)],
    }
    async with run_team(tmp_path, replies) as run:
        at_settlements(run, run.crew.stopping.with_reports)
        await run.run.driver.run_turn("go")
        agent = run.team.agents["explore-1"]
        assert agent.state == "stopped" and 2_000 < agent.charged < 4_500  # 8% of 50,000 and words


@pytest.mark.parametrize("how", ["again", "too late"])
async def test_whoever_still_works_ends_at_once_and_the_program_reports(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
):
    if how == "too late":
        monkeypatch.setattr(team_stop, "REPORT_SECONDS", 0.0)
    deaf = [(says(20), GLOB)] * 20
    async with run_team(tmp_path, {**CALLS, "explore-1": deaf, "explore-2": deaf}) as run:

        def stop() -> None:
            run.crew.stopping.with_reports()
            run.run.driver.interrupt()
            if how == "again":
                run.crew.stopping.at_once()

        at_settlements(run, stop)
        await run.run.driver.run_turn("go")
        ends = run.events(ev.AgentFinished)
        assert [end.end for end in ends] == ["stopped", "stopped"]
        assert not any(
            "the user stopped this work" in str(m.messages) for _, m in run.script.inputs
        )
        reasons = {run.child(end.agent).last_end.reason for end in ends}
        assert reasons == {"interrupted"}
        assert not run.team.living


async def test_the_lead_alone_is_stopped_and_reads_the_reports_with_its_next_turn(tmp_path: Path):
    make = ScriptedToolUse("write", {"path": "a.txt", "content": "x\n"})
    late = ScriptedToolUse("write", {"path": "b.txt", "content": "x\n"})
    replies: Any = {
        LEAD: [(delegate("test", "a"),), (ScriptedText("I read it."),)],
        "test-1": [(make,), (late,), (ScriptedText("Both are written."),)],
    }
    kind = AgentKind(name="test", description="d", instructions="i", budget=40_000)
    async with run_team(tmp_path, replies, kinds={"test": kind}, mode="edits") as run:

        def stop() -> None:
            run.crew.stopping.leave_to_themselves()
            run.run.driver.interrupt()

        states: list[tuple[type[ev.Event], str]] = []

        def note_state(item: Any) -> None:
            if isinstance(item, ev.Record) and run.team.agents:
                states.append((type(item.event), run.team.agents["test-1"].state))

        run.run.driver.listeners.append(note_state)
        at_settlements(run, stop)
        await run.run.driver.run_turn("go")
        assert run.state.last_end is not None and run.state.last_end.reason == "interrupted"
        assert "Agent test-1 works on." in run.results()[0]
        await run.crew.until_done()
        assert run.team.agents["test-1"].state == "done"
        assert run.state.touched_files == {"a.txt": (1, 0), "b.txt": (1, 0)}
        assert (ev.AgentPaused, "working") in states, "it is not held until its next answer"
        await run.run.driver.run_turn("and now?")
        last = [each for who, each in run.script.inputs if who == LEAD][-1]
        assert str(last.messages).count("Both are written.") == 1
