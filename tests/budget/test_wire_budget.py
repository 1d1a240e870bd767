"""The wire value: one formula, held against the documentation and hand calculations."""

from hypothesis import given
from hypothesis import strategies as st

from tui.budget.wire_budget import WireBudget, server_budget, session_budget, turn_budget


def test_while_history_only_grows_nothing_but_the_total_is_sent():
    """The documentation's worked example: 5,000, then 6,800, then 7,200 charged of 100,000."""
    for charged in (0, 5_000, 11_800, 19_000):
        assert session_budget(100_000, charged, charged) == WireBudget(total=100_000)


def test_after_a_compaction_remaining_is_the_total_less_what_was_removed():
    """200,000 granted, 45,000 charged for messages now gone, a summary of 2,000 inserted.

    The documentation: subtract the usage of the removed messages only, not the summary's.
    The summary's request wrote 3,000 tokens, 2,000 of them the summary.
    """
    charged, counted = 45_000 + 3_000, 2_000
    assert session_budget(200_000, charged, counted).remaining == 200_000 - 45_000 - 1_000


def test_remaining_never_goes_below_zero():
    assert session_budget(20_000, 30_000, 0) == WireBudget(total=20_000, remaining=0)


def test_a_fresh_prompt_is_granted_in_full_on_top_of_what_the_server_still_counts():
    assert turn_budget(50_000, 0, 31_000, 31_000, rewritten=False) == WireBudget(total=81_000)
    assert turn_budget(50_000, 9_000, 40_000, 31_000, rewritten=False) == WireBudget(total=81_000)


def test_a_prompt_whose_history_was_rewritten_sends_what_is_left():
    budget = turn_budget(50_000, 12_000, 3_000, 31_000, rewritten=True)
    assert budget == WireBudget(total=50_000, remaining=41_000)


def test_a_prompt_overrun_by_far_has_nothing_left_and_not_less():
    budget = turn_budget(50_000, 70_000, 3_000, 31_000, rewritten=True)
    assert budget == WireBudget(total=50_000, remaining=0)


def test_a_prompt_whose_rest_is_more_than_its_grant_has_it_as_total():
    """4,000 charged of 50,000, and 31,000 of earlier prompts still counted: 77,000."""
    budget = turn_budget(50_000, 4_000, 31_000, 31_000, rewritten=True)
    assert budget == WireBudget(total=77_000, remaining=77_000)


def test_a_model_that_counts_more_than_was_charged_gets_a_larger_total():
    """8,000 charged, which the model of now counts as 10,400: it is shown 92,000."""
    assert session_budget(100_000, 8_000, 10_400) == WireBudget(total=102_400)


def test_where_the_server_shortens_total_alone_says_it_and_is_at_least_what_is_accepted():
    assert server_budget(100_000, 46_000, 1_500) == WireBudget(total=55_500)
    assert server_budget(100_000, 97_000, 1_500) == WireBudget(total=20_000)


def test_the_object_as_sent():
    assert WireBudget(total=200_000).to_json() == {"type": "tokens", "total": 200_000}
    assert WireBudget(200_000, 155_000).to_json() == {
        "type": "tokens",
        "total": 200_000,
        "remaining": 155_000,
    }


@given(st.integers(20_000, 10**6), st.data())
def test_the_model_is_shown_what_is_left(grant: int, data: st.DataObject):
    """`(remaining or total) - N` is `L`, whatever was charged and however much is visible."""
    charged = data.draw(st.integers(0, grant))
    counted = data.draw(st.integers(0, charged * 4 // 3))
    wire = session_budget(grant, charged, counted)
    shown = (wire.total if wire.remaining is None else wire.remaining) - counted
    assert shown == grant - charged


@given(st.integers(20_000, 10**6), st.lists(st.integers(0, 5_000), max_size=30))
def test_remaining_does_not_change_between_two_compactions(grant: int, growth: list[int]):
    gone, charged, visible = 12_000, 12_000, 0
    sent = []
    for tokens in growth:
        charged, visible = charged + tokens, visible + tokens
        if charged <= grant:
            sent.append(session_budget(grant, charged, visible))
    assert len(set(map(repr, sent))) <= 1
    assert all(wire.remaining == grant - gone for wire in sent)
