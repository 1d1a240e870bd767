"""Folders outside the project that git needs to work in it.

A worktree, a submodule and a repository made with `--separate-git-dir` have a file `.git`
that says where the rest is. Whoever packed the project may have written that file, so it is
believed only where the folder it names belongs to this project.
"""

import configparser
from pathlib import Path

_MOST = 4_096
"""Bytes of a pointer file; a path is no longer."""


def repository_root(folder: Path) -> Path | None:
    """The folder at or above `folder` that has a `.git`; None outside a repository."""
    for each in (folder, *folder.parents):
        try:
            (each / ".git").lstat()
        except OSError:
            continue
        return each
    return None


def git_folders(root: Path) -> tuple[Path, ...]:
    """What git reads and writes for the repository at `root`, outside of it."""
    entry = root / ".git"
    if entry.is_symlink() or not entry.is_file():
        return ()
    pointed = _read_pointer(entry, "gitdir:")
    if pointed is None or not _is_git_folder(pointed):
        return ()
    common = _read_pointer(pointed / "commondir", "") or pointed
    if not _belongs_to_repository(pointed, common, entry):
        return ()
    return tuple(dict.fromkeys((common, pointed)))


def _belongs_to_repository(pointed: Path, common: Path, entry: Path) -> bool:
    back = _read_pointer(pointed / "gitdir", "")
    if back is not None:  # a worktree: git keeps the way back
        return back == entry and pointed.parent == common / "worktrees"
    if (tree := _work_tree(pointed)) is not None:  # a submodule
        return tree == entry.parent
    # A separate folder has no way back; the one of another working tree is not taken for it.
    return ".git" not in pointed.parts and not _is_bare(pointed)


def _is_git_folder(path: Path) -> bool:
    return (path / "HEAD").is_file() and (
        (path / "commondir").is_file() or ((path / "objects").is_dir() and (path / "refs").is_dir())
    )


def _read_pointer(file: Path, prefix: str) -> Path | None:
    """The path that a small file holds, from the file's own folder."""
    try:
        with file.open("rb") as opened:
            text = opened.read(_MOST).decode().strip()
    except (OSError, UnicodeDecodeError):
        return None
    if not text.startswith(prefix) or "\n" in text or "\0" in text:
        return None
    named = text.removeprefix(prefix).strip()
    return (file.parent / named).resolve() if named else None


def _git_setting(git: Path, name: str) -> str | None:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        text = (git / "config").read_text(encoding="utf-8")
        parser.read_string("\n".join(line.strip() for line in text.splitlines()))
        return parser.get("core", name, fallback=None)
    except (OSError, UnicodeDecodeError, configparser.Error):
        return None


def _work_tree(git: Path) -> Path | None:
    named = _git_setting(git, "worktree")
    return (git / named.strip('"')).resolve() if named else None


def _is_bare(git: Path) -> bool:
    return (_git_setting(git, "bare") or "false").strip('"').lower() in ("true", "yes", "on", "1")
