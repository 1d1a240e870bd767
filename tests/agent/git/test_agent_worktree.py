"""Worktrees of agents, with the real git: the user's tree is theirs until they say otherwise."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def put(folder: Path, **files: str | bytes | None) -> None:
    """Write files, make links (`->TARGET`) and delete; `__` in a name is a folder, `_` a dot."""
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
            continue
        path.unlink(missing_ok=True)
        if content is not None and content.startswith("->"):
            path.symlink_to(content[2:])
        elif content is not None:
            path.write_text(content)


def renamed(name: str, to: str) -> Callable[[Path], Path]:
    return lambda folder: (folder / name).rename(folder / to)


def held_by(folder: Path, *names: str) -> list[str]:
    """What is there: a link's target, the first line of a file, or that it is gone."""
    found = []
    for name in names:
        path = folder / name
        if path.is_symlink():
            found.append(f"->{path.readlink()}")
        else:
            found.append(path.read_bytes().decode("latin-1") if path.exists() else "gone")
    return found


def contents(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    return {
        path.relative_to(folder).as_posix(): os.fsencode(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        for path in found
        if ".git" not in path.parts
    }


BINARY = b"\x00\x01\xff" * 40
HAND_OVERS: dict[str, tuple[Any, Any, tuple[str, ...], tuple[str, ...], dict[str, str]]] = {
    # By name: what the agent does, what the user does, conflicts, those of them that a merge
    # cannot mark, and what the user has after the rest was taken over.
    "a binary file on both sides": (
        lambda f: put(f, d__x_bin=BINARY + b"a", d__y_txt="agent\n"),
        lambda f: put(f, d__x_bin=BINARY + b"u"),
        ("d/x.bin",),
        ("d/x.bin",),
        {"d/x.bin": (BINARY + b"u").decode("latin-1"), "d/y.txt": "agent\n"},
    ),
    "deleted on one side": (
        lambda f: put(f, a_txt=None, b_txt="agent\n", d__y_txt="agent\n"),
        lambda f: put(f, a_txt="user\n", b_txt=None),
        ("a.txt", "b.txt"),
        ("a.txt",),
        {"a.txt": "user\n", "b.txt": "gone", "d/y.txt": "agent\n"},
    ),
    "a link in the place of a file": (
        lambda f: put(f, a_txt="->b.txt", made="->nowhere"),
        lambda f: put(f, a_txt="user\n"),
        ("a.txt",),
        (),
        {"a.txt": "user\n", "made": "->nowhere"},
    ),
    "the target of a link": (
        lambda f: put(f, link="->b.txt"),
        lambda f: None,
        (),
        (),
        {"link": "->b.txt"},
    ),
    "a folder that the agent renamed": (
        renamed("d", "e"),
        lambda f: (
            put(f, d__y_txt="y\n" * 19 + "user\n", d__mine_txt="mine\n"),
            git(f, "add", "-A"),
        ),
        (),
        (),
        {"e/y.txt": "y\n" * 19 + "user\n", "d/y.txt": "gone", "d/mine.txt": "mine\n"},
    ),
    "a folder that the user renamed": (
        lambda f: put(f, d__y_txt="y\n" * 19 + "agent\n"),
        lambda f: (renamed("d", "e")(f), git(f, "add", "-A")),
        (),
        (),
        {"e/y.txt": "y\n" * 19 + "agent\n", "d/y.txt": "gone"},
    ),
    "ends of lines": (
        lambda f: put(f, crlf_txt=b"1\r\n2\r\n3\r\n4\r\nseven\r\n"),
        lambda f: put(f, crlf_txt=b"one\r\n2\r\n3\r\n4\r\n7\r\n"),
        (),
        (),
        {"crlf.txt": "one\r\n2\r\n3\r\n4\r\nseven\r\n"},
    ),
}


@pytest.mark.parametrize("what", HAND_OVERS)
def test_what_does_not_fit_stays_as_the_user_has_it(tmp_path: Path, what: str):
    agent, user, conflicts, unmarked, wanted = HAND_OVERS[what]
    project = tmp_path / "project"
    (project / "d").mkdir(parents=True)
    git(project, "init", "-q", "-b", "main")
    put(project, a_txt="a\n", b_txt="b\n", link="->a.txt", crlf_txt=b"1\r\n2\r\n3\r\n4\r\n7\r\n")
    put(project, d__x_bin=BINARY, d__y_txt="y\n" * 20, d__z_txt="z\n" * 20)
    git(project, "add", "-A")
    git(project, "commit", "-qm", "first")
    tree = tree_for(project)
    agent(tree.folder)
    user(project)
    commit = commit_work(tree)
    assert commit is not None
    before, there = seen(project), contents(project)
    changes = compare(tree, commit)
    assert (changes.conflicts, changes.unmarked) == (conflicts, unmarked)
    assert seen(project) == before
    take_over(tree, changes)
    assert held_by(project, *wanted) == [*wanted.values()]
    now = contents(project)
    changed = {name for name in there | now if there.get(name) != now.get(name)}
    assert changed <= set(changes.files), "nothing else is touched"
    remove_worktree(tree)


def test_a_mode_and_a_content_that_changed_apart_come_together(project: Path):
    tree = tree_for(project)
    (tree.folder / "a.txt").chmod(0o755)
    (project / "a.txt").write_text(TEN + "more\n")
    commit = commit_work(tree)
    assert commit is not None
    take_over(tree, compare(tree, commit))
    assert (project / "a.txt").read_text() == TEN + "more\n"
    assert os.access(project / "a.txt", os.X_OK)


def test_a_sparse_checkout_keeps_what_it_leaves_out(project: Path):
    put(project, inside__x_txt="x\n", outside__y_txt="y\n")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "second")
    git(project, "sparse-checkout", "set", "inside")
    tree = tree_for(project)
    assert not (tree.folder / "outside").exists()
    put(tree.folder, inside__x_txt="agent\n", outside__y_txt="agent\n", outside__new_txt="new\n")
    commit = commit_work(tree)
    assert commit is not None
    changes = compare(tree, commit)
    assert changes.files == ("inside/x.txt", "outside/new.txt", "outside/y.txt")
    assert changes.conflicts == changes.unmarked == ("outside/y.txt",)
    take_over(tree, changes, conflicts=True)
    assert held_by(project, *changes.files) == ["agent\n", "new\n", "gone"]
    assert git(project, "show", f"{tree.branch}:outside/y.txt") == "agent\n"
    remove_worktree(tree)


def test_submodules_are_empty_and_what_is_written_into_them_is_not_deleted(
    project: Path, tmp_path: Path
):
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q", "-b", "main")
    put(other, s_txt="s\n")
    git(other, "add", "-A")
    git(other, "commit", "-qm", "first")
    git(project, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "vendor")
    git(project, "commit", "-qam", "with a submodule")
    assert worktree_refusal(project) == ""
    tree = tree_for(project)
    put(tree.folder, a_txt="agent\n")
    commit = commit_work(tree)
    assert commit is not None and compare(tree, commit).files == ("a.txt",)
    put(tree.folder, vendor__made_txt="made\n")
    with pytest.raises(WorktreeError, match="holds files in the submodule vendor; it stays"):
        remove_worktree(tree)
    (tree.folder / "vendor" / "made.txt").unlink()
    remove_worktree(tree)
    # A submodule whose files lead elsewhere is not looked into.
    git(project / "vendor", "config", "core.worktree", str(tmp_path))
    assert "names programs" in worktree_refusal(project)


def test_a_shallow_clone_gets_worktrees_and_a_repository_without_a_commit_none(
    project: Path, tmp_path: Path
):
    put(project, a_txt="second\n")
    git(project, "commit", "-qam", "second")
    shallow, empty = tmp_path / "shallow", tmp_path / "empty"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{project}", str(shallow))
    tree = make_worktree(shallow, tmp_path / "worktrees", "s1", "writer-1")
    put(tree.folder, b_txt="agent\n")
    commit = commit_work(tree)
    assert commit is not None
    take_over(tree, compare(tree, commit))
    assert held_by(shallow, "a.txt", "b.txt") == ["second\n", "agent\n"]
    empty.mkdir()
    git(empty, "init", "-q")
    assert "no git repository with a commit" in worktree_refusal(empty)


def test_an_older_git_makes_no_worktrees_and_says_why_it_cannot_compare(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As after a change of machines: the work lies on its branch, and this git cannot merge it."""
    tree = tree_for(project)
    put(tree.folder, a_txt="agent\n")
    commit = commit_work(tree)
    assert commit is not None
    real, older = shutil.which("git"), tmp_path / "older" / "git"
    older.parent.mkdir()
    older.write_text(
        f'#!/bin/sh\ncase " $* " in *" version "*) echo git version 2.37.1;; '
        f'*) exec {real} "$@";; esac\n'
    )
    older.chmod(0o755)
    monkeypatch.setenv("PATH", f"{older.parent}:{os.environ['PATH']}")
    assert worktree_refusal(project) == "git is older than 2.38"
    before = seen(project)
    with pytest.raises(
        WorktreeError, match=r"The work cannot be compared: git is older than 2\.38"
    ):
        compare(tree, commit)
    assert seen(project) == before
