"""Worktrees of agents, with the real git: the user's tree is theirs until they say otherwise."""

import os
import subprocess
from pathlib import Path

import pytest

from tui.agent.git.agent_worktree import (
    AgentWorktree,
    WorktreeError,
    commit_work,
    compare,
    discard_branch,
    find_worktree,
    make_worktree,
    remove_worktree,
    take_over,
    unknown_files,
    worktree_refusal,
)

TEN = "".join(f"line {number}\n" for number in range(1, 11))


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=Ada", "-c", "user.email=a@example.org", *words],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_OPTIONAL_LOCKS": "0"},
        capture_output=True,
        check=True,
    )
    return done.stdout.decode("utf-8", "surrogateescape")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with one commit, a change that is not committed, and an unknown file."""
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "a.txt").write_text(TEN)
    (folder / "b.txt").write_text("b\n")
    (folder / "gone.txt").write_text("old\n")
    (folder / ".gitignore").write_text("*.log\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    (folder / "b.txt").write_text("b, not committed\n")
    (folder / "notes.txt").write_text("mine\n")
    return folder


def seen(folder: Path) -> tuple[object, ...]:
    """Everything of the user's that must stay: files, index, branches, stash, status."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }
    heads = [row for row in git(folder, "show-ref").splitlines() if "/glideslope/" not in row]
    index = (folder / ".git" / "index").read_bytes()
    status, stash = git(folder, "status", "--porcelain"), git(folder, "stash", "list")
    return files, heads, index, status, stash


def tree_for(project: Path, agent: str = "writer-1") -> AgentWorktree:
    return make_worktree(project, project.parent / "worktrees", "s1", agent)


def test_an_agent_begins_with_what_the_user_has_and_the_users_tree_stays_as_it_is(project: Path):
    before = seen(project)
    tree = tree_for(project)
    assert (tree.folder / "b.txt").read_text() == "b, not committed\n"
    assert not (tree.folder / "notes.txt").exists()
    assert unknown_files(project) == ["notes.txt"]
    (tree.folder / "a.txt").write_text(TEN.replace("line 2", "line two"))
    (tree.folder / "new.txt").write_text("new\n")
    (tree.folder / "gone.txt").unlink()
    commit = commit_work(tree)
    assert commit is not None
    changes = compare(tree, commit)
    assert changes.files == ("a.txt", "gone.txt", "new.txt")
    assert changes.conflicts == ()
    assert seen(project) == before
    assert git(project, "show", f"{tree.branch}:new.txt") == "new\n"


def test_what_fits_is_taken_over_and_nothing_is_staged(project: Path):
    tree = tree_for(project)
    (tree.folder / "a.txt").write_text(TEN.replace("line 2\n", "line two\n"))
    (tree.folder / "gone.txt").unlink()
    (tree.folder / "run.sh").write_text("#!/bin/sh\n")
    (tree.folder / "run.sh").chmod(0o755)
    (tree.folder / "picture.bin").write_bytes(bytes(range(256)))
    (project / "a.txt").write_text(TEN.replace("line 9\n", "line nine\n"))
    index = (project / ".git" / "index").read_bytes()
    commit = commit_work(tree)
    assert commit is not None
    take_over(tree, compare(tree, commit))
    both = TEN.replace("line 2\n", "line two\n").replace("line 9\n", "line nine\n")
    assert (project / "a.txt").read_text() == both
    assert not (project / "gone.txt").exists()
    assert os.access(project / "run.sh", os.X_OK)
    assert (project / "picture.bin").read_bytes() == bytes(range(256))
    assert (project / "b.txt").read_text() == "b, not committed\n"
    assert (project / ".git" / "index").read_bytes() == index


def conflicting(project: Path) -> tuple[AgentWorktree, str]:
    """The agent and the user change the same line; the agent makes a new file as well."""
    tree = tree_for(project)
    (tree.folder / "a.txt").write_text(TEN.replace("line 2\n", "the agent's line\n"))
    (tree.folder / "new.txt").write_text("new\n")
    (project / "a.txt").write_text(TEN.replace("line 2\n", "the user's line\n"))
    commit = commit_work(tree)
    assert commit is not None
    return tree, commit


def test_conflicts_are_told_before_anything_is_touched(project: Path):
    tree, commit = conflicting(project)
    before = seen(project)
    changes = compare(tree, commit)
    assert (changes.conflicts, changes.fitting) == (("a.txt",), ("new.txt",))
    assert seen(project) == before
    take_over(tree, changes)
    assert (project / "new.txt").read_text() == "new\n"
    assert "the user's line" in (project / "a.txt").read_text()
    assert "<<<<<<<" not in (project / "a.txt").read_text()


def test_a_merge_marks_the_conflicts_in_the_files(project: Path):
    tree, commit = conflicting(project)
    take_over(tree, compare(tree, commit), conflicts=True)
    merged = (project / "a.txt").read_text()
    assert "<<<<<<<" in merged and "the user's line" in merged and "the agent's line" in merged
    assert (project / "new.txt").exists()


def test_a_file_that_git_does_not_know_is_not_overwritten(project: Path):
    tree = tree_for(project)
    (tree.folder / "notes.txt").write_text("the agent's\n")
    commit = commit_work(tree)
    assert commit is not None
    changes = compare(tree, commit)
    assert changes.conflicts == ("notes.txt",)
    take_over(tree, changes)
    assert (project / "notes.txt").read_text() == "mine\n"


def test_a_change_after_the_comparison_writes_nothing_at_all(project: Path):
    tree = tree_for(project)
    (tree.folder / "a.txt").write_text(TEN.replace("line 2\n", "line two\n"))
    (tree.folder / "new.txt").write_text("new\n")
    commit = commit_work(tree)
    assert commit is not None
    changes = compare(tree, commit)
    (project / "a.txt").write_text(TEN.replace("line 2\n", "typed just now\n"))
    with pytest.raises(WorktreeError, match=r"changed meanwhile, so none was written: .*a\.txt"):
        take_over(tree, changes)
    assert not (project / "new.txt").exists()
    assert "typed just now" in (project / "a.txt").read_text()


def test_a_worktree_goes_when_its_work_is_committed_and_its_branch_stays(project: Path):
    tree = tree_for(project)
    (tree.folder / "new.txt").write_text("new\n")
    with pytest.raises(WorktreeError, match="not committed; it stays"):
        remove_worktree(tree)
    assert (tree.folder / "new.txt").exists()
    commit = commit_work(tree)
    assert commit is not None
    (tree.folder / "build.log").write_text("ignored\n")
    remove_worktree(tree)
    assert not tree.root.exists()
    assert git(project, "rev-parse", tree.branch).strip() == commit
    assert git(project, "worktree", "list").count("\n") == 1
    discard_branch(tree, commit)
    assert "glideslope" not in git(project, "branch", "--all")


def test_a_branch_that_went_on_since_is_not_discarded(project: Path):
    tree = tree_for(project)
    (tree.folder / "new.txt").write_text("new\n")
    commit = commit_work(tree)
    assert commit is not None
    git(project, "update-ref", f"refs/heads/{tree.branch}", "HEAD")
    with pytest.raises(WorktreeError, match="git update-ref failed"):
        discard_branch(tree, commit)
    assert tree.branch in git(project, "branch", "--all")


def test_a_repository_that_an_agent_made_is_not_deleted(project: Path):
    tree = tree_for(project)
    inner = tree.folder / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    (inner / "work.txt").write_text("work\n")
    git(inner, "add", "-A")
    git(inner, "commit", "-qm", "inner")
    commit_work(tree)
    with pytest.raises(WorktreeError, match="a repository of its own; it stays"):
        remove_worktree(tree)
    assert (inner / "work.txt").exists()


def test_nothing_changed_is_no_commit(project: Path):
    tree = tree_for(project)
    assert commit_work(tree) is None
    remove_worktree(tree)
    assert "glideslope" not in git(project, "branch", "--all")


def test_the_git_file_of_a_worktree_leads_nobody_astray(project: Path, tmp_path: Path):
    """An agent can write in its worktree what git would read there."""
    tree = tree_for(project)
    evil = tmp_path / "evil"
    git(tmp_path, "init", "-q", str(evil))
    monitor = tmp_path / "monitor"
    monitor.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    monitor.chmod(0o755)
    git(evil, "config", "core.fsmonitor", str(monitor))
    git(evil, "config", "filter.x.clean", str(monitor))
    (tree.root / ".git").unlink()
    (tree.root / ".git").write_text(f"gitdir: {evil}/.git\n")
    (tree.root / ".gitattributes").write_text("* filter=x\n")
    (tree.folder / "new.txt").write_text("new\n")
    commit = commit_work(tree)
    assert commit is not None and "new.txt" in compare(tree, commit).files
    assert not (tmp_path / "ran").exists()


def test_a_repository_whose_configuration_names_programs_gets_no_worktree(project: Path):
    assert worktree_refusal(project) == ""
    tree = tree_for(project)
    git(project, "config", "filter.x.clean", "/bin/evil")
    assert "configuration names programs" in worktree_refusal(project)
    with pytest.raises(WorktreeError, match="configuration names programs"):
        tree_for(project, "writer-2")
    with pytest.raises(WorktreeError, match="configuration names programs"):
        commit_work(tree)


def test_a_folder_without_git_gets_none(tmp_path: Path):
    assert worktree_refusal(tmp_path).startswith("it is no git repository")


def test_after_a_crash_it_is_found_again(project: Path, tmp_path: Path):
    tree = tree_for(project)
    below = project.parent / "worktrees"
    assert find_worktree(project, below, "s1", "writer-1") == tree
    assert find_worktree(project, below, "s1", "writer-2") is None
    record = tree.root.with_name("writer-1.json")
    assert record.stat().st_mode & 0o077 == 0
    record.write_text("{")
    assert find_worktree(project, below, "s1", "writer-1") is None


def test_a_project_below_the_top_of_its_repository_works_there(project: Path):
    below = project / "sub"
    below.mkdir()
    (below / "c.txt").write_text("c\n")
    git(project, "add", "sub")
    git(project, "commit", "-qm", "sub")
    tree = make_worktree(below, project.parent / "worktrees", "s1", "a")
    assert (tree.folder / "c.txt").exists() and tree.folder == tree.root / "sub"
    (tree.folder / "d.txt").write_text("d\n")
    commit = commit_work(tree)
    assert commit is not None
    take_over(tree, compare(tree, commit))
    assert (below / "d.txt").read_text() == "d\n"


@pytest.mark.parametrize(
    "name", ["with space.txt", "line\nfeed.txt", "-dash.txt", ":(top)x", "ü*.txt"]
)
def test_odd_names_are_names(project: Path, name: str):
    tree = tree_for(project)
    (tree.folder / name).write_text("odd\n")
    (project / name).write_text("the user's\n")
    commit = commit_work(tree)
    assert commit is not None
    changes = compare(tree, commit)
    assert changes.conflicts == (name,)
    take_over(tree, changes)
    assert (project / name).read_text() == "the user's\n"
    take_over(tree, compare(tree, commit), conflicts=True)
    assert "odd" in (project / name).read_text()


def make_inner(outer: Path, marker: Path) -> Path:
    """A repository inside of another; its filter makes a file wherever git looks into it."""
    inner = outer / "inner"
    inner.mkdir(exist_ok=True)
    git(inner, "init", "-q", "-b", "main")
    (inner / "g.txt").write_text("one\n")
    git(inner, "add", "-A")
    git(inner, "commit", "-qm", "inner")
    git(inner, "config", "filter.f.clean", f"touch {marker}; cat")
    (inner / ".git" / "info" / "attributes").write_text("* filter=f\n")
    (inner / "g.txt").write_text("two, longer\n")
    return inner


def test_no_program_of_a_repository_inside_the_project_runs(project: Path, tmp_path: Path):
    marker = tmp_path / "ran"
    make_inner(project, marker)
    git(project, "-c", "protocol.file.allow=always", "add", "inner")
    marker.unlink(missing_ok=True)
    assert worktree_refusal(project)
    with pytest.raises(WorktreeError):
        tree_for(project)
    assert not marker.exists()


@pytest.mark.parametrize("known", [True, False])
def test_no_program_of_a_repository_that_an_agent_made_runs(
    project: Path, tmp_path: Path, known: bool
):
    marker = tmp_path / "ran"
    if known:  # as an empty folder, like a submodule in a copy
        git(project, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},inner")
    tree = tree_for(project)
    make_inner(tree.root, marker)
    with pytest.raises(WorktreeError, match="names programs"):
        commit_work(tree)
        remove_worktree(tree)
    assert not marker.exists()
    assert (tree.root / "inner" / "g.txt").exists()


def test_a_plain_repository_inside_the_project_refuses_no_worktree(project: Path, tmp_path: Path):
    inner = make_inner(project, tmp_path / "ran")
    git(inner, "config", "--remove-section", "filter.f")
    (inner / ".git" / "info" / "attributes").unlink()
    git(project, "add", "inner")
    assert not worktree_refusal(project)
