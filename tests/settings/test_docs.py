"""The documentation says what the code does."""

import re
import runpy
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tui.claude.catalogue import load_catalogue
from tui.commands import COMMANDS
from tui.settings.budgets_in_force import budgets_in_force
from tui.settings.keymap import load_keymap
from tui.settings.managed import managed_file
from tui.settings.settings_resolver import resolve_settings
from tui.settings.settings_schema import BUILT_IN, SETTINGS, setting_value
from tui.settings.user_folders import user_folders

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "settings.md", DOCS / "keys.md"]
TABLES = runpy.run_path(str(DOCS / "tables.py"))


def snippets(page: Path) -> list[str]:
    return re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_are_those_of_the_code(page: Path):
    text = page.read_text(encoding="utf-8")
    assert TABLES["filled"](text) == text, "python docs/tables.py writes them anew"


def test_every_table_stands_on_a_page():
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert set(re.findall(r"<!-- table: (.+?) -->", text)) == set(TABLES["tables"]())


def test_every_setting_and_every_command_is_documented():
    settings, keys = (page.read_text(encoding="utf-8") for page in PAGES)
    assert all(f"| `{setting.key}` |" in settings for setting in SETTINGS)
    assert all(f"| `{command.id}` |" in keys for command in COMMANDS)


def test_the_table_of_settings_and_the_type_have_the_same_fields():
    def leaves(table: dict[str, object], path: str = "") -> Iterator[str]:
        for name, inner in table.items():
            if isinstance(inner, dict):  # that of tags is empty: the user names them
                yield from leaves(inner, f"{path}{name}.")
            else:
                yield path + name

    fields = leaves(msgspec.to_builtins(BUILT_IN))
    assert sorted(fields) == sorted(setting.key for setting in SETTINGS)


def test_built_in_values_satisfy_their_own_kind():
    for setting in SETTINGS:
        value = setting_value(BUILT_IN, setting.key)
        assert value is None or setting.value_type.from_toml(value) == value, setting.key


def test_examples_of_settings_hold(tmp_path: Path):
    home = user_folders({"GLIDESLOPE_HOME": str(tmp_path)})
    home.config.mkdir()
    own, presets, peak, monthly, trust, managed, theme, models = snippets(PAGES[0])
    zone, tables = monthly.split("\n", 1)
    home.settings.write_text("\n".join((zone, own, tables, trust, presets, peak, models)))
    (tmp_path / "managed.toml").write_text(managed)
    project = Path("/home/me/work/parser")
    resolved = resolve_settings(project, environ={}, home=home, managed=tmp_path / "managed.toml")
    assert resolved.problems == ()
    assert resolved.trusted
    assert resolved.settings.task_budget == 200_000
    assert resolved.settings.budgets.tags["client-a"].tokens == 5_000_000
    assert [budget.is_cap for budget in budgets_in_force(resolved)] == [False, True, False, False]
    assert resolved.settings.permissions.allow == ("bash(make *)",)
    assert tomllib.loads(theme)["name"] == "evening"
    catalogue = load_catalogue(resolved.catalogue)
    assert [row.users for row in catalogue.rate_presets] == [10]
    assert catalogue.peak_hours.when == "weekdays 14 to 20 in Berlin"
    (rates,) = catalogue.model("claude-opus-5-5").rates
    assert rates.since.isoformat() == "2026-11-01"


def test_the_example_of_key_bindings_holds(tmp_path: Path):
    path = tmp_path / "keybindings.toml"
    path.write_text(snippets(PAGES[1])[0])
    keymap = load_keymap(COMMANDS, path)
    assert keymap.problems == ()
    assert keymap.keys["view.sidebar"] == ()
    assert keymap.keys["composer.editor"] == ("ctrl+x ctrl+e",)


def test_the_documented_places_are_those_of_the_code():
    text = PAGES[0].read_text(encoding="utf-8")
    assert f"`{managed_file('linux')}`" in text
    assert f"`{managed_file('darwin')}`" in text
    windows = managed_file("win32", {"PROGRAMDATA": "X"})
    assert windows == Path("X") / "Glideslope" / "managed.toml"
