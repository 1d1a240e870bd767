"""More than a thousand commands and what becomes of each: `commands.toml`."""

import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tui.agent.permissions import Allow, Ask, Decision, Deny, PermissionRules
from tui.agent.tools.base import PreparedCall, ToolEnvironment
from tui.agent.tools.command_permission import command_permission
from tui.session.events import Mode

GROUPS = tomllib.loads((Path(__file__).parent / "commands.toml").read_text())["group"]
RIGHT = {"run": (Allow,), "ask": (Ask,), "deny": (Deny,), "no": (Ask, Deny)}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ToolEnvironment:
    """The folder that the table speaks of, with files outside that links lead to."""
    top = tmp_path_factory.mktemp("table")
    (top / "secret.txt").write_text("secret\n")
    (top / "outside").mkdir()
    (top / "outside" / "secret.txt").write_text("secret\n")
    folder = top / "project"
    for name in ("src/a.py", "src/b.py", "README.md", ".env", "conf/key.pem"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x\n")
    (folder / "link_out").symlink_to(top / "secret.txt")
    (folder / "dir_out").symlink_to(top / "outside")
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    environment = {"HOME": str(top / "home"), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    return ToolEnvironment(folder=folder, variables=environment)


def decision(
    world: ToolEnvironment, group: dict, line: str, mode: Mode, boundary: bool
) -> Decision:
    rules = replace(
        PermissionRules.of(
            world.folder, mode, allow=group.get("allow", ()), deny=group.get("deny", ())
        ),
        boundary=boundary,
    )
    need = command_permission(line, group.get("access", "inside"), world)
    return rules.decide(PreparedCall(name="bash", subject=line, reads_only=False, permission=need))


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["name"])
def test_each_command_of_the_table_gets_its_verdict(world: ToolEnvironment, group: dict[str, Any]):
    wrong = [
        (line, mode, boundary, found)
        for line in group["commands"]
        for mode in group["modes"]
        for boundary in group["boundary"]
        if not isinstance(
            found := decision(world, group, line, mode, boundary), RIGHT[group["verdict"]]
        )
    ]
    assert not wrong, "\n".join(f"{line!r} {mode} {held}: {was}" for line, mode, held, was in wrong)


def test_the_table_is_large_enough_to_mean_something():
    assert sum(len(group["commands"]) for group in GROUPS) >= 420
