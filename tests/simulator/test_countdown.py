"""The arithmetic of the countdown, against the documentation and hand calculations."""

from hypothesis import given
from hypothesis import strategies as st

from tui.simulator.budget_countdown import (
    CountdownRules,
    CountedMessage,
    SimulatedTaskBudget,
    counted_tokens,
    shown_remaining,
    spent_in_turn,
)

CONTEXT, FRESH = CountdownRules("context"), CountdownRules("fresh")


def prompt(words: int = 20) -> CountedMessage:
    return CountedMessage("user", words=words, opens_turn=True)


def results(tokens: int, words: int = 0) -> CountedMessage:
    return CountedMessage("user", results=tokens, words=words)


def answer(tokens: int) -> CountedMessage:
    return CountedMessage("assistant", written=tokens)


def test_the_worked_example_of_the_documentation():
    budget = SimulatedTaskBudget(100_000)
    history = [prompt(20)]
    assert shown_remaining(budget, history, CONTEXT) - 5_000 == 95_000
    history += [answer(5_000), results(2_800)]
    assert shown_remaining(budget, history, CONTEXT) - 4_000 == 88_200
    history += [answer(4_000), results(1_200)]
    assert shown_remaining(budget, history, CONTEXT) - 6_000 == 81_000


def test_a_new_prompt_still_pays_for_the_history_that_is_visible_today():
    history = [prompt(), answer(3_000), results(1_000), answer(500), prompt()]
    assert shown_remaining(SimulatedTaskBudget(50_000), history, CONTEXT) == 45_500


def test_a_new_prompt_starts_a_fresh_budget_where_turns_reset():
    history = [prompt(), answer(3_000), results(1_000), answer(500), prompt(), answer(70)]
    assert shown_remaining(SimulatedTaskBudget(50_000), history, FRESH) == 49_930


def test_text_beside_a_result_is_counted_and_does_not_reset_the_turn():
    history = [prompt(), answer(3_000), results(1_000, words=200)]
    assert shown_remaining(SimulatedTaskBudget(50_000), history, FRESH) == 45_800


def test_prompts_count_only_where_they_are_charged():
    history = [prompt(7_000), answer(100)]
    assert counted_tokens(history, CONTEXT) == 100
    assert counted_tokens(history, CountdownRules("context", charge_prompts=True)) == 7_100


def test_remaining_replaces_the_total_as_the_start():
    history = [prompt(), answer(1_000)]
    assert shown_remaining(SimulatedTaskBudget(200_000, 155_000), history, CONTEXT) == 154_000
    assert shown_remaining(SimulatedTaskBudget(200_000, 0), history, CONTEXT) == -1_000


def test_what_a_turn_spent_before_a_compaction_is_carried():
    before = [prompt(), answer(9_000), prompt(), answer(4_000), results(2_000)]
    assert spent_in_turn(before, CONTEXT) == 6_000
    summary = [CountedMessage("assistant", written=300)]
    assert shown_remaining(SimulatedTaskBudget(100_000), summary, CONTEXT, carried=6_000) == 93_700


SEEN = st.builds(
    CountedMessage,
    st.sampled_from(["user", "assistant"]),
    st.integers(0, 10**5),
    st.integers(0, 10**5),
    st.integers(0, 10**5),
    st.booleans(),
)


@given(st.lists(SEEN, max_size=12), SEEN, st.booleans())
def test_more_history_never_leaves_more(
    history: list[CountedMessage], more: CountedMessage, charged: bool
):
    rules = CountdownRules("context", charge_prompts=charged)
    budget = SimulatedTaskBudget(10**6)
    assert shown_remaining(budget, [*history, more], rules) <= shown_remaining(
        budget, history, rules
    )


@given(st.lists(SEEN, max_size=12), st.booleans())
def test_a_fresh_turn_never_leaves_less_than_the_whole_context(
    history: list[CountedMessage], charged: bool
):
    fresh, context = CountdownRules("fresh", charged), CountdownRules("context", charged)
    assert counted_tokens(history, fresh) <= counted_tokens(history, context)
