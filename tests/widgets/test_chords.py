"""A chord that is bound to nothing writes nothing; what a layout makes with AltGr is text."""

import string

import pytest
from textual import events

from tests.widgets.widget_app import WidgetApp
from tui.widgets.chords import drop_chord_character
from tui.widgets.composer import Composer
from tui.widgets.input_guard import GuardedParser


def arrived(data: str) -> list[events.Key]:
    """The keys that a terminal's bytes become: what is left open by an escape is the last one."""
    parser = GuardedParser()
    found = [*parser.feed(data), *parser.feed("\x1b[I")]
    return [event for event in found if isinstance(event, events.Key)]


def written(keys: list[events.Key]) -> str:
    for key in keys:
        drop_chord_character(key)
    return "".join(key.character or "" for key in keys if key.is_printable)


@pytest.mark.parametrize("letter", [each for each in string.printable[:95] if each not in "O[P]_"])
def test_alt_with_a_letter_digit_or_sign_writes_nothing(letter: str):
    keys = arrived(f"\x1b{letter}")
    assert written(keys) == ""
    if letter.isalnum() and letter not in "bfdBFD":  # these move by words in every shell
        assert keys[0].key.startswith("alt+")


@pytest.mark.parametrize(
    "bytes",
    [f"\x1b[{ord(letter)};{1 + bits}u" for letter in "tvé." for bits in (2, 4, 8, 16, 32, 6)],
)
def test_a_chord_of_a_terminal_with_the_kitty_protocol_writes_nothing(bytes: str):
    assert written(arrived(bytes)) == ""


@pytest.mark.parametrize("text", ["@", "{", "€", "é", "ß", "ł", "あ", "中", "ñ", "\\", "~", "T"])
def test_what_a_layout_makes_is_text(text: str):
    assert written(arrived(text)) == text


def test_altgr_of_windows_is_no_chord():
    assert written([events.Key("alt+ctrl+q", "@")]) == "@"


async def test_the_draft_takes_no_letter_of_a_chord(widget_app: type[WidgetApp]):
    composer = Composer()
    async with widget_app(composer).run_test(size=(80, 24)) as pilot:
        composer.focus()
        await pilot.pause()
        for modifier in ("alt", "ctrl+alt+shift", "meta", "hyper", "super"):
            composer.draft.post_message(events.Key(f"{modifier}+t", None))
            composer.draft.post_message(events.Key("alt+t", "t"))
        composer.draft.post_message(events.Key("at", "@"))
        await pilot.pause()
        assert composer.text == "@"
