"""Many agents with many requests and faults among them: the sum holds to the token."""

import os
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pytest

from tests.support.run_team import LEAD, delegate, run_team, says, with_team
from tui.simulator.scripted_model.model_input import ScriptedToolUse


def looks(number: int) -> list[tuple[ScriptedToolUse]]:
    """So many calls, each another: an agent that repeats itself is stopped."""
    return [
        (ScriptedToolUse("glob", {"pattern": f"{letter}*"}),) for letter in ascii_lowercase[:number]
    ]


NIGHTLY = pytest.mark.skipif("NIGHTLY" not in os.environ, reason="takes minutes")


@pytest.mark.parametrize(
    ("agents", "requests", "slices"),
    [
        (6, 4, True),
        pytest.param(50, 20, True, marks=NIGHTLY, id="all"),
        pytest.param(50, 20, False, marks=NIGHTLY, id="all without slices"),
    ],
)
async def test_with_faults_among_them_every_settled_token_is_the_servers(
    tmp_path: Path, agents: int, requests: int, slices: bool
):
    pool = agents * (100_000 if slices else 25_000)
    names = [f"explore-{number}" for number in range(1, agents + 1)]
    replies: Any = {
        LEAD: [
            tuple(delegate("explore", f"part {n}", 100_000) for n in range(agents)),
            (says(40),),
        ],
        **{name: [*looks(requests - 1), (says(60),)] for name in names},
    }
    async with run_team(tmp_path, replies, pool=pool, budget=900_000) as run:
        limits = {"in_turn": agents, "in_session": agents, "at_once": 8, "ask_above": 10**9}
        with_team(run, **limits, slices=slices)
        some = range(5, agents * requests, 9)
        await run.run.server.faults(
            {"kind": "status", "status": 529, "request": [*some]},
            {"kind": "drop", "request": [each + 3 for each in some]},
        )
        await run.run.driver.run_turn("go")
        rows = await run.run.server.ledger()
        generated = {row["message_id"]: row["generated"] for row in rows}
        states = [run.state, *(run.child(name) for name in run.team.agents)]
        outputs = [
            entry
            for state in states
            for entry in state.ledger.entries.values()
            if entry.kind == "output"
        ]
        settled = [entry for entry in outputs if entry.settled]
        assert len(outputs) >= agents * requests
        assert [e.key for e in settled if generated.get(e.key) != e.tokens] == []
        assert len(outputs) - len(settled) <= len(some), "what a cut line left unknown"
        assert run.team.pool.held == 0
        assert run.team.pool.spent == sum(
            run.child(name).ledger.charged for name in run.team.agents
        )
        assert {agent.state for agent in run.team.agents.values()} == {"done"}
