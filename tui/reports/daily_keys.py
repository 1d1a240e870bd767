"""What `?` shows: the keys and commands of every day, in a few rows.

Keys are those of the keymap. What has no key, or is no command here, is left out.
"""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from tui.commands import BY_ID, BY_SLASH
from tui.settings.key_names import key_label
from tui.settings.keymap import Keymap

GAP_CELLS = 3
"""Cells between two columns, at least."""


class DailyKey(NamedTuple):
    """A key and what it does."""

    key: str
    """As people write it: `ctrl+o`."""
    words: str

    @property
    def cells(self) -> int:
        """Cells of both, with a blank between them."""
        return len(self.key) + 1 + len(self.words)


_KEYS: tuple[tuple[str, str], ...] = (
    ("session.interrupt", "interrupt"),
    ("mode.cycle", "mode"),
    ("view.details", "details"),
    ("model.choose", "model"),
    ("session.rewind", "rewind"),
    ("history.search", "history"),
    ("transcript.find", "find"),
    ("effort", "effort"),
    ("composer.newline", "new line"),
    ("composer.editor", "editor"),
    ("view.checklist", "checklist"),
    ("view.sidebar", "sidebar"),
    ("composer.undo", "undo"),
    ("transcript.focus", "transcript"),
    ("palette.open", "palette"),
    ("app.quit", "quit"),
)
"""Commands by id, row by row, with one or two words for each; `effort` is a pair of keys."""

_COMMANDS = ("budget", "usage", "diff", "undo", "model", "sessions", "compact", "config")
"""Slash names worth knowing, the most used first."""

PREFIXES = (DailyKey("/", "commands"), DailyKey("@", "files"), DailyKey("!", "shell"))
"""Characters that begin something else than words for the model."""
MORE = (DailyKey("/help all", "every command"), DailyKey("/keys", "every key"))
"""Where the rest is."""


def daily_keys(keymap: Keymap) -> list[DailyKey]:
    """The keys of every day, in their order."""
    found = (
        DailyKey(_effort_keys(keymap) if id == "effort" else _shortest(keymap, id), words)
        for id, words in _KEYS
    )
    return [each for each in found if each.key]


def daily_commands() -> list[str]:
    """Slash commands of every day, with their slash."""
    return [f"/{name}" for name in _COMMANDS if name in BY_SLASH]


def _shortest(keymap: Keymap, id: str) -> str:
    # A letter would be typed: the help is read while the composer has the keys.
    keys = keymap.keys.get(id, ()) if id in BY_ID else ()
    return min(map(key_label, keys), key=len, default="")


def _effort_keys(keymap: Keymap) -> str:
    """Both keys of the effort in one: `alt+↑/↓`."""
    up, down = keymap.label("effort.up"), keymap.label("effort.down")
    if not (up and down):
        return up or down
    start, _, last = down.rpartition("+")
    return f"{up}/{last}" if start == up.rpartition("+")[0] else f"{up}/{down}"


def in_columns(entries: Sequence[DailyKey], width: int) -> list[list[tuple[DailyKey, int]]]:
    """Entries row by row, each with the cells of its column, in as few rows as fit.

    Of as many columns as take no more rows, it is the fewest: so the last row is nearly full.

    Args:
        entries: From left to right.
        width: Cells of a row.

    Returns:
        Rows of entries; the last column of a row is as wide as its entry.
    """
    for most in range(len(entries), 0, -1):
        columns = ceil(len(entries) / ceil(len(entries) / most))
        rows = [entries[at : at + columns] for at in range(0, len(entries), columns)]
        wide = [max(row[at].cells for row in rows if at < len(row)) for at in range(columns)]
        if sum(wide) + GAP_CELLS * (columns - 1) <= width or columns == 1:
            break
    return [list(zip(row, wide, strict=False)) for row in rows] if entries else []
