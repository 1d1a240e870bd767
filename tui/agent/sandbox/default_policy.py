"""The policy of a session: the project, the system, the toolchain, and what the user adds."""

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from stat import S_ISREG
from typing import Literal

from tui.agent.sandbox.git_folders import git_folders, repository_root
from tui.agent.sandbox.policy import SandboxPolicy
from tui.agent.sandbox.toolchain import (
    CACHE_VARIABLES,
    CACHES,
    FOLDER_VARIABLES,
    NETWORK_SOCKETS,
    SECRETS,
    SETTINGS_ABOVE,
    SYSTEM,
    SYSTEM_SECRETS,
    TOOLS_OF_THE_HOME,
)
from tui.settings.settings_schema import SandboxSettings

_PROGRAM_FOLDERS = ("bin", "sbin", "shims", "Scripts", "scripts")
_SHARED_FOLDERS = (".local", ".config", "Library", "Documents", "Desktop", "Downloads")
"""Folders of the home that hold more than a tool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfigPaths:
    """What the user's settings say of the sandbox. A path may begin with `~`, or be relative to
    the project.
    """

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    """Taken away from the defaults, and from the project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    """What the settings say of the sandbox."""

    enabled: bool = True
    backend: Literal["auto", "landlock", "bubblewrap", "seatbelt"] = "auto"
    network: bool = False
    """Whether every command may use the network."""
    paths: SandboxConfigPaths = field(default_factory=SandboxConfigPaths)
    namespaces: bool = True
    """False: Landlock alone, as where the kernel refuses namespaces."""

    @classmethod
    def from_settings(cls, settings: SandboxSettings) -> "SandboxConfig":
        """The same, from the settings as they are resolved."""
        paths = SandboxConfigPaths(read=settings.read, write=settings.write, hide=settings.hide)
        on, backend = settings.mode == "on", settings.backend
        return cls(enabled=on, backend=backend, network=settings.network, paths=paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInputs:
    """What the policy is made of."""

    folder: Path
    environment: Mapping[str, str]
    private: Path
    """A folder of the session's own; its `tmp` is TMPDIR."""
    own: tuple[Path, ...] = ()
    """The program's own folders: settings, sessions, logs. Never reachable."""
    scratch: Path | None = None
    """The saved outputs of this session, which may be read."""
    writes_repository: bool = True
    """Whether commands may write what of the repository lies outside of `folder`."""


@dataclass(frozen=True, slots=True)
class PolicyBuilder:
    """Makes policies from the settings as they are then."""

    inputs: PolicyInputs

    def build(self, config: SandboxConfig) -> dict[bool, SandboxPolicy]:
        """See `build_policies`."""
        return build_policies(self.inputs, config)

    def for_worktree(self, folder: Path, scratch: Path | None) -> "PolicyBuilder":
        """The same for a worktree: what it shares with other worktrees is only read.

        Args:
            folder: Where the commands work.
            scratch: The saved outputs of who works there.
        """
        inputs = replace(self.inputs, folder=folder, scratch=scratch, writes_repository=False)
        return PolicyBuilder(inputs)


def build_policies(inputs: PolicyInputs, config: SandboxConfig) -> dict[bool, SandboxPolicy]:
    """What commands may reach, by whether they were given the network.

    Looks at many paths, so it belongs on a thread.
    """
    return {
        given: _build_policy(inputs, config, given or config.network) for given in (False, True)
    }


def _build_policy(inputs: PolicyInputs, settings: SandboxConfig, network: bool) -> SandboxPolicy:
    home = Path(inputs.environment.get("HOME") or Path.home())
    wanted = settings.paths
    base = inputs.folder
    asked = _existing_paths((*wanted.read, *wanted.write), home, base)
    git = find_git_paths(inputs.folder, home)
    if not inputs.writes_repository:
        git = GitPaths(read=(*git.read, *git.write))
    read = [
        *_existing_paths(SYSTEM, home),
        *(_existing_paths(NETWORK_SOCKETS, home) if network else ()),
        *_existing_paths((sys.prefix, sys.base_prefix, sys.exec_prefix), home),
        *_existing_paths((path for path in sys.path if path.endswith("-packages")), home),
        *_existing_paths(TOOLS_OF_THE_HOME, home),
        *_existing_paths(_variable_values(FOLDER_VARIABLES, inputs.environment), home, narrow=True),
        *_existing_paths(_tool_prefixes(inputs.environment, home), home, narrow=True),
        *git.read,
        *_settings_above(inputs.folder),
        *([str(inputs.scratch)] if inputs.scratch else []),
        *asked,
    ]
    write = [
        str(inputs.folder),
        str(inputs.private / "tmp"),
        *git.write,
        *_existing_paths(CACHES, home),
        *_existing_paths(_variable_values(CACHE_VARIABLES, inputs.environment), home, narrow=True),
        *_existing_paths(wanted.write, home, base),
    ]
    hidden = [
        *(str(path) for path in inputs.own),
        *_existing_paths((*SECRETS, *(SYSTEM_SECRETS if _is_root() else ())), home),
        *_existing_paths(wanted.hide, home, base),
    ]
    open_to_all = (str(inputs.scratch) if inputs.scratch else "", *asked)
    return SandboxPolicy(
        private=str(inputs.private),
        read=tuple(dict.fromkeys(read)),
        write=tuple(dict.fromkeys(write)),
        hidden=tuple(each for each in dict.fromkeys(hidden) if each not in open_to_all),
        namespaces=settings.namespaces,
        unreplaced_folders=(str(inputs.folder), str(home.resolve())),
        network=network,
    )


def _settings_above(folder: Path) -> list[str]:
    """Settings of tools in the folders above the project that are regular files."""
    folders = [str(above).rstrip("/") for above in folder.parents]
    found = (f"{above}/{name}" for above in folders for name in SETTINGS_ABOVE)
    return [path for path in found if _is_plain_file(path)]


def _is_plain_file(path: str) -> bool:
    try:
        return S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class GitPaths:
    """What of a repository lies outside the project folder."""

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()


def find_git_paths(folder: Path, home: Path) -> GitPaths:
    """What commands in `folder` need of the repository it belongs to.

    The rest of the repository is read; a home that is a repository itself is not.
    """
    root = repository_root(folder)
    if root is None:
        return GitPaths()
    write = [str(path) for path in git_folders(root)]
    if root == folder:
        return GitPaths(write=tuple(write))
    if home.resolve().is_relative_to(root) or root == Path(root.anchor):
        return GitPaths()
    if (root / ".git").is_dir() and not (root / ".git").is_symlink():
        write.append(str(root / ".git"))
    return GitPaths(read=(str(root),), write=tuple(write))


def _variable_values(variables: Iterable[str], environment: Mapping[str, str]) -> list[str]:
    return [value for name in variables if (value := environment.get(name, ""))]


def _tool_prefixes(environment: Mapping[str, str], home: Path) -> list[str]:
    """For each folder of PATH: the folder above, where that belongs to one tool alone."""
    found = []
    for entry in environment.get("PATH", "").split(os.pathsep):
        path = Path(entry)
        if not path.is_absolute():
            continue
        above = path.parent
        whole = path.name in _PROGRAM_FOLDERS and not _is_shared_folder(above, home)
        found.append(str(above if whole else path))
    return found


def _is_shared_folder(path: Path, home: Path) -> bool:
    """Whether a folder holds more than a tool: a home, what is above it, `~/.local`."""
    if home.is_relative_to(path) or len(path.parts) <= 2:
        return True
    return path.parent == home and path.name in _SHARED_FOLDERS


def _existing_paths(
    paths: Iterable[str], home: Path, base: Path | None = None, *, narrow: bool = False
) -> list[str]:
    """Those of `paths` that exist, free of links.

    Args:
        paths: May begin with `~`.
        home: What `~` is.
        base: What others are relative to; None: those are left out.
        narrow: Leave out what holds the home or is the home: nobody meant that.
    """
    found = []
    for path in paths:
        text = str(home) + path[1:] if path == "~" or path.startswith("~/") else path
        if base is not None:
            text = os.path.join(base, text)
        if not os.path.isabs(text) or not os.path.exists(text):
            continue
        real = os.path.realpath(text)
        if narrow and _is_shared_folder(Path(real), home.resolve()):
            continue
        found.append(real)
    return found


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
