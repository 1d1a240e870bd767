"""Foreign text is cleaned once, whatever it holds and however it arrives."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.sanitize import MAX_LINE_CHARACTERS, StreamCleaner, clean, clean_line, spell_out_invisible
from tui.widgets.screen_text import cut_long_lines, expand_tabs, prepare_for_screen

HOSTILE = st.text(
    st.one_of(
        st.sampled_from("\x1b\x9b\x9d\x90\x07\x9c\r\n\t\\[]PX^_;?0123mHJKabc é\u202e\u2066\ufeff"),
        st.characters(codec=None),
    ),
    max_size=60,
)


def is_harmless(text: str) -> bool:
    """By Unicode: no control but line feed and tab, no direction override, no surrogate."""
    return all(
        each in "\n\t"
        or (
            unicodedata.category(each) not in {"Cc", "Cs"}
            and unicodedata.bidirectional(each)
            not in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
            and each not in "\u2028\u2029"
        )
        for each in text
    )


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("\x1b]52;c;Y3VybCBldmls\x07safe", "safe"),
        ("\x1b]52;c;Y3VybCBldmls\x1b\\safe", "safe"),
        ("\x9d0;title\x9csafe", "safe"),
        ("a\x1b[2Jb\x1b[31;1mred\x1b[0m", "abred"),
        ("\x9b2Jx", "x"),
        ("\x1bP1$r0m\x1b\\x", "x"),
        ("\x1bcreset", "reset"),
        ("bell\x07 back\x08space nul\x00", "bell backspace nul"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("rm \u202etxt.exe", "rm \ufffdtxt.exe"),
        ("\u2066isolate\u2069", "\ufffdisolate\ufffd"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("\ufeffbom\x7f", "bom"),
        ("line\u2028separator", "line\nseparator"),
        ("tab\tstays\nlines stay", "tab\tstays\nlines stay"),
        ("plain [bold]markup[/bold] stays", "plain [bold]markup[/bold] stays"),
    ],
)
def test_what_a_terminal_would_obey_is_taken_out(foreign: str, shown: str):
    assert clean(foreign) == shown


def test_an_escape_string_that_never_ends_does_not_swallow_what_follows():
    assert clean("\x1b]0;no end\nthe rest is still read") == "0;no end\nthe rest is still read"


def test_clean_text_is_given_back_as_it_is():
    text = "nothing to do here – “quoted” 中文 👩‍💻\n\tindented"
    assert clean(text) is text


@given(HOSTILE)
def test_nothing_harmful_passes(text: str):
    assert is_harmless(clean(text))


@given(HOSTILE)
def test_cleaning_twice_changes_nothing_more(text: str):
    once = clean(text)
    assert clean(once) == once


@given(st.lists(HOSTILE, max_size=5))
@settings(max_examples=200)
def test_text_in_pieces_is_as_harmless_as_text_in_one(pieces: list[str]):
    cleaner = StreamCleaner()
    shown = "".join(cleaner.feed(piece) for piece in pieces) + cleaner.finish()
    assert is_harmless(shown)


@pytest.mark.parametrize(
    "foreign",
    [
        "a\x1b]52;c;Y3VybA==\x07b",
        "a\x1b[38;5;196mred\x1b[0mb",
        "a\r\nb",
        "\x1bP+q544e\x1b\\b",
        "\x9b1;2Hx",
    ],
)
def test_a_sequence_torn_apart_anywhere_is_still_one(foreign: str):
    for at in range(len(foreign) + 1):
        cleaner = StreamCleaner()
        shown = cleaner.feed(foreign[:at]) + cleaner.feed(foreign[at:]) + cleaner.finish()
        assert shown == clean(foreign), at


def test_a_cleaner_never_holds_back_more_than_a_sequence_may_be_long():
    cleaner = StreamCleaner()
    cleaner.feed("\x1b]52;c;")
    shown = "".join(cleaner.feed("A" * 1000) for _ in range(10))
    assert len(shown) >= 5_000


def test_tabs_reach_to_the_next_stop():
    assert expand_tabs("\tx\nab\ty") == "    x\nab  y"


def test_an_endless_line_is_cut_and_says_so():
    text = "short\n" + "x" * (MAX_LINE_CHARACTERS + 1234) + "\nshort"
    first, cut, last = cut_long_lines(text).split("\n")
    assert (first, last) == ("short", "short")
    assert cut.startswith("x" * MAX_LINE_CHARACTERS)
    assert cut.endswith("1,234 more characters")


def test_preformatted_text_gets_all_of_it():
    assert prepare_for_screen("\ta\x1b[1m\r\n" + "y" * 9) == "    a\n" + "y" * 9


def test_a_line_is_one_line_however_it_came():
    assert clean_line("  two\nlines\t and \x1b[1m more ") == "two lines and more"


def test_a_long_line_ends_in_an_ellipsis():
    assert clean_line("a name that goes on and on", 10) == "a name th…"


@pytest.mark.parametrize(
    ("foreign", "seen"),
    [
        ("plain é 日本 👩\u200d🔬 ❤\ufe0f\n\tend", "plain é 日本 👩\u200d🔬 ❤\ufe0f\n\tend"),
        ("hi\x1b]; rm -rf x; echo \x07!", "hi⟦U+001B⟧]; rm -rf x; echo ⟦U+0007⟧!"),
        ("\x1b_obey me\x1b\\", "⟦U+001B⟧_obey me⟦U+001B⟧\\"),
        ("\x9d2;t\x9c\x7f", "⟦U+009D⟧2;t⟦U+009C U+007F⟧"),
        ("a\u202eb\u200b\U000e0041c", "a⟦U+202E⟧b⟦U+200B U+E0041⟧c"),
        ("one\r\ntwo\rthree\u2028", "one\ntwo⟦U+000D⟧three⟦U+2028⟧"),
        ("\ufefftext\ud800", "text⟦U+D800⟧"),
        ("x" + "\u200b" * 1_100, f"x⟦{' '.join(['U+200B'] * 100)} and 1,000 more⟧"),
    ],
)
def test_what_a_person_decides_about_is_written_out(foreign: str, seen: str):
    assert spell_out_invisible(foreign) == seen


@settings(max_examples=300)
@given(HOSTILE)
def test_what_is_written_out_is_harmless_and_hides_no_letter(text: str):
    seen = spell_out_invisible(text)
    assert is_harmless(seen)
    assert [each for each in text if each.isalnum()] == [
        each for each in re.sub(r"⟦[^⟧]*⟧", "", seen) if each.isalnum()
    ]
