"""What each prompt went on: worked out by hand, whole, and the same after resume and rewind."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.session.work_log import WorkLog, call_block, text_block, worked_example
from tui.session import events as ev
from tui.session.prompt_costs import Activity, PromptCosts

CORE = "src/core.py"


def tokens(log: WorkLog, turn: int = 1) -> dict[Activity, tuple[int, int]]:
    """Tokens of each activity, and the estimated part of them."""
    costs = PromptCosts(log.records).of_turn(turn, log.state.ledger)
    return {cost.activity: (cost.tokens, cost.estimated) for cost in costs}


def test_results_go_to_their_call_thinking_to_itself_and_the_rest_by_length():
    assert tokens(worked_example()) == {
        Activity("read", CORE): (690, 50),
        Activity("think"): (200, 0),
        Activity("write", CORE): (140, 0),
        Activity("answer"): (70, 50),
    }


def test_the_weights_are_the_tokens_at_the_rates_when_they_were_new():
    log = worked_example()
    costs = PromptCosts(log.records).of_turn(1, log.state.ledger)
    weights = {cost.activity: cost.weight for cost in costs}
    # Output at $25 and new input at $6.25 a million.
    assert weights == {
        Activity("read", CORE): 640 * Decimal("6.25") + 50 * 25,
        Activity("think"): 200 * 25,
        Activity("write", CORE): 100 * 25 + 40 * Decimal("6.25"),
        Activity("answer"): 70 * 25,
    }


def test_dollars_are_those_of_the_requests_of_the_prompt():
    costs = PromptCosts(worked_example().records)
    assert costs.dollars == {1: Decimal("0.05")}
    assert costs.unpriced == {}


def test_a_request_without_a_price_is_counted_and_not_guessed():
    log = WorkLog()
    log.prompt()
    log.answer(1_000, 20, text_block("a"), dollars=None)
    log.end()
    costs = PromptCosts(log.records)
    assert (costs.dollars, costs.unpriced) == ({}, {1: 1})


def test_a_summary_between_two_prompts_belongs_to_neither():
    log = worked_example()
    before = tokens(log)
    log.append(
        ev.RequestStarted(
            request=4, turn=1, model="m", effort="high", max_tokens=1, budget=None, messages=1,
            purpose="compaction",
        )
    )  # fmt: skip
    log.response(2_200, 90)
    log.prompt("Next")
    log.answer(2_400, 10, text_block("b"))
    log.end()
    assert tokens(log) == before
    assert tokens(log, 2)[Activity("answer")] == (10, 0)
    costs = PromptCosts(log.records)
    assert costs.dollars[1] == Decimal("0.05")
    assert costs.unpriced == {0: 1}  # that of no prompt


def test_a_rewind_leaves_what_was_spent():
    log = worked_example()
    before = tokens(log), PromptCosts(log.records).dollars
    log.append(ev.Rewritten(reason="rewind", keep=0))
    assert (tokens(log), PromptCosts(log.records).dollars) == before


def test_the_same_is_known_during_the_turn_and_after_a_resume():
    log = worked_example()
    live = PromptCosts()
    for at, record in enumerate(log.records):
        live.apply(record)
        if at % 3 == 0:
            live.of_turn(1, log.state.ledger)
    again = PromptCosts(log.records)
    assert live.of_turn(1, log.state.ledger) == again.of_turn(1, log.state.ledger)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 500), st.integers(0, 500), st.sampled_from(["read", "bash", "edit", "x"])
        ),
        max_size=6,
    )
)
def test_the_parts_add_up_to_what_was_charged(steps: list[tuple[int, int, str]]):
    log, context = WorkLog(), 1_000
    log.prompt()
    for at, (output, result, name) in enumerate(steps):
        words = text_block("w" * (at * 7))
        call = call_block(f"t{at}", name, path=f"{at % 2}.py")
        log.answer(context, output, words, call, thinking=output // 3)
        log.call(f"t{at}", name, f"{at % 2}.py", result + 1)
        context += output + result
    log.answer(context, 5, text_block("done"))
    log.end()
    costs = PromptCosts(log.records).of_turn(1, log.state.ledger)
    assert sum(cost.tokens for cost in costs) == log.state.ledger.by_turn[1]
    assert all(0 <= cost.estimated <= cost.tokens for cost in costs)
