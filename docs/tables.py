"""Writes the tables of `settings.md` and `keys.md` from the code: `python docs/tables.py`."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tui.claude.catalogue import load_catalogue
from tui.commands import COMMANDS, Command
from tui.settings.budget_settings import TAG_SETTINGS
from tui.settings.key_names import key_label, parse_key_chord
from tui.settings.setting import Setting
from tui.settings.settings_schema import BUILT_IN, SETTINGS, setting_value
from tui.settings.theme_catalogue import load_themes
from tui.settings.theme_spec import COLOURS, VARIABLES

FOLDER = Path(__file__).parent

PROJECT = {
    "lower": "may lower it",
    "higher": "may raise it",
    "cheaper": "may choose one that costs no more",
    "stricter": "may add to it",
    "users": "only if you accept it",
}
CONTEXTS = {
    "app": "everywhere",
    "asked": "while a question waits",
    "composer": "while writing",
    "transcript": "in the transcript",
    "prompt": "at a question",
    "limit": "at a reached limit",
    "offer": "at an offer",
    "trust": "at the question about a folder",
    "budget": "while a landing block waits",
    "panel": "while a panel is open",
}


def settings_rows() -> Iterator[tuple[str, ...]]:
    """A row for each setting."""
    yield "setting", "holds", "built in", "a project's file", "what it is for"
    for setting in (*SETTINGS, *TAG_SETTINGS):
        yield f"`{setting.key}`", setting.value_type.accepted, default(setting), *project(setting)


def default(setting: Setting) -> str:
    """The built-in value in words."""
    return setting.value_type.to_text(setting_value(BUILT_IN, setting.key))


def project(setting: Setting) -> tuple[str, str]:
    """What a project may do, and what the setting is for."""
    return PROJECT[setting.project_rule], setting.help


def rate_preset_rows() -> Iterator[tuple[str, ...]]:
    """A row for each size of a team."""
    yield "people in the team", "tokens a minute", "requests a minute", "since"
    least = 1
    for row in load_catalogue().rate_presets:
        size = f"{least:,} to {row.users:,}" if row.users else f"{least:,} or more"
        tokens = f"{row.tokens[0]:,} to {row.tokens[1]:,}"
        yield size, tokens, f"{row.requests[0]} to {row.requests[1]}", str(row.since)
        least = (row.users or 0) + 1


def theme_rows() -> Iterator[tuple[str, ...]]:
    """A row for each theme."""
    yield "theme", "what it is"
    for theme in load_themes().themes.values():
        yield f"`{theme.name}`", theme.about


def colour_rows(names: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """A row for each colour."""
    yield "name", "colour of"
    for name, use in names.items():
        yield f"`{name}`", use


def key_rows(group: str) -> Iterator[tuple[str, ...]]:
    """A row for each command of a group."""
    yield "command", "keys", "typed", "where", "what it does"
    for command in COMMANDS:
        if command.group == group:
            yield f"`{command.id}`", keys(command), slash(command), where(command), command.help


def keys(command: Command) -> str:
    """The default keys as hints show them."""
    return ", ".join(f"`{key_label(parse_key_chord(key).name)}`" for key in command.keys)


def slash(command: Command) -> str:
    """The slash names, with what may follow."""
    names = [f"`/{name}`" for name in command.slash]
    args = f" `{command.args}`" if command.args else ""
    return ", ".join(names) + args if names else ""


def where(command: Command) -> str:
    """Where the keys work."""
    return CONTEXTS[command.context] if command.keys else ""


def markdown(rows: Iterable[tuple[str, ...]]) -> str:
    """Rows as a Markdown table; the first is the heading."""
    first, *rest = rows
    lines = [first, tuple("---" for _ in first), *rest]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def tables() -> dict[str, str]:
    """Every table, by the name in its markers."""
    groups = dict.fromkeys(command.group for command in COMMANDS)
    return {
        "settings": markdown(settings_rows()),
        "rate presets": markdown(rate_preset_rows()),
        "themes": markdown(theme_rows()),
        "colours": markdown(colour_rows(COLOURS)),
        "variables": markdown(colour_rows(VARIABLES)),
        **{f"keys {group.lower()}": markdown(key_rows(group)) for group in groups},
    }


def filled(page: str) -> str:
    """A page with its tables as they should be."""
    known = tables()

    def table(match: re.Match[str]) -> str:
        return f"{match[1]}\n{known[match[2]]}\n{match[3]}"

    marked = r"(<!-- table: ([a-z ]+) -->)\n.*?(<!-- end -->)"
    return re.sub(marked, table, page, flags=re.DOTALL)


if __name__ == "__main__":
    for path in FOLDER.glob("*.md"):
        before = path.read_text(encoding="utf-8")
        after = filled(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
