"""One agent is paused and goes on; its team works on."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support.run_team import GLOB, LEAD, delegate, run_team, says
from tui.reports.team_page import agent_rows
from tui.session import events as ev


async def test_a_paused_agent_begins_no_request_and_the_others_work_on(tmp_path: Path):
    replies: Any = {
        LEAD: [(delegate("explore", "a"), delegate("explore", "b"))],
        "explore-1": [(says(20), GLOB), (says(20),)],
        "explore-2": [(says(20), GLOB), (says(20), GLOB), (says(20),)],
    }
    async with run_team(tmp_path, replies) as run:
        run.run.ctx.services = replace(run.run.ctx.services, now=run.run.clock)
        pausing, tasks = run.crew.pausing, list[Any]()
        seen: list[Any] = []

        def listen(item: object) -> None:
            event = item.event if isinstance(item, ev.Record) else None
            if isinstance(event, ev.AgentSettled) and event.agent == "explore-1" and not tasks:
                tasks.append(asyncio.create_task(pausing.begin("explore-1")))
            if isinstance(event, ev.AgentFinished) and event.agent == "explore-2":
                row = agent_rows(run.team, run.run.clock())[0]
                requests = [who for who, _ in run.script.inputs].count("explore-1")
                seen.append((row.state_words, row.is_paused, requests))
                run.run.clock.shifted += 2 * 3_600
                tasks.append(asyncio.create_task(pausing.end("explore-1")))

        run.run.driver.listeners.append(listen)
        await run.run.driver.run_turn("go")
        assert seen == [("paused", True, 1)]
        said = [await task for task in tasks]
        assert said[0] == ""
        assert said[1].startswith("Its prompt cache went cold meanwhile: its next request writes")
        assert {agent.state for agent in run.team.agents.values()} == {"done"}
        assert not run.team.agents["explore-1"].paused
        clock = run.child("explore-1").work_clock
        assert clock.paced >= 2 * 3_600 and clock.seconds < 600, "it took none of its minutes"
        assert await pausing.begin("explore-1") == "explore-1 is not at work."


async def test_who_is_paused_can_be_stopped(tmp_path: Path):
    replies: Any = {
        LEAD: [(delegate("explore", "a"),)],
        "explore-1": [(says(20), GLOB), (says(20),)],
    }
    async with run_team(tmp_path, replies) as run:
        tasks: list[Any] = []

        def listen(item: object) -> None:
            event = item.event if isinstance(item, ev.Record) else None
            if isinstance(event, ev.AgentSettled) and not tasks:
                tasks.append(asyncio.create_task(run.crew.pausing.begin("explore-1")))
            if isinstance(event, ev.AgentPaused):
                run.crew.stop("explore-1")

        run.run.driver.listeners.append(listen)
        await run.run.driver.run_turn("go")
        assert run.team.agents["explore-1"].state == "stopped"
