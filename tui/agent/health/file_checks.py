"""Checks of the program's own files: who can read them, whether sessions and settings are whole."""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tui.agent.health.health_finding import HealthFinding
from tui.commands import COMMANDS
from tui.session.session_index import SessionIndex
from tui.session.store_errors import StoreError
from tui.settings.keymap import load_keymap
from tui.settings.settings_resolver import ResolvedSettings
from tui.settings.theme_catalogue import load_themes
from tui.settings.user_folders import UserFolders

MOST_FILES = 20_000
"""Files whose mode is looked at."""
OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""Bits of a mode that let somebody else in."""


def check_privacy(folders: UserFolders) -> HealthFinding:
    """Whether only this user can read sessions and logs: folders 0700, files 0600."""
    if os.name == "nt":
        return HealthFinding("privacy", "ok", "the files are in your own profile")
    opened = [path for path in _own_files(folders) if _lets_others_in(path)]
    if opened:
        more = f" and {len(opened) - 1} more" if len(opened) > 1 else ""
        return HealthFinding(
            "privacy",
            "warn",
            f"other users can reach {opened[0]}{more}",
            f"Close them: chmod -R go-rwx {folders.data} {folders.state}",
        )
    return HealthFinding("privacy", "ok", "only you can read sessions and logs")


def _own_files(folders: UserFolders) -> Iterator[Path]:
    count = 0
    for top in (folders.data, folders.state):
        if top.exists():
            yield top
        for path in top.rglob("*") if top.exists() else ():
            count += 1
            if count > MOST_FILES:
                return
            yield path


def _lets_others_in(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return not stat.S_ISLNK(found.st_mode) and bool(stat.S_IMODE(found.st_mode) & OTHERS)


def check_store(folders: UserFolders) -> HealthFinding:
    """Whether sessions can be written, and which of them are damaged."""
    if problem := _unwritable(folders.data):
        advice = f"Make {folders.data} writable, or set GLIDESLOPE_HOME to another folder."
        return HealthFinding("sessions", "bad", problem, advice)
    if not folders.data.exists():
        return HealthFinding("sessions", "ok", f"none yet; they will be in {folders.data}")
    try:
        with SessionIndex(folders.data) as index:
            index.refresh()
            sessions = index.page(None, limit=None)
    except StoreError as error:
        return HealthFinding("sessions", "bad", error.sentence.rstrip("."))
    damaged = [each for each in sessions if each.trouble]
    words = f"{len(sessions):,} in {folders.data}"
    if damaged:
        return HealthFinding(
            "sessions",
            "warn",
            f"{words}; {len(damaged):,} of them with damage, {damaged[0].id} for one",
            "They open with what can be read: glideslope sessions list --all names them.",
        )
    return HealthFinding("sessions", "ok", words)


def _unwritable(folder: Path) -> str:
    """Why nothing can be written into a folder; empty where it can."""
    there = next(level for level in (folder, *folder.parents) if level.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            return ""
    except OSError as error:
        return f"nothing can be written at {there}: {(error.strerror or str(error)).lower()}"


def check_settings(resolved: ResolvedSettings, folders: UserFolders) -> list[HealthFinding]:
    """The settings, the keys and the themes: one finding for each mistake, else one for all.

    Args:
        resolved: The settings of the folder.
        folders: Where the user's files are.
    """
    problems = [("settings", problem) for problem in resolved.problems]
    problems += [("keys", each) for each in load_keymap(COMMANDS, folders.keybindings).problems]
    problems += [("themes", problem) for problem in load_themes(folders.themes).problems]
    if not problems:
        return [HealthFinding("settings", "ok", "settings, keys and themes can be read")]
    return [
        HealthFinding(
            subject,
            "bad" if problem.lost_limit else "warn",
            problem.sentence.rstrip("."),
            "The value that holds instead: glideslope config.",
        )
        for subject, problem in problems
    ]
