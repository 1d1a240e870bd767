"""Which files are protected, however their names are written."""

from pathlib import Path

import pytest

from tests.agent.tool_runner import ToolRunner
from tui.agent.protected_paths import path_protection_reason

PROTECTED = [
    ".git/config",
    ".git/hooks/pre-commit",
    ".git",
    "vendor/lib/.git/config",
    ".GIT/config",
    ".g\u200cit/config",
    ".gi\ufefft/hooks/x",
    "\u2024git/config",
    ".git /config",
    ".git./config",
    ".git. . /config",
    ".git::$INDEX_ALLOCATION/config",
    "GIT~1/config",
    "git~2/hooks/x",
    "GLIDES~1/settings.toml",
    ".glideslope/settings.toml",
    ".Glideslope/settings.local.toml",
    ".envrc",
    "sub/.ENVRC",
    "ENVRC~1",
    ".vscode/tasks.json",
    "sub/.vscode/settings.json",
    ".idea/runConfigurations/x.xml",
    ".husky/pre-commit",
    ".husky/_/husky.sh",
    ".devcontainer/devcontainer.json",
    ".devcontainer.json",
    ".pre-commit-config.yaml",
    "PRE-CO~1.YAM",
    ".npmrc",
    ".yarnrc.yml",
    ".cargo/config.toml",
    ".claude/settings.json",
    ".mcp.json",
    "team.code-workspace",
    ".hg/hgrc",
    ".vs/tasks.vs.json",
    ".helix/languages.toml",
    ".mise.toml",
    ".lazy.lua",
    ".windsurf/rules",
    ".cursorrules",
    ".github/copilot-instructions.md",
    ".mvn/extensions.xml",
    "AGENTS.md",
    "sub/CLAUDE.md",
]
FREE = [
    "src/main.py",
    ".github/workflows/ci.yml",
    ".gitignore",
    "git/config",
    "docs/git.md",
    "package.json",
    "Makefile",
    "conftest.py",
    ".env",
    "config.toml",
    "cargo/config.toml",
    ".gitattributes",
    "notes/agents.txt",
    "vscode/tasks.json",
    ".bashrc",
]


@pytest.mark.parametrize("path", PROTECTED)
def test_a_protected_file_is_known_by_its_name(path: str):
    assert path_protection_reason(Path("/work/project", path))


@pytest.mark.parametrize("path", FREE)
def test_other_files_are_not_protected(path: str):
    assert not path_protection_reason(Path("/work/project", path))


@pytest.mark.parametrize("name", [".bashrc", ".ssh/config", ".config/git/config", ".local/bin/x"])
def test_what_a_login_runs_is_protected_in_the_home_folder(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert path_protection_reason(tmp_path / name)
    assert not path_protection_reason(tmp_path / "project" / name)


def test_the_programs_own_folders_are_protected(tmp_path: Path):
    own = (tmp_path / "config",)
    assert path_protection_reason(tmp_path / "config/settings.toml", own)
    assert not path_protection_reason(tmp_path / "configs/settings.toml", own)


@pytest.fixture
def runner(tmp_path: Path) -> ToolRunner:
    return ToolRunner(tmp_path)


def test_a_link_counts_by_its_name_and_by_what_it_leads_to(runner: ToolRunner):
    (runner.folder / "cfg").mkdir()
    (runner.folder / ".glideslope").symlink_to("cfg")
    (runner.folder / ".vscode").mkdir()
    (runner.folder / "editor").symlink_to(".vscode")
    for path in (".glideslope/settings.toml", "editor/tasks.json", "src/../.envrc"):
        call = runner.prepare("write", path=path, content="x")
        assert call.permission.always_ask_reason, path
        assert call.permission.rules == (), path
    assert (
        runner.prepare("read", path=".glideslope/settings.toml").permission.always_ask_reason == ""
    )


@pytest.mark.parametrize(
    ("there", "path", "content", "asked"),
    [
        ({}, "x/HEAD", "ref: refs/heads/main\n", True),
        ({}, "x/HEAD", "0123456789" * 4 + "\n", True),
        ({}, "x/HEAD", "Headlines of the day\n", False),
        ({"x/HEAD": "ref: refs/heads/m\n"}, "x/config", "[core]\n\tfsmonitor = ./e\n", True),
        ({"x/HEAD": "ref: refs/heads/m\n"}, "x/hooks/post-checkout", "#!/bin/sh\n", True),
        ({}, "x/config", "a = b\n", False),
        ({}, "src/hooks/use.ts", "export {}\n", False),
        ({}, ".gitattributes", "* text=auto\n*.py diff=python\n", False),
        ({}, ".gitattributes", "*.py filter=mine\n", True),
        ({}, ".gitmodules", '[submodule "a"]\n\tpath = a\n\turl = ../a\n', False),
        ({}, ".gitmodules", '[submodule "a"]\n\tupdate = !./x\n', True),
    ],
)
def test_a_change_is_asked_about_for_what_it_says(
    runner: ToolRunner, there: dict[str, str], path: str, content: str, asked: bool
):
    for name, text in there.items():
        runner.write_file(name, text)
    assert (
        bool(runner.prepare("write", path=path, content=content).permission.always_ask_reason)
        == asked
    )


def test_an_edit_that_makes_a_head_valid_is_asked_about(runner: ToolRunner):
    runner.write_file("x/HEAD", "xef: refs/heads/main\n")
    call = runner.prepare("edit", path="x/HEAD", old_string="xef", new_string="ref")
    assert call.permission.always_ask_reason
