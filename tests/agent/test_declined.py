"""Recognising a budget that was too small, and offering a bigger one."""

import pytest

from tui.agent.declined import declined, suggestion


@pytest.mark.parametrize(
    "answer",
    [
        "The remaining token budget is too small for this refactor, so I have not started.",
        "I cannot do this within the budget I have been given.",
        "This would need about 120,000 tokens; the budget is not enough.",
        "I have to decline this with the present budget: about 20k tokens are left.",
        "I'm unable to complete the migration with 20k tokens.",
    ],
)
def test_words_of_declining_at_once_are_recognised(answer: str) -> None:
    assert declined(answer, grant=20_000, charged=900, requests=1)


@pytest.mark.parametrize(
    ("answer", "charged", "requests"),
    [
        ("Done. All functions are annotated.", 900, 1),
        ("The budget is too small to go on, so I wrapped up.", 15_000, 9),
        ("The parser reads tokens. It cannot fail.", 900, 1),
        ("The cache is too small.", 900, 1),
    ],
)
def test_other_endings_are_not(answer: str, charged: int, requests: int) -> None:
    assert not declined(answer, grant=20_000, charged=charged, requests=requests)


def test_what_the_model_says_it_needs_is_offered_with_some_room() -> None:
    assert suggestion("It would need about 60k tokens.", 20_000) == 75_000
    assert suggestion("This requires at least 1,000,000 tokens.", 100_000) == 1_250_000


def test_otherwise_three_times_as_much() -> None:
    assert suggestion("The budget is too small.", 20_000) == 60_000
