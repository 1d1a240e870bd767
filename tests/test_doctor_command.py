"""`glideslope doctor`, from the command line."""

import json
import os
from pathlib import Path

import pytest

from tui.doctor_command import run_doctor


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [each for each in os.environ if each.startswith("ANTHROPIC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GLIDESLOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_key_the_doctor_says_so_asks_no_server_and_ends_with_1(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    assert run_doctor(["--json"]) == 1
    body = json.loads(capsys.readouterr().out)
    found = {each["subject"]: each for each in body["checks"]}
    assert list(found) == [
        *("Python", "terminal", "sandbox", "sessions", "privacy", "disk", "settings", "key"),
        "server",
        "limits",
    ]
    assert [name for name, each in found.items() if each["level"] == "bad"] == ["key"]
    limits = found["limits"]["sentence"]
    assert limits.startswith("rate limits: not known before the first answer")
    assert "was not asked" in found["server"]["sentence"]
    assert not (folder / "home").exists()  # it only looks


def test_the_doctor_prints_lines_and_never_the_key(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-of-a-test-0001")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    assert run_doctor([]) == 1
    said = capsys.readouterr().out
    assert "ok    disk      " in said and "bad   server    " in said
    assert "key       ANTHROPIC_API_KEY; it could not be tried" in said
    assert "sk-ant" not in said
