"""The log of every version of the event schema is read as what it was written as.

The logs in `logs/` were written by the programs of their time (`record_log.py`). What they
say was worked out by hand from the events in that script.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tui.session import events as ev
from tui.session.checklist import Subtask
from tui.session.event_codec import Row
from tui.session.event_fold import fold
from tui.session.fork import fork, full_log
from tui.session.resume import resume
from tui.session.state import SessionState
from tui.session.store import SessionStore
from tui.session.store_schema import EVENTS_VERSION, START, write_file

LOGS = Path(__file__).parent / "logs"
NAMES = sorted(path.stem for path in LOGS.glob("*.jsonl"))
RULE = ("edit(*)",)


def rows(name: str) -> list[Row]:
    lines = map(json.loads, (LOGS / f"{name}.jsonl").read_text().splitlines())
    return [(x["seq"], x["at"], x["kind"], x["version"], x["body"].encode()) for x in lines]


def version(name: str) -> int:
    return int(name.removeprefix("v").partition("-")[0])


def stored(folder: Path, name: str) -> Path:
    """A session file as the program of that version left it."""
    path = folder / "20260101-aaaa.db"
    write_file(path, {EVENTS_VERSION: version(name), START: 1}, rows(name))
    return path


EVERY: dict[str, Any] = {
    "session": "20260101-aaaa",
    "name": "the parser",
    "turn": 2,
    "turn_open": False,
    "prompts": ["Fix it", "On"],
    "model": "claude-haiku-5-5",
    "effort": "medium",
    "mode": "edits",
    "request": 5,
    # 200 and 300 by answers, 1,240 - 1,000 - 200 = 40 by a result and a note, 10 by a broken
    # answer, 400 by a summary, 100 by the last answer.
    "charged": 200 + 300 + 40 + 10 + 400 + 100,
    "grant": 150_000,
    "left": 150_000 - 1_050,
    "context": 1_000,
    "dollars": Decimal("0.0125") * 4 + Decimal("0.001"),
    "thinking": 4 * 50,
    "rules": ["edit(*)"],
    # One line of notes.md is from an agent's work that was taken over.
    "files": {"parse.py": (3, 1), "notes.md": (1, 0)},
    "checklist": {
        "a": Subtask(id="a", title="parse.py", state="in_progress", estimate=4_000),
        "b": Subtask(id="b", title="lexer.py", estimate=6_000),
    },
    "open": (None, None, {}, {}),
    "to finish": 6_000,
    "conversation": ["what happened so far", "answer 5"],
    "end": "wrapped_up",
    "over": 0,
    "hard limit": Decimal(40),
    "memory": [("AGENTS.md", 120)],
    "limit": "over_budget",
    "miss": 1_100,
    "lost": 1,
    # 100,000 in the pool, 55,000 used by the agent that ended, 9,000 held by the other one.
    "team": (36_000, {"explore-1": ("landed", 60_000, 55_000), "scout-1": ("waiting", 9_000, 0)}),
}
"""What the newest log says."""

BEFORE: dict[str, dict[str, Any]] = {
    "v1": {"end": "landed", "memory": [], "lost": 0},
    "v1-limits": {"end": "landed", "memory": [], "lost": 0, "hard limit": None, "miss": None},
    "v1-first": {
        "end": "landed",
        "memory": [],
        "lost": 0,
        "hard limit": None,
        "miss": None,
        "limit": None,
    },
}
"""What an older log says otherwise, because its program could not say it."""
NO_TEAM: dict[str, Any] = {"team": (0, {}), "files": {"parse.py": (3, 1)}}
"""What every log before version 4 says of agents."""


def expected(name: str) -> dict[str, Any]:
    before = NO_TEAM if version(name) < 4 else {}
    return EVERY | before | BEFORE.get(name, {})


def said(records: list[ev.Record]) -> dict[str, Any]:
    """What a log says, in the words of the table above."""
    state = fold(records)
    plain = ("session", "name", "turn", "turn_open", "prompts", "model", "effort", "mode")
    found = {key: getattr(state, key) for key in (*plain, "request", "charged", "grant", "left")}
    events = [record.event for record in records]
    misses = [event.tokens for event in events if isinstance(event, ev.CacheMissed)]
    assert state.preamble is not None and state.last_end is not None
    return found | {
        "context": state.context,
        "dollars": state.bill.dollars,
        "thinking": sum(e.usage.thinking for e in events if isinstance(e, ev.RequestFinished)),
        "rules": state.rules,
        "files": state.touched_files,
        "checklist": state.checklist,
        "open": (state.open_request, state.open_limit, state.open_questions, state.running_tools),
        "to finish": state.wrap_ups[-1].report.estimate_to_finish,
        "conversation": texts(state),
        "end": state.last_end.reason,
        "over": state.last_end.over,
        "hard limit": state.hard_limits.requests,
        "memory": [(each.path, each.characters) for each in state.preamble.memory],
        "limit": state.last_limit.limit if state.last_limit else None,
        "miss": misses[0] if misses else None,
        "lost": state.lost_events,
        "team": (
            state.team.pool.free,
            {
                name: (agent.state, state.team.reserved(name), agent.charged)
                for name, agent in state.team.agents.items()
            },
        ),
    }


def texts(state: SessionState) -> list[str]:
    messages = state.conversation.messages
    return [block["text"] for each in messages for block in each.content if "text" in block]


@pytest.mark.parametrize("name", NAMES)
def test_a_log_of_each_version_is_read_as_what_it_says(tmp_path: Path, name: str):
    with SessionStore.open(stored(tmp_path, name)) as store:
        records = list(store.records())
        assert not store.restore_notice
    assert said(records) == expected(name)


def test_there_is_a_log_of_every_version():
    assert {version(name) for name in NAMES} == set(range(1, ev.VERSION + 1))


@pytest.mark.parametrize("name", NAMES)
def test_an_old_session_goes_on_in_ours_without_a_row_being_changed(tmp_path: Path, name: str):
    path = stored(tmp_path, name)
    resumed = resume(path, last_known=len(rows(name)))
    assert resumed.salvage is None
    resumed.store.append([ev.NoteSent(text="on", reason="steering")])
    resumed.store.close()
    with SessionStore.open(path, read_only=True) as store:
        again = list(store.records())
        kept = store._connection.execute("SELECT * FROM events ORDER BY seq").fetchall()
        assert store.meta(EVENTS_VERSION) == ev.VERSION
    assert again[:-1] == resumed.records
    assert kept[:-1] == rows(name)
    assert kept[-1][3] == ev.VERSION


@pytest.mark.parametrize("name", NAMES)
def test_an_old_session_is_written_again_whole_when_its_file_is_lost(tmp_path: Path, name: str):
    path = stored(tmp_path, name)
    resumed = resume(path)
    path.unlink()
    resumed.store.append([ev.NoteSent(text="on", reason="steering")])
    resumed.store.close()
    with SessionStore.open(path, read_only=True) as store:
        assert list(store.records())[:-2] == resumed.records


@pytest.mark.parametrize("name", NAMES)
def test_a_fork_of_an_old_session_takes_over_what_it_says(tmp_path: Path, name: str):
    with SessionStore.open(stored(tmp_path, name)) as parent:
        child = fork(parent, parent.last, "20260102-bbbb", program="0")
        with child:
            assert fold(full_log(child)).charged == 1_050


@pytest.mark.parametrize("name", NAMES)
def test_what_is_salvaged_of_an_old_session_is_still_read(tmp_path: Path, name: str):
    path = stored(tmp_path, name)
    data = bytearray(path.read_bytes())
    data[:100] = b"\x5a" * 100
    path.write_bytes(data)
    resumed = resume(path, last_known=len(rows(name)))
    resumed.store.close()
    assert resumed.salvage is not None and not resumed.salvage.shortened
    assert said(resumed.records[:-1]) == expected(name)
