"""Reading with git is harmless only where the repository names no program to it."""

import subprocess
from pathlib import Path

import pytest

from tui.agent.tools.base import ToolEnvironment
from tui.agent.tools.command_permission import command_permission


@pytest.fixture
def world(tmp_path: Path) -> ToolEnvironment:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return ToolEnvironment(folder=tmp_path, variables={"HOME": "/nowhere", "PATH": "/usr/bin:/bin"})


@pytest.mark.parametrize("line", ["git log", "git diff | head -5", "git status -s"])
@pytest.mark.parametrize(
    ("key", "value", "harmless"),
    [
        ("user.name", "A", True),
        ("remote.origin.url", "https://example.org/a.git", True),
        ("diff.external", "./x", False),
        ("filter.a.clean", "./x", False),
        ("gpg.program", "./x", False),
        ("include.path", "../x", False),
    ],
)
def test_reading_with_git_is_asked_where_the_configuration_names_a_program(
    world: ToolEnvironment, line: str, key: str, value: str, harmless: bool
):
    subprocess.run(["git", "-C", str(world.folder), "config", key, value], check=True)
    assert command_permission(line, "inside", world).proven_safe is harmless


def test_another_folder_counts_by_its_own_repository(world: ToolEnvironment):
    other = world.folder / "other"
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    assert command_permission("git -C other log", "inside", world).proven_safe
    subprocess.run(["git", "-C", str(other), "config", "core.pager", "./x"], check=True)
    assert not command_permission("git -C other log", "inside", world).proven_safe
    (world.folder / "link").mkdir()
    (world.folder / "link" / ".git").write_text("gitdir: ../other/.git\n")
    assert not command_permission("cd link && git log", "inside", world).proven_safe
