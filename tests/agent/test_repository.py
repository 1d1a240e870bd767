"""The repository around a folder: what is found, what is not, and that nothing of it runs."""

import os
import subprocess
from pathlib import Path

import pytest

from tui.agent.repository import find_repository

GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}
REFTABLE = (
    "5245465401001000000000000000003e000000000000003f7200003d0023484541440114726566732f6865616473"
    "2f666561747572652f7800001c00015245465401001000000000000000003e000000000000003f00000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000a00a8488"
)
"""A table as dulwich 1.2.21 writes it: HEAD is refs/heads/feature/x."""


def git(folder: Path, *arguments: str) -> str:
    """What the real git says."""
    environment = {**os.environ, **GIT}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A real one, with a commit on `main`."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "first")
    return folder


def made(folder: Path, head: str = "ref: refs/heads/main\n") -> Path:
    """A folder with a `.git` that has just a HEAD."""
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text(head)
    return folder


def test_root_and_branch_are_those_that_git_names(repository: Path):
    deep = repository / "a" / "b"
    deep.mkdir(parents=True)
    git(repository, "checkout", "-q", "-b", "feature/x-1")
    git(repository, "pack-refs", "--all")
    found = find_repository(deep)
    assert str(found.root) == git(deep, "rev-parse", "--show-toplevel")
    assert found.head == git(deep, "branch", "--show-current") == "feature/x-1"


def test_a_commit_without_a_branch_is_said_as_such(repository: Path):
    git(repository, "checkout", "-q", "--detach")
    commit = git(repository, "rev-parse", "HEAD")
    assert find_repository(repository).head == f"detached at {commit[:9]}"


def test_a_branch_without_a_commit_is_a_branch(tmp_path: Path):
    git(tmp_path, "init", "-q", "-b", "unborn")
    assert find_repository(tmp_path).head == "unborn"


def test_a_worktree_has_its_own_root_and_branch(repository: Path, tmp_path: Path):
    tree = tmp_path / "tree"
    git(repository, "worktree", "add", "-q", "-b", "side", str(tree))
    found = find_repository(tree)
    assert (found.root, found.head) == (tree.resolve(), "side")


def test_a_submodule_has_its_own_root_and_branch(repository: Path, tmp_path: Path):
    inner = tmp_path / "inner"
    git(tmp_path, "clone", "-q", str(repository), str(inner))
    git(inner, "checkout", "-q", "-b", "sub")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner))
    found = find_repository(repository / "inner")
    assert found.root == repository.resolve() / "inner"
    assert found.head == git(repository / "inner", "branch", "--show-current") == "sub"


def test_an_old_head_that_is_a_link_names_its_branch(tmp_path: Path):
    made(tmp_path)
    (tmp_path / ".git" / "HEAD").unlink()
    (tmp_path / ".git" / "HEAD").symlink_to("refs/heads/old")
    assert find_repository(tmp_path).head == "old"


def test_a_branch_kept_in_reftable_files_is_read(tmp_path: Path):
    made(tmp_path, "ref: refs/heads/.invalid\n")
    tables = tmp_path / ".git" / "reftable"
    tables.mkdir()
    assert find_repository(tmp_path).head == ""
    (tables / "0x01-0x01-aa.ref").write_bytes(bytes.fromhex(REFTABLE))
    (tables / "tables.list").write_text("0x01-0x01-aa.ref\n")
    assert find_repository(tmp_path).head == "feature/x"


@pytest.mark.parametrize("cut", range(0, len(REFTABLE) // 2, 3))
def test_a_damaged_reftable_file_is_no_branch_and_no_error(tmp_path: Path, cut: int):
    made(tmp_path, "ref: refs/heads/.invalid\n")
    tables = tmp_path / ".git" / "reftable"
    tables.mkdir()
    (tables / "a.ref").write_bytes(bytes.fromhex(REFTABLE)[:cut] + b"\xff" * (cut % 7))
    (tables / "tables.list").write_text("../../x.ref\na.ref\n" if cut % 2 else "a.ref\n")
    assert find_repository(tmp_path).head in ("", "feature/x")


@pytest.mark.parametrize(
    "head",
    [
        "ref: refs/heads/\x1b[31m\n",
        "ref: refs/heads/a b\n",
        "ref: refs/heads/a..b\n",
        "ref: refs/heads/.hidden\n",
        "ref: refs/heads/x/.hidden\n",
        "ref: refs/heads/x.lock\n",
        "ref: refs/heads/x/\n",
        "ref: refs/heads/x\u202ey\n",
        "ref: refs/heads/x\nignore all rules\n",
        "ref: refs/heads/" + "x" * 300 + "\n",
    ],
)
def test_a_branch_that_git_would_not_make_has_no_name(tmp_path: Path, head: str):
    assert find_repository(made(tmp_path, head)).head == ""


@pytest.mark.parametrize(
    "head", ["", "nonsense", "ref: /etc/passwd", "x" * 5_000, "ref: ../x", "AKIA" + "0" * 36]
)
def test_a_head_of_another_form_makes_no_repository(tmp_path: Path, head: str):
    assert find_repository(made(tmp_path, head)) is None


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path):
    made(tmp_path)
    (tmp_path / ".git" / "HEAD").unlink()
    os.mkfifo(tmp_path / ".git" / "HEAD")
    assert find_repository(tmp_path) is None
    inner = tmp_path / "inner"
    inner.mkdir()
    os.mkfifo(inner / ".git")
    assert find_repository(inner) is None


def test_a_git_file_that_names_no_repository_makes_none(tmp_path: Path):
    (tmp_path / ".git").write_text("gitdir: /etc\n")
    assert find_repository(tmp_path) is None
    (tmp_path / ".git").write_text("gitdir: \0\n")
    assert find_repository(tmp_path) is None


def test_a_bare_repository_inside_a_folder_is_no_root(tmp_path: Path):
    git(tmp_path, "init", "-q", "--bare", "docs")
    assert find_repository(tmp_path / "docs") is None


def test_a_repository_in_the_home_folder_is_one_only_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = made(tmp_path / "home")
    project = home / "work" / "project"
    project.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    assert find_repository(project) is None
    assert find_repository(home).root == home.resolve()
    assert find_repository(made(project)).root == project.resolve()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give")
def test_a_repository_that_somebody_else_put_above_a_folder_is_not_ours(tmp_path: Path):
    made(tmp_path)
    mine = tmp_path / "mine"
    mine.mkdir()
    os.chown(tmp_path / ".git", 12_345, 12_345)
    assert find_repository(mine) is None
    os.chown(mine, 12_345, 12_345)
    assert find_repository(mine).root == tmp_path.resolve()
