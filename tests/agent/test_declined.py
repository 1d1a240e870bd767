"""Recognising a budget that was too small, and offering a bigger one."""

import pytest

from tui.agent.declined import at_once, declines, suggestion


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
def test_words_of_declining_are_recognised(answer: str) -> None:
    assert declines(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Done. All functions are annotated.",
        "The parser reads tokens. It cannot fail.",
        "Done: the scanner rejects tokens that it cannot read.",
        "The cache is too small.",
    ],
)
def test_other_words_are_not(answer: str) -> None:
    assert not declines(answer)


@pytest.mark.parametrize(
    ("used", "charged", "requests", "expected"),
    [
        (900, 900, 1, True),
        (8_000, 900, 1, True),
        (15_000, 900, 1, False),  # three quarters of the envelope went to turns before
        (15_000, 15_000, 9, False),
        (6_000, 6_000, 2, False),
        (900, 900, 4, False),
    ],
)
def test_at_once_is_with_most_of_the_whole_budget_unspent(
    used: int, charged: int, requests: int, expected: bool
) -> None:
    assert at_once(grant=20_000, used=used, charged=charged, requests=requests) is expected


def test_what_the_model_says_it_needs_is_offered_with_some_room() -> None:
    assert suggestion("It would need about 60k tokens.", 20_000) == 75_000
    assert suggestion("This requires at least 1,000,000 tokens.", 100_000) == 1_250_000


def test_otherwise_three_times_as_much() -> None:
    assert suggestion("The budget is too small.", 20_000) == 60_000


def test_what_is_needed_beside_what_was_used_is_offered() -> None:
    """41k of 45k are used, 17k of them in this turn: 24k, and 60k with a quarter to spare."""
    answer = "About 4.1k tokens are left. I would need about **60k tokens**."
    assert suggestion(answer, 45_000, before=24_000) == 100_000


def test_open_subtasks_tell_where_the_model_names_nothing() -> None:
    assert suggestion("The budget is too small.", 20_000, before=10_000, rest=24_000) == 40_000
