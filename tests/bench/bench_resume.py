"""Coming back to a session of 10,000 events: until its last words are on the screen.

    python tests/bench/bench_resume.py [ROUNDS]

Beside it the first frame of the bare Textual app, which has no history at all.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.bare import READY
from tests.bench.figures import Figure, rounds, show
from tests.bench.long_session import LAST, SESSION, write
from tests.bench.program import BARE, OURS, program


def bare() -> dict[str, float]:
    """The reference."""
    with program(*BARE) as running:
        running.wait_for(READY)
        return {"cpu": running.cpu, "wall": running.wall}


def figures(count: int) -> Iterator[Figure]:
    """What coming back costs."""
    with tempfile.TemporaryDirectory(prefix="glideslope-bench-") as scratch:
        home, folder = Path(scratch, "home"), Path(scratch, "project")
        folder.mkdir()
        write(home, folder)

        def resumed() -> dict[str, float]:
            given = {"GLIDESLOPE_HOME": str(home), "ANTHROPIC_API_KEY": "none"}
            with program(*OURS[:2], "-r", SESSION, folder=folder, **given) as running:
                running.wait_for(LAST)
                seen = {"cpu": running.cpu, "wall": running.wall}
                running.rest()
                return seen | {"settled": running.cpu, "memory": running.memory}

        theirs, ours = rounds(count, bare, resumed)
    # Codex shows the history of such a session in 0.61 s, a bare app its first frame in 0.25.
    yield Figure(
        "10,000 events until the history is seen, wall", "s", ours["wall"], theirs["wall"], 2.4
    )
    yield Figure(
        "10,000 events until the history is seen, CPU", "s", ours["cpu"], theirs["cpu"], 2.4
    )
    yield Figure("10,000 events until all is at rest, CPU", "s", ours["settled"], theirs["cpu"])
    yield Figure("10,000 events, memory", "MB", ours["memory"])


if __name__ == "__main__":
    show(figures(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
