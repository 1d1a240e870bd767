"""From the command to the first frame, and to the first letter that comes up.

    python tests/bench/bench_startup.py [ROUNDS]

Fresh processes in a real terminal, beside the bare Textual app. The program has been started
before, as it nearly always has: the very first start, which reads its theme, has a row of
its own.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.bare import READY
from tests.bench.figures import Figure, rounds, show
from tests.bench.program import BARE, OURS, Program, program

PAINTED = "@ files"
"""In the composer of the first frame."""
LETTER = "Щ"
"""Typed as soon as the first frame is there; nothing else shows it."""
GOAL = 1.3


def started(painted: str, running: Program) -> dict[str, float]:
    """CPU and wall seconds to the first frame, and to a letter typed at once."""
    running.wait_for(painted)
    found = {"frame cpu": running.cpu, "frame wall": running.wall}
    at = len(running.written)
    running.send(LETTER)
    running.wait_for(LETTER, at)
    return found | {"echo cpu": running.cpu, "echo wall": running.wall}


def bare() -> dict[str, float]:
    """The reference."""
    with program(*BARE) as running:
        return started(READY, running)


def very_first() -> dict[str, float]:
    """The program where it has never been."""
    with program(*OURS, ANTHROPIC_API_KEY="none") as running:
        return started(PAINTED, running)


def figures(count: int) -> Iterator[Figure]:
    """What starting costs."""
    with tempfile.TemporaryDirectory(prefix="glideslope-bench-") as home:

        def again() -> dict[str, float]:
            with program(*OURS, GLIDESLOPE_HOME=home, ANTHROPIC_API_KEY="none") as running:
                found = started(PAINTED, running)
                # The first of all remembers its theme only when all is warmed up.
                running.rest() if not any(Path(home).glob("state/theme")) else None
                return found

        theirs, ours, fresh = rounds(count, bare, again, very_first)
    for key, name in (
        ("frame cpu", "first frame, CPU"),
        ("frame wall", "first frame, wall"),
        ("echo cpu", "first letter, CPU"),
        ("echo wall", "first letter, wall"),
    ):
        yield Figure(name, "s", ours[key], theirs[key], GOAL)
    yield Figure("very first frame, CPU", "s", fresh["frame cpu"], theirs["frame cpu"], GOAL)


if __name__ == "__main__":
    show(figures(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
