"""The worktree of an agent: a copy of the user's tree that one agent changes and nobody else.

It lies outside of the project, detached, at a commit that holds the user's tree as it was: what is
not committed is in it, files that git does not know are not. At the end its changes are committed
on a branch of their own. Whether they conflict with the user's tree is worked out in git's store
(`merge-tree`), before any file is touched. Nothing is ever forced or pruned, and nothing of the
user's index, branches or stash changes.

git is pointed at the folder where it keeps the worktree, never at the `.git` file inside it: the
agent can write that file.
"""

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tui.agent.git.git_command import (
    last_words,
    names_programs_inside,
    repositories_inside,
    repository_top,
    run_git,
)
from tui.session.private_files import make_private_folder, open_private

OLDEST_GIT = (2, 38)
"""The first with `merge-tree --write-tree`."""
BRANCHES = "glideslope"
"""First part of the names of branches: `glideslope/<session>/<agent>`."""
_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Glideslope"), ("EMAIL", "glideslope@localhost"))
}
_PLAIN_DIFF = ("--no-ext-diff", "--no-textconv", "--no-renames")


class WorktreeError(Exception):
    """Something could not be done; the text is one sentence. Nothing is half done."""


class WorktreeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept beside a worktree, so that it is found again after a crash."""

    repository: str
    """Top of the user's tree."""
    root: str
    git_folder: str
    """Where git keeps what belongs to this worktree."""
    base: str
    """Id of the commit it began at."""
    branch: str


@dataclass(frozen=True, slots=True)
class AgentWorktree:
    """The worktree of one agent."""

    repository: Path
    """Top of the user's tree."""
    root: Path
    """Top of the worktree."""
    folder: Path
    """Where the agent works: as deep below `root` as the project is in its repository."""
    git_folder: Path
    base: str
    branch: str

    def git(self, *arguments: str) -> bytes:
        """Run git on the worktree; returns what it wrote.

        Raises:
            WorktreeError: it failed.
        """
        return _checked(self.root, *self.where, *arguments)

    @property
    def where(self) -> tuple[str, str]:
        """Options that lead git to the worktree, whatever the agent made of its `.git`."""
        return f"--git-dir={self.git_folder}", f"--work-tree={self.root}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChanges:
    """What an agent changed, and how that fits the user's tree as it is now."""

    commit: str
    """Id of the commit with its work."""
    now: str
    """Id of a commit of the user's tree at this moment."""
    merged: str
    """Id of the tree that has both; conflicts are marked in their files."""
    files: tuple[str, ...]
    """Files that the agent changed, relative to the top of the repository."""
    conflicts: tuple[str, ...] = ()
    """Those of them that do not fit."""
    unmarked: tuple[str, ...] = ()
    """Those of `conflicts` that a merge leaves as they are: nothing can be marked in them."""
    left_alone: tuple[str, ...] = ()
    """Other files that differ in `merged`: of conflicts, put beside them under other names."""
    not_here: tuple[str, ...] = ()
    """Those of `conflicts` that a sparse checkout leaves out of the user's tree."""

    @property
    def fitting(self) -> tuple[str, ...]:
        """Files that can be taken over as they are."""
        return tuple(name for name in self.files if name not in self.conflicts)


def worktree_refusal(folder: Path) -> str:
    """Why agents cannot have worktrees of a project, as the end of a sentence; empty: they can."""
    top = repository_top(folder)
    if top is None:
        return "it is no git repository with a commit, or its configuration names programs"
    return _too_old(top)


def _too_old(top: Path) -> str:
    """Why git cannot compare trees, as the end of a sentence; empty: it can."""
    found = re.search(rb"(\d+)\.(\d+)", run_git(top, "version").stdout)
    if found is None or (int(found[1]), int(found[2])) < OLDEST_GIT:
        return "git is older than " + ".".join(map(str, OLDEST_GIT))
    return ""


def unknown_files(folder: Path) -> list[str]:
    """Files of a project that git does not know and does not ignore: no worktree has them.

    Raises:
        WorktreeError: git does not say.
    """
    if repository_top(folder) is None:
        return []
    return _names(_checked(folder, "ls-files", "--others", "--exclude-standard", "-z"))


def make_worktree(folder: Path, below: Path, session: str, agent: str) -> AgentWorktree:
    """A worktree of the tree as it is now, for one agent.

    Args:
        folder: The project folder.
        below: The folder for worktrees, of this user alone and outside of the project.
        session: Id of the session.
        agent: Name of the agent.

    Raises:
        WorktreeError: it cannot be made; nothing of it is left.
    """
    top, root = _top(folder), below / session / agent
    try:
        make_private_folder(root.parent)
    except OSError as error:
        raise WorktreeError(f"{root.parent} cannot be made: {error.strerror}.") from error
    if os.path.lexists(root):
        raise WorktreeError(f"{root} is there already; nothing is overwritten.")
    base = _snapshot(top, "HEAD")
    reason = f"{agent} of a Glideslope session"
    _checked(
        top, "worktree", "add", "--detach", "--quiet", "--lock", "--reason", reason, str(root), base
    )
    made = AgentWorktree(
        repository=top,
        root=root,
        folder=root / folder.resolve().relative_to(top),
        git_folder=_git_folder(root),
        base=base,
        branch=f"{BRANCHES}/{session}/{agent}",
    )
    made.folder.mkdir(parents=True, exist_ok=True)
    _write_record(made)
    return made


def find_worktree(folder: Path, below: Path, session: str, agent: str) -> AgentWorktree | None:
    """The worktree that an agent of an earlier run left; None without one.

    Args:
        folder: The project folder.
        below: The folder for worktrees.
        session: Id of the session.
        agent: Name of the agent.
    """
    root = below / session / agent
    try:
        record = msgspec.json.decode(_record_of(root).read_bytes(), type=WorktreeRecord)
    except (OSError, msgspec.DecodeError):
        return None
    top = repository_top(folder)
    if top is None or Path(record.repository) != top or not root.is_dir():
        return None
    return AgentWorktree(
        repository=top,
        root=root,
        folder=root / folder.resolve().relative_to(top),
        git_folder=Path(record.git_folder),
        base=record.base,
        branch=record.branch,
    )


def work_of_branch(folder: Path, base: str, branch: str) -> AgentWorktree:
    """What there is of a worktree when it is gone: enough to compare and take over its branch.

    Args:
        folder: The project folder.
        base: Id of the commit it began at.
        branch: The branch with the work.

    Raises:
        WorktreeError: git may not run here.
    """
    top = _top(folder)
    return AgentWorktree(top, top, folder, top / ".git", base, branch)


def commit_work(tree: AgentWorktree) -> str | None:
    """Commit all that an agent changed on its branch; returns the commit, None for no change.

    Raises:
        WorktreeError: it cannot be done; the files stay where they are.
    """
    _top(tree.repository)
    _refuse_programs(tree)
    tree.git("add", "--all", "--sparse")
    written = tree.git("write-tree").decode().strip()
    if written == _checked(tree.repository, "rev-parse", f"{tree.base}^{{tree}}").decode().strip():
        return None
    commit = _commit(tree.repository, written, tree.base, f"Work of {tree.root.name}")
    _checked(tree.repository, "update-ref", _ref(tree), commit)
    tree.git("reset", "--soft", "--quiet", commit)  # else the worktree would look changed
    return commit


def compare(tree: AgentWorktree, commit: str) -> AgentChanges:
    """How an agent's work fits the user's tree as it is now; touches no file.

    Args:
        tree: Its worktree.
        commit: Its work.

    Raises:
        WorktreeError: it cannot be worked out.
    """
    top = _top(tree.repository)
    files = _names(_checked(top, "diff", *_PLAIN_DIFF, "--name-only", "-z", tree.base, commit))
    now = _snapshot(top, tree.base, also=[name for name in files if os.path.lexists(top / name)])
    if too_old := _too_old(top):
        raise WorktreeError(f"The work cannot be compared: {too_old}.")
    merge = run_git(
        top,
        *("-c", "merge.directoryRenames=false"),  # a new file of the user's stays where it is
        *("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", now, commit),
    )
    if merge.returncode not in (0, 1):
        raise WorktreeError(f"git could not compare the work: {last_words(merge.stderr)}.")
    merged, *stuck = _names(merge.stdout)
    written = _names(_checked(top, "diff", *_PLAIN_DIFF, "--name-only", "-z", now, merged))
    beside = set(written) - set(files)
    # A change follows a file that the user renamed; what git sets aside of a conflict does not.
    files += sorted(beside - set(stuck))
    absent = _left_out_of_checkout(top) & set(files)
    conflicts = [name for name in files if name in absent.union(stuck)]
    return AgentChanges(
        commit=commit,
        now=now,
        merged=merged,
        files=tuple(files),
        conflicts=tuple(conflicts),
        unmarked=tuple(n for n in conflicts if n in absent or n not in written),
        left_alone=tuple(sorted(beside & set(stuck))),
        not_here=tuple(sorted(absent)),
    )


def difference(tree: AgentWorktree, commit: str) -> str:
    """What an agent changed as one unified diff, for people.

    Args:
        tree: Its worktree.
        commit: Its work.

    Raises:
        WorktreeError: git could not tell.
    """
    said = _checked(_top(tree.repository), "diff", *_PLAIN_DIFF, "--no-color", tree.base, commit)
    return said.decode(errors="replace")


def take_over(tree: AgentWorktree, changes: AgentChanges, *, conflicts: bool = False) -> None:
    """Bring an agent's work into the user's tree: all files that fit, or none.

    Args:
        tree: Its worktree.
        changes: As compared just now.
        conflicts: Whether files that do not fit are written as well, their conflicts marked.

    Raises:
        WorktreeError: the tree changed meanwhile; nothing was written.
    """
    names = changes.files if conflicts else changes.fitting
    if not names:
        return
    without = changes.not_here if conflicts else (*changes.conflicts, *changes.left_alone)
    left_out = tuple(f":(top,exclude,literal){name}" for name in without)
    top = _top(tree.repository)
    patch = _checked(
        top, "diff", *_PLAIN_DIFF, "--binary", changes.now, changes.merged, "--", ":/", *left_out
    )
    if not patch:
        return  # the user's tree has it all
    applied = run_git(top, "apply", "--whitespace=nowarn", "-", given=patch)
    if applied.returncode:
        raise WorktreeError(
            f"The files changed meanwhile, so none was written: {last_words(applied.stderr)}."
        )


def remove_worktree(tree: AgentWorktree) -> None:
    """Remove the files of a worktree whose work is committed; its branch stays.

    Raises:
        WorktreeError: something in it is not committed; nothing is removed.
    """
    top = _top(tree.repository)
    _refuse_programs(tree)  # the agent's own commit may have named new ones
    if tree.git("status", "--porcelain", "--untracked-files=all"):
        raise WorktreeError(f"{tree.root} holds changes that are not committed; it stays.")
    for name in _repositories_inside(tree):
        if (tree.root / name / ".git").exists():
            raise WorktreeError(f"{tree.root} holds a repository of its own; it stays.")
        if _holds_files(tree.root / name):  # git looks into no submodule that is not set up
            raise WorktreeError(f"{tree.root} holds files in the submodule {name}; it stays.")
    run_git(top, "worktree", "unlock", str(tree.root))  # the user may have done so
    _checked(top, "worktree", "remove", str(tree.root))
    _record_of(tree.root).unlink(missing_ok=True)


def discard_branch(tree: AgentWorktree, commit: str) -> None:
    """Delete the branch with an agent's work, as the user asked for by its name.

    Args:
        tree: Its worktree.
        commit: Its work: a branch that has gone on since stays.

    Raises:
        WorktreeError: git would not.
    """
    _checked(_top(tree.repository), "update-ref", "-d", _ref(tree), commit)


# What stands behind ---------------------------------------------------------------


def _ref(tree: AgentWorktree) -> str:
    return f"refs/heads/{tree.branch}"


def _refuse_programs(tree: AgentWorktree) -> None:
    """Let git not look into a repository that an agent made, if it would run programs there.

    Raises:
        WorktreeError: it would.
    """
    if names_programs_inside(tree.root, *tree.where):
        raise WorktreeError(
            f"{tree.root} holds a repository whose configuration names programs; it stays."
        )


def _holds_files(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _repositories_inside(tree: AgentWorktree) -> list[str]:
    return repositories_inside(tree.git("ls-files", "--stage", "-z"))


def _snapshot(top: Path, parent: str, also: list[str] | None = None) -> str:
    """A commit of the user's tree as it is now: known files, and `also` some that are not.

    It is made in an index of its own, so that the user's stays as it is.
    """
    index = Path(os.fsdecode(_checked(top, "rev-parse", "--git-path", "index").strip()))
    with tempfile.TemporaryDirectory(prefix="glideslope-index-") as place:
        own = Path(place, "index")
        if (top / index).exists():
            own.write_bytes((top / index).read_bytes())
        variables = {"GIT_INDEX_FILE": str(own)}
        _checked(top, "add", "--update", "--sparse", variables=variables)
        if also:
            _checked(
                top,
                *("add", "--force", "--sparse", "--pathspec-from-file=-", "--pathspec-file-nul"),
                given="\0".join(f":(top,literal){name}" for name in also).encode(
                    "utf-8", "surrogateescape"
                ),
                variables=variables,
            )
        tree = _checked(top, "write-tree", variables=variables).decode().strip()
    return _commit(top, tree, parent, "The tree of the user as an agent finds it")


def _left_out_of_checkout(top: Path) -> set[str]:
    """Files that git knows and a sparse checkout leaves out of a tree."""
    rows = _names(_checked(top, "ls-files", "-t", "-z"))
    skipped = (row.removeprefix("S ") for row in rows if row.startswith("S "))
    return {name for name in skipped if not os.path.lexists(top / name)}


def _commit(top: Path, tree: str, parent: str, message: str) -> str:
    made = _checked(
        top, "commit-tree", "--no-gpg-sign", "-p", parent, "-m", message, tree, variables=_IDENTITY
    )
    return made.decode().strip()


def _checked(
    folder: Path,
    *arguments: str,
    given: bytes | None = None,
    variables: dict[str, str] | None = None,
) -> bytes:
    """What git wrote.

    Raises:
        WorktreeError: it failed.
    """
    done = run_git(folder, *arguments, given=given, **(variables or {}))
    if done.returncode:
        verb = next(word for word in arguments if not word.startswith("-"))
        raise WorktreeError(f"git {verb} failed: {last_words(done.stderr)}.")
    return done.stdout


def _top(folder: Path) -> Path:
    """The top of the repository; looked up again each time, since its configuration can change.

    Raises:
        WorktreeError: git may not run here.
    """
    top = repository_top(folder)
    if top is None:
        raise WorktreeError(
            f"{folder} is no git repository with a commit, or its configuration names programs."
        )
    return top


def _git_folder(root: Path) -> Path:
    pointer = (root / ".git").read_text("utf-8").strip()
    return (root / pointer.removeprefix("gitdir:").strip()).resolve()


def _names(said: bytes) -> list[str]:
    return [os.fsdecode(name) for name in said.split(b"\0") if name]


def _record_of(root: Path) -> Path:
    return root.with_name(f"{root.name}.json")


def _write_record(tree: AgentWorktree) -> None:
    record = WorktreeRecord(
        repository=str(tree.repository),
        root=str(tree.root),
        git_folder=str(tree.git_folder),
        base=tree.base,
        branch=tree.branch,
    )
    with os.fdopen(open_private(_record_of(tree.root), os.O_WRONLY | os.O_TRUNC), "wb") as file:
        file.write(msgspec.json.encode(record))
