"""Odd logs of Codex and OpenCode: what each rule makes of them, as totals."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.importers.codex_logs import asked, count, meta, record, row
from tests.importers.logs import totals_of, write_rows
from tui.history.history_store import HistoryStore
from tui.history.log_import import read_logs

Rows = list[dict[str, Any] | str]

# Totals 1,000 → 2,600 of input, 100 → 150 of output: requests of 1,000 and 1,600, growth 600.
PLAIN: Rows = [meta(0), asked(2, "Fix it"), count(5, 1_000, 100), count(8, 2_600, 150)]

ODD: dict[str, tuple[Rows, tuple[int, ...]]] = {
    "plain": (PLAIN, (1, 2, 650, 0, 0, 0, 0)),
    "counts that are written again with new times": (
        [*PLAIN[:3], count(6, 1_000, 100), count(7, 1_000, 100), PLAIN[3], count(9, 2_600, 150)],
        (1, 2, 650, 0, 0, 0, 0),
    ),
    "counts without figures": (
        [
            *PLAIN[:3],
            row(6, "event_msg", type="token_count", info=None),
            row(6, "event_msg", type="token_count"),
            row(6, "event_msg", type="token_count", info={"total_token_usage": None}),
            PLAIN[3],
        ],
        (1, 2, 650, 0, 0, 0, 0),
    ),
    "no prompt": (PLAIN[2:], (1, 2, 650, 0, 0, 0, 0)),
    "a prompt without requests": ([*PLAIN, asked(9, "And?")], (1, 2, 650, 0, 0, 0, 0)),
    "two prompts": (
        [*PLAIN, asked(9, "Next"), count(12, 5_000, 250)],
        (2, 3, 750, 0, 0, 0, 0),
    ),
    "words of the program begin no run": (
        [meta(0), asked(1, "<environment_context>x"), *PLAIN[1:]],
        (1, 2, 650, 0, 0, 0, 0),
    ),
    "what was read from the cache and written to it is input": (
        [
            *PLAIN[:2],
            row(
                5,
                "event_msg",
                type="token_count",
                info={
                    "total_token_usage": {
                        "input_tokens": 1_000,
                        "cached_input_tokens": 700,
                        "cache_write_input_tokens": 200,
                        "output_tokens": 100,
                        "reasoning_output_tokens": 80,
                    }
                },
            ),
        ],
        (1, 1, 100, 0, 0, 0, 0),
    ),
    "a fork with copied counts within the second of its birth": (
        [
            meta(0),
            meta(0.1, forked=True),
            asked(0.2, "Old"),
            count(0.3, 9_000, 900),
            count(0.4, 9_500, 950),
            asked(3, "New"),
            count(9, 12_000, 1_000),
        ],
        (1, 1, 50, 0, 0, 0, 0),
    ),
    "a first count that carries the parent's total": (
        [meta(0), asked(2, "New"), count(5, 90_000, 900, last=0), count(9, 91_000, 950)],
        (1, 1, 50, 0, 0, 0, 0),
    ),
    "counts that begin again": (
        [*PLAIN, count(12, 700, 30)],
        (1, 3, 680, 0, 1, 0, 0),
    ),
    "a compaction": (
        [*PLAIN[:3], row(6, "compacted", message=""), count(8, 3_600, 150)],
        (1, 2, 150, 0, 1, 0, 0),
    ),
    "an event of a compaction": (
        [*PLAIN[:3], row(6, "event_msg", type="context_compacted"), count(8, 3_600, 150)],
        (1, 2, 150, 0, 1, 0, 0),
    ),
    "records of requests beside counts": (
        [
            *PLAIN[:2],
            record(4, "r1", 1_000, 120),
            count(5, 1_000, 100),
            record(7, "r2", 1_600, 60),
            record(7.5, "r2", 1_600, 60),
            PLAIN[3],
        ],
        (1, 2, 660, 0, 0, 0, 0),
    ),
    "records only since the program was updated": (
        [*PLAIN, asked(20, "Next"), record(25, "r1", 1_000, 70), count(26, 3_600, 220)],
        (2, 3, 720, 0, 0, 0, 0),
    ),
    "a compaction between records": (
        [
            *PLAIN[:2],
            record(4, "r1", 1_000, 120),
            count(5, 1_000, 120),
            row(6, "compacted", message=""),
            count(7, 3_000, 180),
            record(8, "r2", 2_000, 60),
        ],
        (1, 2, 180, 0, 1, 0, 0),
    ),
    "an agent": (
        [meta(0, source={"subagent": "review"}), *PLAIN[1:]],
        (0, 0, 0, 0, 0, 1, 650),
    ),
    "a negative count": ([*PLAIN, count(9, -5, 1)], (1, 2, 650, 1, 0, 0, 0)),
    "half a token": ([*PLAIN, count(9, 0.5, 200)], (1, 2, 650, 1, 0, 0, 0)),
    "no JSON, no object, a cut last line": (
        ["nonsense", "3", *PLAIN, '{"timestamp"'],
        (1, 2, 650, 3, 0, 0, 0),
    ),
    "a byte order mark, blank lines, unknown kinds": (
        ["\ufeff" + json.dumps(PLAIN[0]), "", row(1, "dream", x=1), *PLAIN[1:], ""],
        (1, 2, 650, 0, 0, 0, 0),
    ),
    "values of other types": (
        [
            {"timestamp": 7, "type": "event_msg", "payload": "text"},
            {"timestamp": None, "type": None, "payload": [1]},
            row(1, "session_meta", id=3, cwd=[], source=9, git="main"),
            row(1, "turn_context", model=4, effort={}),
            row(1, "event_msg", type="user_message", message=5, kind=3),
            *PLAIN[1:],
        ],
        (1, 2, 650, 0, 0, 0, 0),
    ),
    "an empty file": ([""], (0, 0, 0, 0, 0, 0, 0)),
}


@pytest.mark.parametrize("case", ODD)
def test_what_counts_in_an_odd_log(case: str, tmp_path: Path):
    rows, wanted = ODD[case]
    write_rows(tmp_path / "sessions/2026/05/01/rollout-2026-05-01T10-00-00-s.jsonl", rows)
    assert totals_of("codex", tmp_path) == wanted


def test_a_fork_whose_records_are_those_of_its_parent(tmp_path: Path):
    parent = [meta(0), asked(2, "Fix it"), record(5, "r1", 1_000, 100)]
    write_rows(tmp_path / "sessions/rollout-1.jsonl", parent)
    write_rows(
        tmp_path / "sessions/rollout-2.jsonl",
        [*parent, asked(20, "Next"), record(25, "r2", 1_500, 50)],
    )
    assert totals_of("codex", tmp_path) == (2, 2, 150, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "moved", ["archived_sessions/rollout-1.jsonl", "sessions/9/rollout-1.jsonl"]
)
def test_a_log_that_is_moved_counts_once(moved: str, tmp_path: Path):
    logs, data = tmp_path / "codex", tmp_path / "data"
    path = write_rows(logs / "sessions/1/rollout-1.jsonl", PLAIN)
    with HistoryStore(data) as store:
        read_logs("codex", [logs], store)
        (logs / moved).parent.mkdir(parents=True, exist_ok=True)
        path.rename(logs / moved)
        read_logs("codex", [logs], store)
        assert [run.spend for _, run in store.runs()] == [650]


def message(name: str, role: str, created: int, **more: Any) -> dict[str, Any]:
    """A message of OpenCode; `tokens` are input, output, reasoning, read and written."""
    found: dict[str, Any] = {"id": name, "sessionID": "ses", "role": role}
    found["time"] = {"created": created, "completed": created + 5}
    if (tokens := more.pop("tokens", None)) is not None:
        plain, output, reasoning, read, write = tokens
        found["tokens"] = {
            "input": plain,
            "output": output,
            "reasoning": reasoning,
            "cache": {"read": read, "write": write},
        }
    return found | more


SESSION = {"id": "ses", "title": "Fix it", "directory": "/p"}
USER = message("m1", "user", 1_000)
# Context 1,000 → 1,600, output 80 + 20 and 50: 600 + 50.
FIRST = message("m2", "assistant", 2_000, parentID="m1", tokens=(100, 80, 20, 600, 300), cost=0)
SECOND = message("m3", "assistant", 3_000, parentID="m1", tokens=(100, 50, 0, 1_500, 0))

OPENCODE: dict[str, tuple[dict[str, Any], list[Any], tuple[int, ...]]] = {
    "plain": (SESSION, [USER, FIRST, SECOND], (1, 2, 650, 0, 0, 0, 0)),
    "messages in another order": (SESSION, [SECOND, FIRST, USER], (1, 2, 650, 0, 0, 0, 0)),
    "no session": ({}, [USER, FIRST, SECOND], (1, 2, 650, 0, 0, 0, 0)),
    "no prompt": (SESSION, [FIRST, SECOND], (1, 2, 650, 0, 0, 0, 0)),
    "answers without a parent": (
        SESSION,
        [USER, *({**each, "parentID": None} for each in (FIRST, SECOND))],
        (1, 2, 650, 0, 0, 0, 0),
    ),
    "a child session is an agent": (
        SESSION | {"parentID": "other"},
        [USER, FIRST, SECOND],
        (0, 0, 0, 0, 0, 1, 650),
    ),
    "an answer of zeroes is none": (
        SESSION,
        [USER, FIRST, message("m4", "assistant", 2_500, tokens=(0, 0, 0, 0, 0)), SECOND],
        (1, 2, 650, 0, 0, 0, 0),
    ),
    "an answer without tokens is none": (
        SESSION,
        [USER, FIRST, message("m4", "assistant", 2_500), SECOND],
        (1, 2, 650, 0, 0, 0, 0),
    ),
    "a summary breaks the context": (
        SESSION,
        [USER, FIRST, {**SECOND, "summary": True}],
        (1, 2, 150, 0, 1, 0, 0),
    ),
    "a negative figure": (
        SESSION,
        [USER, FIRST, SECOND, message("m4", "assistant", 9_000, tokens=(-1, 1, 1, 1, 1))],
        (1, 2, 650, 1, 0, 0, 0),
    ),
    "no JSON": (SESSION, [USER, FIRST, SECOND, "{"], (1, 2, 650, 1, 0, 0, 0)),
    "no object": (SESSION, [USER, FIRST, SECOND, "[1]"], (1, 2, 650, 1, 0, 0, 0)),
    "values of other types": (
        SESSION | {"title": 3, "directory": []},
        [USER, FIRST, SECOND, {"id": 4, "role": ["user"], "time": 3, "tokens": "x"}],
        (1, 2, 650, 0, 0, 0, 0),
    ),
}


def write_files(folder: Path, session: dict[str, Any], messages: list[Any]) -> None:
    """The files from before the database."""
    of_session = folder / "storage/session/prj/ses.json"
    of_session.parent.mkdir(parents=True)
    of_session.write_text(json.dumps(session))
    place = folder / "storage/message/ses"
    place.mkdir(parents=True)
    for number, each in enumerate(messages):
        text = each if isinstance(each, str) else json.dumps(each)
        (place / f"msg_{number}.json").write_text(text)


def write_database(folder: Path, session: dict[str, Any], messages: list[Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / "opencode.db")) as database:
        database.execute("CREATE TABLE session (id, title, directory, parent_id)")
        database.execute("CREATE TABLE message (id, session_id, data)")
        if session:
            values = [session.get(name) for name in ("id", "title", "directory", "parentID")]
            values = [value if isinstance(value, str) else None for value in values]
            database.execute("INSERT INTO session VALUES (?, ?, ?, ?)", values)
        for number, each in enumerate(messages):
            name = each["id"] if isinstance(each, dict) else f"x{number}"
            text = each if isinstance(each, str) else json.dumps(each)
            database.execute("INSERT INTO message VALUES (?, 'ses', ?)", [name, text])
        database.commit()


@pytest.mark.parametrize("write", [write_files, write_database])
@pytest.mark.parametrize("case", OPENCODE)
def test_what_counts_in_opencode(case: str, write: Any, tmp_path: Path):
    session, messages, wanted = OPENCODE[case]
    write(tmp_path / "data", session, messages)
    assert totals_of("opencode", tmp_path / "data") == wanted


def test_the_files_from_before_the_database_never_count_beside_it(tmp_path: Path):
    folder = tmp_path / "opencode"
    write_files(folder, SESSION, [USER, FIRST])
    with HistoryStore(tmp_path / "data") as store:
        read_logs("opencode", [folder], store)
        write_database(folder, SESSION, [USER, FIRST, SECOND])
        read_logs("opencode", [folder], store)
        assert [run.spend for _, run in store.runs()] == [650]


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"x" * 500])
def test_a_database_that_is_none_is_one_damaged_line(content: bytes, tmp_path: Path):
    (tmp_path / "opencode.db").write_bytes(content)
    assert totals_of("opencode", tmp_path) == (0, 0, 0, 1, 0, 0, 0)
