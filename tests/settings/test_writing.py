"""Saving a setting: the file keeps everything else, and is never half written."""

import stat
import sys
from pathlib import Path

import pytest

from tui.settings.config_arguments import (
    ConfigArgumentsError,
    parse_config_arguments,
    split_save_option,
)
from tui.settings.problems import Layer
from tui.settings.settings_resolver import resolve_settings
from tui.settings.settings_schema import SETTINGS_BY_KEY
from tui.settings.toml_writer import SettingsWriteError, save_project_permission, write_setting
from tui.settings.user_folders import project_settings, user_folders


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_saving_keeps_comments_order_and_blank_lines(tmp_path: Path):
    path = tmp_path / "settings.toml"
    path.write_text('# mine\nmodel = "a"  # best\n\n[limits]\n# five\ndollars = 5\n')
    write_setting(path, SETTINGS_BY_KEY["limits.dollars"], 7)
    write_setting(path, SETTINGS_BY_KEY["task_budget"], 50_000)
    assert path.read_text() == (
        '# mine\nmodel = "a"  # best\ntask_budget = 50000\n\n[limits]\n# five\ndollars = 7\n'
    )


def test_saving_nothing_takes_the_key_out(tmp_path: Path):
    path = tmp_path / "settings.toml"
    path.write_text('task_budget = 50000\nmodel = "a"\n')
    write_setting(path, SETTINGS_BY_KEY["task_budget"], None)
    write_setting(path, SETTINGS_BY_KEY["limits.dollars"], None)
    assert path.read_text() == 'model = "a"\n'


@pytest.mark.skipif(sys.platform == "win32", reason="modes are a matter of POSIX")
def test_the_users_file_is_private_and_a_projects_file_keeps_its_mode(tmp_path: Path):
    own, shared = tmp_path / "own.toml", tmp_path / "shared" / "settings.toml"
    write_setting(own, SETTINGS_BY_KEY["theme"], "x")
    write_setting(shared, SETTINGS_BY_KEY["theme"], "x", private=False)
    assert (mode(own), mode(shared)) == (0o600, 0o644)
    shared.chmod(0o640)
    write_setting(shared, SETTINGS_BY_KEY["theme"], "y", private=False)
    assert mode(shared) == 0o640


def test_a_link_stays_a_link(tmp_path: Path):
    target, link = tmp_path / "dotfiles.toml", tmp_path / "settings.toml"
    target.write_text("# kept\n")
    link.symlink_to(target)
    write_setting(link, SETTINGS_BY_KEY["theme"], "x")
    assert link.is_symlink()
    assert target.read_text() == '# kept\ntheme = "x"\n'


@pytest.mark.parametrize("text", ["a = ", "limits = 3", "limits = [1]\n"])
def test_a_file_with_a_mistake_is_left_as_it_is(tmp_path: Path, text: str):
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(SettingsWriteError, match=r"was not changed: it holds a mistake"):
        write_setting(path, SETTINGS_BY_KEY["limits.requests"], 9)
    assert path.read_text() == text
    assert [file.name for file in tmp_path.iterdir()] == ["settings.toml"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsWriteError, match="was not changed"):
        write_setting(tmp_path / "file" / "settings.toml", SETTINGS_BY_KEY["theme"], "x")


@pytest.mark.parametrize(
    "before",
    [
        "",
        "limits.dollars = 5\n",
        "limits = { dollars = 5 }\n",
        "[limits]\ndollars = 5\n[permissions]\nmode = 'ask'\n",
        "[permissions]\nmode = 'ask'\n",
    ],
)
def test_what_was_saved_is_what_is_resolved(tmp_path: Path, before: str):
    home = user_folders({"GLIDESLOPE_HOME": str(tmp_path)})
    home.config.mkdir()
    home.settings.write_text(before)
    write_setting(home.settings, SETTINGS_BY_KEY["limits.requests"], 9)
    write_setting(
        home.settings,
        SETTINGS_BY_KEY["compaction.at"],
        SETTINGS_BY_KEY["compaction.at"].value_type.from_text("0.7"),
    )
    resolved = resolve_settings(environ={}, home=home, managed=tmp_path / "none")
    assert resolved.problems == ()
    assert resolved.settings.limits.requests == 9
    assert str(resolved.settings.compaction.at) == "0.7"


def test_a_permission_for_a_project_is_kept_in_the_users_file_and_holds_only_there(
    tmp_path: Path,
):
    home = user_folders({"GLIDESLOPE_HOME": str(tmp_path / "home")})
    project = tmp_path / 'my "own" project'
    project.mkdir()
    for rule in ("bash(make *)", "bash(a\nb)", "bash(make *)"):
        save_project_permission(home.settings, project, rule)
    here = resolve_settings(project, environ={}, home=home, managed=tmp_path / "none")
    assert here.settings.permissions.allow == ("bash(make *)", "bash(a\nb)")
    assert home.settings.read_text().count("make") == 1
    elsewhere = resolve_settings(tmp_path, environ={}, home=home, managed=tmp_path / "none")
    assert elsewhere.settings.permissions.allow == ()
    assert not project_settings(project).exists()


# What is typed after /config


def test_a_key_alone_asks_to_see_it():
    assignment = parse_config_arguments("task_budget")
    assert assignment is not None
    assert (assignment.setting.key, assignment.text) == ("task_budget", None)


def test_nothing_asks_to_see_everything():
    assert parse_config_arguments("  ") is None


@pytest.mark.parametrize("text", ["task_budget 50000", "task_budget=50k", "TASK-BUDGET = 50_000"])
def test_a_value_holds_for_the_session(text: str):
    assignment = parse_config_arguments(text)
    assert assignment is not None
    assert (assignment.value, assignment.save) == (50_000, None)


@pytest.mark.parametrize("off", ["0", "off"])
def test_no_budget_can_be_typed(off: str):
    assignment = parse_config_arguments(f"task_budget {off}")
    assert assignment is not None
    assert (assignment.text, assignment.value) == (off, None)


def test_a_place_to_save_can_be_named():
    assignment = parse_config_arguments("limits.dollars $5 --save user")
    assert assignment is not None
    assert (assignment.value, assignment.save) == (5, Layer.USER)
    assert split_save_option("200k --save=project") == ("200k", Layer.PROJECT)
    assert split_save_option("200k") == ("200k", None)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("task_bugdet 1", 'There is no setting "task_bugdet"; did you mean task_budget?'),
        ("zzz", 'There is no setting "zzz"; glideslope config lists them all.'),
        (
            "task_budget 5000",
            'task_budget is "5000"; expected 20,000 tokens or more '
            "(the API accepts no smaller task budget).",
        ),
        ("effort best", 'effort is "best"; expected low, medium, high, xhigh or max.'),
        ("limits.minutes 0", "expected a number of minutes from 0.1 to 10,080 (zero does not"),
        ("limits.minutes soon", "expected a number of minutes from 0.1 to 10,080."),
        ("limits.minutes nan", "expected a number of minutes from 0.1 to 10,080."),
        ("effort low --save", "--save needs user or project."),
        ("effort low --save moon", "--save moon needs user or project."),
        ("effort --save user", "Nothing to save: /config effort VALUE --save user."),
    ],
)
def test_what_cannot_be_set_is_explained_in_one_sentence(text: str, sentence: str):
    with pytest.raises(ConfigArgumentsError) as caught:
        parse_config_arguments(text)
    assert sentence in str(caught.value)
