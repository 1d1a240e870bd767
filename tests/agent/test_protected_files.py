"""What commands change in protected files, with real files and real git."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tui.agent.protected_files import ProtectedFiles, reapply, restore
from tui.agent.protected_paths import CONTENT, FILES

GIT = {
    **os.environ,
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


def shell(line: str, folder: Path) -> None:
    result = subprocess.run(
        ["bash", "-ec", line], cwd=folder, env=GIT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a repository, a linked library and a folder, made once."""
    folder = tmp_path_factory.mktemp("template")
    shell(
        "git init -q -b main project; cd project; mkdir -p src .vscode .glideslope lib;"
        "echo '{}' > .vscode/settings.json; echo 'x = 1' > src/a.py; echo '*.py text' >"
        ".gitattributes; echo 'permissions.deny = []' > .glideslope/settings.toml;"
        "git add -A; git commit -qm one; git branch other;"
        "git init -q -b main ../library; cd ../library; echo x > x; git add -A; git commit -qm x",
        folder,
    )
    return folder


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Path:
    subprocess.run(["cp", "-a", f"{template}/.", str(tmp_path)], check=True)
    return tmp_path / "project"


QUIET = [
    "git remote add origin https://example.org/x.git; git config branch.main.remote origin",
    "git config user.name somebody; git config core.autocrlf input; git config gc.auto 0",
    "git config push.default simple; git config color.ui always; git config pull.rebase true",
    "git checkout -q other; git checkout -q -b third; echo y >> src/a.py; git commit -qam two",
    "git stash; git tag v1; git gc -q; git branch -d other",
    "git clone -q ../library sub; git clone -q --bare ../library sub.git",
    "git init -q nested; git init -q --bare bare.git",
    "git worktree add -q tree other",
    "git -c protocol.file.allow=always submodule add -q ../library dep",
    "git -c protocol.file.allow=always submodule add -q ../library a/dep; git submodule update",
    "git worktree add -q ../beside other; git worktree remove ../beside",
    "git sparse-checkout set src; git sparse-checkout disable",
    "mkdir node; touch node/package.json; echo z > .gitignore; mkdir .github; touch .github/x.yml",
    "echo '* text=auto eol=lf' > .gitattributes; echo '*.py diff=python' >> .gitattributes",
    "rm -rf .vscode; rm .gitattributes",
    "mkdir HEAD; mkdir -p refs objects; echo hello > docs-HEAD",
    "mkdir d; cp -r .vscode d/.keep; rm -r d",
    "touch .vscode/settings.json; chmod 600 src/a.py",
]


@pytest.mark.parametrize("line", QUIET)
def test_usual_work_changes_nothing_that_matters(project: Path, line: str):
    files = ProtectedFiles(project)
    before = files.snapshot()
    shell(line, project)
    assert [change.display_name for change in files.compare(before, files.snapshot())] == []


LOUD = [
    ("git config core.fsmonitor ./x", ".git/config"),
    ("git config core.hooksPath hooks", ".git/config"),
    ("git config alias.x '!./x'", ".git/config"),
    ("git config filter.a.clean ./x; git config filter.a.smudge ./x", ".git/config"),
    ("git config include.path ../x", ".git/config"),
    ("git config remote.o.url 'ext::sh -c x'", ".git/config"),
    ("git config submodule.x.update '!./x'", ".git/config"),
    ("git config some.future.key ./x", ".git/config"),
    ("printf '[core] fsmonitor=./x\\n' >> .git/config", ".git/config"),
    ("printf '[core]\\n\\tcomment\\\\\\nchar = x\\n' >> .git/config", ".git/config"),
    ("echo x > .git/hooks/pre-commit", ".git/hooks/pre-commit"),
    ("mkdir h; echo x > h/pre-push; rm -r .git/hooks; ln -s ../h .git/hooks", ".git/hooks"),
    ("ln -s ../../src/a.py .git/hooks/pre-push", ".git/hooks/pre-push"),
    ("mkdir -p .git/info; echo '*.py filter=a' > .git/info/attributes", ".git/info/attributes"),
    ("echo '*.py filter=a' >> .gitattributes", ".gitattributes"),
    ("printf '[submodule \"x\"]\\n\\tupdate = !./x\\n' > .gitmodules", ".gitmodules"),
    ("git config extensions.worktreeConfig true; git config --worktree core.pager ./x", None),
    ("echo 'gitdir: ../../evil' > src/.git", "src/.git"),
    ("git clone -q ../library sub; git -C sub config core.pager ./x", "sub/.git/config"),
    ("git init -q --bare b.git; git -C b.git config core.fsmonitor ./x", "b.git/HEAD"),
    (
        "mkdir -p x/objects x/refs; echo 'ref: refs/heads/m' > x/HEAD;"
        "printf '[core]\\n\\tfsmonitor = ./e\\n' > x/config",
        "x/HEAD",
    ),
    ("echo 'exec ./x' > .envrc", ".envrc"),
    ("echo x > src/.envrc", "src/.envrc"),
    ("echo '{ }' > .vscode/settings.json", ".vscode/settings.json"),
    ("echo x > .vscode/tasks.json", ".vscode/tasks.json"),
    ("chmod +x .vscode/settings.json", ".vscode/settings.json"),
    ("mkdir e; mv .vscode/settings.json e; rmdir .vscode; ln -s e .vscode", ".vscode"),
    ("mkdir .husky; echo x > .husky/pre-commit", ".husky/pre-commit"),
    ("echo x >> .glideslope/settings.toml", ".glideslope/settings.toml"),
    ("rm .glideslope/settings.toml", ".glideslope/settings.toml"),
    ("rm -r .glideslope; mkdir cfg; ln -s cfg .glideslope", None),
    ("mkdir -p .cargo; echo x > .cargo/config.toml", ".cargo/config.toml"),
    ("echo later > AGENTS.md", "AGENTS.md"),
    ("echo x > .pre-commit-config.yaml", ".pre-commit-config.yaml"),
    ("mkdir .GIT; echo '[core]' > .GIT/config; echo ' pager = x' >> .GIT/config", ".GIT/config"),
    ("mkfifo .envrc", ".envrc"),
    ("mkdir -p deep/er/still; echo x > deep/er/still/.envrc", "deep/er/still/.envrc"),
]


@pytest.mark.parametrize(("line", "path"), LOUD)
def test_what_could_run_later_is_put_back_and_can_be_kept(
    project: Path, line: str, path: str | None
):
    files = ProtectedFiles(project)
    before = files.snapshot()
    shell(line, project)
    after = files.snapshot()
    changes = files.compare(before, after)
    assert changes
    if path:
        assert path in [change.display_name for change in changes]
    assert restore(changes) == []
    back = files.snapshot()
    assert files.compare(before, back) == []
    if all(change.after and change.after.type != "other" for change in changes):
        assert reapply(changes) == []
        assert files.compare(after, files.snapshot()) == []


@pytest.mark.parametrize("name", sorted({*FILES, *CONTENT, "AGENTS.md", "x.code-workspace"}))
def test_every_protected_name_is_found_in_a_folder(project: Path, name: str):
    files = ProtectedFiles(project)
    before = files.snapshot()
    (project / "src" / name).write_bytes(b"*.x filter=y\n[a]\nb = c\n")
    assert [change.display_name for change in files.compare(before, files.snapshot())] == [
        f"src/{name}"
    ]


def test_content_and_mode_come_back_exactly(project: Path):
    hook = project / ".git/hooks/pre-commit"
    hook.write_bytes(b"#!/bin/sh\nexit 1\n")
    hook.chmod(0o750)
    files = ProtectedFiles(project)
    before = files.snapshot()
    hook.write_bytes(b"evil")
    hook.chmod(0o777)
    restore(files.compare(before, files.snapshot()))
    assert hook.read_bytes() == b"#!/bin/sh\nexit 1\n"
    assert stat.S_IMODE(hook.stat().st_mode) == 0o750


def test_hooks_of_a_configured_folder_are_watched(project: Path):
    shell("mkdir hooks; git config core.hooksPath hooks; echo x > hooks/pre-push", project)
    files = ProtectedFiles(project)
    before = files.snapshot()
    (project / "hooks/pre-push").write_text("evil")
    assert [change.display_name for change in files.compare(before, files.snapshot())] == [
        "hooks/pre-push"
    ]


def test_a_worktrees_repository_outside_the_folder_is_watched(project: Path, tmp_path: Path):
    shell("git worktree add -q ../tree other", project)
    files = ProtectedFiles(tmp_path / "tree", (project / ".git",))
    before = files.snapshot()
    shell("git config core.pager ./x; echo x > $(git rev-parse --git-path hooks)/pre-push", project)
    changes = files.compare(before, files.snapshot())
    assert {change.path.name for change in changes} == {"config", "pre-push"}
    restore(changes)
    assert not (project / ".git/hooks/pre-push").exists()


def test_a_change_whose_time_was_set_back_is_seen(project: Path):
    file = project / ".vscode/settings.json"
    files = ProtectedFiles(project)
    times = file.stat()
    before = files.snapshot()
    file.write_text("[]")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert files.compare(before, files.snapshot())


def test_a_file_too_large_to_keep_is_said(project: Path):
    large = project / ".vscode/big.json"
    large.write_bytes(b"x" * 1_100_000)
    files = ProtectedFiles(project)
    before = files.snapshot()
    large.write_bytes(b"y" * 1_100_000)
    changes = files.compare(before, files.snapshot())
    assert [change.display_name for change in restore(changes)] == [".vscode/big.json"]


def test_a_folder_that_was_moved_is_no_change(project: Path):
    shell("mkdir -p pkg; echo x > pkg/.envrc", project)
    files = ProtectedFiles(project)
    before = files.snapshot()
    shell("mv pkg moved", project)
    assert files.compare(before, files.snapshot()) == []


def test_what_the_program_writes_itself_is_no_change_of_a_command(project: Path, tmp_path: Path):
    from tui.settings.toml_writer import replace_file_atomically

    own = tmp_path / "config"
    replace_file_atomically(own / "settings.toml", "a = 1\n")
    files = ProtectedFiles(project, own=(own,))
    before = files.snapshot()
    replace_file_atomically(own / "settings.toml", "a = 2\n")
    assert files.compare(before, files.snapshot()) == []
    (own / "keybindings.toml").write_text("evil")
    assert [each.path.name for each in files.compare(before, files.snapshot())] == [
        "keybindings.toml"
    ]
    assert sys.platform != "win32" or Path(own).exists()
