"""Key bindings: what people write, what terminals can send, and what is in whose way."""

import string
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key
from textual.keys import _character_to_key

from tui.commands import COMMANDS
from tui.settings.key_names import KeyNameError, key_label, parse_key_chord
from tui.settings.keymap import Keymap, load_keymap, resolve_keymap


@dataclass(frozen=True)
class Row:
    id: str
    keys: tuple[str, ...]
    context: str = "app"


ROWS = (
    Row("history.search", ("ctrl+r",), "composer"),
    Row("view.details", ("ctrl+o",)),
    Row("view.sidebar", ("f2", "f9")),
    Row("session.rewind", ("escape escape",)),
    Row("session.interrupt", ("escape",)),
    Row("block.copy", ("y",), "transcript"),
    Row("prompt.once", ("y",), "prompt"),
    Row("help.show", ("?",)),
)


@pytest.fixture
def keymap(tmp_path: Path) -> Callable[..., Keymap]:
    """Reads the body of a `[keys]` table."""

    def read(body: str, rows: tuple[Row, ...] = ROWS) -> Keymap:
        path = tmp_path / "keybindings.toml"
        path.write_text(f"[keys]\n{body}")
        return load_keymap(rows, path)

    return read


def sentences(keymap: Keymap) -> list[str]:
    return [problem.sentence.rpartition("keybindings.toml, ")[2] for problem in keymap.problems]


def test_without_a_file_the_defaults_hold(tmp_path: Path):
    keymap = load_keymap(COMMANDS, tmp_path / "none.toml")
    assert keymap.problems == ()
    assert keymap.keys["history.search"] == ("ctrl+r",)
    assert keymap.keys["help.show"] == ("f1", "question_mark")
    assert set(keymap.keys) == {command.id for command in COMMANDS}


def test_a_command_is_rebound_by_its_id(keymap: Callable[..., Keymap]):
    result = keymap('history.search = "Ctrl+S"')
    assert result.keys["history.search"] == ("ctrl+s",)
    assert result.keys["view.details"] == ("ctrl+o",)
    assert result.changed == {"history.search"}
    assert result.problems == ()


def test_hints_follow_the_rebinding(keymap: Callable[..., Keymap]):
    assert keymap("").label("history.search") == "ctrl+r"
    assert keymap('history.search = ["alt+f", "f5"]').label("history.search") == "alt+f"
    assert keymap("history.search = false").label("history.search") == ""


def test_ids_may_be_dotted_or_quoted(keymap: Callable[..., Keymap]):
    assert keymap('"view.sidebar" = "f6"').keys == keymap('view.sidebar = "f6"').keys


@pytest.mark.parametrize(
    "nothing", ["false", '"none"', '"null"', "null", "null  # gone", "[]", '""']
)
def test_a_command_is_unbound_in_many_words(keymap: Callable[..., Keymap], nothing: str):
    result = keymap(f"view.details = {nothing}\nview.sidebar = 'f6'")
    assert result.keys["view.details"] == ()
    assert result.keys["view.sidebar"] == ("f6",)
    assert result.problems == ()


def test_two_commands_may_swap_their_keys(keymap: Callable[..., Keymap]):
    result = keymap('history.search = "ctrl+o"\nview.details = "ctrl+r"')
    assert result.problems == ()
    assert result.keys["history.search"] == ("ctrl+o",)
    assert result.keys["view.details"] == ("ctrl+r",)


def test_a_key_given_twice_stays_with_the_first(keymap: Callable[..., Keymap]):
    result = keymap('history.search = "f5"\n\nview.details = ["f5", "f6"]')
    assert result.keys["history.search"] == ("f5",)
    assert result.keys["view.details"] == ("f6",)
    assert sentences(result) == [
        'line 4: "f5" for view.details; the key belongs to history.search already.'
    ]


def test_a_key_named_twice_for_one_command_is_one(keymap: Callable[..., Keymap]):
    result = keymap('view.details = ["f5", "F5"]')
    assert result.keys["view.details"] == ("f5",)
    assert result.problems == ()


def test_a_key_taken_from_another_command_is_told(keymap: Callable[..., Keymap]):
    result = keymap('history.search = "f2"')
    assert result.keys["history.search"] == ("f2",)
    assert result.keys["view.sidebar"] == ("f9",)
    assert sentences(result) == [
        "line 2: f2 is now history.search; view.sidebar had f2 and loses it."
    ]
    assert result.problems[0].warning


def test_the_same_key_in_another_context_is_no_conflict(keymap: Callable[..., Keymap]):
    result = keymap('block.copy = "f2"\nprompt.once = "f2"')
    assert result.problems == ()
    assert result.keys["view.sidebar"] == ("f2", "f9")


def test_a_key_that_begins_another_binding_is_a_conflict(keymap: Callable[..., Keymap]):
    result = keymap('history.search = "ctrl+x ctrl+r"\nview.details = "ctrl+x"')
    assert sentences(result) == [
        'line 3: "ctrl+x" for view.details; the key belongs to history.search already.'
    ]


def test_a_key_and_the_same_key_twice_live_together(keymap: Callable[..., Keymap]):
    result = keymap('session.interrupt = "ctrl+q"\nsession.rewind = "ctrl+q ctrl+q"')
    assert result.problems == ()
    assert result.keys["session.rewind"] == ("ctrl+q ctrl+q",)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            'histroy.search = "f5"',
            'there is no command "histroy.search"; did you mean history.search?',
        ),
        ('zzz = "f5"', 'there is no command "zzz"; /keys lists them all.'),
        ("view.details = 3", 'view.details is 3; expected a key such as "ctrl+r", a list of keys'),
        ("view.details = true", "view.details is true; expected a key"),
        ("view.details = [1]", "view.details is a list; expected a key"),
        ('view.details = "ctrl+m"', "it cannot be bound: terminals send it as enter."),
        ('view.details = "Ctrl+I"', "it cannot be bound: terminals send it as tab."),
        ('view.details = "ctrl+["', "it cannot be bound: terminals send it as escape."),
        ('view.details = "ctrl+h"', "it cannot be bound: terminals send it as backspace."),
        ('view.details = "cmd+k"', "it cannot be bound: terminals do not pass cmd on."),
        ('view.details = "capslock"', "it cannot be bound: the keyboard uses it itself."),
        ('view.details = "x"', "it cannot be bound: you need it for writing."),
        ('view.details = "space"', "it cannot be bound: you need it for writing."),
        ('view.details = "g g"', "it cannot be bound: you need it for writing."),
        ('view.details = "?"', "it cannot be bound: you need it for writing."),
        ('view.details = "ctrl+foo"', "it cannot be bound: there is no such key"),
        ('view.details = "crtl+f"', "it cannot be bound: keys look like ctrl+r"),
        ('view.details = "shift+?"', "it cannot be bound: shift changes the character"),
        ('view.details = "a b c"', "it cannot be bound: at most two keys"),
        ('view.details = "\\u001b[A"', "it cannot be bound: there is no such key"),
    ],
)
def test_what_cannot_be_bound_is_explained_and_the_default_stays(
    keymap: Callable[..., Keymap], body: str, sentence: str
):
    result = keymap(body)
    (told,) = sentences(result)
    assert told.startswith("line 2: ") and sentence in told
    assert told.isprintable()
    assert result.keys == resolve_keymap(ROWS).keys


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("ctrl+b", "tmux"),
        ("ctrl+a", "GNU screen"),
        ("ctrl+z", "suspend"),
        ("ctrl+shift+f", "Kitty"),
        ("ctrl+enter", "Kitty"),
        ("alt+.", "Kitty"),
    ],
)
def test_keys_that_may_not_arrive_are_bound_with_a_warning(
    keymap: Callable[..., Keymap], key: str, reason: str
):
    result = keymap(f'view.details = "{key}"')
    assert len(result.keys["view.details"]) == 1
    assert result.problems[0].warning
    assert reason in sentences(result)[0]


@pytest.mark.parametrize(
    "key", ["alt+p", "alt+P", "alt+up", "ctrl+up", "f5", "shift+tab", "ctrl+y"]
)
def test_ordinary_keys_are_bound_in_silence(keymap: Callable[..., Keymap], key: str):
    assert keymap(f'view.details = "{key}"').problems == ()


def test_a_default_may_be_named_although_others_may_not(keymap: Callable[..., Keymap]):
    assert keymap('help.show = ["?", "f7"]').keys["help.show"] == ("question_mark", "f7")


def test_lines_outside_of_the_table_are_told(tmp_path: Path):
    path = tmp_path / "keybindings.toml"
    path.write_text('history.search = "f5"\n')
    keymap = load_keymap(ROWS, path)
    assert 'line 1: "history" is outside of [keys]' in keymap.problems[0].sentence


def test_a_broken_file_leaves_the_defaults(tmp_path: Path):
    path = tmp_path / "keybindings.toml"
    path.write_text("[keys]\nview.details = ctrl+x\n")
    keymap = load_keymap(ROWS, path)
    assert keymap.keys == resolve_keymap(ROWS).keys
    assert "line 2: a TOML mistake" in keymap.problems[0].sentence


def test_dots_without_end_are_one_unknown_command(keymap: Callable[..., Keymap]):
    result = keymap(".".join("a" * 3000) + " = 1")
    assert len(result.problems) == 1
    assert len(result.problems[0].sentence) < 300


def test_the_table_of_commands_fits_its_own_rules():
    assert resolve_keymap(COMMANDS).problems == ()


# Names


@pytest.mark.parametrize("character", string.punctuation + string.ascii_letters + string.digits)
def test_characters_have_the_name_the_screen_library_reports(character: str):
    assert parse_key_chord(character).name == _character_to_key(character)
    assert key_label(parse_key_chord(character).name) == character


@pytest.mark.parametrize(
    ("written", "bytes_sent"),
    [
        ("ctrl+r", "\x12"),
        ("ctrl+j", "\n"),
        ("shift+tab", "\x1b[Z"),
        ("alt+p", "\x1bp"),
        ("alt+P", "\x1bP"),
        ("Alt+Up", "\x1b[1;3A"),
        ("ctrl+home", "\x1b[1;5H"),
        ("shift+enter", "\x1b[13;2u"),
        ("shift+ctrl+r", "\x1b[114;6u"),
        ("alt+.", "\x1b[46;3u"),
        ("f3", "\x1bOR"),
        ("PgUp", "\x1b[5~"),
        ("esc", "\x1b[27u"),
        ("del", "\x1b[3~"),
        ("?", "?"),
        ("shift+g", "G"),
    ],
)
def test_a_name_is_the_one_that_a_terminals_bytes_become(written: str, bytes_sent: str):
    parser = XTermParser()
    event = [*parser.feed(bytes_sent), *parser.feed("")][0]
    assert isinstance(event, Key)
    assert parse_key_chord(written).name == event.key


@pytest.mark.parametrize("key", ["ctrl+m", "ctrl+i", "", "a b c", "ctrl+", "++", "ctrl+ctrl"])
def test_no_name_crashes(key: str):
    with pytest.raises(KeyNameError):
        parse_key_chord(key)


def test_labels_are_short():
    assert key_label("escape escape") == "esc esc"
    assert key_label("ctrl+slash") == "ctrl+/"
    assert key_label("ctrl+pageup") == "ctrl+pgup"
    assert key_label("alt+up") == "alt+↑"
