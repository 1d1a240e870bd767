"""Logs of all three agents in odd places and states: links, pipes, files that change or go."""

import errno
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.importers.codex_logs import asked, count, meta
from tests.importers.logs import answer, prompt, write_rows
from tui.history.history_store import HistoryStore
from tui.history.log_import import ImportProgress, ImportSource, read_logs
from tui.importers.log_lines import timestamp

CLAUDE = [prompt("p", "Fix it"), answer("a", "m1", 1_000, 100)]
CODEX = [meta(0), asked(2, "Fix it"), count(5, 1_000, 100)]
AT = 1_772_366_400_000
"""2026-03-01 12:00 UTC, in milliseconds."""


def opencode_messages(session: str = "s") -> dict[str, dict[str, Any]]:
    tokens = {"input": 1_000, "output": 100, "cache": {"read": 0, "write": 0}}
    return {
        f"{session}1": {"id": f"{session}1", "role": "user", "time": {"created": AT}},
        f"{session}2": {
            "id": f"{session}2",
            "role": "assistant",
            "parentID": f"{session}1",
            "tokens": tokens,
            "time": {"created": AT + 1, "completed": AT + 9},
        },
    }


def write_claude(folder: Path) -> Path:
    write_rows(folder / "projects" / "-p" / "s.jsonl", CLAUDE)
    return folder / "projects" / "-p"


def write_codex(folder: Path) -> Path:
    write_rows(folder / "sessions" / "2026" / "rollout-2026-05-01T10-00-00-s.jsonl", CODEX)
    return folder / "sessions" / "2026"


def write_opencode(folder: Path) -> Path:
    place = folder / "storage" / "message" / "s"
    for name, message in opencode_messages().items():
        write_rows(place / f"{name}.json", [message])
    return place


def write_database(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / "opencode.db")) as database, database:
        database.execute("CREATE TABLE session (id, title, directory, parent_id)")
        database.execute("INSERT INTO session VALUES ('s', 'Fix it', '/p', NULL)")
        database.execute("CREATE TABLE message (id, session_id, data)")
        database.executemany(
            "INSERT INTO message VALUES (?, 's', ?)",
            [(name, json.dumps(body)) for name, body in opencode_messages().items()],
        )
    return folder


AGENTS: dict[str, tuple[ImportSource, Callable[[Path], Path]]] = {
    "claude-code": ("claude-code", write_claude),
    "codex": ("codex", write_codex),
    "opencode": ("opencode", write_opencode),
}
every_agent = pytest.mark.parametrize(("source", "write"), AGENTS.values(), ids=AGENTS)


def figures(source: ImportSource, folder: Path, store: HistoryStore) -> tuple[int, int, int, int]:
    """Runs, requests, charged, damaged lines."""
    found = read_logs(source, [folder], store)
    totals = found.totals
    damaged = len(found.damaged) + found.damaged_before
    return totals.runs, totals.requests, totals.charged, damaged


ONCE = (1, 1, 100, 0)


@every_agent
def test_links_to_folders_are_followed_once(
    source: ImportSource, write: Callable[[Path], Path], tmp_path: Path
):
    """A folder that lies elsewhere, the same a second time, and a link that leads in a circle."""
    inner = write(tmp_path / "logs")
    (tmp_path / "elsewhere").mkdir()
    moved = tmp_path / "elsewhere" / "of logs"
    shutil.move(inner, moved)
    inner.symlink_to(moved)
    (inner.parent / "again").symlink_to(moved)
    (moved / "circle").symlink_to(inner.parent)
    (inner.parent / "nowhere").symlink_to(tmp_path / "gone")
    with HistoryStore(tmp_path) as store:
        assert [figures(source, tmp_path / "logs", store) for _ in range(2)] == [ONCE, ONCE]
        (tmp_path / "link").symlink_to(tmp_path / "logs")
        assert figures(source, tmp_path / "link", store) == ONCE


@every_agent
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_file_is_no_log(
    source: ImportSource, write: Callable[[Path], Path], tmp_path: Path
):
    """Nobody writes into the pipe: opening it would wait for ever."""
    inner = write(tmp_path / "logs")
    for ending in (".jsonl", ".json"):
        (inner / f"rollout-folder{ending}").mkdir()
        os.mkfifo(inner / f"rollout-pipe{ending}")
    with HistoryStore(tmp_path) as store:
        assert figures(source, tmp_path / "logs", store) == ONCE


@pytest.mark.parametrize("source", ["claude-code", "codex"])
def test_a_log_that_cannot_be_read_now_keeps_its_runs(
    source: ImportSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (inner := AGENTS[source][1](tmp_path / "logs"))
    (log,) = inner.glob("*.jsonl")
    with HistoryStore(tmp_path) as store:
        assert figures(source, tmp_path / "logs", store) == ONCE
        log.write_text(log.read_text() + "{}\n")

        def refuse(_: Path) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        with monkeypatch.context() as locked:
            locked.setattr("tui.importers.log_lines.open_log", refuse)
            assert figures(source, tmp_path / "logs", store) == (1, 1, 100, 1)
        assert figures(source, tmp_path / "logs", store) == ONCE
        assert read_logs(source, [tmp_path / "logs"], store).unchanged == 1


def test_a_database_that_cannot_be_read_now_keeps_its_runs(tmp_path: Path):
    folder = write_database(tmp_path / "logs")
    whole = (folder / "opencode.db").read_bytes()
    with HistoryStore(tmp_path) as store:
        assert figures("opencode", folder, store) == ONCE
        (folder / "opencode.db").write_bytes(b"torn" * 1_000)
        assert figures("opencode", folder, store) == (1, 1, 100, 1)
        (folder / "opencode.db").write_bytes(whole)
        assert figures("opencode", folder, store) == ONCE


def test_what_a_database_has_only_in_its_write_ahead_log_is_read(tmp_path: Path):
    """OpenCode is at work: the file itself does not change for a long time."""
    folder = write_database(tmp_path / "logs")
    with (
        HistoryStore(tmp_path) as store,
        closing(sqlite3.connect(folder / "opencode.db")) as database,
    ):
        database.execute("PRAGMA journal_mode = WAL")
        assert figures("opencode", folder, store) == ONCE
        for name, body in opencode_messages("t").items():
            database.execute("INSERT INTO message VALUES (?, 't', ?)", (name, json.dumps(body)))
        database.commit()
        assert figures("opencode", folder, store) == (2, 2, 200, 0)


def test_text_that_is_no_utf_8_damages_one_message_of_a_database(tmp_path: Path):
    folder = write_database(tmp_path / "logs")
    with closing(sqlite3.connect(folder / "opencode.db")) as database, database:
        database.execute("UPDATE session SET title = CAST(x'46ff78' AS TEXT)")
        database.execute("INSERT INTO message VALUES ('z', 's', CAST(x'7bff7d' AS TEXT))")
    with HistoryStore(tmp_path) as store:
        assert figures("opencode", folder, store) == (1, 1, 100, 1)


@pytest.mark.parametrize("source", ["claude-code", "codex"])
def test_a_log_that_grows_or_goes_while_others_are_read(source: ImportSource, tmp_path: Path):
    inner = AGENTS[source][1](tmp_path / "logs")
    (log,) = inner.glob("*.jsonl")
    later = log.with_name(log.name.replace("s.jsonl", "t.jsonl"))
    begun = log.read_text().replace('"p"', '"q"').replace('"a"', '"b"').replace('"m1"', '"m2"')
    begun = begun.replace('"id": "s"', '"id": "t"').replace("12:00:0", "13:00:0")
    later.write_text(begun.replace(":05", ":06"))
    more = {
        "claude-code": json.dumps(answer("c", "m3", 1_500, 40)),
        "codex": json.dumps(count(9, 2_600, 150)),
    }[source]

    def grow(progress: ImportProgress) -> None:
        if progress.files == 1:
            with later.open("a") as file:
                file.write(more[:30])  # the other agent is in the middle of a row

    def finish(progress: ImportProgress) -> None:
        if progress.files == 1:
            with later.open("a") as file:
                file.write(f"{more[30:]}\n")

    def remove(progress: ImportProgress) -> None:
        if progress.files == 1:
            later.unlink()

    with HistoryStore(tmp_path) as store:
        first = read_logs(source, [tmp_path / "logs"], store, grow)
        assert (first.totals.runs, first.totals.requests, len(first.damaged)) == (2, 2, 1)
        second = read_logs(source, [tmp_path / "logs"], store, finish)
        third = read_logs(source, [tmp_path / "logs"], store)
        assert (third.totals.runs, third.totals.requests) == (2, 3)
        assert (len(third.damaged) + third.damaged_before, second.files) == (0, 2)
        later.write_text(later.read_text() + "{}\n")
        read_logs(source, [tmp_path / "logs"], store, remove)
        assert sum(run.requests for _, run in store.runs()) == 3


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("2026-03-01T12:00:00.000Z", 1_772_366_400),
        ("2026-03-01T12:00:00", 1_772_366_400),
        ("2026-03-01 14:00:00+02:00", 1_772_366_400),
        ("2026-03-01T06:30:00-0530", 1_772_366_400),
        (1_772_366_400_000, 1_772_366_400),
        (1_772_366_400, 1_772_366_400),
        (1_772_366_400.0, 1_772_366_400),
        (1_772_366_400_000_000, 1_772_366_400),
        ("1772366400000", 1_772_366_400),
        ("2026-03-01T12:00:00+99:00", 0),
        ("yesterday", 0),
        (-1, 0),
        (True, 0),
        (None, 0),
        (10**30, 0),
        (float("nan"), 0),
        ({}, 0),
    ],
)
def test_times_in_every_form(said: Any, seconds: float):
    assert timestamp(said) == seconds


def without_time(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "timestamp"}


@pytest.mark.parametrize("source", ["claude-code", "codex"])
@pytest.mark.parametrize("missing", ["prompt", "answer", "all"])
def test_a_run_whose_rows_lack_times_is_not_of_1970(
    source: ImportSource, missing: str, tmp_path: Path
):
    """Its other rows tell the time, else the file does."""
    inner = AGENTS[source][1](tmp_path / "logs")
    (log,) = inner.glob("*.jsonl")
    *before, asked_row, answered = [json.loads(line) for line in log.read_text().splitlines()]
    if missing in ("prompt", "all"):
        asked_row = without_time(asked_row)
    if missing in ("answer", "all"):
        answered = answered | {"timestamp": "next Tuesday"}
    before = [without_time(row) for row in before] if missing == "all" else before
    write_rows(log, [*before, asked_row, answered])
    os.utime(log, (1_772_000_000, 1_772_000_000))
    with HistoryStore(tmp_path) as store:
        assert figures(source, tmp_path / "logs", store) == ONCE
        ((_, run),) = store.runs(usage=True)
    assert 1_772_000_000 <= run.started <= run.ended < 1_778_000_000
    assert all(used.hour * 3_600 > 1_771_990_000 for used in run.usage)


def test_fields_and_rows_of_a_later_schema_are_passed_over(tmp_path: Path):
    """Unknown kinds, other types in known places, more fields in a usage."""
    rows: list[Any] = [
        {"type": "manifest", "schema": 9, "rows": [1, 2]},
        {"type": ["user"], "uuid": 5},
        prompt("p", "", message={"role": "user", "content": {"text": "Fix it"}}),
        prompt("q", "Fix it", parentUuid=7, cwd=None, gitBranch=3, sessionId=None),
        answer("a", "m1", 1_000, 100, version={"major": 3}),
        answer("b", "m2", 1_600, 50, parentUuid=["a"]),
        answer("e", "m3", 2_000, 10),
        {"type": "assistant", "uuid": "c", "message": "later"},
        {"type": "assistant", "uuid": "d", "message": {"usage": []}},
    ]
    calls = [{"type": "tool_use", "id": [1], "name": {"tool": "Edit"}, "input": {"file_path": "a"}}]
    rows[6]["message"]["content"] = calls
    rows[4]["message"]["usage"] |= {
        "iterations": [{"output_tokens": 70}, {"output_tokens": 30}],
        "thinking_tokens": 60,
        "cache_creation": {"ephemeral_7d_input_tokens": 0},
    }
    write_rows(tmp_path / "projects" / "-p" / "s.jsonl", rows)
    with HistoryStore(tmp_path) as store:
        assert figures("claude-code", tmp_path, store) == (1, 3, 600 + 400 + 10, 0)
