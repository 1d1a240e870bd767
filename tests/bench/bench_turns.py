"""Twenty turns of 2,000 tokens: what each costs, and what they leave in memory.

    python tests/bench/bench_turns.py [ROUNDS]

Before the first of them the program is at rest: its memory and its CPU then have rows too.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.bare import READY, STREAM
from tests.bench.bench_stream import MARK, SETTLED, ask, ready, warmed
from tests.bench.endpoint import endpoint, reached, wish
from tests.bench.figures import Figure, rounds, show
from tests.bench.program import BARE, OURS, Program, program

TURNS = 20
TOKENS = 2_000
IDLE = 10.0
"""Seconds of doing nothing."""


def idle(running: Program) -> dict[str, float]:
    """What it costs to be there: megabytes, and per cent of a core."""
    cpu, written = running.cpu, len(running.written)
    running.listen(IDLE)
    share = (running.cpu - cpu) / IDLE * 100
    return {
        "memory": running.memory,
        "share": share,
        "bytes": float(len(running.written) - written),
    }


def bare() -> dict[str, float]:
    """The reference: at rest, and one stream of the same length."""
    with program(*BARE, str(TOKENS), "0", MARK) as running:
        running.wait_for(READY).rest()
        found = idle(running)
        cpu, at = running.cpu, len(running.written)
        running.send(STREAM)
        running.wait_for(reached(MARK), at).settle(SETTLED)
        return found | {"turn": running.cpu - cpu}


def ours(url: str) -> dict[str, float]:
    """The program: at rest, and turn after turn."""
    with program(*OURS, ANTHROPIC_API_KEY="none", ANTHROPIC_BASE_URL=url) as running:
        found = idle(ready(running))
        before = warmed(running).memory
        costs = [turn(running, f"END-{number}") for number in range(TURNS)]
        growth = running.memory - before
    return found | {
        "turn": median(costs),
        "first": median(costs[1:6]),
        "last": median(costs[-5:]),
        "growth": growth,
    }


def turn(running: Program, mark: str) -> float:
    """CPU seconds of one turn."""
    ask(running, wish(TOKENS, 0, mark))
    cpu, at = running.cpu, len(running.written)
    running.send("\r")
    running.wait_for(reached(mark), at).settle(SETTLED)
    return running.cpu - cpu


def figures(count: int) -> Iterator[Figure]:
    """What being there and going on costs."""
    with endpoint() as url:
        theirs, own = rounds(count, bare, lambda: ours(url))
    # The best of others: 136 MB at rest beside 28, 44 MB more after twenty turns, and turns
    # that cost half more than the stream of a bare app.
    yield Figure("memory at rest", "MB", own["memory"], theirs["memory"], 136 / 28)
    yield Figure("memory more after 20 turns", "MB", own["growth"], theirs["memory"], 44 / 28)
    yield Figure("a turn of 2,000 tokens, CPU", "s", own["turn"], theirs["turn"], 0.15 / 0.22)
    yield Figure(
        "the last turns beside the first, CPU", "s", own["last"], own["first"], 1.2, "first"
    )
    yield Figure("at rest, part of a core", "%", own["share"], goal=0.2)
    yield Figure("at rest, written in ten seconds", "B", own["bytes"], goal=0)


if __name__ == "__main__":
    show(figures(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
