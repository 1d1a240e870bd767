"""No race of links leads a file tool out of the project folder."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.tool_runner import ToolRunner
from tui.agent.permissions import Allow, PermissionRules
from tui.agent.tools.base import ToolError
from tui.agent.tools.file_replacement import replace_file
from tui.agent.tools.nofollow_files import (
    SUPPORTS_NOFOLLOW,
    open_nofollow_file,
    open_nofollow_folder,
)
from tui.agent.tools.tool_paths import ResolvedPath, read_contents

pytestmark = pytest.mark.skipif(not SUPPORTS_NOFOLLOW, reason="this system cannot hold a folder")

FLIPPER = """
import os, sys, time
inside, aside, outside = sys.argv[1:]
print("ready", flush=True)
while True:
    os.rename(inside, aside)
    os.symlink(outside, inside)
    os.unlink(inside)
    os.rename(aside, inside)
    time.sleep(0.0002)
"""


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "a.txt").write_text("canary beside\n")
    return folder


@pytest.fixture
def flipped(tmp_path: Path, outside: Path) -> Iterator[ToolRunner]:
    """A project whose folder `d` is a link to a folder outside every other moment."""
    runner = ToolRunner(tmp_path)
    runner.write_file("d/a.txt", "mine inside\n")
    where = (runner.folder / "d", runner.folder / "aside", outside)
    command = [sys.executable, "-S", "-c", FLIPPER, *map(str, where)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield runner
        process.kill()


async def attempt(runner: ToolRunner, name: str, **input: object) -> str:
    """What a call comes to that the rules let pass; calls that would be asked are not made."""
    rules = PermissionRules.of(runner.folder, "auto")
    try:
        call = runner.prepare(name, **input)
        if not isinstance(rules.decide(call), Allow):
            return "asked"
        return (await runner.run(call)).content
    except ToolError as error:
        return error.sentence


def test_a_race_of_links_never_reads_outside(flipped: ToolRunner):
    place = ResolvedPath(flipped.folder / "d/a.txt", "d/a.txt", outside_project=False)
    seen: set[bytes] = set()
    for _ in range(4_000):
        with contextlib.suppress(ToolError):
            seen.add(read_contents(place))
    assert seen == {b"mine inside\n"}


def test_a_race_of_links_never_writes_outside(flipped: ToolRunner, outside: Path):
    written = 0
    for number in range(200):
        place = ResolvedPath(
            flipped.folder / f"d/{number}.txt", f"d/{number}.txt", outside_project=False
        )
        with contextlib.suppress(ToolError):
            replace_file(place, b"x", None)
            written += 1
    assert {path.name: path.read_text() for path in outside.iterdir()} == {
        "a.txt": "canary beside\n"
    }
    assert written


async def test_a_race_of_links_ends_whole_calls_in_a_sentence(flipped: ToolRunner, outside: Path):
    for _ in range(60):
        assert "canary" not in await attempt(flipped, "read", path="d/a.txt")
        change = {"old_string": "mine", "new_string": "mine"[::-1]}
        await attempt(flipped, "edit", path="d/a.txt", **change)
        await attempt(flipped, "edit", path="d/a.txt", old_string="enim", new_string="mine")
    assert (outside / "a.txt").read_text() == "canary beside\n"


async def test_a_race_of_links_never_searches_outside(flipped: ToolRunner):
    for _ in range(15):
        for path in ("d", "d/a.txt"):
            assert "canary" not in await attempt(flipped, "grep", pattern="side", path=path)


def test_a_link_on_the_way_ends_the_walk(tmp_path: Path, outside: Path):
    (tmp_path / "link").symlink_to(outside)
    (tmp_path / "file").symlink_to(outside / "a.txt")
    for path in (tmp_path / "link/a.txt", tmp_path / "file"):
        with pytest.raises(OSError), open_nofollow_file(path):
            pass
    with pytest.raises(OSError), open_nofollow_folder(tmp_path / "link/new", create=True):
        pass
    assert [path.name for path in outside.iterdir()] == ["a.txt"]


def test_a_held_folder_stays_the_same_folder_when_its_path_changes(tmp_path: Path, outside: Path):
    (tmp_path / "d").mkdir()
    with open_nofollow_folder(tmp_path / "d") as held:
        (tmp_path / "d").rename(tmp_path / "moved")
        (tmp_path / "d").symlink_to(outside)
        os.close(held.open("new.txt", os.O_WRONLY | os.O_CREAT))
        assert held.list_names() == ["new.txt"]
    assert (tmp_path / "moved/new.txt").exists()
    assert not (outside / "new.txt").exists()


async def test_links_inside_the_folder_work_as_before(tmp_path: Path):
    runner = ToolRunner(tmp_path)
    file = runner.write_file("real/deep/a.txt", "one\n")
    (runner.folder / "short").symlink_to("real/deep")
    (runner.folder / "b.txt").symlink_to("short/a.txt")
    assert "one" in (await runner.use("read", path="b.txt")).content
    await runner.use("edit", path="short/a.txt", old_string="one", new_string="two")
    await runner.use("write", path="short/new/c.txt", content="new\n")
    assert file.read_text() == "two\n"
    assert (file.parent / "new/c.txt").read_text() == "new\n"
    assert "two" in (await runner.use("grep", pattern="two", path="short")).content
