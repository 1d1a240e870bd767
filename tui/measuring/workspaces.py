"""Throw-away copies of a project, so that a measured run changes nothing of it.

Inside git a copy is a detached worktree of HEAD with what is not committed laid over it. Elsewhere,
and where the repository's configuration names programs, it is a plain copy. Nothing of the
caller's tree, index, refs or stash changes. A lock beside each copy names the process that uses it,
so that copies of a process that died can be removed.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tui.agent.git.git_command import last_words, missing_in_copies, repository_top, run_git
from tui.session.private_files import make_private_folder

MAX_COPY_BYTES = 2_000_000_000
"""Bytes of a folder outside git that is copied at most."""
_LOCK = ".lock"


class WorkspaceError(Exception):
    """A copy could not be made; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """One copy."""

    root: Path
    """What is removed at the end."""
    folder: Path
    """Where the work is done: as deep below `root` as the caller's folder is in its repository."""
    repository: Path | None
    """The repository that knows it as a worktree; None for a plain copy."""

    def remove(self) -> None:
        """Remove the copy; never fails."""
        if self.repository is not None:
            run_git(self.repository, "worktree", "remove", "--force", "--force", str(self.root))
        shutil.rmtree(self.root, ignore_errors=True)
        _lock_of(self.root).unlink(missing_ok=True)

    def keep(self) -> None:
        """Leave the copy where it is: without its lock nobody takes it for abandoned."""
        _lock_of(self.root).unlink(missing_ok=True)


def make_workspace(folder: Path, below: Path, name: str) -> Workspace:
    """A copy of a project folder.

    Args:
        folder: The project folder, or a folder in it.
        below: The folder for copies, of this user alone.
        name: The copy's name.

    Raises:
        WorkspaceError: it cannot be made; nothing of it is left.
    """
    root = below / name
    try:
        make_private_folder(below)
        _lock_of(root).write_text(str(os.getpid()))
        top = repository_top(folder)
        return _plain_copy(folder, root) if top is None else _worktree(folder, top, root)
    except (OSError, shutil.Error, WorkspaceError) as error:
        shutil.rmtree(root, ignore_errors=True)
        _lock_of(root).unlink(missing_ok=True)
        sentence = str(error) if isinstance(error, WorkspaceError) else _copy_failed(folder, error)
        raise WorkspaceError(sentence) from error


def remove_abandoned(folder: Path, below: Path) -> int:
    """Remove the copies of processes that are gone; returns how many there were.

    Args:
        folder: The project folder; its repository may know some as worktrees.
        below: The folder for copies.
    """
    top = repository_top(folder)
    removed = 0
    for lock in sorted(below.glob(f"*{_LOCK}")) if below.is_dir() else ():
        if _is_alive(lock):
            continue
        root = lock.with_name(lock.name.removesuffix(_LOCK))
        Workspace(root, root, top if root.exists() else None).remove()
        removed += 1
    return removed


def remarks_on(folder: Path) -> Iterator[str]:
    """What a copy will lack, in sentences."""
    top = repository_top(folder)
    if top is not None:
        yield from missing_in_copies(top)


def _lock_of(root: Path) -> Path:
    return root.with_name(root.name + _LOCK)


def _is_alive(lock: Path) -> bool:
    try:
        os.kill(int(lock.read_text()), 0)
    except (ValueError, ProcessLookupError):
        return False
    except OSError:
        return True  # of another user, or not to be read
    return True


def _plain_copy(folder: Path, root: Path) -> Workspace:
    copies = root.parent.resolve()
    size = sum(
        path.lstat().st_size
        for path in folder.rglob("*")
        if not path.is_symlink() and copies not in path.parents
    )
    if size > MAX_COPY_BYTES:
        raise WorkspaceError(
            f"{folder} holds {size / 1e9:.1f} GB; at most {MAX_COPY_BYTES / 1e9:.0f} GB are copied."
            " Work in a git repository, or in a smaller folder."
        )

    def left_out(place: str, names: list[str]) -> list[str]:
        """The folder of the copies, where it lies in the project: no copy holds itself."""
        return [name for name in names if (Path(place) / name).resolve() == copies]

    shutil.copytree(folder, root, symlinks=True, ignore=left_out)
    return Workspace(root, root, None)


def _worktree(folder: Path, top: Path, root: Path) -> Workspace:
    made = run_git(top, "worktree", "add", "--detach", "--quiet", str(root), "HEAD")
    if made.returncode:
        raise WorkspaceError(f"git could not make a worktree: {last_words(made.stderr)}.")
    workspace = Workspace(root, root / folder.resolve().relative_to(top), top)
    try:
        _lay_over(top, root)
    except BaseException:
        workspace.remove()
        raise
    workspace.folder.mkdir(parents=True, exist_ok=True)
    return workspace


def _lay_over(top: Path, root: Path) -> None:
    """Bring what is not committed into a worktree: the changes, and the files git does not know."""
    changes = run_git(top, "diff", "HEAD", "--binary", "--no-ext-diff", "--no-textconv").stdout
    if changes.strip():
        applied = run_git(root, "apply", "--whitespace=nowarn", "-", given=changes)
        if applied.returncode:
            raise WorkspaceError(
                f"Changes that are not committed do not apply: {last_words(applied.stderr)}."
            )
    listed = run_git(top, "ls-files", "--others", "--exclude-standard", "-z").stdout
    for name in filter(None, listed.split(b"\0")):
        path = Path(os.fsdecode(name))
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if (top / path).is_dir() and not (top / path).is_symlink():
            continue  # a repository within the repository
        shutil.copy2(top / path, root / path, follow_symlinks=False)


def _copy_failed(folder: Path, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else "some files cannot be read"
    return f"{folder} could not be copied: {reason}."
