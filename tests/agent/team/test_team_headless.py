"""A run without a screen that has agents: what it prints of them, and its exit code."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.run_team import GLOB, LEAD, delegate, run_team, says
from tui.agent.headless_run import HeadlessRun
from tui.session.meter_readings import read_meters
from tui.simulator.scripted_model import respond
from tui.simulator.scripted_model.model_input import ScriptedText


async def test_the_whole_tree_is_in_the_json_and_a_partial_agent_is_exit_code_3(tmp_path: Path):
    replies: Any = {
        LEAD: [(delegate("explore", "a", 20_000), delegate("review", "b"))],
        "explore-1": [(says(9_000), GLOB), (says(9_500), GLOB), (ScriptedText("All done!"),)],
    }
    async with run_team(tmp_path, replies, budget=200_000) as run:
        out, err = io.StringIO(), io.StringIO()
        driver = run.run.driver
        headless = HeadlessRun(driver, lambda: read_meters(run.state), "json", out, err)
        assert await headless.run("go") == 3
        told = json.loads(out.getvalue())
        team, (first, second) = told["team"], told["agents"]
        assert (team["total"], team["lead"], team["pool"]) == (500_000, 200_000, 300_000)
        used = first["charged"] + second["charged"]
        assert (team["charged"], team["free"]) == (used, 300_000 - used)
        assert (first["id"], first["end"], first["partial"]) == ("explore-1", "landed", True)
        assert (second["kind"], second["end"], second["partial"]) == ("review", "done", False)
        assert told["end"]["exit_code"] == 3 and told["end"]["reason"] == "wrapped_up"
        said = [line for line in err.getvalue().splitlines() if "explore-1" in line]
        assert said[0].startswith("glideslope: Agent explore-1 landed on its budget: ")


@pytest.mark.parametrize(
    ("prompt", "ends", "code"),
    [
        ("explain it with a storm of agents, 20k each", ["done"] * 8, 3),
        ("use 2 agents with 20k each to explain it, one of them runaway", ["limit", "done"], 3),
        ("use 2 agents with 20k each to explain it, one of them deaf", ["landed", "done"], 3),
        ("use 2 agents with 20k each to explain it, one of them boastful", ["landed", "done"], 3),
        ("use 4 agents with 20k each to explain it, one of them throttled", ["done"] * 4, 0),
    ],
)
async def test_each_misconduct_of_the_simulators_team_comes_to_its_end(
    tmp_path: Path, prompt: str, ends: list[str], code: int
):
    for area in ("src", "lib", "docs", "web"):
        (tmp_path / "project" / area).mkdir(parents=True)
        (tmp_path / "project" / area / "a.py").write_text("def one(x):\n    return x\n")
    async with run_team(tmp_path, {}, budget=200_000, respond=respond) as run:
        out = io.StringIO()
        headless = HeadlessRun(
            run.run.driver, lambda: read_meters(run.state), "json", out, io.StringIO()
        )
        assert await headless.run(prompt) == code
        agents = json.loads(out.getvalue())["agents"]
        assert [agent["end"] for agent in agents] == ends
