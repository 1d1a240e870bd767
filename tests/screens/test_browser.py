"""The browser gets the address and nothing of ours, and no module comes from the project."""

from pathlib import Path

import pytest

from tui.screens.desktop import open_in_browser


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A browser that writes down what it got."""
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/address\nenv > {tmp_path}/environment\n')
    program.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(program))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
    return tmp_path


def test_a_browser_gets_the_address_and_no_key(
    browser: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    project = tmp_path / "project"
    project.mkdir()
    (project / "webbrowser.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(project)
    assert open_in_browser("https://example.com/?a=b&c")
    assert (browser / "address").read_text() == "https://example.com/?a=b&c\n"
    assert "sk-ant-secret" not in (browser / "environment").read_text()
    assert not (tmp_path / "ran").exists()
