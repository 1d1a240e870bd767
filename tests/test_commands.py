"""The table of commands."""

import re
import subprocess
import sys

import pytest

from tui.commands import BY_SLASH, COMMANDS
from tui.settings.key_names import parse_key_chord
from tui.settings.keymap import resolve_keymap


def test_every_id_is_a_namespace_and_an_action_and_stands_once():
    ids = [command.id for command in COMMANDS]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", id) for id in ids)


def test_no_slash_name_is_given_twice():
    names = [name for command in COMMANDS for name in command.slash]
    assert len(names) == len(set(names))


def test_no_key_means_two_things_in_one_context():
    shared = {"composer": "app"}  # the composer nearly always has the focus
    keys = [
        (shared.get(c.context, c.context), c.when == "queued", key)  # never with those of "idle"
        for c in COMMANDS
        for key in c.keys
    ]
    assert len(keys) == len(set(keys))


def test_keys_that_terminals_confuse_stay_free():
    keys = {key for command in COMMANDS for sequence in command.keys for key in sequence.split()}
    assert not keys & {"ctrl+m", "ctrl+i", "ctrl+b", "ctrl+h", "ctrl+a"}


def test_keys_are_named_as_a_terminal_reports_them_so_that_no_reader_need_be_loaded():
    assert resolve_keymap(COMMANDS).keys == {each.id: each.keys for each in COMMANDS}


def test_no_letter_is_taken_from_somebody_who_writes():
    typed = [
        key
        for command in COMMANDS
        if command.context in ("app", "composer")
        for key in command.keys
        if parse_key_chord(key).types
    ]
    assert typed == ["question_mark"]


def test_every_command_can_be_reached():
    for command in COMMANDS:
        assert command.slash or command.keys or command.palette, command.id


def test_titles_and_help_are_one_line_without_a_full_stop():
    for command in COMMANDS:
        assert command.title and command.help
        assert "\n" not in command.help and not command.help.endswith(".")


@pytest.mark.parametrize(
    ("id", "key"),
    [
        ("session.interrupt", "escape"),
        ("app.quit", "ctrl+c ctrl+c"),
        ("app.quit", "ctrl+d"),
        ("mode.cycle", "shift+tab"),
        ("composer.newline", "ctrl+j"),
        ("composer.newline", "shift+enter"),
        ("history.search", "ctrl+r"),
        ("composer.editor", "ctrl+g"),
        ("view.details", "ctrl+o"),
        ("view.checklist", "ctrl+t"),
        ("palette.open", "ctrl+p"),
        ("session.rewind", "escape escape"),
        ("help.show", "f1"),
        ("help.show", "question_mark"),
        ("model.choose", "alt+p"),
        ("app.redraw", "ctrl+l"),
        ("app.suspend", "ctrl+z"),
    ],
)
def test_keys_follow_the_habits_of_the_field(id: str, key: str):
    assert key in next(command for command in COMMANDS if command.id == id).keys


@pytest.mark.parametrize(
    "name",
    [
        *("help", "clear", "new", "compact", "model", "resume", "sessions", "theme", "exit"),
        *("quit", "copy", "rename", "config", "keys", "permissions", "effort", "budget"),
        *("cost", "usage", "context", "wrapup", "find", "wire"),
    ],
)
def test_names_people_will_type_exist(name: str):
    assert name in BY_SLASH


def test_the_table_loads_without_anything_heavy():
    code = "import sys, tui.commands; print(len(sys.modules), 'textual' in sys.modules)"
    count, textual = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert textual == "False"
    assert int(count) < 120


def test_help_has_no_marks_of_markdown_because_lists_show_it_as_it_is():
    assert not [command.id for command in COMMANDS if "`" in command.title + command.help]
