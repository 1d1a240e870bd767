"""`glideslope fleet`: text and JSON, from the files of this user."""

import json
import time
from pathlib import Path

import pytest

from tests.session.log_events import ended, exchange, prompt, started
from tui.fleet_command import run_fleet
from tui.session.session_paths import session_path
from tui.session.store import Clock, SessionStore
from tui.settings.user_folders import user_folders


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GLIDESLOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def no_screen(folder: Path, session: str) -> int:
    raise AssertionError("nothing is opened without a screen")


def make(session: str, folder: str, now: Clock = time.time) -> None:
    path = session_path(user_folders().data, folder, session)
    with SessionStore.create(path, now=now) as store:
        store.append([started(session, folder), prompt(1, f"work in {folder}")])
        store.append([*exchange(1, 1, 100, "0.10", session), ended(1)])


def test_without_sessions_it_says_so(capsys: pytest.CaptureFixture[str]):
    assert run_fleet([], no_screen) == 0
    assert capsys.readouterr().out == "There is no session on this machine yet.\n"


def test_sessions_of_every_folder_are_listed_and_old_ones_with_all(
    capsys: pytest.CaptureFixture[str],
):
    make("s1", "/one")
    make("s2", "/two")
    make("old", "/three", lambda: 1_000.0)
    assert run_fleet(["--plain"], no_screen) == 0
    out = capsys.readouterr().out
    assert "work in /one" in out and "work in /two" in out and "/three" not in out
    assert out.splitlines()[-1] == "0 wait for you · 0 work · 0 of 3 open"
    assert run_fleet(["--all", "--json"], no_screen) == 0
    listed = json.loads(capsys.readouterr().out)["sessions"]
    assert {each["id"]: each["state"] for each in listed} == dict.fromkeys(
        ("s1", "s2", "old"), "closed"
    )


def test_only_old_sessions_point_to_all(capsys: pytest.CaptureFixture[str]):
    make("old", "/three", lambda: 1_000.0)
    assert run_fleet([], no_screen) == 0
    assert "--all lists older ones" in capsys.readouterr().out
