"""The store of task runs: replaced by file, private, kept when it is damaged."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from tests.history.old_stores import make_older
from tui.history.history_store import HistoryStore, ReadFile
from tui.history.history_tables import TABLE_SET
from tui.history.task_run import HourUsage, TaskRun
from tui.session.store_errors import StoreError

USAGE = HourUsage(490_000, "claude-opus-5-5", 3, 10, 20, 30, 40, 50)


def run(ended: float = 1.0, **more: object) -> TaskRun:
    plain: dict[str, object] = {
        "source": "codex",
        "session": "s",
        "started": 0.0,
        "ended": ended,
        "kind": "tests",
        "model": "m",
        "end": "landed",
        "spend": 7,
        "budget": 20_000,
        "tools": {"read": 2},
        "is_estimated": True,
        "usage": (USAGE,),
    }
    return msgspec.convert(plain | more, TaskRun)


def file(path: str, **more: object) -> ReadFile:
    return msgspec.convert({"source": "codex", "path": path, "stamp": "1"} | more, ReadFile)


def test_runs_come_back_as_they_were_and_a_file_replaces_its_own(tmp_path: Path):
    with HistoryStore(tmp_path) as store:
        store.replace(file("a"), [run(2.0), run(1.0)])
        store.replace(file("b"), [run(3.0)])
        assert store.runs(usage=True) == [("a", run(1.0)), ("a", run(2.0)), ("b", run(3.0))]
        store.replace(file("a", stamp="2"), [run(9.0)])
    with HistoryStore(tmp_path) as store:
        assert [path for path, _ in store.runs()] == ["b", "a"]
        assert store.stamps("codex") == {"a": "2", "b": "1"}
        store.forget("codex", ["a"])
        assert store.runs("codex", usage=True) == [("b", run(3.0))]


def test_ids_of_rows_survive(tmp_path: Path):
    with HistoryStore(tmp_path) as store:
        store.replace(file("a", rows=(2**64 - 1, 0), answers=(5,)), [])
        ((rows, answers),) = store.seen("codex", ["a", "none"])
    assert ([*rows], [*answers]) == ([2**64 - 1, 0], [5])


def test_the_newest_of_each_kind(tmp_path: Path):
    with HistoryStore(tmp_path) as store:
        many = [run(float(n)) for n in range(5)]
        store.replace(file("a"), [*many, run(0.5, kind="review")])
        found = [(each.kind, each.ended) for each in store.newest_runs(2)]
    assert found == [("review", 0.5), ("tests", 3.0), ("tests", 4.0)]


def test_the_file_is_private(tmp_path: Path):
    HistoryStore(tmp_path).close()
    assert (tmp_path / "history.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content", [b"no database at all" * 100, b"SQLite format 3\x00" + b"x" * 4_096]
)
def test_a_damaged_store_is_put_aside(tmp_path: Path, content: bytes):
    (tmp_path / "history.db").write_bytes(content)
    with HistoryStore(tmp_path) as store:
        assert store.runs() == []
        store.replace(file("a"), [run()])
    assert (tmp_path / "history.db.damaged").read_bytes() == content


def test_a_store_of_another_version_is_left_as_it_is(tmp_path: Path):
    with HistoryStore(tmp_path) as store:
        store.replace(file("a"), [run()])
    with closing(sqlite3.connect(tmp_path / "history.db")) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="another version"):
        HistoryStore(tmp_path)
    with closing(sqlite3.connect(tmp_path / "history.db")) as database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (1,)


def test_a_long_history_opens_at_once(tmp_path: Path):
    """Opening reads a row of each table, however many there are: it never joins them."""
    with HistoryStore(tmp_path) as store:
        for number in range(40):
            store.replace(file(str(number)), [run(float(n)) for n in range(50)])
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with closing(sqlite3.connect(tmp_path / "history.db")) as database:
        database.set_progress_handler(count, 1_000)
        database.execute(TABLE_SET.probe).fetchone()
    assert steps == 0


def test_a_store_without_tags_gets_them_and_loses_nothing(tmp_path: Path):
    """Imported runs stay, as their logs may be gone; the logs of own sessions are read again."""
    with HistoryStore(tmp_path) as store:
        store.replace(ReadFile("codex", "gone", "1"), [run(1.0)])
        store.replace(file("a", source="glideslope"), [run(2.0, source="glideslope")])
        kept = store.runs()
    make_older(tmp_path / "history.db", 3)
    with HistoryStore(tmp_path) as store:
        assert store.runs() == kept
        assert (store.stamps("codex"), store.stamps("glideslope")) == ({"gone": "1"}, {"a": ""})
        store.replace(
            file("a", source="glideslope"), [run(2.0, source="glideslope", tags=("x", "y"))]
        )
        assert [each.tags for _, each in store.runs(usage=True)] == [(), ("x", "y")]
        store.replace(file("a", source="glideslope"), [])
    with closing(sqlite3.connect(tmp_path / "history.db")) as database:
        assert database.execute("SELECT count(*) FROM run_tags").fetchone() == (0,)
