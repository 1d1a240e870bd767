from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from tui.simulator.tokenizer import Tokenizer, count, split

TEXTS = st.text(max_size=300) | st.text("ab Z09 \n\t.,(){}_-é漢🙂\r", max_size=300)


@given(TEXTS)
def test_the_tokens_of_a_text_joined_are_the_text(text: str):
    assert "".join(split(text)) == text


@given(TEXTS, st.integers(0, 300))
def test_a_text_cut_between_two_tokens_has_as_many_as_its_parts(text: str, at: int):
    tokens = split(text)
    head, tail = "".join(tokens[:at]), "".join(tokens[at:])
    assert count(head) + count(tail) == count(text)


@given(TEXTS, st.integers(0, 200), st.sampled_from([1.0, 1 / 1.3]))
def test_the_head_of_a_text_never_has_more_tokens_than_asked(text: str, most: int, ratio: float):
    tokenizer = Tokenizer(ratio)
    head = tokenizer.head(text, most)
    assert text.startswith(head)
    assert tokenizer.count(head) <= most


@given(TEXTS)
def test_no_text_has_more_tokens_than_characters_and_only_nothing_has_none(text: str):
    assert 0 <= count(text) <= len(text)
    assert (count(text) == 0) == (text == "")


def test_english_has_three_to_five_characters_a_token():
    prose = (
        "The countdown is visible to the model only, and it is advisory: the model may overshoot "
        "it to finish an action that would be worse to interrupt. A real limit is the client's."
    )
    assert 3 <= len(prose) / count(prose) <= 5


def test_older_models_count_about_a_quarter_less():
    text = "def f(x):\n    return x + 1\n" * 100
    assert Tokenizer(1 / 1.3).count(text) * 1.3 == approx(count(text), rel=0.01)
