"""Whatever arrives, and in whatever pieces: pastes are text, and reading goes on."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tui.widgets.input_guard import (
    PASTE_END,
    PASTE_START,
    GuardedParser,
    PasteFilter,
    lenient_decoder,
)

NASTY = st.text(alphabet="\x1b[]201~\r\n\t\x07\x00\x9bab;", max_size=40)


def pieces(text: str, cuts: list[int]) -> list[str]:
    places = sorted({cut % (len(text) + 1) for cut in cuts})
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True) if text[a:b]]


@given(pasted=NASTY.filter(lambda text: PASTE_END not in text), cuts=st.lists(st.integers(0, 200)))
def test_a_paste_arrives_as_one_paste_without_its_controls(pasted: str, cuts: list[int]) -> None:
    parser = GuardedParser()
    found = []
    for piece in pieces(f"x{PASTE_START}{pasted}{PASTE_END}y", cuts):
        found += list(parser.feed(piece))
    pastes = [event.text for event in found if isinstance(event, events.Paste)]
    keys = [event.character for event in found if isinstance(event, events.Key)]
    # An end put together by taking an escape out is text as well.
    assert "".join(pastes) == re.sub("[\x1b\x07\x00\x9b]", "", pasted)
    assert keys == ["x", "y"]


@given(typed=NASTY.filter(lambda text: PASTE_START not in text), cuts=st.lists(st.integers(0, 200)))
def test_what_is_typed_passes_unchanged(typed: str, cuts: list[int]) -> None:
    filter = PasteFilter()
    assert "".join(filter(piece) for piece in pieces(typed, cuts)) == typed


@pytest.mark.parametrize("cut", range(1, len(PASTE_START)))
def test_escape_alone_is_not_held_back(cut: int) -> None:
    filter = PasteFilter()
    assert filter(PASTE_START[:cut]) == PASTE_START[:cut]


def test_two_pastes_in_a_row_are_both_filtered() -> None:
    filter = PasteFilter()
    assert (
        filter(f"{PASTE_START}a\x1bb{PASTE_END}{PASTE_START}\x1bc{PASTE_END}\x1b")
        == f"{PASTE_START}ab{PASTE_END}{PASTE_START}c{PASTE_END}\x1b"
    )


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
def test_a_sequence_that_makes_no_sense_is_forgotten_and_reading_goes_on(nonsense: str) -> None:
    parser = GuardedParser()
    for _ in parser.feed(nonsense):
        pass
    found = [*parser.feed("\x1b[A"), *parser.feed("z")]
    keys = [event.key for event in found if isinstance(event, events.Key)]
    assert keys[-2:] == ["up", "z"]


def test_bytes_that_are_no_text_are_replaced() -> None:
    decoder = lenient_decoder("utf-8")()
    assert decoder.decode(b"a\xffb\xc3") == "a\ufffdb"
    assert decoder.decode(b"\xa9") == "é"
