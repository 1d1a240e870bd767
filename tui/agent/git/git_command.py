"""Runs git, quietly: no hook, no monitor, no question, none of our credentials.

A repository is not trusted. So git runs only where its configuration names no program
(`plain_repository`), and takes no lock that it can do without.
"""

import os
import shutil
import subprocess
from pathlib import Path

from tui.agent.git.plain_repository import plain_repository
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
    return top if has_commit else None


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
