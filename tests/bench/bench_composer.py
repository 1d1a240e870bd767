"""The composer under load: a letter of an `@` word in 100,000 files, and a huge raw paste.

    python tests/bench/bench_composer.py [ROUNDS]

The paste comes without the marks that say it is one, as from a terminal or a multiplexer that
knows none: 10,000 lines, each with an Enter. Beside the letters those in the text field of the bare
Textual app.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.bare import READY
from tests.bench.bench_stream import ready
from tests.bench.endpoint import endpoint
from tests.bench.figures import Figure, rounds, show
from tests.bench.program import BARE, OURS, Program, program

FILES = 100_000
FOLDERS = 1_000
WORDS = ("module_4", "prt_77/mdl", "zzzz")
"""Typed behind an `@`: letters that many names have, that one resembles, that none has."""
KILL = "\x15"
"""Ctrl+u: empties the text field."""
LINES = 10_000


def make_project(folder: Path) -> None:
    """Put so many empty files into a folder."""
    for number in range(FOLDERS):
        place = folder / f"part_{number}"
        place.mkdir()
        for file in range(FILES // FOLDERS):
            os.close(os.open(place / f"module_{file}.py", os.O_CREAT | os.O_WRONLY))


def cost(running: Program, keys: str) -> float:
    """Milliseconds of CPU that some keys take, in all threads, until nothing moves."""
    cpu = running.cpu
    running.send(keys)
    running.settle()
    return (running.cpu - cpu) * 1_000


def typed(running: Program, before: str) -> dict[str, float]:
    """What is typed before each word costs, and each letter of the words."""
    listing, letters = [], []
    for word in WORDS:
        if before:
            cpu = running.cpu
            running.send(before)
            listing.append((running.rest().cpu - cpu) * 1_000)
        letters += [cost(running, letter) for letter in word]
        cost(running, KILL)
    return {
        "listing": median(listing) if listing else 0.0,
        "median": median(letters),
        "most": max(letters),
    }


def letters(folder: Path, url: str) -> dict[str, float]:
    """What a letter of an `@` word costs, and the `@`, which lists the files."""
    given = {"ANTHROPIC_API_KEY": "none", "ANTHROPIC_BASE_URL": url}
    with program(*OURS, folder=folder, **given) as running:
        ready(running).send("@")
        running.wait_for("module_").rest()
        cost(running, "zz")  # what is imported for the first of all letters
        cost(running, KILL)
        return typed(running, "@")


def bare_letters() -> dict[str, float]:
    """What a letter costs where nothing is completed."""
    with program(*BARE) as running:
        running.wait_for(READY).rest()
        return typed(running, "")


def pasted(running: Program, shown: str) -> dict[str, float]:
    """CPU and wall seconds until a raw paste is in the text field."""
    text = "".join(f"line {number} of a long log\r" for number in range(LINES))
    at, cpu, wall = len(running.written), running.cpu, running.wall
    writer = threading.Thread(target=partial(running.send_all, text))
    writer.start()
    running.wait_for(shown, at)
    wall = running.wall - wall
    writer.join()
    running.settle()
    return {"cpu": running.cpu - cpu, "wall": wall}


def our_paste(url: str) -> dict[str, float]:
    """A paste into the composer."""
    with program(*OURS, ANTHROPIC_API_KEY="none", ANTHROPIC_BASE_URL=url) as running:
        return pasted(ready(running), f"{LINES:,} lines]")


def figures(count: int) -> Iterator[Figure]:
    """What the composer costs."""
    with endpoint() as url, tempfile.TemporaryDirectory(prefix="glideslope-bench-") as folder:
        make_project(Path(folder))
        theirs, own = rounds(count, bare_letters, partial(letters, Path(folder), url))
        yield Figure("a letter of an @ word, 100,000 files, CPU", "ms", own["median"], goal=10.0)
        yield Figure("the same beside a bare letter", "ms", own["median"], theirs["median"])
        yield Figure("the letter that closes the list, CPU", "ms", own["most"], goal=30.0)
        yield Figure("the @, which lists 100,000 files, CPU", "ms", own["listing"])
        (own,) = rounds(count, partial(our_paste, url))
        yield Figure("10,000 raw lines, wall", "s", own["wall"], goal=1.0)
        yield Figure("10,000 raw lines, CPU", "s", own["cpu"], goal=1.0)


if __name__ == "__main__":
    show(figures(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
