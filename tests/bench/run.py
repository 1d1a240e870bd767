"""All benches, in one table, beside their goals and the committed baseline.

    python tests/bench/run.py [--rounds N] [--update] [NAME...]

Names are those of the benches: startup, stream, team, turns, resume, transcript, composer, history.
Takes half an hour; run it while the machine does nothing else. `--update` writes the baseline:
ratios, never times. Exits with 1 if something misses its goal or was better before.
"""

import argparse
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.figures import Figure, show, write_baseline

BENCHES = ("startup", "stream", "team", "turns", "resume", "transcript", "composer", "history")


def measured(names: list[str], rounds: int, seen: list[Figure]) -> Iterator[Figure]:
    """The figures of these benches, as they come; they are put into `seen` too."""
    for name in names:
        for figure in import_module(f"tests.bench.bench_{name}").figures(rounds):
            seen.append(figure)
            yield figure


def main() -> int:
    """Measure, show, compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--rounds", type=int, default=5, help="5 unless told otherwise")
    parser.add_argument("--update", action="store_true", help="write the baseline")
    given = parser.parse_args()
    names = given.names or list(BENCHES)
    if unknown := sorted(set(names) - set(BENCHES)):
        parser.error(f"there is no bench {unknown[0]}; there are {', '.join(BENCHES)}")
    seen: list[Figure] = []
    well = show(measured(names, given.rounds, seen))
    if given.update:
        write_baseline(seen)
    return 0 if well or given.update else 1


if __name__ == "__main__":
    sys.exit(main())
