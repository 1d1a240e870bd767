"""An answer that streams through the whole program: network, SDK, agent, store, screen.

    python tests/bench/bench_stream.py [ROUNDS]

Twenty thousand tokens of mixed Markdown as fast as they go; what a usual 150 tokens a second
take of a core; how long a letter takes to come up meanwhile; and the longest a single
callback keeps the event loop. Beside it the bare Textual app, which makes its text up itself.
"""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.bare import READY, STREAM
from tests.bench.bench_startup import PAINTED
from tests.bench.endpoint import endpoint, reached, wish
from tests.bench.figures import Figure, quantile, rounds, show
from tests.bench.program import BARE, HERE, OURS, Program, program

MARK = "END-1"
LETTERS = [chr(code) for code in range(0x400, 0x482)]
"""Typed once each; nothing else shows them."""
STRIDE = 0.11
"""Seconds from one letter to the next: a fast typist."""
SETTLED = 0.3
WARM = 300
"""Tokens of an answer before the one that is measured: what is imported late has been."""


def ready(running: Program) -> Program:
    """Wait until everything is there and nothing moves."""
    return running.wait_for(PAINTED).rest()


def ask(running: Program, prompt: str) -> None:
    """Put a prompt into the composer, without sending it: an Enter at once would be a paste's."""
    at = len(running.written)
    running.send(prompt)
    running.wait_for(prompt[-6:], at).settle(SETTLED)


def warmed(running: Program) -> Program:
    """Take one short answer in."""
    ready(running)
    ask(running, wish(WARM, 0, "WARM"))
    running.send("\r")
    return running.wait_for(reached("WARM")).rest()


def streamed(running: Program, key: str) -> dict[str, float]:
    """Start the stream with a key, and see it through."""
    at, cpu, wall = len(running.written), running.cpu, running.wall
    running.send(key)
    running.wait_for(reached(MARK), at)
    wall = running.wall - wall
    running.settle(SETTLED)
    cpu = running.cpu - cpu
    return {"cpu": cpu, "share": cpu / wall * 100}


def typed(running: Program, key: str) -> dict[str, float]:
    """Start the stream, and type meanwhile: milliseconds until each letter is there."""
    running.send(key)
    running.listen(1.0)
    waits = []
    for letter in LETTERS:
        at, began = len(running.written), running.wall
        running.send(letter)
        running.wait_for(letter, at)
        waits.append((running.wall - began) * 1_000)
        running.listen(max(0.0, began + STRIDE - running.wall))
    return {"p50": quantile(waits, 0.5), "p99": quantile(waits, 0.99)}


Measure = Callable[[Program, str], dict[str, float]]


def bare(tokens: int, rate: int, measure: Measure) -> dict[str, float]:
    """The reference."""
    with program(*BARE, str(tokens), str(rate), MARK) as running:
        running.wait_for(READY).rest()
        return measure(running, STREAM)


def ours(url: str, tokens: int, rate: int, measure: Measure) -> dict[str, float]:
    """The program."""
    with program(*OURS, ANTHROPIC_API_KEY="none", ANTHROPIC_BASE_URL=url) as running:
        warmed(running)
        ask(running, wish(tokens, rate, MARK))
        return measure(running, "\r")


def watched(url: str, tokens: int, rate: int) -> dict[str, float]:
    """Milliseconds of CPU of the longest callback while an answer streams and letters come."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        script = (str(HERE / "watch_callbacks.py"), str(report), *OURS[2:])
        with program(*script, ANTHROPIC_API_KEY="none", ANTHROPIC_BASE_URL=url) as running:
            warmed(running)
            ask(running, wish(tokens, rate, MARK))
            os.kill(running.process.pid, signal.SIGRTMIN)
            typed(running, "\r")
            os.kill(running.process.pid, signal.SIGRTMAX)
            running.wait_for(report.exists)
        found = json.loads(report.read_text())
    return {"longest": found["milliseconds"][-1], "p99": quantile(found["milliseconds"], 0.99)}


def figures(count: int, seconds: int = 20) -> Iterator[Figure]:
    """What streaming costs."""
    pace, full = 150, 20_000
    with endpoint() as url:
        theirs, own = rounds(
            count, lambda: bare(full, 0, streamed), lambda: ours(url, full, 0, streamed)
        )
        # Claude Code needs half of the CPU of a bare Textual app, Codex one and a half times.
        yield Figure("20,000 tokens at full speed, CPU", "s", own["cpu"], theirs["cpu"], 0.5)
        tokens = pace * seconds
        theirs, own = rounds(
            count, lambda: bare(tokens, pace, streamed), lambda: ours(url, tokens, pace, streamed)
        )
        yield Figure("150 tokens a second, part of a core", "%", own["share"], theirs["share"], 1.0)
        theirs, own = rounds(
            count, lambda: bare(tokens, pace, typed), lambda: ours(url, tokens, pace, typed)
        )
        yield Figure("a letter meanwhile, median", "ms", own["p50"], theirs["p50"], 1.0)
        yield Figure("a letter meanwhile, p99", "ms", own["p99"], theirs["p99"], 1.0)
        (own,) = rounds(count, lambda: watched(url, tokens, pace))
        yield Figure("longest callback meanwhile, CPU", "ms", own["longest"], goal=5.0)
        yield Figure("callbacks meanwhile, p99 of CPU", "ms", own["p99"], goal=5.0)


if __name__ == "__main__":
    show(figures(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
