"""Logs of Codex that were compressed: read where something can unpack them, named where not."""

from pathlib import Path
from typing import Any

import pytest

from tests.importers.codex_logs import asked, count, meta
from tests.importers.logs import write_rows
from tui.history.history_store import HistoryStore
from tui.history.log_import import read_logs
from tui.import_command import import_json, import_lines
from tui.importers import compressed_logs

ROWS = [meta(0), asked(2, "Fix it"), count(5, 1_000, 100), count(8, 2_600, 150)]
NAME = "sessions/2026/05/01/rollout-1.jsonl"


def totals(folder: Path, store: HistoryStore) -> dict[str, Any]:
    return import_json(read_logs("codex", [folder], store))


def compressed(folder: Path, cut: int | None = None) -> Path:
    zstandard = pytest.importorskip("zstandard")
    plain = write_rows(folder / NAME, ROWS)
    path = plain.with_suffix(".jsonl.zst")
    path.write_bytes(zstandard.compress(plain.read_bytes())[:cut])
    plain.unlink()
    return path


def test_a_compressed_log_is_read(tmp_path: Path):
    compressed(tmp_path)
    with HistoryStore(tmp_path / "data") as store:
        found = totals(tmp_path, store)
    assert (found["runs"], found["requests"], found["charged"], found["damaged"]) == (1, 2, 650, 0)


def test_a_log_that_is_compressed_later_counts_once(tmp_path: Path):
    write_rows(tmp_path / NAME, ROWS)
    with HistoryStore(tmp_path / "data") as store:
        before = totals(tmp_path, store)
        compressed(tmp_path)
        after = totals(tmp_path, store)
        assert [run.spend for _, run in store.runs()] == [650]
    assert after == before


def test_frames_follow_each_other(tmp_path: Path):
    """As a tool makes them that appends."""
    zstandard = pytest.importorskip("zstandard")
    plain = write_rows(tmp_path / NAME, ROWS)
    parts = plain.read_bytes().splitlines(keepends=True)
    plain.with_suffix(".jsonl.zst").write_bytes(b"".join(map(zstandard.compress, parts)))
    plain.unlink()
    with HistoryStore(tmp_path / "data") as store:
        assert totals(tmp_path, store)["charged"] == 650


def test_a_cut_archive_is_a_damaged_file(tmp_path: Path):
    compressed(tmp_path, cut=-20)
    with HistoryStore(tmp_path / "data") as store:
        assert totals(tmp_path, store)["damaged"] == 1


def test_without_an_unpacker_it_is_counted_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """What was read of it before it was compressed stays."""
    monkeypatch.setattr(compressed_logs, "_unpacker", lambda: None)
    path = write_rows(tmp_path / NAME, ROWS)
    with HistoryStore(tmp_path / "data") as store:
        totals(tmp_path, store)
        path.rename(path.with_suffix(".jsonl.zst"))
        result = read_logs("codex", [tmp_path], store)
        assert [run.spend for _, run in store.runs()] == [650]
    assert import_json(result)["compressed_files"] == [f"{path}.zst"]
    assert "1 compressed file left out" in " ".join(import_lines(result))
