"""The weights of words: which clause says that work is left where no pattern names it."""

import pytest

from tests.agent.train_ending_weights import LEAST, samples, trained
from tui.agent.word_weights import features, is_whole_around, weightiest, weights


def test_a_clause_has_its_words_its_pairs_and_its_pairs_around_a_word():
    assert set(features("Two of 7 aren’t.")) == {
        *("^", "two", "of", "#", "aren't", "$"),
        *("^ two", "two of", "of #", "# aren't", "aren't $"),
        *("^ _ of", "two _ #", "of _ aren't", "# _ $"),
    }


def test_a_language_without_spaces_has_its_signs_for_words():
    found = set(features("API还没"))
    assert {"api", "还", "没", "api 还", "还 没", "还 没 $"} <= found


def test_the_clause_that_says_most_strongly_that_work_is_left_is_named():
    clauses = [
        "I removed the feature flag from the backend",
        "In the frontend it is still checked, and that I haven't converted yet",
    ]
    assert weightiest(clauses) == clauses[1]


@pytest.mark.parametrize(
    "clauses",
    [
        [],
        ["Still not converted yet"],
        ["I fixed the crash and added a test", "All 214 tests pass, and nothing else changed"],
    ],
    ids=["no words", "few words", "whole work"],
)
def test_words_that_do_not_say_so_name_no_clause(clauses: list[str]):
    assert weightiest(clauses) == ""


def test_a_clause_is_weighed_with_its_neighbours_alone():
    whole = "It's raised when the bucket is empty, so no other change was needed"
    left = "The rest still has to be converted, which I haven't done yet"
    assert is_whole_around([whole, "The user has to wait", whole], 1)
    assert not is_whole_around([whole, left, left, left], 2)


def test_the_weights_are_those_of_the_labelled_endings():
    """Whoever adds an ending runs `train_ending_weights.py`."""
    stored = weights()
    computed = trained(samples())
    away = {name for name, weight in computed.items() if abs(weight - stored.get(name, 0)) > LEAST}
    assert not away
    assert stored.keys() <= computed.keys()
