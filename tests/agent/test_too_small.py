"""Offering a bigger budget in place of one that was too small."""

import pytest

from tui.agent.bigger_budget import bigger_budget, ended_immediately
from tui.agent.final_message import KnownBudget, read_final_message


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
):
    assert (
        ended_immediately(grant=20_000, used=used, charged=charged, requests=requests) is expected
    )


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        ("It would need about 60k tokens.", (60_000,)),
        ("This requires at least 1,000,000 tokens.", (1_000_000,)),
        ("I would need about **60k tokens**.", (60_000,)),
        ("Dafür brauche ich mindestens 45.000 Token.", (45_000,)),
        ("Il faudrait environ 45 000 jetons pour cela.", (45_000,)),
        ("少なくとも45,000トークンが必要です。", (45_000,)),
        ("The budget is too small.", ()),
    ],
)
def test_what_the_model_says_it_needs_is_read(words: str, needed: tuple[int, ...]):
    assert read_final_message(words, KnownBudget(20_000, 19_000)).needed_tokens == needed


def test_what_is_needed_is_offered_with_some_room():
    assert bigger_budget((60_000,), 20_000) == 75_000
    assert bigger_budget((1_000_000,), 100_000) == 1_250_000


def test_otherwise_three_times_as_much():
    assert bigger_budget((), 20_000) == 60_000


def test_what_is_needed_beside_what_was_used_is_offered():
    """41k of 45k are used, 17k of them in this turn: 24k, and 60k with a quarter to spare."""
    assert bigger_budget((60_000,), 45_000, before=24_000) == 100_000


def test_open_subtasks_tell_where_the_model_names_nothing():
    assert bigger_budget((), 20_000, before=10_000, rest=24_000) == 40_000
