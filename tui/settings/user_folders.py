"""Where this user's files live: configuration, data, state, cache.

The platform's own folders, unless `GLIDESLOPE_HOME` names one folder for everything.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "GLIDESLOPE_HOME"
"""Environment variable that puts all folders under one."""

PROJECT_FOLDER = ".glideslope"
"""What a project keeps its own files in, inside the project folder."""


@dataclass(frozen=True, slots=True)
class UserFolders:
    """The four folders of one user. None of them need exist yet."""

    config: Path
    """What people write: settings, key bindings, themes."""
    data: Path
    """What must not be lost: the sessions."""
    state: Path
    """What is nice to keep: prompt history, logs."""
    cache: Path
    """What can be made again: the search index."""

    @property
    def worktrees(self) -> Path:
        """Where agents have worktrees of their own: beside the data, which no command reaches."""
        return self.data.with_name(f"{self.data.name}-worktrees")

    @property
    def settings(self) -> Path:
        """The file with the user's own settings."""
        return self.config / "settings.toml"

    @property
    def keybindings(self) -> Path:
        """The file with the user's own keys."""
        return self.config / "keybindings.toml"

    @property
    def themes(self) -> Path:
        """The folder with the user's own themes."""
        return self.config / "themes"


def user_folders(environ: Mapping[str, str] | None = None) -> UserFolders:
    """The folders of this user.

    Args:
        environ: the environment to read `GLIDESLOPE_HOME` from; this process's own by default.
    """
    home = (os.environ if environ is None else environ).get(HOME_VARIABLE, "").strip()
    if home:
        root = Path(home).expanduser().absolute()
        return UserFolders(root / "config", root / "data", root / "state", root / "cache")
    from platformdirs import PlatformDirs

    platform = PlatformDirs("glideslope", appauthor=False)
    return UserFolders(
        platform.user_config_path,
        platform.user_data_path,
        platform.user_state_path,
        platform.user_cache_path,
    )


def project_settings(project: Path) -> Path:
    """The settings a project shares with everybody who works on it."""
    return project / PROJECT_FOLDER / "settings.toml"


def project_settings_files(project: Path) -> tuple[Path, Path]:
    """Both files in which a project can keep settings, the shared one first."""
    return project_settings(project), project_local_settings(project)


def project_local_settings(project: Path) -> Path:
    """The settings of one checkout, kept out of version control."""
    return project / PROJECT_FOLDER / "settings.local.toml"
