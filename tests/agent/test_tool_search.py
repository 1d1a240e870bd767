"""Searching with the real ripgrep: grep and glob."""

import asyncio
import os
import re
import stat
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.agent.tool_runner import ToolRunner
from tui.agent.permissions import PermissionRules
from tui.agent.tools import ripgrep
from tui.agent.tools.glob_patterns import compile_glob


@pytest.fixture
def runner(tmp_path: Path) -> ToolRunner:
    tool_runner = ToolRunner(tmp_path)
    tool_runner.write_file("src/b.py", "def beta():\n    return 'needle'\n")
    tool_runner.write_file("src/a.py", "needle = 1\n")
    tool_runner.write_file("docs/notes.md", "Needle here\nand more\n")
    tool_runner.write_file(".github/ci.yml", "run: needle\n")
    tool_runner.write_file(".gitignore", "ignored/\n*.log\n")
    tool_runner.write_file("ignored/x.py", "needle\n")
    tool_runner.write_file("app.log", "needle\n")
    tool_runner.write_file(".git/HEAD", "needle\n")
    tool_runner.write_file("node_modules/m/index.py", "needle\n")
    return tool_runner


async def found(runner: ToolRunner, **input: Any) -> list[str]:
    return (await runner.use("grep", **input)).content.split("\n")


async def listed(runner: ToolRunner, **input: Any) -> list[str]:
    return (await runner.use("glob", **input)).content.split("\n")


async def test_matches_come_with_path_and_line_sorted_by_path(runner: ToolRunner):
    assert await found(runner, pattern="needle") == [
        ".github/ci.yml:1:run: needle",
        "src/a.py:1:needle = 1",
        "src/b.py:2:    return 'needle'",
    ]


async def test_the_other_outputs_are_files_and_counts(runner: ToolRunner):
    runner.write_file("src/a.py", "needle needle\nneedle\n")
    assert await found(runner, pattern="needle", path="src", output="files") == [
        "src/a.py",
        "src/b.py",
    ]
    assert await found(runner, pattern="needle", path="src", output="count") == [
        "src/a.py:3",
        "src/b.py:1",
    ]


async def test_case_context_and_one_file_can_be_asked_for(runner: ToolRunner):
    wanted = {"pattern": "needle", "path": "docs/notes.md", "ignore_case": True, "context": 1}
    assert await found(runner, **wanted) == [
        "docs/notes.md:1:Needle here",
        "docs/notes.md-2-and more",
    ]


@pytest.mark.parametrize("glob", ["*.py", "src/*.py", "**/*.py", "{src,docs}/**"])
async def test_a_glob_narrows_and_never_brings_ignored_files_back(runner: ToolRunner, glob: str):
    paths = await found(runner, pattern="needle", glob=glob, output="files")
    assert paths == ["src/a.py", "src/b.py"]


async def test_a_glob_for_ignored_files_finds_none(runner: ToolRunner):
    assert await found(runner, pattern="needle", glob="*.log") == ["No matches."]
    assert await listed(runner, pattern="*.log") == ["No files match."]


async def test_ignored_files_are_left_out_also_where_there_is_no_repository(tmp_path: Path):
    tool_runner = ToolRunner(tmp_path)
    tool_runner.write_file(".gitignore", "ignored.py\n")
    tool_runner.write_file("ignored.py", "needle\n")
    tool_runner.write_file("kept.py", "needle\n")
    assert await listed(tool_runner, pattern="*.py") == ["kept.py"]
    assert await found(tool_runner, pattern="needle", output="files") == ["kept.py"]


async def test_no_match_is_no_error(runner: ToolRunner):
    outcome = await runner.use("grep", pattern="nothing of the kind")
    assert (outcome.content, outcome.status) == ("No matches.", "done")


async def test_a_bad_regular_expression_is_answered_in_a_sentence(runner: ToolRunner):
    assert await runner.refusal_of("grep", pattern="(") == "The search failed: unclosed group"


async def test_a_pattern_is_never_taken_for_an_option(runner: ToolRunner):
    runner.write_file("src/c.txt", "--files\n")
    assert await found(runner, pattern="--files") == ["src/c.txt:1:--files"]


async def test_a_path_that_begins_with_a_dash_is_a_path(runner: ToolRunner):
    runner.write_file("-v/a.txt", "needle\n")
    assert await found(runner, pattern="needle", path="-v") == ["-v/a.txt:1:needle"]


async def test_a_pattern_may_span_lines(runner: ToolRunner):
    lines = await found(runner, pattern=r"beta\(\):\n\s+return")
    assert lines == ["src/b.py:1:def beta():", "src/b.py:2:    return 'needle'"]


async def test_more_matches_than_asked_for_are_said(runner: ToolRunner):
    runner.write_file("many.txt", "needle\n" * 500)
    outcome = await runner.use("grep", pattern="needle", path="many.txt", limit=5)
    assert outcome.content.count("needle") == 5
    assert "more than 5 lines" in outcome.content
    assert outcome.summary == "≥ 5 lines"


async def test_long_lines_and_binary_files_do_not_fill_the_result(runner: ToolRunner):
    runner.write_file("app.min.js", "x" * 300_000 + "needle" + "y" * 300_000 + "\n")
    runner.write_file("blob.bin", b"\0\1\2needle" * 100)
    content = (await runner.use("grep", pattern="needle")).content
    assert len(content) < 3_000
    assert "src/b.py:2:" in content


async def test_a_search_outside_names_absolute_paths(runner: ToolRunner, tmp_path: Path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.txt").write_text("needle\n")
    call = runner.prepare("grep", pattern="needle", path="../other")
    assert call.permission.outside_project
    assert (await runner.run(call)).content == f"{tmp_path}/other/x.txt:1:needle"


async def test_links_that_lead_out_of_the_folder_are_not_followed(
    runner: ToolRunner, tmp_path: Path
):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "s.txt").write_text("needle in secret\n")
    (runner.folder / "link").symlink_to(tmp_path / "secret")
    assert "secret" not in (await runner.use("grep", pattern="needle")).content
    assert await listed(runner, pattern="s.txt") == ["No files match."]


async def test_files_that_a_rule_denies_are_left_out(runner: ToolRunner):
    runner.write_file(".env", "TOKEN=needle\n")
    runner.world.is_hidden = PermissionRules.of(runner.folder, deny=["read(**/.env)"]).is_hidden
    assert "TOKEN" not in (await runner.use("grep", pattern="needle")).content
    assert ".env" not in await listed(runner, pattern="**")


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("*.py", ["src/a.py", "src/b.py"]),
        ("src/*.py", ["src/a.py", "src/b.py"]),
        ("./src/**", ["src/a.py", "src/b.py"]),
        ("*/a.py", ["src/a.py"]),
        ("**/a.py", ["src/a.py"]),
        ("a.py", ["src/a.py"]),
        ("src/a.py", ["src/a.py"]),
        ("src/[!b].py", ["src/a.py"]),
        ("*.{md,yml}", [".github/ci.yml", "docs/notes.md"]),
        ("src/*.md", ["No files match."]),
        ("nowhere/*.py", ["No files: nowhere does not exist."]),
        ("**/*", [".github/ci.yml", ".gitignore", "docs/notes.md", "src/a.py", "src/b.py"]),
    ],
)
async def test_globs_mean_what_they_say(runner: ToolRunner, pattern: str, paths: list[str]):
    assert await listed(runner, pattern=pattern) == paths


async def test_a_glob_may_begin_in_a_folder_or_be_absolute(runner: ToolRunner):
    assert await listed(runner, pattern="*.py", path="src") == ["src/a.py", "src/b.py"]
    assert await listed(runner, pattern=f"{runner.folder}/src/*.py") == ["src/a.py", "src/b.py"]


@pytest.mark.parametrize("pattern", ["../*.txt", "/etc/*.conf", "src/../../*.py"])
def test_a_glob_that_leads_outside_is_outside(runner: ToolRunner, pattern: str):
    assert runner.prepare("glob", pattern=pattern).permission.outside_project


@pytest.mark.parametrize("pattern", ["", "!x", "*/../../x", "{a,b", "a}"])
async def test_a_glob_without_sense_is_refused(runner: ToolRunner, pattern: str):
    assert await runner.refusal_of("glob", pattern=pattern)


async def test_ten_thousand_files_are_one_process_and_a_bounded_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    tool_runner = ToolRunner(tmp_path)
    for folder in range(100):
        (tool_runner.folder / f"d{folder:02}").mkdir()
        for file in range(100):
            (tool_runner.folder / f"d{folder:02}" / f"f{file:02}.py").touch()
    started = []
    real = asyncio.create_subprocess_exec

    async def counted(*args: Any, **kwargs: Any) -> Process:
        started.append(args)
        return await real(*args, **kwargs)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", counted)
    outcome = await tool_runner.use("glob", pattern="**/*.py")
    assert len(started) == 1
    assert outcome.content.startswith("d00/f00.py\nd00/f01.py\n")
    assert "more than 1,000 files" in outcome.content
    assert outcome.summary == "≥ 1,000 files"


async def test_a_search_that_takes_too_long_is_stopped(tmp_path: Path):
    tool_runner = ToolRunner(tmp_path, search_seconds=0.05)
    slow = tmp_path / "rg"
    slow.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    slow.chmod(0o755)
    tool_runner.world.ripgrep = str(slow)
    assert "took longer than 0.05 s" in await tool_runner.refusal_of("grep", pattern="x")


async def test_a_missing_ripgrep_is_said_in_a_sentence(
    runner: ToolRunner, monkeypatch: pytest.MonkeyPatch
):
    runner.world.ripgrep = "/nowhere/rg"
    assert "ripgrep (rg) is missing" in await runner.refusal_of("grep", pattern="x")
    runner.world.ripgrep = None
    monkeypatch.setattr(ripgrep, "find_ripgrep", lambda: None)
    assert "ripgrep (rg) is missing" in await runner.refusal_of("glob", pattern="x")


async def test_a_search_in_something_missing_is_said(runner: ToolRunner):
    assert "nowhere does not exist" in await runner.refusal_of("grep", pattern="x", path="nowhere")


async def test_a_glob_below_a_file_is_said(runner: ToolRunner):
    assert "not a folder" in await runner.refusal_of("glob", pattern="*.py", path="src/a.py")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
async def test_what_cannot_be_read_does_not_hide_the_rest(runner: ToolRunner):
    (runner.folder / "docs").chmod(0)
    try:
        assert "src/a.py:1:needle = 1" in await found(runner, pattern="needle")
    finally:
        (runner.folder / "docs").chmod(stat.S_IRWXU)


parts = st.lists(st.sampled_from(["a", "b", "ab", "*", "?", "**"]), min_size=1, max_size=4)


@given(parts, st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4))
@settings(max_examples=150)
def test_globs_agree_with_a_plain_reading_of_them(wanted: list[str], path: list[str]):
    def fits(globs: list[str], names: list[str]) -> bool:
        if not globs:
            return not names
        if globs[0] == "**":
            if len(globs) == 1:
                return bool(names)
            return fits(globs[1:], names) or (bool(names) and fits(globs, names[1:]))
        if not names:
            return False
        one = {"*": ".*", "?": "."}.get(globs[0], re.escape(globs[0]))
        return re.fullmatch(one, names[0]) is not None and fits(globs[1:], names[1:])

    glob = "./" + "/".join(wanted)
    assert bool(compile_glob(glob).fullmatch("./" + "/".join(path))) == fits(wanted, path)
