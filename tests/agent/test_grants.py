"""What a wish for a budget comes to: the events, or the one sentence that refuses it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.agent.managed_caps import read_managed_caps
from tui.agent.budget_requests import (
    BudgetBelowUsage,
    BudgetRefused,
    apply_caps,
    extend_tokens,
    grant_tokens,
    pending_dollar_grant,
    remove_budget,
    set_dollar_limit,
)
from tui.budget.ledger import Usage
from tui.claude.catalogue import load_catalogue
from tui.claude.pricing import price, terms
from tui.session import events as ev
from tui.session.event_fold import apply_record, fold
from tui.session.state import SessionState

CATALOGUE = load_catalogue()
OPUS = CATALOGUE.model("claude-opus-5-5")
UNPRICED = CATALOGUE.model("llama-of-mine")
CAP = "the cap of Platform team is 150,000 tokens and resets on Mondays"


def session(*events: ev.Event) -> SessionState:
    first = ev.SessionStarted(session="s", folder="/p", program="1", model=OPUS.id)
    every = [first, *events]
    return fold(ev.Record(at, float(at), event) for at, event in enumerate(every, 1))


def spent(output: int, dollars: str | None, model: str = OPUS.id) -> Sequence[ev.Event]:
    """A turn that was charged with so many tokens."""
    return [
        ev.PromptSubmitted(turn=1, text="go", content=({"type": "text", "text": "go"},)),
        ev.RequestStarted(
            request=1, turn=1, model=model, effort=None, max_tokens=9, budget=None, messages=1
        ),
        ev.RequestFinished(
            request=1,
            message="m",
            model=model,
            blocks=({"type": "text", "text": "ok"},),
            usage=Usage(input=10, output=output),
            raw_usage={},
            stop_reason="end_turn",
            dollars=None if dollars is None else Decimal(dollars),
        ),
        ev.TurnEnded(turn=1, reason="completed"),
    ]


def words(events: Sequence[ev.Event]) -> str:
    return " ".join(event.sentence for event in events if isinstance(event, ev.NoticeShown))


def granted(events: Sequence[ev.Event]) -> int | None:
    found = [event for event in events if isinstance(event, ev.BudgetGranted)]
    return found[0].total if found else None


# Tokens ------------------------------------------------------------------------------


def test_a_budget_below_the_minimum_of_the_api_is_refused():
    with pytest.raises(BudgetRefused, match="20,000 or more"):
        grant_tokens(session(), {}, 19_999, "session", "test")


def test_less_than_is_spent_is_a_question_with_both_figures():
    with pytest.raises(BudgetBelowUsage) as caught:
        grant_tokens(session(*spent(61_234, "1")), {}, 50_000, "session", "test")
    assert (caught.value.requested, caught.value.used) == (50_000, 61_234)
    assert "61,234 tokens, more than 50,000" in str(caught.value)


def test_a_budget_for_each_prompt_may_be_less_than_the_session_has_used():
    given = grant_tokens(session(*spent(61_234, "1")), {}, 50_000, "turn", "test")
    assert given.total == 50_000


def test_a_cap_is_named_with_its_owner_whoever_wants_more(tmp_path: Path):
    capped = read_managed_caps(tmp_path, task_budget=150_000)
    state = session(ev.BudgetGranted(total=120_000))
    assert grant_tokens(state, capped, 150_000, "session", "test").total == 150_000
    assert extend_tokens(state, capped, 30_000).by == 30_000
    with pytest.raises(BudgetRefused, match=f"160,000 tokens is more than allowed: {CAP}"):
        grant_tokens(state, capped, 160_000, "session", "test")
    with pytest.raises(BudgetRefused, match=f"150,001 tokens is more than allowed: {CAP}"):
        extend_tokens(state, capped, 30_001)
    with pytest.raises(BudgetRefused, match=f"There must be a limit: {CAP}"):
        remove_budget(state, capped, "test")


def test_taking_the_budget_away_takes_its_limit_in_dollars_along():
    state = session(ev.LimitSet(limit="dollars", value=Decimal(5)), ev.BudgetGranted(total=90_000))
    gone, limit = remove_budget(state, {}, "test")
    assert gone == ev.BudgetGranted(total=None, source="test")
    assert limit == ev.LimitSet(limit="dollars", value=None, source="test")


def test_there_must_be_a_budget_to_add_to():
    with pytest.raises(BudgetRefused, match="no budget to extend"):
        extend_tokens(session(), {}, 50_000)


# Dollars -----------------------------------------------------------------------------


def test_dollars_are_a_hard_limit_and_tokens_at_the_measured_price():
    """18,000 tokens cost $0.42: $5.00 are 18,000 and $4.58 at $23.33 a million, 196,285 more."""
    state = session(*spent(18_000, "0.42"))
    events = set_dollar_limit(state, {}, OPUS, Decimal(5), "session", "test")
    assert events[0] == ev.LimitSet(
        limit="dollars", value=Decimal(5), source="test", budget="session"
    )
    assert granted(events) == 214_000
    assert "214,000 tokens, computed once: $5.00 at $23.33 a million tokens" in words(events)
    assert "$0.42 for 18,000" in words(events)


def test_for_each_prompt_dollars_buy_what_is_left_of_them():
    state = session(*spent(18_000, "0.42"))
    events = set_dollar_limit(state, {}, OPUS, Decimal(5), "turn", "test")
    assert granted(events) == 196_000
    assert "for each prompt" in words(events)


def test_before_anything_is_measured_the_limit_holds_at_once_and_the_tokens_follow_once():
    events = set_dollar_limit(session(), {}, OPUS, Decimal(5), "session", "test")
    assert granted(events) is None
    assert words(events) == (
        "$5.00 is the hard limit now. The program works out a token budget after 5,000 used tokens."
    )
    state = session(*events)
    assert state.hard_limits.dollars == 5
    state = session(*events, *spent(18_000, "0.42"))
    first = pending_dollar_grant(state, {}, OPUS)
    assert granted(first) == 214_000
    assert pending_dollar_grant(session(*events, *spent(18_000, "0.42"), *first), {}, OPUS) == []


def test_too_few_tokens_are_said_and_only_the_limit_holds():
    """$0.87 for 10,000 tokens: $1.00 is 11,494 of them."""
    state = session(*spent(10_000, "0.87"))
    events = set_dollar_limit(state, {}, OPUS, Decimal(1), "session", "test")
    assert granted(events) is None
    assert "makes 11,000 tokens, less than the 20,000" in words(events)
    assert "only the limit of $1.00 applies." in words(events)
    after = session(*spent(10_000, "0.87"), *events)
    assert after.hard_limits.dollars == 1
    assert after.pending_dollar_limit is None


def test_a_budget_that_is_there_stays_where_the_dollars_are_too_few():
    state = session(ev.BudgetGranted(total=90_000), *spent(10_000, "0.87"))
    events = set_dollar_limit(state, {}, OPUS, Decimal(1), "session", "test")
    assert "the budget of 90,000 tokens stays" in words(events)


def test_a_model_without_a_price_makes_a_limit_in_dollars_fiction_and_that_is_said():
    events = set_dollar_limit(session(), {}, UNPRICED, Decimal(5), "session", "test")
    assert "price of llama-of-mine is not known, so a limit in dollars cannot be checked" in words(
        events
    )
    assert session(*events).pending_dollar_limit is None


def test_an_answer_without_a_price_ends_the_waiting_with_the_same_words():
    waiting = set_dollar_limit(session(), {}, OPUS, Decimal(5), "session", "test")
    state = session(*waiting, *spent(9_000, None))
    events = pending_dollar_grant(state, {}, OPUS)
    assert granted(events) is None
    assert "is not known" in words(events)
    assert session(*waiting, *spent(9_000, None), *events).pending_dollar_limit is None


def test_fewer_dollars_than_are_spent_are_a_question():
    with pytest.raises(BudgetBelowUsage) as caught:
        set_dollar_limit(
            session(*spent(18_000, "0.42")), {}, OPUS, Decimal("0.30"), "session", "test"
        )
    assert "$0.42, more than $0.30" in str(caught.value)


def test_a_cap_on_dollars_is_named_and_a_cap_on_tokens_lowers_what_they_buy(
    tmp_path: Path,
):
    capped = read_managed_caps(tmp_path, limits__dollars=4, task_budget=150_000)
    state = session(*spent(18_000, "0.42"))
    with pytest.raises(
        BudgetRefused, match=r"\$5 is more than allowed: the cap of Platform team is"
    ):
        set_dollar_limit(state, capped, OPUS, Decimal(5), "session", "test")
    events = set_dollar_limit(state, capped, OPUS, Decimal(4), "session", "test")
    assert granted(events) == 150_000  # $4.00 would be 171,000
    assert f"lowered because {CAP}" in words(events)


# Resuming ----------------------------------------------------------------------------


def test_a_cap_that_came_since_holds_in_a_session_that_is_resumed(tmp_path: Path):
    capped = read_managed_caps(tmp_path, task_budget=150_000, limits__dollars=4)
    state = session(
        ev.BudgetGranted(total=400_000), ev.LimitSet(limit="dollars", value=Decimal(10))
    )
    events, sentences = apply_caps(state, capped, "session")
    assert granted(events) == 150_000
    assert sentences == [
        f"This session had a budget of 400,000 tokens. {CAP[:1].upper()}{CAP[1:]}. It applies now.",
        "This session had a limit of $10.00. The cap of Platform team is $4 and resets on "
        "Mondays. It applies now.",
    ]


def test_a_session_without_a_budget_gets_the_capped_one(tmp_path: Path):
    events, sentences = apply_caps(
        session(), read_managed_caps(tmp_path, task_budget=150_000), "turn"
    )
    assert events == [ev.BudgetGranted(total=150_000, scope="turn", source="managed")]
    assert "had no budget" in sentences[0]


def test_what_is_within_the_caps_is_left_alone(tmp_path: Path):
    state = session(
        ev.BudgetGranted(total=100_000), ev.LimitSet(limit="requests", value=Decimal(9))
    )
    assert apply_caps(
        state, read_managed_caps(tmp_path, task_budget=150_000, limits__requests=9), "session"
    ) == (
        [],
        [],
    )


# For each prompt ---------------------------------------------------------------------


def test_more_between_two_prompts_is_more_for_each_of_them(tmp_path: Path):
    state = session(ev.BudgetGranted(total=30_000, scope="turn"), *spent(9_000, "0.1"))
    given = extend_tokens(state, {}, 20_000)
    assert given == ev.BudgetGranted(total=50_000, scope="turn", source="/budget")
    with pytest.raises(BudgetRefused, match="Platform team"):
        extend_tokens(state, read_managed_caps(tmp_path, task_budget=40_000), 20_000)


def test_more_while_a_prompt_is_worked_on_is_for_this_one():
    *begun, _ = spent(9_000, "0.1")
    state = session(ev.BudgetGranted(total=30_000, scope="turn"), *begun)
    assert extend_tokens(state, {}, 20_000) == ev.BudgetExtended(by=20_000)


# What is paid once -------------------------------------------------------------------


def answers(*usages: tuple[str, Usage], calls: tuple[ev.JSON, ...] = ()) -> SessionState:
    """A session of these answers, billed at the rates of their models; one with calls goes on."""
    events: list[ev.Event] = [
        ev.PromptSubmitted(turn=1, text="go", content=({"type": "text", "text": "go"},))
    ]
    for at, (id, usage) in enumerate(usages, 1):
        model = CATALOGUE.model(id)
        priced = price(usage, model, terms({}, usage, model, date(2026, 11, 30)))
        assert priced is not None
        events += [
            ev.RequestStarted(
                request=at, turn=1, model=id, effort=None, max_tokens=9, budget=None, messages=1
            ),
            ev.RequestFinished(
                request=at,
                message=f"m{at}",
                model=id,
                blocks=({"type": "text", "text": "ok"}, *calls),
                usage=usage,
                raw_usage={},
                stop_reason="end_turn",
                dollars=priced.total,
                rates=priced.rates,
            ),
        ]
    return session(*events, *(() if calls else (ev.TurnEnded(turn=1, reason="completed"),)))


FIRST = Usage(cache_write_1h=100_000, cache_write_5m=50_000, output=1_000)
"""A large preamble with memory files: 100k at $8 and 50k at $5 a million, $1.05 paid once."""
LATER = Usage(cache_read=150_000, cache_write_5m=1_000, output=5_000)
"""150k read at $0.20, 1k written at $5, 5k generated at $20 a million: $0.135."""


def test_the_first_write_of_the_preamble_makes_no_token_dearer():
    """$1.205 are billed, of which $1.05 once: 6,000 tokens cost $0.155, a million $25.83.

    The $3.795 that are left buy 146,903 more; with the first write in it, it would be 18,896.
    """
    events = set_dollar_limit(
        answers((OPUS.id, FIRST), (OPUS.id, LATER)), {}, OPUS, Decimal(5), "session", "test"
    )
    assert "$5.00 at $25.83 a million tokens, as measured so far ($0.16 for 6,000" in words(events)
    assert granted(events) == 152_000


def test_after_a_switch_the_work_so_far_is_priced_at_the_rates_of_the_model_that_goes_on():
    """Haiku, above 100k: 6,000 at $2.50, 150k at $0.05 and 1k at $0.625 a million are $0.023125.

    $5.00 less the $1.205 that are billed buy 984,648 at that price; 6,000 are charged.
    """
    haiku = CATALOGUE.model("claude-haiku-5-5")
    state = answers((OPUS.id, FIRST), (OPUS.id, LATER))
    events = set_dollar_limit(state, {}, haiku, Decimal(5), "session", "test")
    assert granted(events) == 990_000


def test_a_small_budget_is_given_where_no_api_refuses_it():
    """$0.87 for 10,000 tokens: $1.00 is 10,000 of them and 1,494 more."""
    state = session(*spent(10_000, "0.87"))
    events = set_dollar_limit(state, {}, OPUS, Decimal(1), "session", "test", minimum=1)
    assert granted(events) == 11_000


def test_what_waits_to_be_sent_is_charged_and_so_is_its_price():
    """100,000 tokens of results wait: written at $5, beside 151,000 read at $0.20 a million.

    So $0.5302 will be billed for what is charged already, and 101,000 tokens cost $0.5502. Of
    $5.00, less $1.07 and $0.5302, the rest buys 624,099 more.
    """
    call = {"type": "tool_use", "id": "t", "name": "read", "input": {}}
    state = answers((OPUS.id, FIRST), calls=(call,))
    result = ev.ToolFinished(
        request=1, tool_use="t", name="read", content="…", outcome="done", estimate=100_000
    )
    apply_record(state, ev.Record(9, 9.0, result))
    events = set_dollar_limit(state, {}, OPUS, Decimal(5), "session", "test")
    assert granted(events) == 725_000
    assert "$5.00 at ≈ $5.45 a million tokens, as measured so far (≈ $0.55 for 101,000" in words(
        events
    )


def test_for_the_prompt_that_is_worked_on_what_it_used_counts():
    """6,000 charged in the open turn, and the 146,903 that the rest buys."""
    state = answers((OPUS.id, FIRST), (OPUS.id, LATER))
    state.turn_open = True
    events = set_dollar_limit(state, {}, OPUS, Decimal(5), "turn", "test")
    assert granted(events) == 152_000
