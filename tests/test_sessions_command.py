"""`glideslope sessions list`: all sessions of a folder, however many."""

import json
import os
from pathlib import Path

import pytest
from msgspec import structs

from tests.session.log_events import ended, exchange, prompt, started
from tui.session.index_table import IndexRow
from tui.session.session_index import SessionIndex
from tui.session.session_paths import session_path
from tui.session.session_summary import InheritedUsage, SessionSummary
from tui.session.store import SessionStore
from tui.sessions_command import run_sessions
from tui.settings.user_folders import user_folders

SESSIONS = 3_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with thousands of sessions; their files are links to one."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GLIDESLOPE_HOME", str(tmp_path / "home"))
    data = user_folders().data
    first = session_path(data, folder, "s0000")
    with SessionStore.create(first) as store:
        store.append([started("s0000", str(folder)), prompt(1, "the oldest of all")])
        store.append([*exchange(1, 1, 100, "0.10", "m"), ended(1)])
    for number in range(1, SESSIONS):
        os.link(first, first.with_name(f"s{number:04}.db"))
    with SessionIndex(data) as index:
        _note_all(index, folder)
    return folder


def _note_all(index: SessionIndex, folder: Path) -> None:
    """Note each file as it lies there, as if its session had been worked in."""
    files = sorted(index._files(None), key=lambda file: file.path.stem)
    index._read(files[0])
    known = index._table.get(files[0].row_key)
    assert known is not None
    for number, file in enumerate(files[1:], 1):
        summary: SessionSummary = structs.replace(
            known.summary, id=file.path.stem, updated=known.summary.updated + number, prompt="new"
        )
        index._table.put(IndexRow(summary, InheritedUsage(), file.stamp))


def test_thousands_of_sessions_are_all_listed_the_newest_first(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    assert run_sessions(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == SESSIONS
    assert lines[0].startswith(f"s{SESSIONS - 1}") and "the oldest of all" in lines[-1]
    assert run_sessions(["list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["sessions"]
    assert [each["id"] for each in listed] == [line.split()[0] for line in lines]
