"""What each layer says, before anybody decides who wins: entries with their origin.

Files, the environment and options all become the same thing here: a setting, what was
found, and its origin.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tui.settings.amounts import quote_foreign
from tui.settings.budget_settings import TAG_SETTINGS, TAGS, is_tag_table
from tui.settings.problems import Layer, Problem, quote_value
from tui.settings.setting import LIMITING_TABLES, Setting
from tui.settings.setting_types import InvalidValueError, ListType, TagType
from tui.settings.settings_schema import SETTINGS, SETTINGS_BY_KEY, SMALL_BUDGET_TYPE, find_setting
from tui.settings.toml_document import KeyPath, TomlDocument
from tui.settings.trusted_folders import (
    ACCEPTED,
    DECLINED,
    OF_A_PROJECT,
    PROJECTS,
    TRUST,
    TRUSTED,
    resolve_folder_entry,
)
from tui.settings.user_folders import HOME_VARIABLE
from tui.typos import most_similar_name

CATALOGUE = "catalogue"
"""The table in the user's file that corrects the list of models and prices."""

_USER_ONLY_TABLES = ((PROJECTS,), (CATALOGUE,), (TRUST,))
"""Tables that only the user's own file may hold."""

_GROUPS = {
    setting.path[:depth] for setting in SETTINGS for depth in range(1, len(setting.path))
} | {tuple(TAGS.split("."))}
_OFF = (0, "0", "off")
_OFF_HINT = "no budget is --budget off or /budget off, for one session"


@dataclass(frozen=True, slots=True)
class SettingOrigin:
    """Which layer set a value, and where exactly."""

    layer: Layer
    document: TomlDocument | None = field(default=None, repr=False)
    keys: KeyPath = ()
    """The way to the value in `document`."""
    name: str = ""
    """The environment variable or the option of the command line, if it is one."""

    @property
    def file(self) -> Path | None:
        """The file, if it is one."""
        return self.document.path if self.document else None

    @property
    def line(self) -> int | None:
        """The line in the file, counted from 1."""
        return self.document.line_of_keys(self.keys) if self.document else None

    @property
    def description(self) -> str:
        """Such as `user, /home/me/.config/glideslope/settings.toml, line 3`."""
        place = self.name or str(self.file or "")
        line = f"line {self.line}" if self.file and self.line else ""
        return ", ".join(part for part in (self.layer.label, place, line) if part)


@dataclass(frozen=True, slots=True)
class SettingEntry:
    """One value found for one setting."""

    setting: Setting
    found: object
    """As TOML holds it, or the text as typed."""
    origin: SettingOrigin

    def value(self, *, small_budgets: bool = False) -> object:
        """What was found, understood; None where it was switched off for the session.

        Args:
            small_budgets: Whether a task budget may be smaller than the API accepts.

        Raises:
            InvalidValueError: it does not fit the setting.
        """
        setting, found = self.setting, self.found
        kind = (
            SMALL_BUDGET_TYPE
            if small_budgets and setting.key == "task_budget"
            else setting.value_type
        )
        typed = isinstance(found, str) and self.origin.layer in _TYPED_LAYERS
        if setting.may_be_off and not isinstance(found, bool) and _lower_text(found) in _OFF:
            if self.origin.layer in (Layer.COMMAND_LINE, Layer.SESSION):
                return None
            raise InvalidValueError(f"{setting.value_type.accepted} ({_OFF_HINT})")
        return kind.from_text(str(found)) if typed else kind.from_toml(found)

    def invalid_problem(self, error: InvalidValueError) -> Problem:
        """The problem of a value that was not understood, and so has no effect."""
        problem = self.problem(f"expected {error}")
        return replace(problem, lost_limit=self.setting.limits_spending)

    def problem(self, expected: str, *, found: str = "", warning: bool = False) -> Problem:
        """What is wrong with this entry.

        Args:
            expected: The part of the sentence that begins with “expected”.
            found: What is there, if not the entry's own value.
            warning: Whether the value applies all the same.
        """
        name = self.origin.name or self.setting.key
        return Problem(
            found or f"{name} is {quote_value(self.found)}",
            expected,
            self.origin.file,
            self.origin.line,
            self.origin.layer,
            warning=warning,
        )


_TYPED_LAYERS = (Layer.ENVIRONMENT, Layer.COMMAND_LINE, Layer.SESSION)


def _lower_text(found: object) -> object:
    return found.strip().lower() if isinstance(found, str) else found


def catalogue_overrides(document: TomlDocument) -> object:
    """What the user's file corrects in the list of models: the table without its settings."""
    table = document.table.get(CATALOGUE, {})
    if not isinstance(table, dict):
        return table
    return {
        name: each for name, each in table.items() if f"{CATALOGUE}.{name}" not in SETTINGS_BY_KEY
    }


def file_entries(
    document: TomlDocument, layer: Layer, table: object = None, base: KeyPath = ()
) -> Iterator[SettingEntry | Problem]:
    """Every setting in a table of a file; a problem for what is none.

    Args:
        document: the file.
        layer: the layer it speaks for.
        table: the table to read; the whole file by default.
        base: the path of the table in the file.
    """
    top = document.table if table is None else table
    if not isinstance(top, dict):
        name = ".".join(base)
        yield document.problem(base, f"{name} is {quote_value(top)}", "expected a table", layer)
        return
    yield from _walk(document, layer, top, base, ())


def _walk(
    document: TomlDocument, layer: Layer, table: dict[str, Any], base: KeyPath, path: KeyPath
) -> Iterator[SettingEntry | Problem]:
    for name, found in table.items():
        keys = (*path, name)
        if setting := find_setting(".".join(keys)):
            yield from _valid_items(
                SettingEntry(setting, found, SettingOrigin(layer, document, base + keys))
            )
        elif keys == (CATALOGUE,) and layer is Layer.USER and not base:
            known = found.items() if isinstance(found, dict) else ()
            settings = {
                name: each for name, each in known if f"{CATALOGUE}.{name}" in SETTINGS_BY_KEY
            }
            yield from _walk(document, layer, settings, base, keys)  # the rest is no setting
        elif _is_group(keys) and isinstance(found, dict):
            yield from _walk(document, layer, found, base, keys)
        elif _is_group(keys):
            expected = f"expected a table with the heading [{'.'.join(base + keys)}]"
            what = f"{'.'.join(keys)} is {quote_value(found)}"
            lost = _may_limit_spending(".".join(keys))
            yield document.problem(base + keys, what, expected, layer, lost_limit=lost)
        elif base or keys not in _USER_ONLY_TABLES or layer is not Layer.USER:
            what = f"there is no setting {quote_foreign('.'.join(keys))}"
            expected, lost = unknown_key(".".join(keys)), _may_limit_spending(".".join(keys))
            yield document.problem(base + keys, what, expected, layer, lost_limit=lost)


def _is_group(keys: KeyPath) -> bool:
    """Whether keys lead to a table of settings."""
    return keys in _GROUPS or is_tag_table(keys)


def _valid_items(entry: SettingEntry) -> Iterator[SettingEntry | Problem]:
    """The entry; of a list, the rules that are rules: one slip must not undo a whole deny list."""
    kind, found = entry.setting.value_type, entry.found
    if not isinstance(kind, ListType) or not isinstance(found, list):
        yield entry
        return
    for rule in found:
        if not kind.is_valid_item(rule):
            what = f"{entry.setting.key} holds {quote_value(rule)}"
            yield entry.problem(f"expected {kind.item_example}", found=what)
    yield replace(entry, found=[rule for rule in found if kind.is_valid_item(rule)])


def unknown_key(key: str) -> str:
    """What to do about a key that is no setting; finishes a sentence."""
    if key.partition(".")[0] in (PROJECTS, TRUST):
        return f"only your own settings file may speak about {key.partition('.')[0]}"
    if key.startswith(f"{TAGS}."):
        return _tag_key_hint(key)
    close = _closest_key(key)
    return f"did you mean {close}?" if close else "glideslope config lists them all"


def _tag_key_hint(key: str) -> str:
    """What to do about a key below the table of tags that is no setting."""
    _, _, tag, *rest = key.split(".", 3)
    if not is_tag_table((*TAGS.split("."), tag)):
        return f"expected {TagType.accepted}"
    names = [setting.path[-1] for setting in TAG_SETTINGS]
    close = most_similar_name("".join(rest), names)
    table = f"{TAGS}.{tag}"
    return f"did you mean {table}.{close}?" if close else f"{table} holds {', '.join(names)}"


def _closest_key(key: str) -> str | None:
    """The setting that a key which is none probably means."""
    last = key.rpartition(".")[2]
    same_end = [known for known in SETTINGS_BY_KEY if known.rpartition(".")[2] == last]
    return same_end[0] if same_end else most_similar_name(key, list(SETTINGS_BY_KEY))


def _may_limit_spending(key: str) -> bool:
    """Whether a key that is no setting looks like one that limits spending."""
    close = _closest_key(key)
    return key.partition(".")[0] in LIMITING_TABLES or (
        close is not None and SETTINGS_BY_KEY[close].limits_spending
    )


def environment_entries(environ: Mapping[str, str]) -> Iterator[SettingEntry | Problem]:
    """Every setting given by a `GLIDESLOPE_…` variable; empty variables do not count."""
    by_variable = {setting.variable: setting for setting in SETTINGS if setting.variable}
    for variable in sorted(environ):
        if not variable.startswith("GLIDESLOPE_") or not environ[variable].strip():
            continue
        if setting := by_variable.get(variable):
            origin = SettingOrigin(Layer.ENVIRONMENT, name=variable)
            yield SettingEntry(setting, environ[variable], origin)
        # Other tools have names of their own here: only one that is nearly ours is a mistake.
        elif variable != HOME_VARIABLE and (
            close := most_similar_name(variable, list(by_variable), 0.85)
        ):
            what = f"there is no setting behind {quote_foreign(variable)}"
            lost = by_variable[close].limits_spending
            expected = f"did you mean {close}?"
            yield Problem(what, expected, layer=Layer.ENVIRONMENT, lost_limit=lost)


_OPTION_NAMES = {
    "task_budget": "--budget",
    "effort": "--effort",
    "model": "--model",
    "permissions.mode": "--permission-mode",
    "limits.requests": "--max-turns",
    "theme": "--theme",
    "tag": "--tag",
    "time_zone": "--timezone",
}
"""The option that sets a setting, by its key: sentences about it use the name that was typed."""


def option_entries(layer: Layer, options: Mapping[str, object]) -> Iterator[SettingEntry | Problem]:
    """Every setting given by an option or typed in the session; None is not given."""
    for key, found in options.items():
        if found is None:
            continue
        if setting := find_setting(key):
            name = _OPTION_NAMES.get(key, "") if layer is Layer.COMMAND_LINE else ""
            yield SettingEntry(setting, found, SettingOrigin(layer, name=name))
        else:
            yield Problem(
                f"there is no setting {quote_foreign(key)}", unknown_key(key), layer=layer
            )


def user_project_entries(document: TomlDocument, project: Path) -> Sequence[SettingEntry | Problem]:
    """What the user's own file sets for one project."""
    tables = document.table.get(PROJECTS, {})
    if not isinstance(tables, dict):
        expected = 'expected tables such as [projects."/path/to/project"]'
        found = f"{PROJECTS} is {quote_value(tables)}"
        return [document.problem((PROJECTS,), found, expected, Layer.USER)]
    here = project.expanduser().resolve()
    for name, table in tables.items():
        if resolve_folder_entry(name) == here:
            return _read_user_table(document, (PROJECTS, name), table)
    return ()


def _read_user_table(
    document: TomlDocument, base: KeyPath, table: object
) -> list[SettingEntry | Problem]:
    rest = table
    found: list[SettingEntry | Problem] = []
    if isinstance(table, dict):
        rest = {key: value for key, value in table.items() if key not in OF_A_PROJECT}
        for key, kind, expected in _TRUST_KEY_TYPES:
            if key in table and not isinstance(table[key], kind):
                what = f"{key} is {quote_value(table[key])}"
                found.append(document.problem((*base, key), what, expected, Layer.USER))
    return [*found, *file_entries(document, Layer.USER, rest, base)]


_TRUST_KEY_TYPES = (
    (TRUSTED, bool, "expected true or false"),
    (ACCEPTED, str, "expected a digest, as the program writes it"),
    (DECLINED, str, "expected a digest, as the program writes it"),
)
