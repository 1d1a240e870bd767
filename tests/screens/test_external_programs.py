"""Errands outside the program: the list of files that may be named after `@`."""

import asyncio
import os
from pathlib import Path

import pytest

from tui.agent.tools.base import ToolEnvironment
from tui.screens.external_programs import list_project_files


def world(folder: Path, ripgrep: str | None = None) -> ToolEnvironment:
    return ToolEnvironment(
        folder=folder, variables={}, scratch_folder=folder / "scratch", ripgrep=ripgrep
    )


async def paths(folder: Path, **given: str) -> list[str]:
    return list((await list_project_files(world(folder, **given))).paths)


async def test_files_are_listed_without_the_ignored_ones(tmp_path: Path):
    (tmp_path / "a.py").touch()
    (tmp_path / "b.log").touch()
    (tmp_path / ".gitignore").write_text("*.log\n")
    assert await paths(tmp_path) == [".gitignore", "a.py"]


async def test_the_store_of_git_is_never_listed(tmp_path: Path):
    for name in (".git/config", "sub/.git/HEAD", "node_modules/a.js", "src/a.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert await paths(tmp_path) == ["src/a.py"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
async def test_names_that_cannot_be_written_are_counted(tmp_path: Path):
    await asyncio.to_thread(make_odd_names, os.fsencode(tmp_path))
    found = await list_project_files(world(tmp_path))
    assert (list(found.paths), found.left_out) == (["fine", "my file.txt"], 4)


def make_odd_names(folder: bytes) -> None:
    for name in (b"two\nlines", b"caf\xe9", b"bell\x07", b'a "b" c', b"my file.txt", b"fine"):
        Path(os.fsdecode(folder + b"/" + name)).touch()


async def test_where_nothing_can_be_listed_nothing_is_offered(tmp_path: Path):
    assert await paths(tmp_path, ripgrep="/nowhere/rg") == []
