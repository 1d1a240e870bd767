"""Which clipboard tool is used, and that it gets the text."""

import shutil
import sys
from pathlib import Path

import pytest

from tui.screens import desktop


def test_over_ssh_the_terminal_is_asked_instead():
    assert desktop.clipboard_command({"SSH_CONNECTION": "a b"}, "darwin") == []


def test_a_tool_without_its_display_is_left_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert desktop.clipboard_command({}, "linux") == []
    assert desktop.clipboard_command({"DISPLAY": ":0"}, "linux")[0] == "xclip"
    assert desktop.clipboard_command({"WAYLAND_DISPLAY": "w"}, "linux") == ["wl-copy"]
    assert desktop.clipboard_command({}, "darwin") == ["pbcopy"]


def test_the_tool_gets_the_text_as_utf8(tmp_path: Path):
    target = tmp_path / "clip"
    write = "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())"
    assert desktop.copy_with_command("naïve ✓", [sys.executable, "-c", write, str(target)])
    assert target.read_text(encoding="utf-8") == "naïve ✓"


def test_a_tool_that_is_not_there_is_said_by_false():
    assert not desktop.copy_with_command("x", ["/nowhere/copy"])
