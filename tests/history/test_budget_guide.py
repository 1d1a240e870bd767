"""Every command in the guide to budgets runs."""

import re
import shlex
from pathlib import Path

import pytest

from tui.cli import main

GUIDE = Path(__file__).parents[2] / "docs" / "finding-the-right-budget.md"
BLOCKS = re.findall(r"```\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]


def test_the_guide_has_commands():
    assert len(COMMANDS) == 18


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_guide(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    (tmp_path / "runs.csv").write_text("tokens,finished\n52000,true\n80000,false\n")
    for folder in (".claude/projects", ".codex/sessions", ".local/share/opencode"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GLIDESLOPE_HOME", str(tmp_path / "home"))
    for name in ("CODEX_HOME", "CLAUDE_CONFIG_DIR", "OPENCODE_DATA_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(command)
    assert program == "glideslope"
    assert main(arguments) == 0
    assert capsys.readouterr().out.strip()
