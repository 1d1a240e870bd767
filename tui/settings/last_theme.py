"""The theme of the last run: which one was chosen, and what the screen was painted with.

    chosen dusk
    painted dusk
    dark true
    background #141a22

One line a colour, in the user's state folder, so that the next first frame reads no theme
file. It is only a cache: the program ignores a file that is not whole, and reads the theme's own
file again after the first frame.
"""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tui.session.private_files import make_private_folder, open_private
from tui.settings.theme_spec import (
    COLOURS,
    DARK,
    TERMINAL_COLOUR,
    VARIABLES,
    ThemeSpec,
    built_in_folder,
)
from tui.settings.user_folders import UserFolders

CHOSEN = "chosen with /theme"
"""Who set a theme that no settings name."""
NAME = "theme"
"""Of the file in the state folder."""


class LastTheme(NamedTuple):
    """The theme that the user chose, and the one that was painted last."""

    chosen_name: str = ""
    """The name chosen last in the program; empty if none was."""
    shown_theme: ThemeSpec | None = None
    """What the screen looked like last; settings may have had another one painted."""


def recall(state: Path) -> LastTheme:
    """What is remembered in the state folder; nothing at first."""
    values = dict(line.partition(" ")[::2] for line in _lines(state / NAME))
    return LastTheme(values.get("chosen", ""), _complete_theme(values))


def shipped_dark_theme() -> ThemeSpec | None:
    """Our dark theme, for the very first frame: its file is plain enough to need no TOML reader.

    None where it does not read so: the reader of themes then says what there is to say.
    """
    values = {"painted": DARK}
    for line in _lines(built_in_folder() / f"{DARK}.toml"):
        key, _, value = line.partition(" = ")
        values[key] = value.strip('"')
    return _complete_theme(values)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def _complete_theme(values: Mapping[str, str]) -> ThemeSpec | None:
    """The theme that the lines describe; None if anything is missing."""
    painted = values.get("painted", "")
    colours = {key: values[key] for key in COLOURS if _is_colour(values.get(key, ""))}
    variables = {key: values[key] for key in VARIABLES if _is_colour(values.get(key, ""))}
    if not painted or len(colours) < len(COLOURS) or len(variables) < len(VARIABLES):
        return None
    return ThemeSpec(painted, values.get("dark") == "true", colours, variables)


def remember(state: Path, chosen: str, painted: ThemeSpec) -> None:
    """Keep both for the next start; a failure to write is ignored.

    Args:
        state: The user's state folder.
        chosen: The name of the theme that the user chose.
        painted: The theme on the screen.
    """
    lines = [f"chosen {chosen}", f"painted {painted.name}", f"dark {str(painted.dark).lower()}"]
    lines += [f"{key} {colour}" for key, colour in painted.all.items()]
    with contextlib.suppress(OSError):
        make_private_folder(state)
        handle = open_private(state / NAME, os.O_WRONLY | os.O_TRUNC)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


def first_theme(name: str | None, home: UserFolders) -> ThemeSpec | None:
    """What to paint the first frame with: the theme called `name`, else the last one.

    None only where the program's own files are missing.
    """
    chosen, painted = recall(home.state)
    if painted and name in (None, painted.name):
        return painted
    if not (name or chosen or _user_replaces_dark(home)) and (ours := shipped_dark_theme()):
        return ours
    from tui.settings.theme_catalogue import load_theme

    names = (name, chosen, DARK)
    return next(
        (found for name in names if name and (found := load_theme(name, home.themes))), None
    )


def _user_replaces_dark(home: UserFolders) -> bool:
    """Whether the user has put a theme of that name before ours."""
    return (home.themes / f"{DARK}.toml").exists()


def _is_colour(text: str) -> bool:
    if TERMINAL_COLOUR.fullmatch(text):
        return True
    return len(text) == 7 and text[0] == "#" and text[1:].isalnum() and text.isascii()
