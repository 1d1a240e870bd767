"""Earlier prompts: nothing written on the way is lost."""

from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.prompt_history import PromptHistory

WORDS = st.text("abc ", min_size=1, max_size=6).filter(str.strip)


@given(st.lists(WORDS, max_size=6), WORDS, st.integers(0, 10))
def test_as_many_steps_back_as_forth_give_the_draft_again(
    prompts: list[str], draft: str, steps: int
):
    history = PromptHistory(prompts)
    text = draft
    for _ in range(steps):
        text = history.older(text) or text
    for _ in range(steps):
        text = history.newer(text) if not history.at_draft else text
    assert text == draft


def test_an_edit_on_the_way_is_kept_until_something_is_sent():
    history = PromptHistory(["one", "two"])
    assert history.older("") == "two"
    assert history.older("two, edited") == "one"
    assert history.newer("one") == "two, edited"
    history.add("sent")
    assert history.older("") == "sent"
    assert history.older("sent") == "two"


def test_the_same_prompt_twice_in_a_row_is_remembered_once():
    history = PromptHistory(["one"])
    history.add("one")
    history.add("  ")
    assert history.prompts == ("one",)


def test_matching_wants_all_words_and_gives_the_newest_first():
    history = PromptHistory(["Fix the parser", "docs", "fix parser tests", "Fix the parser"])
    assert history.matching("FIX parser", 9) == ["Fix the parser", "fix parser tests"]
    assert history.matching("", 2) == ["Fix the parser", "fix parser tests"]
