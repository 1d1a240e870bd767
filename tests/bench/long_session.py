"""A long session on disk, as weeks of work would leave it: 10,000 events.

    python tests/bench/long_session.py HOME FOLDER

It is told like the sessions of the pictures, and written with the program's own store.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "screenshots")]

import corpus
from story import Story, Use

from tui.budget.wire import Counting
from tui.session.index import Index
from tui.session.places import session_path
from tui.session.store import SessionStore

EVENTS = 10_000
LAST = "the-very-last-words"
"""At the end of the last answer."""
SESSION = "20261103-120000-long"


def told(folder: Path) -> Story:
    """Turn after turn: a prompt, tools, an answer."""
    story = Story(session=SESSION, folder=str(folder), budget=None)
    while len(story.records) < EVENTS:
        turn = story.turn
        story.prompt(corpus.message(2 * turn))
        story.reply("I look at it first.", *(_use(turn, at) for at in range(3)))
        story.reply("", *(_use(turn, at) for at in range(3, 5)), think=(corpus.message(0), 200))
        story.reply(corpus.message(2 * turn + 1)).end().later(60)
    return story.prompt("And now?").reply(f"Nothing is left to do: {LAST}").end()


def _use(turn: int, at: int) -> Use:
    rows = "\n".join(f"{row}: {corpus.message(2 * row)}" for row in range(10))
    return Use("read", f"src/module_{turn}/part_{at}.py", 700, "10 lines", rows)


def write(home: Path, folder: Path) -> int:
    """Put the session into the store of `home`; how many events it has."""
    story = told(folder)
    path = session_path(home / "data", folder, SESSION)
    with SessionStore.create(path) as store:
        for first in range(0, len(story.records), 500):
            store.append([record.event for record in story.records[first : first + 500]])
    with Index(home / "data", Counting()) as index:
        index.refresh(folder)
    return len(story.records)


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), Path(sys.argv[2])), "events")
