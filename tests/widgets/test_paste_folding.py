"""Folding pastes changes how a draft looks, never what is sent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.widgets.paste_folding import FOLD_CHARACTERS, FOLD_LINES, FoldedPastes, normalize_paste

TEXTS = st.one_of(
    st.text(max_size=50),
    st.integers(15, 40).map(lambda n: "line\n" * n),
    st.integers(1_990, 2_010).map(lambda n: "x" * n),
)


@settings(max_examples=60)
@given(st.lists(TEXTS, max_size=4))
def test_what_is_folded_is_sent_in_full(texts: list[str]):
    pastes = FoldedPastes()
    draft = " and ".join(pastes.fold(text) for text in texts)
    assert pastes.unfold(draft) == " and ".join(texts)


@given(TEXTS)
def test_a_draft_never_holds_more_than_a_small_paste(text: str):
    folded = FoldedPastes().fold(text)
    assert folded.count("\n") <= FOLD_LINES
    assert len(folded) <= FOLD_CHARACTERS


def test_the_limits_are_twenty_lines_and_two_thousand_characters():
    assert FoldedPastes().fold("\n".join("a" * 20)) == "\n".join("a" * 20)
    assert FoldedPastes().fold("\n".join("a" * 21)) == "[paste #1: 21 lines, ≈ 12 tokens]"
    assert FoldedPastes().fold("b" * 2_000) == "b" * 2_000
    assert FoldedPastes().fold("b" * 2_001) == "[paste #1: 2,001 characters, ≈ 572 tokens]"


def test_two_pastes_of_one_size_are_told_apart():
    pastes = FoldedPastes()
    draft = pastes.fold("a\n" * 30) + pastes.fold("b\n" * 30)
    assert pastes.unfold(draft) == "a\n" * 30 + "b\n" * 30


def test_a_token_the_user_typed_stays_what_it_is():
    assert (
        FoldedPastes().unfold("[paste #1: 30 lines, ≈ 40 tokens]")
        == "[paste #1: 30 lines, ≈ 40 tokens]"
    )


def test_a_paste_that_looks_like_a_token_is_not_unfolded_again():
    pastes = FoldedPastes()
    inner = "[paste #1: 30 lines, ≈ 40 tokens]\n" * 30
    assert pastes.unfold(pastes.fold(inner)) == inner


@given(st.text())
def test_line_ends_are_made_one_kind_and_nothing_a_terminal_obeys_stays(text: str):
    clean = normalize_paste(text)
    assert "\r" not in clean
    assert not any(ord(c) < 32 and c not in "\n\t" for c in clean)
    assert not any(0x7F <= ord(c) <= 0x9F for c in clean)


@given(
    st.text(st.sampled_from("ab \u200b\u202e\u2066\ufeff\U000e0041\ufe0f👩💻\u200d"), max_size=12)
)
def test_what_is_not_seen_is_shown_and_sent_as_it_came(text: str):
    pastes = FoldedPastes()
    draft = pastes.show_invisible(text)
    assert pastes.unfold(draft) == text
    assert not set(draft) & set("\u200b\u202e\u2066\U000e0041")
    assert pastes.show_invisible(draft) == draft


@pytest.mark.parametrize(
    ("text", "draft"),
    [
        ("rm \u202etxt", "rm ⟦U+202E⟧txt"),
        ("a\u200b\u200cb", "a⟦U+200B U+200C⟧b"),
        ("a" + "\U000e0041" * 40, "a⟦U+E0041 and 39 more #1⟧"),
        ("👩\u200d💻 \u05e9\u05dc", "👩\u200d💻 \u05e9\u05dc"),
    ],
)
def test_the_token_names_what_is_not_seen(text: str, draft: str):
    assert FoldedPastes().show_invisible(text) == draft
