"""Errands outside the program: the list of files that may be named after `@`."""

from pathlib import Path

from tui.agent.tools.base import ToolEnvironment
from tui.screens.external_programs import list_project_files


def world(folder: Path, ripgrep: str | None = None) -> ToolEnvironment:
    return ToolEnvironment(
        folder=folder, variables={}, scratch_folder=folder / "scratch", ripgrep=ripgrep
    )


async def test_files_are_listed_without_the_ignored_ones(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    (tmp_path / "b.log").touch()
    (tmp_path / ".gitignore").write_text("*.log\n")
    assert await list_project_files(world(tmp_path)) == (".gitignore", "a.py")


async def test_a_list_that_cannot_be_made_is_none_and_not_an_empty_one(tmp_path: Path) -> None:
    assert await list_project_files(world(tmp_path, ripgrep="/nowhere/rg")) is None
