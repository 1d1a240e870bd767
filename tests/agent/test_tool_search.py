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


WINDOWS = "import os\r\nimport re\r\n\r\ndef f(x):\r\n    return x\r\n"
MIXED = "import os\r\nimport re\n\ndef f(x):\r\n    return x\n"


@pytest.mark.parametrize(
    ("pattern", "lines"),
    [
        ("^import os$", [1]),
        ("return x$", [5]),
        (r"(os|re)$", [1, 2]),
        ("^$", [3]),
        (r"x\)?:?\s*$", [4, 5]),
        (r"os\nimport re", [1, 2]),
        ("os\nimport re", [1, 2]),
        (r"os\r\nimport", [1, 2]),
        (r"os\r?\nimport", [1, 2]),
        (r"os$\nimport", [1, 2]),
        (r"re\n\ndef", [2, 3, 4]),
        (r"re(\n)+def", [2, 3, 4]),
        (r"f\(x\):[^\n]*\n\s+return x$", [4, 5]),
        (r"re[\r\n]+def", [2, 3, 4]),
        (r"\):\n +return", [4, 5]),
        (r"[])]:\n", [4]),
        (r"(?s)os.*?def", [1, 2, 3, 4]),
        (r"os[\s\S]*?def", [1, 2, 3, 4]),
        (r"os\\n", []),
    ],
)
async def test_patterns_match_whatever_ends_the_lines(
    tmp_path: Path, pattern: str, lines: list[int]
) -> None:
    runner = ToolRunner(tmp_path)
    runner.write_file("dos.py", WINDOWS)
    runner.write_file("mixed.py", MIXED)
    runner.write_file("unix.py", WINDOWS.replace("\r", ""))
    hits = await found(runner, pattern=pattern)
    assert not any(hit.endswith("\r") for hit in hits)
    numbers = [hit.split(":")[:2] for hit in hits if hit != "No matches."]
    names = ("dos.py", "mixed.py", "unix.py")
    assert numbers == [[name, str(line)] for name in names for line in lines]


async def test_a_single_file_of_windows_is_searched_alike(tmp_path: Path) -> None:
    runner = ToolRunner(tmp_path)
    runner.write_file("a.py", WINDOWS)
    assert await found(runner, pattern="^import re$", path="a.py") == ["a.py:2:import re"]
    assert await found(runner, pattern=r"os\nimport", path="a.py", context=1) == [
        "a.py:1:import os",
        "a.py:2:import re",
        "a.py-3-",
    ]


async def test_a_carriage_return_can_be_searched_for(tmp_path: Path) -> None:
    runner = ToolRunner(tmp_path)
    runner.write_file("dos.txt", "a\r\n")
    runner.write_file("unix.txt", "a\n")
    assert await found(runner, pattern=r"\r", output="files") == ["dos.txt"]
    assert await found(runner, pattern=r"a\x0d$", output="files") == ["dos.txt"]


@pytest.mark.parametrize(
    ("glob", "paths"),
    [
        ("!*.py", [".github/ci.yml", "docs/notes.md"]),
        ("!src/**", [".github/ci.yml", "docs/notes.md"]),
        ("!*.{py,yml}", ["docs/notes.md"]),
        ("!docs/*", [".github/ci.yml", "src/a.py", "src/b.py"]),
        ("!nowhere", [".github/ci.yml", "docs/notes.md", "src/a.py", "src/b.py"]),
        ("!**", ["No matches."]),
    ],
)
async def test_a_glob_may_leave_files_out(runner: ToolRunner, glob: str, paths: list[str]) -> None:
    wanted = {"pattern": "needle", "ignore_case": True, "output": "files", "glob": glob}
    assert await found(runner, **wanted) == paths


async def test_a_glob_may_begin_where_the_search_does(runner: ToolRunner) -> None:
    for glob in ("./*.py", "a.py", "src/a.py", "[a].py"):
        hits = await found(runner, pattern="needle", path="src", glob=glob, output="files")
        assert "src/a.py" in hits or glob == "./*.py"


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("app/[id]/*.ts", ["app/[id]/page.ts", "app/d/page.ts"]),
        ("app/[id]/page.ts", ["app/[id]/page.ts", "app/d/page.ts"]),
        (r"app/\[id\]/*.ts", ["app/[id]/page.ts"]),
        ("app/[[]id]/*.ts", ["app/[id]/page.ts"]),
        ("**/[...slug]/*", ["app/[...slug]/page.ts"]),
        ("app/[[...all]]/page.ts", ["app/[[...all]]/page.ts"]),
        ("app/{a}/*.ts", ["app/a/page.ts", "app/{a}/page.ts"]),
        (r"app/\{a\}/*.ts", ["app/{a}/page.ts"]),
        ("app/{a,d}/*.ts", ["app/a/page.ts", "app/d/page.ts"]),
        ("app/[z-a]/*", ["app/[z-a]/page.ts"]),
        (r"app/\a/*.ts", ["app/a/page.ts"]),
        ("app/(group)/*.ts", ["app/(group)/page.ts"]),
        ("**/page.ts", None),
    ],
)
async def test_brackets_and_braces_of_names_are_found(
    tmp_path: Path, pattern: str, paths: list[str] | None
) -> None:
    runner = ToolRunner(tmp_path)
    names = ["[id]", "[...slug]", "[[...all]]", "{a}", "a", "d", "(group)", "[z-a]"]
    for name in names:
        runner.write_file(f"app/{name}/page.ts", "needle\n")
    wanted = paths if paths is not None else sorted(f"app/{name}/page.ts" for name in names)
    assert sorted(await listed(runner, pattern=pattern)) == wanted
    assert sorted(await found(runner, pattern="needle", glob=pattern, output="files")) == wanted
    if paths is not None and pattern.endswith("*.ts"):
        inside = await found(runner, pattern="needle", path="app/[id]", output="files")
        assert inside == ["app/[id]/page.ts"]
        assert await found(runner, pattern="needle", path=r"app/\[id\]", output="files") == inside
        assert "needle" in (await runner.use("read", path=r"app/\[id\]/page.ts")).content


NAMES = {
    "caf\\xe9.txt": b"caf\xe9.txt",
    "a\\nb.txt": b"a\nb.txt",
    "tab\\there.txt": b"tab\there.txt",
    "esc\\x1b[31m.txt": b"esc\x1b[31m.txt",
    "\\xff\\\\n.txt": b"\xff\\n.txt",
    "plain\\n.txt": b"plain\\n.txt",
    "dir\\xe9/x.txt": b"dir\xe9/x.txt",
    "e\u0301.txt": "e\u0301.txt".encode(),
    "10\u202fAM.txt": "10\u202fAM.txt".encode(),
}
"""Names as the tools show them, and as they are."""


@pytest.fixture
def named(tmp_path: Path) -> ToolRunner:
    tool_runner = ToolRunner(tmp_path)
    try:
        for name in NAMES.values():
            tool_runner.write_file(os.fsdecode(name), "needle\n")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    return tool_runner


async def test_names_that_text_cannot_hold_are_shown_in_one_line_each(named: ToolRunner) -> None:
    assert sorted(await listed(named, pattern="**")) == sorted(NAMES)
    assert sorted(await found(named, pattern="needle", output="files")) == sorted(NAMES)
    assert sorted(await found(named, pattern="needle")) == sorted(f"{n}:1:needle" for n in NAMES)
    assert sorted(await found(named, pattern="need", output="count")) == sorted(
        f"{name}:1" for name in NAMES
    )


@pytest.mark.parametrize(
    ("given", "name"),
    [*NAMES.items(), ("\u00e9.txt", b"e\xcc\x81.txt"), ("10 AM.txt", "10\u202fAM.txt".encode())],
)
async def test_a_file_is_read_searched_edited_and_written_by_the_name_that_is_shown(
    named: ToolRunner, given: str, name: bytes
) -> None:
    file = named.folder / os.fsdecode(name)
    assert "needle" in (await named.use("read", path=given)).content
    hits = await found(named, pattern="needle", path=given)
    assert len(hits) == 1 and hits[0].endswith(":1:needle")
    outcome = await named.use("edit", path=given, old_string="needle", new_string="pin")
    assert file.read_text() == "pin\n"
    assert outcome.content.encode() and outcome.changes[0].path.encode()
    await named.use("write", path=given, content="new\n")
    assert file.read_text() == "new\n"
    assert len(await listed(named, pattern="**")) == len(NAMES)


async def test_a_name_with_two_meanings_is_asked_about(named: ToolRunner) -> None:
    named.write_file("caf\\xe9.txt", "other\n")
    assert "any of 2 names" in await named.refusal_of("read", path="caf\\xe9.txt")
    assert "other" in (await named.use("read", path="caf\\\\xe9.txt")).content
    named.write_file("10\u00a0AM.txt", "other\n")
    said = await named.refusal_of("read", path="10 AM.txt")
    assert "any of 2 names" in said


@pytest.mark.parametrize("glob", ["\u00e9.txt", "e\u0301.txt", "caf\\xe9.*", "a\\n*", "10?AM.txt"])
async def test_globs_find_such_names(named: ToolRunner, glob: str) -> None:
    assert len(await listed(named, pattern=glob)) == 1
    assert (await listed(named, pattern=glob))[0] in NAMES
    assert len(await found(named, pattern="needle", glob=glob)) == 1


async def test_letters_of_an_older_encoding_are_found(tmp_path: Path) -> None:
    runner = ToolRunner(tmp_path)
    runner.write_file("latin.txt", "un café noir\n".encode("latin-1"))
    runner.write_file("other.txt", "馨 = 1\n")
    for pattern in ("café", "caf. noir", r"caf\w", "CAFÉ"):
        hits = await found(runner, pattern=pattern, ignore_case=pattern.isupper())
        assert hits == ["latin.txt:1:un café noir"]
        assert await found(runner, pattern=pattern, path="latin.txt", ignore_case=True) == hits
    assert await found(runner, pattern="noir") == ["latin.txt:1:un café noir"]
    assert await found(runner, pattern="é = 1") == ["No matches."]
    runner.write_file("utf8.txt", "un café\n")
    both = ["utf8.txt:1:un café", "latin.txt:1:un café noir"]
    assert await found(runner, pattern="café") == both
    assert (await runner.use("grep", pattern="café", limit=1)).summary == "≥ 1 line"


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
