"""Whatever the program starts gets its environment from the one function."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tui.agent.tools.command_environment import command_variables
from tui.child_environment import without_credentials

ROOT = Path(__file__).parents[1] / "tui"

STARTS = {"run", "call", "check_call", "check_output", "Popen"}
"""Of `subprocess`."""
STARTS_ANYWHERE = {
    "Popen",
    "create_subprocess_exec",
    "create_subprocess_shell",
    "subprocess_exec",
    "subprocess_shell",
}
NEVER = {
    "os": {
        *("system", "popen", "startfile", "posix_spawn", "posix_spawnp", "fork", "forkpty"),
        *(f"exec{end}" for end in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
        *(f"spawn{end}" for end in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
    },
    "subprocess": {"getoutput", "getstatusoutput"},
    "pty": {"spawn", "fork"},
    "webbrowser": {"open", "open_new", "open_new_tab", "get"},
    "multiprocessing": {"Process", "Pool", "Manager"},
}
"""What hands on our whole environment, or a copy of our memory."""

IN_SUPERVISOR = {"os.fork", "os.posix_spawn"}
"""What the sandbox does in its supervisor, which was started with two variables of ours."""
CLEAN = ("without_credentials(", "for_commands(", "{'PATH': os.defpath}")
OWN_PROGRAM = {"measuring/headless_runs.py"}
"""Modules that start this very program again; it needs the credentials."""
HANDED_ON = {"agent/sandbox/"}
"""Folders whose functions get the environment of a command as an argument, `environment`."""


@cache
def calls() -> list[tuple[str, ast.Call, str]]:
    """Every call in the tree with its module and its name as written."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        module = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found.append((module, node, ast.unparse(node.func)))
    return found


def starts(name: str) -> bool:
    owner, _, last = name.rpartition(".")
    return last in STARTS_ANYWHERE or (owner == "subprocess" and last in STARTS)


def found() -> list[tuple[str, ast.Call]]:
    return [(module, node) for module, node, name in calls() if starts(name)]


def test_every_process_is_started_with_an_environment_from_the_one_function():
    assert len(found()) >= 6, "the walk finds the starts"
    for module, node in found():
        given = next((ast.unparse(each.value) for each in node.keywords if each.arg == "env"), "")
        handed_on = any(module.startswith(known) for known in HANDED_ON)
        clean = any(name in given for name in CLEAN) or (handed_on and "environment" in given)
        clean = clean or (module in OWN_PROGRAM and given.startswith("for_own_program("))
        assert clean, f"{module}, line {node.lineno}: env={given or 'ours'}"


def test_nothing_is_started_in_a_way_that_hands_on_our_environment():
    bad = [
        f"{module}, line {node.lineno}: {name}"
        for module, node, name in calls()
        if name.rpartition(".")[2] in NEVER.get(name.rpartition(".")[0], ())
        and not (name in IN_SUPERVISOR and module.startswith("agent/sandbox/"))
    ]
    assert bad == []


def test_git_runs_in_one_place_only():
    for module, node in found():
        if module == "agent/git/git_command.py":
            continue  # where the repository's configuration names no program
        words = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
        assert "git" not in words, f"{module}, line {node.lineno}"


@pytest.mark.parametrize(
    "name",
    [
        *("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "anthropic_api_key", "Anthropic_Custom"),
        *("ANTHROPIC_BASE_URL", "GLIDESLOPE_SIMULATOR_TOKEN"),
    ],
)
def test_what_is_between_us_and_the_server_is_left_out(name: str):
    assert without_credentials({name: "x", "PATH": "/bin"}) == {"PATH": "/bin"}


def test_commands_get_a_git_that_starts_no_monitor_and_keeps_what_the_user_set(
    tmp_path: Path,
):
    (tmp_path / "monitor").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / "monitor").chmod(0o755)
    given = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], env=given, check=True)
    subprocess.run([*git, "config", "core.fsmonitor", "./monitor"], env=given, check=True)
    subprocess.run([*git, "status"], env=given, check=True, capture_output=True)
    assert (tmp_path / "ran").exists(), "without it the monitor runs"
    (tmp_path / "ran").unlink()
    own = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ada"}
    environment = command_variables({**given, **own})
    subprocess.run([*git, "status"], env=environment, check=True, capture_output=True)
    assert not (tmp_path / "ran").exists()
    said = subprocess.run([*git, "config", "user.name"], env=environment, capture_output=True)
    assert said.stdout == b"Ada\n"


def test_the_function_needs_nothing_of_the_program():
    code = "import sys, tui.child_environment; print(*(m for m in sys.modules if m[:3] == 'tui'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["tui", "tui.child_environment"]


@pytest.mark.parametrize("module", ["tui.cli", "tui.simulator"])
def test_started_as_a_module_nothing_is_imported_from_the_folder_of_the_user(
    tmp_path: Path, module: str
):
    for name in ("argparse", "anthropic", "textual", "tomllib", "starlette", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(f"print('taken from the project: {name}')")
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "usage:" in done.stdout
    assert "taken from the project" not in done.stdout + done.stderr
