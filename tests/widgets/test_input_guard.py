"""Whatever arrives, and in whatever pieces: pastes are text, and reading goes on."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from tui.widgets.input_guard import EscapeSettled, GuardedParser, LoneEscape, lenient_decoder
from tui.widgets.input_pieces import PASTE_END, PASTE_START

NASTY = st.text(alphabet="\x1b[]201~\r\n\t\x07\x00\x9bab;", max_size=40)


def pieces(text: str, cuts: list[int]) -> list[str]:
    places = sorted({cut % (len(text) + 1) for cut in cuts})
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True) if text[a:b]]


@given(pasted=NASTY.filter(lambda text: PASTE_END not in text), cuts=st.lists(st.integers(0, 200)))
def test_a_paste_arrives_as_one_paste_without_its_controls(pasted: str, cuts: list[int]):
    parser = GuardedParser()
    found = []
    for piece in pieces(f"x{PASTE_START}{pasted}{PASTE_END}y", cuts):
        found += list(parser.feed(piece))
    pastes = [event.text for event in found if isinstance(event, events.Paste)]
    keys = [event.character for event in found if isinstance(event, events.Key)]
    # An end put together by taking an escape out is text as well.
    assert "".join(pastes) == re.sub("[\x1b\x07\x00\x9b]", "", pasted)
    assert keys == ["x", "y"]


@pytest.mark.parametrize(
    "nonsense",
    [
        "\x1b[999999999999999999999A",
        "\x1b[55296200~",
        "\x1b[:;~",
        "\x1b[<;;M",
        "\x1b[<999999999999;1;1M",
    ],
)
def test_a_sequence_that_makes_no_sense_is_forgotten_and_reading_goes_on(nonsense: str):
    parser = GuardedParser()
    for _ in parser.feed(nonsense):
        pass
    found = [*parser.feed("\x1b[A"), *parser.feed("z")]
    keys = [event.key for event in found if isinstance(event, events.Key)]
    assert keys[-2:] == ["up", "z"]


def test_bytes_that_are_no_text_are_replaced():
    decoder = lenient_decoder("utf-8")()
    assert decoder.decode(b"a\xffb\xc3") == "a\ufffdb"
    assert decoder.decode(b"\xa9") == "é"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def read(*steps: str | float) -> list[str]:
    """What comes of input read in these pieces; a number is a pause in seconds.

    Like the driver it ticks after each read, and ten times a second while nothing comes.
    """
    clock = Clock()
    parser = GuardedParser(clock=clock)
    found: list[Message] = []
    for step in [*steps, 9.0]:
        if isinstance(step, str):
            found += parser.feed(step)
            found += parser.tick()
        else:
            for part in [0.1] * int(step / 0.1) + [step % 0.1]:
                clock.now += part
                found += parser.tick()
    return [shown for event in found if (shown := show(event))]


def show(event: Message) -> str:
    """One event; an Escape in doubt is shown when it is known to be the key."""
    match event:
        case LoneEscape():
            return ""
        case EscapeSettled():
            return "escape" if event.pressed else ""
        case events.Key():
            return event.key
        case events.Paste():
            return f"paste {event.text!r}"
    return type(event).__name__


LATE_ANSWERS = {
    "device attributes": "\x1b[?62;22c",
    "secondary attributes": "\x1b[>0;276;0c",
    "status": "\x1b[0n",
    "keyboard flags": "\x1b[?29u",
    "colour scheme": "\x1b[?997;1n",
    "a mode nobody asked for": "\x1b[?9999;0$y",
    "size": "\x1b[8;24;80t",
    "background": "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
    "background, ended by a bell": "\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
    "background, ended by one control character": "\x1b]11;rgb:1e1e/1e1e/1e1e\x9c",
    "name of the terminal": "\x1bP>|xterm(388)\x1b\\",
    "a setting": "\x1bP1$r0m\x1b\\",
    "a picture": "\x1b_Gi=31;OK\x1b\\",
}


@pytest.mark.parametrize("answer", LATE_ANSWERS.values(), ids=LATE_ANSWERS.keys())
def test_an_answer_of_the_terminal_is_never_typed_wherever_it_is_cut(answer: str):
    assert read("a", answer, "b") == ["a", "b"]
    for cut in range(2, len(answer)):
        assert read("a", answer[:cut], 0.5, answer[cut:], "b") == ["a", "b"], cut


# What a terminal without the Kitty protocol sends, and what it means.
SEQUENCES: dict[str, list[str]] = {
    "\x1b[A": ["up"],
    "\x1bOP": ["f1"],
    "\x1b[1;5D": ["ctrl+left"],
    "\x1b[3~": ["delete"],
    "\x1b[15;2~": ["shift+f5"],
    "\x1b[I": ["AppFocus"],
    "\x1b[<0;3;4M": ["MouseDown"],
    f"{PASTE_START}a\rb{PASTE_END}": ["paste 'a\\rb'"],
    **{answer: [] for answer in LATE_ANSWERS.values()},
}
SILENCES = (0.05, 0.15, 0.25, 0.4)
"""Seconds: shorter and longer than the time after which a lone Escape is taken for the key."""


@pytest.mark.parametrize("sequence", SEQUENCES, ids=repr)
def test_a_sequence_that_a_slow_line_tears_is_one_sequence(sequence: str):
    right = ["a", *SEQUENCES[sequence], "b"]
    for silence in SILENCES:
        for cut in range(1, len(sequence)):
            came = read("a", sequence[:cut], silence, sequence[cut:], "b")
            assert came == right, (cut, silence)
        every_byte = [step for byte in sequence for step in (byte, silence)]
        assert read("a", *every_byte, "b") == right, silence


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        (["\x1b"], ["escape"]),
        (["\x1b", 0.2, "x"], ["escape", "x"]),
        (["\x1b", 0.3, "\r"], ["escape", "enter"]),
        (["\x1b", 0.2, "\x1b"], ["escape", "escape"]),
        (["\x1b", 0.6, "\x1b", 0.6, "\x1b"], ["escape"] * 3),
        (["\x1b\x1b"], ["escape", "escape"]),
        (["\x1b", 0.3, "\x1b[A"], ["escape", "up"]),
        (["\x1b", 0.3, "O", 0.1, "h"], ["escape", "O", "h"]),
        (["\x1b", 0.3, "P", 0.1, "lease"], ["escape", *"Please"]),
        (["\x1b", 0.3, "_"], ["escape", "underscore"]),
        (["\x1b", 0.3, "[", 0.1, "x"], ["escape", "left_square_bracket", "x"]),
        (["\x1b", 0.3, "1", 0.1, "]"], ["escape", "1", "right_square_bracket"]),
    ],
)
def test_an_escape_that_was_pressed_is_the_key_once(steps: list[str | float], shown: list[str]):
    assert read(*steps) == shown


def test_an_escape_is_in_doubt_no_longer_than_a_moment():
    clock = Clock()
    parser = GuardedParser(clock=clock)
    found: list[Message] = list(parser.feed("\x1b"))
    came_at = {}
    for tick in range(12):
        clock.now = 100 + tick * 0.1
        for event in parser.tick():
            found.append(event)
            came_at[type(event)] = clock.now - 100
    lone, settled = found
    assert isinstance(lone, LoneEscape) and isinstance(settled, EscapeSettled)
    assert settled.escape is lone and settled.pressed
    assert came_at[LoneEscape] <= 0.21 and came_at[EscapeSettled] <= 0.61


def test_what_follows_an_escape_after_that_is_not_typed():
    """The line was silent for longer than anybody waits: the key is taken, the rest is not."""
    assert read("\x1b", 0.7, "[A") == ["escape"]
    assert read("\x1b", 0.7, f"{PASTE_START[1:]}a\rb{PASTE_END}") == ["escape", "paste 'a\\rb'"]
    for answer in LATE_ANSWERS.values():
        assert read("a", "\x1b", 0.7, answer[1:], "b") == ["a", "escape", "b"], answer


def test_where_the_terminal_numbers_its_keys_an_escape_alone_interrupts_nothing():
    typed = "\x1b[97;;97u"
    assert read(typed, "\x1b", 0.5, "[?62;22c", typed) == ["a", "a"]
    assert read(typed, "\x1b[27u", typed) == ["a", "escape", "a"]
    assert read(typed, "\x1b", 1.2, typed) == ["a", "escape", "a"]


def test_a_sequence_cut_behind_its_escape_is_whole_again():
    assert read("\x1b", 0.05, "[A") == ["up"]
    assert read("\x1b[", 0.5, "A") == ["up"]
    assert read("\x1b[1;", 0.5, "5A") == ["ctrl+up"]


def test_escape_is_a_key_soon_after_it_was_pressed():
    assert read("\x1b", 0.05, 0.06) == ["escape"]
    assert read("\x1b\x1b") == ["escape", "escape"]
    assert read("\x1b", 0.2, "x") == ["escape", "x"]


def test_alt_with_an_arrow_of_old_terminals_is_no_escape():
    assert read("\x1b\x1b[A") == ["alt+up"]


@pytest.mark.parametrize(
    ("sequence", "key"),
    [
        ("\x1b[1089::99;5u", "ctrl+c"),  # Cyrillic
        ("\x1b[1074::100;5u", "ctrl+d"),
        ("\x1b[1079::112;3u", "alt+p"),
        ("\x1b[968::99;5u", "ctrl+c"),  # Greek
        ("\x1b[1489::99;5u", "ctrl+c"),  # Hebrew
        ("\x1b[1103:1071:122;6u", "ctrl+shift+z"),
        ("\x1b[97::113;5u", "ctrl+a"),  # French: a Latin letter counts as it is
        ("\x1b[99::99;5:1u", "ctrl+c"),
        ("\x1b[99;5u", "ctrl+c"),
        ("\x1b[1089::99;;1089u", "с"),
        ("\x1b[1089:1057:99;2;1057u", "С"),
        ("\x1b[13u", "enter"),
        ("\x1b[57441;1u", "left_shift"),
    ],
)
def test_ctrl_and_alt_go_by_the_key_of_the_base_layout(sequence: str, key: str):
    assert read(sequence) == [key]


@pytest.mark.parametrize(
    ("sequences", "keys"),
    [
        (["\x1b[39::119;5u"], ["ctrl+w"]),  # Hebrew: a sign where a US keyboard has w
        (["\x1b[1513::97;;1513u", "\x1b[47::113;5u"], ["ש", "ctrl+q"]),
        (["\x1b[97;;97u", "\x1b[44::119;5u"], ["a", "ctrl+comma"]),  # Dvorak
        (["\x1b[1489::99;5:1u", "\x1b[1489::99;5:3u"], ["ctrl+c"]),  # pressed and let go
        (["\x1b[1092::97;1:3u", "\x1b[127;1:2u", "\x1b[127;1:3u"], ["backspace"]),
        (["\x1b[1;1:1D", "\x1b[1;1:3D", "\x1b[3;5:2~", "\x1b[3;5:3~"], ["left", "ctrl+delete"]),
        (["\x1b[45:95:45;6u", "\x1b[45:95:47;6u", "\x1b[95:56:56;5u"], ["ctrl+underscore"] * 3),
        (["\x1b[45:95;70:1u"], ["ctrl+underscore"]),  # with caps lock
        (["\x1b[49:33:49;6u"], ["ctrl+shift+1"]),
    ],
)
def test_a_chord_is_the_same_on_every_layout_and_letting_go_is_no_key(
    sequences: list[str], keys: list[str]
):
    assert read(*sequences) == keys


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (["a\r\nb\r\nc"], ["paste 'a\\rb\\rc'"]),
        (["a\rb\nc"], ["paste 'a\\rb\\nc'"]),
        (["a\r\nb", "\r\nc"], ["paste 'a\\rb\\rc'"]),
        (["hello\r"], ["h", "e", "l", "l", "o", "enter"]),
        (["hello\r\n"], ["h", "e", "l", "l", "o", "enter"]),
        (["hello\r", "\n"], ["h", "e", "l", "l", "o", "enter"]),
        (["hello\n"], ["h", "e", "l", "l", "o", "enter"]),
        (["\r", 0.5, "\n"], ["enter", "ctrl+j"]),
        (["\n"], ["ctrl+j"]),
        (["a\rb", 0.5, "c"], ["paste 'a\\rb'", "c"]),
        (["a\rb", "\x1b[A"], ["paste 'a\\rb'", "up"]),
        (["a\tb"], ["paste 'a\\tb'"]),
        (["a\t\tb\tc"], ["paste 'a\\t\\tb\\tc'"]),
        (["a\tb", "c\r"], ["paste 'a\\tbc\\r'"]),
        (["\t"], ["tab"]),
        (["\t\t"], ["tab", "tab"]),
        (["@na\t"], ["at", "n", "a", "tab"]),
        (["a", "\t", "b"], ["a", "tab", "b"]),
    ],
)
def test_lines_and_tabs_that_come_at_once_are_one_paste(typed: list[str | float], shown: list[str]):
    assert read(*typed) == shown


def test_a_paste_whose_end_is_lost_comes_in_the_end():
    assert read(f"{PASTE_START}a\x1bb", 1.0, "c", 6.0, "d") == ["paste 'abc'", "d"]


def test_ten_thousand_lines_without_brackets_are_one_paste():
    text = "".join(f"line {n} of a long log\r" for n in range(10_000)) + "end"
    reads = [text[at : at + 4096] for at in range(0, len(text), 4096)]
    assert read(*reads) == [f"paste {text!r}"]
