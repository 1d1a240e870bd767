"""Files through which code could run later, or the program could be allowed more.

This is the one list of them. Changing such a file by a file tool is always asked about, and
what a command changed in one is put back and asked about (`tui.agent.command_protection`). Two
kinds of names count: a folder with everything in it, and a file wherever it is.

Left out on purpose is what obviously is the project's own code and runs only when the user
runs the project: build files, package scripts, test configuration, workflows of a server.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Literal

from tui.agent.git_file_facts import attributes_facts, config_facts

GIT = "git's own files can run commands"
OURS = "it changes what Glideslope itself may do"
_HOOKS = "git runs it with the next commit or push"
_EDITOR = "an editor may run what it says"
_AGENT = "another coding agent may run what it says"
_SHELL = "a shell may run it on entering the folder"
_PACKAGES = "it says where packages come from and what runs with them"
_LATER = "every later session is instructed by it"
_LOGIN = "it runs or applies in every later shell or login"


def _names_with_reasons(names: dict[str, str]) -> dict[str, str]:
    """Why each name is protected, of a table of names by reason."""
    return {name: reason for reason, of_reason in names.items() for name in of_reason.split()}


FOLDERS = _names_with_reasons(
    {
        GIT: ".git",
        OURS: ".glideslope",
        _HOOKS: ".husky .githooks .lefthook .lefthook-local",
        _EDITOR: ".vscode .zed .fleet .idea .run .devcontainer .vs .theia",
        _AGENT: ".cursor .claude .codex .gemini .windsurf .opencode",
    }
)
"""Folders, at any depth, that are protected with everything in them."""

FILES = _names_with_reasons(
    {
        _SHELL: ".envrc .mise.toml",
        _HOOKS: ".pre-commit-config.yaml .pre-commit-config.yml lefthook.yml lefthook.yaml "
        "lefthook.toml lefthook-local.yml .lefthook.yml .lefthook.yaml .huskyrc "
        ".huskyrc.json .huskyrc.js",
        _EDITOR: ".devcontainer.json .exrc .nvimrc .nvim.lua .lazy.lua .lvimrc .dir-locals.el "
        ".dir-locals-2.el",
        _AGENT: ".mcp.json .cursorrules .windsurfrules",
        _PACKAGES: ".npmrc .yarnrc .yarnrc.yml .pnpmfile.cjs .pnpmfile.mjs",
        _LATER: "agents.md claude.md",
    }
)
"""Files that are protected at any depth."""

PAIRS: dict[tuple[str, str], str] = {
    (".cargo", "config"): _PACKAGES,
    (".cargo", "config.toml"): _PACKAGES,
    (".hg", "hgrc"): "Mercurial runs programs that it names",
    (".helix", "config.toml"): _EDITOR,
    (".helix", "languages.toml"): _EDITOR,
    (".mvn", "extensions.xml"): _PACKAGES,
    (".bundle", "config"): _PACKAGES,
    (".github", "copilot-instructions.md"): _AGENT,
}
"""Files that are protected in a folder of a certain name."""

ENDINGS: dict[str, str] = {".code-workspace": _EDITOR}
"""Endings of protected files."""

CONTENT: dict[str, str] = {
    ".gitattributes": "it chooses programs that git runs on files",
    ".gitmodules": "it says where submodules come from and what runs with them",
}
"""Files of which only some lines matter: see `tui.agent.shell.git_config`."""

HOME = _names_with_reasons(
    {
        _LOGIN: ".bashrc .bash_profile .bash_login .bash_logout .profile .inputrc .zshrc "
        ".zshenv .zprofile .zlogin .zlogout .kshrc .cshrc .tcshrc .xprofile .xinitrc "
        ".xsession .tmux.conf .vimrc .vim .emacs .emacs.d .ssh .gnupg .gitconfig "
        ".netrc .pypirc .pam_environment .config/git .config/fish .config/nvim "
        ".config/autostart .config/systemd .config/environment.d .local/bin "
        ".local/share/systemd Library/LaunchAgents",
    }
)
"""What is protected in the home folder only, for who works in it; a folder with all in it."""

_STREAM = re.compile(r"[\s.]*(?::.*)?\Z", re.DOTALL)
_OBJECT = re.compile(rb"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?")
"""The id of a commit."""
_SHORT = re.compile(r"([a-z0-9_-]{1,6})~[0-9](?:\.([a-z0-9]{0,3}))?")


def path_protection_reason(path: PurePath, own: Iterable[PurePath] = ()) -> str:
    """Why changing this file is always asked about; empty where it is not.

    The path is judged as it is written: judge what it leads to as well. Names count however
    a file system may take them for the same: other case, invisible characters, final dots
    and blanks, streams and short names of Windows.

    Args:
        path: The file, absolute.
        own: Folders of the program itself: settings, sessions.
    """
    if any(path.is_relative_to(folder) for folder in own):
        return OURS
    parts = tuple(fold_file_name(part) for part in path.parts)
    return _tree_reason(parts) or _home_reason(path)


def protected_kind(name: str) -> Literal["folder", "file", ""]:
    """Whether a name alone, at any depth, makes a folder or a file protected."""
    plain = fold_file_name(name)
    if plain in FOLDERS:
        return "folder"
    named = plain in FILES or plain in CONTENT or plain.endswith(tuple(ENDINGS))
    return "file" if named else ""


@lru_cache(maxsize=4096)
def fold_file_name(name: str) -> str:
    """A name as the most forgiving file system reads it."""
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name)
        name = "".join(char for char in name if unicodedata.category(char) not in ("Cf", "Cc"))
    name = name.casefold()
    if name not in (".", ".."):
        name = _STREAM.sub("", name) or name
    if "~" in name and (found := _SHORT.fullmatch(name)):
        return _long_name_of(found[1], found[2]) or name
    return name


def starts_repository(path: Path, content: bytes) -> str:
    """Why the program asks about a file that makes its folder a git repository; empty if not.

    Git takes any folder with HEAD, objects and refs for a repository, and then obeys the
    config in it. So a HEAD that git would accept counts, and whatever is written beside one.

    Args:
        path: The file, absolute and free of links.
        content: What it is to hold.
    """
    if fold_file_name(path.name) == "head" and _is_head(content):
        return GIT
    for folder in _git_folders(path):
        if holds_head(folder):
            return GIT
    return ""


def content_protection_reason(path: Path, before: bytes | None, after: bytes) -> str:
    """Why a change is always asked about for what it says; empty where it is not.

    Args:
        path: The file, absolute and free of links.
        before: What it holds; None where it is not there.
        after: What it is to hold.
    """
    name = fold_file_name(path.name)
    if name in CONTENT:
        facts = attributes_facts if name == ".gitattributes" else config_facts
        return CONTENT[name] if facts(after) - facts(before or b"") else ""
    return starts_repository(path, after)


def holds_head(folder: Path) -> bool:
    """Whether a folder holds a HEAD that git would accept."""
    head = folder / "HEAD"
    try:
        if head.is_symlink():
            return True
        with head.open("rb") as file:
            return _is_head(file.read(300))
    except OSError:
        return False


def _git_folders(path: Path) -> Iterator[Path]:
    """Folders that a file at `path` would be a working part of, were they repositories."""
    if fold_file_name(path.name) in ("config", "config.worktree", "commondir", "gitdir"):
        yield path.parent
    names = [fold_file_name(part) for part in path.parts]
    for at, name in enumerate(names[:-1]):
        if name in ("hooks", "info", "objects", "refs", "modules", "worktrees"):
            yield Path(*path.parts[:at])


def _is_head(content: bytes) -> bool:
    text = content[:300].strip()
    return text.startswith(b"ref:") or _OBJECT.fullmatch(text) is not None


def _tree_reason(parts: tuple[str, ...]) -> str:
    for part in parts:
        if part in FOLDERS:
            return FOLDERS[part]
    if not parts:
        return ""
    name = parts[-1]
    pair = PAIRS.get((parts[-2], name), "") if len(parts) > 1 else ""
    ending = next((why for end, why in ENDINGS.items() if name.endswith(end)), "")
    return FILES.get(name) or pair or ending


def _home_reason(path: PurePath) -> str:
    home = _home()
    if home is None or not path.is_relative_to(home):
        return ""
    inside = path.relative_to(home)
    names = ("/".join(inside.parts[:depth]) for depth in range(1, min(len(inside.parts), 4) + 1))
    return next((HOME[name] for name in names if name in HOME), "")


def home_paths() -> tuple[Path, ...]:
    """The files and folders of the home folder that are protected; they need not be there."""
    home = _home()
    return () if home is None else tuple(Path(home, name) for name in HOME)


def _home() -> PurePath | None:
    try:
        return Path.home()
    except RuntimeError:  # a user without a home
        return None


@lru_cache(maxsize=1)
def _long_names_by_short() -> dict[tuple[str, str], str]:
    """Protected names by the first six letters and the ending of their short names."""
    table: dict[tuple[str, str], str] = {}
    for name in (*FOLDERS, *FILES, *CONTENT):
        bare = name.lstrip(".")
        base, _, ending = bare.rpartition(".") if "." in bare else (bare, "", "")
        table.setdefault((base.replace(".", "")[:6], ending[:3]), name)
    return table


def _long_name_of(base: str, ending: str | None) -> str:
    found = _long_names_by_short().get((base, ending or ""))
    return found or ""
