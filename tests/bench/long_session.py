"""A long session on disk, as weeks of work would leave it: 10,000 events.

    python tests/bench/long_session.py HOME FOLDER

It is told like the sessions of the pictures, and written with the program's own store.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from screenshots.scripted_log import ScriptedLog, ScriptedToolCall
from tests.bench import corpus
from tui.budget.wire_budget import CountingRules
from tui.session.session_index import SessionIndex
from tui.session.session_paths import session_path
from tui.session.store import SessionStore

EVENTS = 10_000
LAST = "the-very-last-words"
"""At the end of the last answer."""
SESSION = "20261103-120000-long"


def told(folder: Path) -> ScriptedLog:
    """Turn after turn: a prompt, tools, an answer."""
    log = ScriptedLog(session=SESSION, folder=str(folder), budget=None)
    while len(log.records) < EVENTS:
        turn = log.turn
        log.prompt(corpus.message(2 * turn))
        log.reply("I look at it first.", *(_use(turn, at) for at in range(3)))
        log.reply("", *(_use(turn, at) for at in range(3, 5)), think=(corpus.message(0), 200))
        log.reply(corpus.message(2 * turn + 1)).end().wait(60)
    return log.prompt("And now?").reply(f"Nothing is left to do: {LAST}").end()


def _use(turn: int, at: int) -> ScriptedToolCall:
    rows = "\n".join(f"{row}: {corpus.message(2 * row)}" for row in range(10))
    return ScriptedToolCall("read", f"src/module_{turn}/part_{at}.py", 700, "10 lines", rows)


def write(home: Path, folder: Path) -> int:
    """Put the session into the store of `home`; how many events it has."""
    log = told(folder)
    path = session_path(home / "data", folder, SESSION)
    with SessionStore.create(path) as store:
        for first in range(0, len(log.records), 500):
            store.append([record.event for record in log.records[first : first + 500]])
    with SessionIndex(home / "data", CountingRules()) as index:
        index.refresh(folder)
    return len(log.records)


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), Path(sys.argv[2])), "events")
