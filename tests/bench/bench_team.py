"""Twenty agents whose answers stream at once, seen in the chat and in `/agents`.

    python tests/bench/bench_team.py [ROUNDS]

What they take of a core; how long a key takes to show; the longest a single callback keeps the
event loop. Beside it the bare Textual app, into which as many tokens stream.
"""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.bench_stream import LETTERS, SETTLED, STRIDE, ask, bare, warmed
from tests.bench.endpoint import endpoint, wish_for_team
from tests.bench.figures import Figure, quantile, rounds, show
from tests.bench.program import HERE, OURS, Program, program

AGENTS, RATE, SECONDS = 20, 50, 24
"""Agents; tokens a second of each; how long they stream."""
SETTINGS = "[team]\nat_once = 20\nin_turn = 20\nin_session = 20\nask_above = 9000000\n"
MARK = "AGENT"
DOWN, UP = "\x1b[B", "\x1b[A"
MOVES = 100
"""Keys pressed in the list."""


def in_chat(running: Program) -> dict[str, float]:
    """Letters typed in the composer, while the calls of the agents stand above it."""
    return waits(running, [(letter, letter) for letter in LETTERS])


def in_list(running: Program) -> dict[str, float]:
    """The cursor moved over the agents: the task of the next one is shown below."""
    there = [(DOWN, number) for number in range(2, AGENTS + 1)]
    back = [(UP, number) for number in range(AGENTS - 1, 0, -1)]
    moves = [(key, f"mark={MARK}-{number:02}") for key, number in (there + back) * 9]
    return waits(running, moves[:MOVES])


def open_list(running: Program) -> None:
    """Open `/agents`: what that takes once is no part of what the list takes."""
    at = len(running.written)
    running.send("/agents")
    running.listen(SETTLED)
    running.send("\r")
    running.wait_for(f"mark={MARK}-01", at).listen(1.0)


def waits(running: Program, keys: list[tuple[str, str]]) -> dict[str, float]:
    """Milliseconds until what each key brings is there, and the share of a core meanwhile."""
    found, cpu, wall = [], running.cpu, running.wall
    for key, shown in keys:
        at, began = len(running.written), running.wall
        running.send(key)
        running.wait_for(shown, at)
        found.append((running.wall - began) * 1_000)
        running.listen(max(0.0, began + STRIDE - running.wall))
    share = (running.cpu - cpu) / (running.wall - wall) * 100
    return {"p50": quantile(found, 0.5), "p99": quantile(found, 0.99), "share": share}


Measure = Callable[[Program], dict[str, float]]
Where = Literal["the chat", "/agents"]
KEYS: dict[Where, Measure] = {"the chat": in_chat, "/agents": in_list}


def ours(
    url: str, where: Where, measure: Measure, script: tuple[str, ...] = OURS[:2]
) -> dict[str, float]:
    """The program, from when all its agents stream.

    Args:
        url: The server.
        where: What is open.
        measure: What to measure.
        script: What starts the program, as arguments of Python.
    """
    with tempfile.TemporaryDirectory(prefix="glideslope-bench-") as home:
        settings = Path(home, "config", "settings.toml")
        settings.parent.mkdir()
        settings.write_text(SETTINGS)
        given = {"ANTHROPIC_API_KEY": "none", "ANTHROPIC_BASE_URL": url, "GLIDESLOPE_HOME": home}
        arguments = (*script, "--budget", "200k", "--team", "4000k")
        with program(*arguments, folder=None, **given) as running:
            warmed(running)
            ask(running, wish_for_team(AGENTS, RATE * SECONDS, RATE, MARK))
            running.send("\r")
            running.wait_for(f"{AGENTS} agents").listen(2.0)
            if where == "/agents":
                open_list(running)
            return measure(running)


def watched(url: str, where: Where) -> dict[str, float]:
    """Milliseconds of CPU of the longest callback while they stream and keys come."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")

        def watch(running: Program) -> dict[str, float]:
            os.kill(running.process.pid, signal.SIGRTMIN)
            KEYS[where](running)
            os.kill(running.process.pid, signal.SIGRTMAX)
            running.wait_for(report.exists)
            return {}

        ours(url, where, watch, (str(HERE / "watch_callbacks.py"), str(report)))
        found = json.loads(report.read_text())
    return {"longest": found["milliseconds"][-1], "p99": quantile(found["milliseconds"], 0.99)}


def figures(count: int) -> Iterator[Figure]:
    """What a team costs."""
    tokens, rate = AGENTS * RATE * SECONDS, AGENTS * RATE
    with endpoint() as url:
        for where in ("the chat", "/agents"):
            theirs, own = rounds(
                count, lambda: bare_keys(tokens, rate), partial(ours, url, where, KEYS[where])
            )
            name = f"20 agents in {where}"
            yield Figure(f"{name}, part of a core", "%", own["share"], theirs["share"])
            yield Figure(f"{name}, a key, median", "ms", own["p50"])
            yield Figure(f"{name}, a key, p99", "ms", own["p99"], goal=30.0)
            (own,) = rounds(count, partial(watched, url, where))
            yield Figure(f"{name}, longest callback, CPU", "ms", own["longest"], goal=5.0)


def bare_keys(tokens: int, rate: int) -> dict[str, float]:
    """The reference: as many tokens a second into the bare app, and letters meanwhile."""

    def measure(running: Program, key: str) -> dict[str, float]:
        running.send(key)
        running.listen(2.0)
        return in_chat(running)

    return bare(tokens, rate, measure)


if __name__ == "__main__":
    show(figures(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
