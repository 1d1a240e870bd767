"""What the commands without a screen import: nothing that draws, and no server."""

import os
import subprocess
import sys
from pathlib import Path

COMMANDS = [
    ["--simulate", "--pace", "max", "--budget", "200k", "-p", "hello"],
    ["sessions", "list"],
    ["sessions", "export", "latest", "out.md"],
    ["config"],
]

NOT_WITHOUT_A_SCREEN = ("tui.app", "tui.screens", "tui.widgets", "textual", "rich")
"""What draws."""
NOT_IN_THIS_PROCESS = ("starlette", "uvicorn")
"""The simulator's server runs in a process of its own, and nothing else needs them."""

SCRIPT = """
import sys
from tui.cli import main
for command in {commands!r}:
    try:
        code = main(command)
    except SystemExit as left:
        code = left.code
    assert not code, (command, code)
print("MODULES", *sys.modules)
"""


def test_commands_without_a_screen_import_no_widget_no_screen_and_no_server(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(commands=COMMANDS)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed, _, modules = done.stdout.rpartition("MODULES ")
    assert "hello" in printed and (tmp_path / "out.md").exists()
    unwanted = (*NOT_WITHOUT_A_SCREEN, *NOT_IN_THIS_PROCESS)
    assert [name for name in modules.split() if is_part_of(name, unwanted)] == []


def is_part_of(module: str, packages: tuple[str, ...]) -> bool:
    return any(f"{module}.".startswith(f"{package}.") for package in packages)
