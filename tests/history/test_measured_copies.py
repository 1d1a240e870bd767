"""A measured run is filed under the project that was measured, not under its copy."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.history.task_runs import asked
from tui.budget.wire_budget import CountingRules
from tui.history.history_store import HistoryStore
from tui.history.measured_copies import measured_project
from tui.history.own_history import refresh_own_runs
from tui.measure_command import run_measure
from tui.report_command import run_report
from tui.session import events as ev
from tui.session.store import SessionStore

ID = "20261201-080910-7k3fqz"


def names(by: str, capsys: Any) -> list[str]:
    """The names of the rows of a report."""
    capsys.readouterr()
    assert run_report(["--by", by, "--json"]) == 0
    return [row["name"] for row in json.loads(capsys.readouterr().out)["rows"]]


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_measured_run_belongs_to_its_project_and_branch(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
):
    below = tmp_path / "project" / "sub"
    below.mkdir(parents=True)
    (below / "a.py").write_text("x = 1\n")
    for words in (
        "init -q -b topic",
        "add .",
        "-c user.email=a@example.org -c user.name=a commit -qm begin",
    ):
        subprocess.run(["git", *words.split()], cwd=below, check=True)
    monkeypatch.chdir(below)
    assert run_measure(["Explain this project", "--runs", "1", "--simulate"]) == 0
    shutil.rmtree(own_home / "state" / "measure")  # the log itself tells it
    assert (names("project", capsys), names("branch", capsys)) == ([str(below)], ["topic"])


def test_an_old_log_is_filed_by_the_file_of_its_measurement(own_home: Path):
    """It names the copy alone, as logs of measured runs once did."""
    log, state = own_home / "data" / "sessions" / "x" / "s.db", own_home / "state"
    (state / "measure").mkdir(parents=True)
    (state / "measure" / f"{ID}.jsonl").write_text('{"folder": "/p"}\n')
    log.parent.mkdir(parents=True)
    with SessionStore.create(log) as session:
        session.append(
            [
                ev.SessionStarted(
                    session="s",
                    folder=f"{own_home}/cache/measure/{ID}-1-1",
                    program="0",
                    model="claude-opus-5-5",
                ),
                *asked(1),
            ]
        )
    with HistoryStore(own_home / "data") as store:
        refresh_own_runs(store, own_home / "data", CountingRules(), state=state)
        assert [run.project for _, run in store.runs()] == ["/p"]


@pytest.mark.parametrize(
    ("folder", "project"),
    [
        (f"/c/measure/{ID}-1-1", "/p"),
        (f"/c/measure/{ID}-12-3-again-2/sub/deeper", "/p"),
        (f"/c/elsewhere/{ID}-1-1", ""),
        (f"/c/measure/{ID}", ""),
        ("/c/measure/20261201-080910-aaaaaa-1-1", ""),
        ("/c/measure/20261201-080910-dddddd-1-1", ""),
        ("/p", ""),
    ],
)
def test_the_file_of_a_measurement_tells_whose_copy_a_folder_was(
    folder: str, project: str, tmp_path: Path
):
    (tmp_path / "measure").mkdir()
    (tmp_path / "measure" / f"{ID}.jsonl").write_text('{"folder": "/p", "runs": 3}\n{}\n')
    (tmp_path / "measure" / "20261201-080910-dddddd.jsonl").write_text('{"folder": 3}')
    assert measured_project(folder, tmp_path) == project
