"""A team whose program is killed in the middle, against a server that goes on: nothing is lost.

The server noted what it generated for each message. What the logs of the session and its agents
call settled is that, to the token; what a kill cut short is listed as an estimate, and no more.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tui.session.event_fold import fold
from tui.session.fork import full_log
from tui.session.session_paths import agent_log_paths, is_agent_log
from tui.session.state import SessionState
from tui.session.store import SessionStore
from tui.settings.user_folders import user_folders

NIGHTLY = pytest.mark.skipif("NIGHTLY" not in os.environ, reason="takes minutes")
TOKEN = "token-of-this-test"
PATIENCE = 300.0
"""Seconds until something that must happen is given up."""
FAULTS = [
    {"kind": "status", "status": 529, "request": [7, 31, 90, 91]},
    {"kind": "status", "status": 429, "retry_after": 1, "request": [12, 60]},
    {"kind": "drop", "request": [15, 44, 120]},
]


@contextmanager
def simulator(pace: str) -> Iterator[str]:
    """A simulator of its own, which outlives the program; gives its address."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tui.simulator", "--token", TOKEN, "--pace", pace],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{json.loads(server.stdout.readline())['port']}"
    finally:
        server.terminate()
        server.wait()


def ask(base_url: str, path: str, body: Any = None) -> Any:
    request = Request(
        f"{base_url}{path}",
        None if body is None else json.dumps(body).encode(),
        {"x-api-key": TOKEN, "content-type": "application/json"},
    )
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)


def requests(base_url: str) -> list[dict[str, Any]]:
    """What the server noted of every request."""
    return list(ask(base_url, "/debug/ledger")["requests"])


def make_project(folder: Path, parts: int) -> None:
    """A project of so many folders with three small files each."""
    for part in range(parts):
        place = folder / f"part{part:02}"
        place.mkdir(parents=True)
        for number in range(3):
            lines = [f"def f{each}(x):\n    return x + {each}\n" for each in range(12)]
            (place / f"m{number}.py").write_text("\n".join(lines))


def until(promise: Any) -> None:
    ends = time.monotonic() + PATIENCE
    while not promise():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)


def read(path: Path) -> SessionState:
    with SessionStore.open(path, read_only=True) as store:
        return fold(full_log(store))


@pytest.mark.parametrize(
    ("agents", "kill_after"), [(3, 8), pytest.param(50, 120, marks=NIGHTLY, id="all")]
)
def test_every_settled_token_is_the_servers_whatever_was_killed(
    tmp_path: Path, agents: int, kill_after: int
):
    project = tmp_path / "project"
    make_project(project, agents)
    config = user_folders().config
    config.mkdir(parents=True, exist_ok=True)
    (config / "settings.toml").write_text(
        "[team]\nin_turn = 100\nin_session = 200\nat_once = 8\nask_above = 900_000_000\n"
    )
    with simulator("400") as base_url:
        environment = {
            **{key: value for key, value in os.environ.items() if "ANTHROPIC" not in key},
            "ANTHROPIC_BASE_URL": base_url,
            "ANTHROPIC_API_KEY": TOKEN,
        }
        ask(base_url, "/debug/faults", FAULTS)
        words = f"use {agents} agents with 20k each to explain this project"
        program = [sys.executable, "-m", "tui.cli"]
        money = ["--budget", "900k", "--team", f"{agents * 25}k"]
        first = subprocess.Popen(
            [*program, "-p", words, *money],
            cwd=project,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until(lambda: len(requests(base_url)) >= kill_after or first.poll() is not None)
        assert first.poll() is None, "it was over before it could be killed"
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
        again = subprocess.run(
            [*program, "-c", "-p", "go on", "--output-format", "json"],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        told = json.loads(again.stdout)
        generated = {
            row["message_id"]: row["generated"] for row in requests(base_url) if row["message_id"]
        }
    (lead,) = [path for path in user_folders().data.rglob("*-*.db") if not is_agent_log(path.name)]
    states = [read(path) for path in (lead, *agent_log_paths(lead))]
    entries = [entry for state in states for entry in state.ledger.entries.values()]
    outputs = [entry for entry in entries if entry.kind == "output"]
    settled = [entry for entry in outputs if entry.settled]
    assert len(settled) >= agents
    wrong = [(e.key, e.tokens) for e in settled if generated.get(e.key) != e.tokens]
    assert wrong == []
    cut = [entry for entry in outputs if not entry.settled]
    assert len(cut) <= 9 + len(FAULTS) * 4, "what was in flight, and what faults cut"
    team = states[0].team
    assert all(not agent.is_living for agent in team.agents.values()), "each has one end"
    assert team.pool.held == 0
    assert team.pool.spent == sum(agent.charged for agent in team.agents.values())
    for name, agent in team.agents.items():
        log = lead.with_name(agent.log)
        child = read(log) if log.exists() else SessionState()  # killed while it waited for a place
        assert agent.charged == child.ledger.charged + child.team.charged, name
    assert told["team"]["pool"] == agents * 25_000
