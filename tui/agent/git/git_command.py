"""Runs git, quietly: no hook, no monitor, no question, none of our credentials.

A repository is not trusted. So git runs only where its configuration names no program
(`plain_repository`), and takes no lock that it can do without.
"""

import os
import shutil
import subprocess
from pathlib import Path

from tui.agent.git.plain_repository import is_plain, plain_repository
from tui.child_environment import without_credentials

_QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0")
"""None of a repository's programs runs."""


def run_git(
    folder: Path, *arguments: str, given: bytes | None = None, **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder.

    Args:
        folder: Where it works.
        arguments: The command and its arguments.
        given: Its standard input; none for None.
        variables: More of its environment.
    """
    return subprocess.run(
        ("git", *_QUIET, "-C", str(folder), *arguments),
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        env=without_credentials(_git_variables() | variables),
        check=False,
    )


def repository_top(folder: Path) -> Path | None:
    """The top of the repository with at least one commit that a folder is in, if git may run."""
    top = plain_repository(folder) if shutil.which("git") else None
    if top is None:
        return None
    has_commit = run_git(top, "rev-parse", "--verify", "--quiet", "HEAD").returncode == 0
    return top if has_commit and not names_programs_inside(top) else None


def names_programs_inside(top: Path, *where: str) -> bool:
    """Whether the configuration of a repository inside of another one names programs.

    `git add` and `git status` look into those that the index names, and run the filters of each.

    Args:
        top: The top of the outer tree.
        where: Options that lead git to it; none where it finds it by itself.
    """
    for name in repositories_inside(run_git(top, *where, "ls-files", "--stage", "-z").stdout):
        inner = top / name
        if not os.path.lexists(inner / ".git"):
            continue
        if not is_plain(inner / ".git") or names_programs_inside(inner):
            return True
    return False


def repositories_inside(listed: bytes) -> list[str]:
    """Folders that git has as repositories of their own, from `ls-files --stage -z`."""
    rows = listed.split(b"\0")
    return [os.fsdecode(row.partition(b"\t")[2]) for row in rows if row.startswith(b"160000 ")]


def last_words(said: bytes) -> str:
    """The last line that git wrote, as the end of a sentence."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("fatal: ").rstrip(".") if lines else "it said nothing"


def missing_in_copies(top: Path) -> list[str]:
    """What a worktree of a repository lacks, in sentences."""
    found = []
    if (top / ".gitmodules").exists():
        found.append("Submodules are empty in the copies; nothing is fetched.")
    attributes = top / ".gitattributes"
    if attributes.is_file() and "filter=lfs" in attributes.read_text("utf-8", "replace"):
        found.append("Files of Git LFS are pointers in the copies; nothing is fetched.")
    return found


def _git_variables() -> dict[str, str]:
    """The environment without what points git elsewhere; it takes no lock and asks nothing."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return plain | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
