"""The real program, without a screen, in folders that want something of whoever opens them."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.forked_program import run_program


class HostileFolder:
    """A project that leaves marks when something of it runs, and the program started in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.project = root / "project"
        self.project.mkdir()
        self.script = root / "script"
        self.script.write_text(f"#!/bin/sh\nenv > {root}/ran\ncat\n")
        self.script.chmod(0o755)

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(["git", *who, *arguments], cwd=self.project, check=True, capture_output=True)

    def run(self, *arguments: str, folder: Path | None = None) -> tuple[str, str]:
        """What a run says: its events and its error output."""
        done = run_program(
            *("--simulate", "--pace", "max", "--output-format", "stream-json", "-p", "Hello"),
            *arguments,
            folder=folder or self.project,
            environment={
                **os.environ,
                "ANTHROPIC_API_KEY": "sk-ant-x",
                "GLIDESLOPE_HOME": str(self.root / "home"),
            },
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout, done.stderr

    def told(self, words: str) -> int:
        """How often the sessions of all runs hold `words`: what the model is told is logged."""
        files = (each for each in (self.root / "home" / "data").rglob("*") if each.is_file())
        return sum(each.read_bytes().count(words.encode()) for each in files)

    @property
    def ran(self) -> bool:
        return (self.root / "ran").exists()


@pytest.fixture
def trap(tmp_path: Path) -> HostileFolder:
    return HostileFolder(tmp_path)


def test_programs_that_a_repository_names_do_not_run_when_one_starts_in_it(
    trap: HostileFolder,
):
    (trap.project / ".gitattributes").write_text("* filter=evil diff=evil\n")
    (trap.project / "a").write_text("1\n")
    trap.git("init", "-q")
    trap.git("add", "-A")
    trap.git("commit", "-qm", "first")
    (trap.project / "a").write_text("22\n")
    for name in ("core.fsmonitor", "filter.evil.clean", "core.pager", "diff.external"):
        trap.git("config", name, str(trap.script))
    subprocess.run(["git", "status"], cwd=trap.project, capture_output=True, check=False)
    assert trap.ran, "git itself runs them"
    (trap.root / "ran").unlink()
    trap.run()
    assert not trap.ran


def test_a_link_named_like_a_memory_file_sends_nothing_even_in_a_trusted_folder(
    trap: HostileFolder,
):
    (trap.root / "id_rsa").write_text("MARK-SECRET")
    (trap.project / "AGENTS.md").symlink_to("/proc/self/environ")
    (trap.project / "CLAUDE.md").symlink_to("../id_rsa")
    out, err = trap.run("--trust")
    assert "sk-ant-x" not in out and not trap.told("sk-ant-x") and not trap.told("MARK-SECRET")
    assert err.count("is not sent to the model: this is a link that leads out of the folder") == 2


def test_without_trust_a_run_goes_on_without_the_files_and_says_so_once(
    trap: HostileFolder,
):
    (trap.project / "AGENTS.md").write_text("MARK-MEMORY")
    (trap.project / ".glideslope").mkdir()
    settings = trap.project / ".glideslope" / "settings.toml"
    settings.write_text('task_budget = 60_000\neffort = "max"\n')
    out, err = trap.run()
    assert not trap.told("MARK-MEMORY") and '"budget_granted"' not in out
    assert err.count("are not used: this folder is not trusted") == 1
    settings.unlink()
    trap.git("init", "-q")
    trap.run()
    assert not trap.told("MARK-MEMORY")
    settings.write_text('task_budget = 60_000\neffort = "max"\n')
    out, err = trap.run("--trust")
    started = json.loads(out.splitlines()[0])["event"]
    assert "60000" in out and '"max"' not in json.dumps(started)
    assert err.count("ask for more than your settings allow, and do not get it: effort max") == 1


def test_where_nobody_is_asked_a_folder_that_was_not_cloned_sends_its_memory_file_once(
    trap: HostileFolder,
):
    (trap.project / "AGENTS.md").write_text("MARK-MEMORY")
    (trap.project / "CLAUDE.md").symlink_to("AGENTS.md")
    _, err = trap.run()
    assert trap.told("MARK-MEMORY") == 1
    assert err.count("sent to the model: this folder is not in a repository") == 1
