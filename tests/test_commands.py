"""The table of commands, and the reading of slash lines."""

import re
import subprocess
import sys

import pytest

from tui.commands import (
    BY_SLASH,
    COMMANDS,
    SlashError,
    classify_line,
    complete_slash_name,
    escape_prompt,
    find_command,
    is_slash,
    parse_slash,
    unescape_prompt,
)
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
    keys = [(shared.get(c.context, c.context), key) for c in COMMANDS for key in c.keys]
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
def test_keys_follow_the_habits_of_the_field(id, key):
    assert key in next(command for command in COMMANDS if command.id == id).keys


@pytest.mark.parametrize(
    "name",
    [
        *("help", "clear", "new", "compact", "model", "resume", "sessions", "theme", "exit"),
        *("quit", "copy", "rename", "config", "keys", "permissions", "effort", "budget"),
        *("cost", "usage", "context", "wrapup", "find", "wire"),
    ],
)
def test_names_people_will_type_exist(name):
    assert name in BY_SLASH


def test_a_slash_line_is_command_and_arguments():
    command, args = parse_slash("/budget +50k")
    assert command.id == "budget.show"
    assert args == "+50k"


def test_an_alias_is_the_same_command():
    assert parse_slash("/clear").command is parse_slash("/new").command


def test_case_and_spaces_do_not_matter():
    assert parse_slash("/Budget   scope  turn \n") == parse_slash("/budget scope  turn")


def test_arguments_may_span_lines():
    assert parse_slash("/rename keep\nthe names").args == "keep\nthe names"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/budgte", "There is no command /budgte; did you mean /budget?"),
        ("/xyzzy 1", "There is no command /xyzzy; /help lists them all."),
        ("/", "A slash command has a name: /help lists them all."),
        ("/quit now", "/quit takes no arguments."),
        ("/modell", "There is no command /modell; did you mean /model?"),
        ("/usgae", "There is no command /usgae; did you mean /usage?"),
        ("/exitt", "There is no command /exitt; /help lists them all."),
        ("/bug", "There is no command /bug; /help lists them all."),
        ("/co", "Several commands begin with /co: /cost, /context, /compact, /copy, /config."),
    ],
)
def test_a_line_that_cannot_be_followed_is_answered_in_one_sentence(line, sentence):
    with pytest.raises(SlashError) as caught:
        parse_slash(line)
    assert str(caught.value) == sentence


EXACT = {"mode", "new", "clear", "quit", "exit", "q"}
"""Names that end something, or change what goes ahead without a question."""


def slips(name: str) -> set[str]:
    """Every name that is one letter away: left out, put in, replaced, exchanged."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    cuts = [(name[:at], name[at:]) for at in range(len(name) + 1)]
    return {
        *(a + b[1:] for a, b in cuts if b),
        *(a + each + b for a, b in cuts for each in letters),
        *(a + each + b[1:] for a, b in cuts if b for each in letters),
        *(a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1),
    } - {name, ""}


def means(typed: str) -> set[str]:
    """Ids of the commands that may run for a name: by the rule, not by the program."""
    for command in COMMANDS:
        if typed in command.slash:
            return {command.id}
    rest = [c for c in COMMANDS if not EXACT & set(c.slash)]
    begun = {c.id for c in rest for name in c.slash if name.startswith(typed)}
    return begun if len(begun) == 1 else set()


@pytest.mark.parametrize("name", sorted(BY_SLASH))
def test_only_a_name_an_alias_or_the_one_unfinished_beginning_runs(name):
    beginnings = {name[:at] for at in range(1, len(name) + 1)}
    for typed in beginnings | slips(name):
        found = find_command(typed, COMMANDS)
        assert ({found.id} if found else set()) == means(typed), typed
        if found is not None and EXACT & set(found.slash):
            assert typed in EXACT


@pytest.mark.parametrize("name", sorted(EXACT))
def test_what_ends_or_widens_something_is_never_suggested(name):
    others = [*(name[:at] for at in range(1, len(name))), name + "x", name[1:], "x" + name[1:]]
    for typed in {*others, name[::-1], name * 2} - set(BY_SLASH) - {""}:
        if find_command(typed, COMMANDS) is not None:
            continue
        with pytest.raises(SlashError) as caught:
            parse_slash(f"/{typed}")
        assert caught.value.suggestion not in EXACT
        words = set(re.findall(r"/(\w+)", str(caught.value))) - {typed}
        assert not words & EXACT, str(caught.value)


@pytest.mark.parametrize(
    ("typed", "id"),
    [
        ("models", "model.choose"),
        ("mod", "model.choose"),
        ("usag", "usage.show"),
        ("res", "session.list"),
        ("Export", "session.export"),
        ("exit", "app.quit"),
    ],
)
def test_a_beginning_and_an_alias_are_the_command(typed, id):
    assert parse_slash(f"/{typed}").command.id == id


THERE = {"/usr/bin/python", "/usr/bin/", "/tmp/", "/src/parse.py", "/init"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("/usr/bin/python is broken", "prompt"),
        ("/usr/bin/python, why?", "prompt"),
        ("/src/parse.py:12: a slip", "prompt"),
        ("/usr/bin/*.so are missing", "prompt"),
        ("/tmp is full", "prompt"),
        ("fix /init/memory", "prompt"),
        (" /init", "prompt"),
        ("// a comment", "prompt"),
        ("/* a comment */", "prompt"),
        ("/1", "prompt"),
        ("\\/compact", "prompt"),
        ("/", "command"),
        ("/ ", "command"),
        ("/init", "command"),
        ("/init now", "command"),
        ("/tmp", "command"),
        ("/cost", "command"),
        ("/cost of it", "command"),
        ("/init/memory", "unclear"),
        ("/cost/model opus", "unclear"),
        ("/help?", "unclear"),
        ("/compact,please", "unclear"),
        ("/x* y", "unclear"),
        ("/модель", "unclear"),
        ("/init/memory\nand more", "unclear"),
    ],
)
def test_a_line_is_a_prompt_only_where_it_cannot_be_meant_as_a_command(text, kind):
    assert classify_line(text, THERE.__contains__) == kind


@pytest.mark.parametrize("text", ["/compact", "!ls", "\\/x", "\\\\!x", "plain", "\\n", ""])
def test_a_backslash_keeps_a_prompt_from_being_a_command(text):
    assert unescape_prompt(escape_prompt(text)) == text
    assert not escape_prompt(text).startswith(("/", "!"))


@pytest.mark.parametrize(
    "text", ["/usr/bin/env is missing", " /budget", "a/b", "/ or not", "", "/1"]
)
def test_paths_and_prose_are_no_commands(text):
    assert not is_slash(text)


@pytest.mark.parametrize("text", ["/", "/budget", "/nonsense", "/rename a/b"])
def test_what_begins_with_a_name_is_a_command(text):
    assert is_slash(text)


def test_completions_list_names_before_aliases():
    assert [name for name, _ in complete_slash_name("re")] == ["rewind", "rename", "resume"]
    assert next(complete_slash_name("co"))[0] == "cost"


def test_the_table_loads_without_anything_heavy():
    code = "import sys, tui.commands; print(len(sys.modules), 'textual' in sys.modules)"
    count, textual = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert textual == "False"
    assert int(count) < 120
