"""What the program says before it throws the prompt cache away, against sums done by hand."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from msgspec.structs import replace

from tests.support.context import change_context, make_context
from tui.agent.open_session import OpenSession
from tui.agent.session_runner import SessionRunner
from tui.budget.ledger import Usage
from tui.budget.wire_budget import WireBudget
from tui.claude.catalogue import load_catalogue
from tui.reports.cache_cost_text import (
    cache_cost_sentence,
    cache_stake,
    cache_status_sentences,
    cold_cache_sentence,
    effort_change_note,
    switch_words,
)
from tui.session import events as ev
from tui.session.event_fold import apply_record
from tui.session.prompt_cache import PromptCacheState
from tui.session.state import SessionState

CATALOGUE = load_catalogue()
OPUS, OLDER = "claude-opus-5-5", "claude-opus-4-8"
FREE = "switching now costs nothing: the prompt cache holds nothing that it would lose"
NOON = 1_795_435_200.0
FULL = PromptCacheState(
    cached_tokens=50_000, preamble=9_000, last_used=NOON, model=OPUS, message="msg_1"
)
# 41k tokens of conversation: 41k x (5 - 0.20) per million = $0.1968


def opened(model: str = OPUS, cache: PromptCacheState = FULL, now: float = NOON + 60) -> Any:
    """A session with a full cache, a minute after its last request."""
    state = SessionState()
    for event in (
        ev.SessionStarted(session="s", folder="/p", program="1", model=model, effort="high"),
        ev.BudgetGranted(total=200_000),
        ev.PromptSubmitted(turn=1, text="go", content=({"type": "text", "text": "go"},)),
        ev.RequestStarted(
            request=1,
            turn=1,
            model=model,
            effort="high",
            max_tokens=1,
            budget=WireBudget(200_000),
            messages=1,
        ),
        ev.RequestFinished(
            request=1,
            message="msg_1",
            model=model,
            blocks=({"type": "text", "text": "done"},),
            usage=Usage(),
            raw_usage={},
            stop_reason="end_turn",
        ),
        ev.TurnEnded(turn=1, reason="completed"),
    ):
        apply_record(state, ev.Record(state.seq + 1, NOON, event))
    state.prompt_cache = replace(cache, model=model) if cache.model else cache
    ctx = make_context(
        client=None,
        catalogue=CATALOGUE,
        tools={},
        environment=None,
        inbox=None,
        now=lambda: now,
        rules=None,
    )
    return OpenSession(
        runner=cast(SessionRunner, SimpleNamespace(state=state, ctx=ctx)),
        records=(),
        resolved=None,
        catalogue=CATALOGUE,
        base_url=None,
        simulated=False,
        close=None,
    )


def test_an_effort_that_is_told_in_the_conversation_is_free_and_says_why():
    assert effort_change_note(opened()) == "free: the prompt cache stays warm"


def test_an_effort_in_the_parameters_has_its_price():
    # 41k x (6.25 - 0.50) per million
    assert effort_change_note(opened(OLDER)) == "≈ $0.24 more (41k tokens written again)"


def test_no_change_costs_anything_while_the_cache_is_cold_or_empty():
    assert effort_change_note(opened(OLDER, now=NOON + 400)) == "free: the prompt cache is cold"
    assert effort_change_note(opened(OLDER, PromptCacheState())) == ""
    assert switch_words(opened(cache=PromptCacheState()), OLDER, "high") == FREE


def test_a_model_without_efforts_has_nothing_to_say_of_one():
    assert effort_change_note(opened("claude-haiku-4-5")) == ""


def test_every_model_of_the_list_has_the_price_of_going_on_with_it():
    # 41k x 6.25 + 9k x 10 - 50k x 0.20 per million
    assert switch_words(opened(), "claude-opus-5", "high") == (
        "switching now writes ≈ 50k tokens to the cache: ≈ $0.34"
    )
    assert switch_words(opened(), OPUS, "high") == "Opus 5.5 works in this session"
    assert switch_words(opened(), "gpt-17", None) == (
        "switching now writes ≈ 38k tokens to the cache: price unknown"
    )


def test_another_effort_of_the_same_model_has_its_own_price():
    assert switch_words(opened(), OPUS, "low") == FREE
    assert switch_words(opened(OLDER), OLDER, "low") == (
        "switching now writes 41k tokens to the cache: ≈ $0.24"
    )


@pytest.mark.parametrize(
    "change",
    [
        ev.BudgetGranted(total=300_000),
        ev.BudgetExtended(by=50_000),
        ev.BudgetGranted(total=None),
    ],
)
def test_a_changed_budget_has_its_price_in_tokens_and_dollars(
    change: ev.BudgetGranted | ev.BudgetExtended,
):
    assert cache_cost_sentence(opened(), change) == (
        "Your next prompt costs ≈ $0.20 more: it writes 41k tokens to the prompt cache again."
    )


def test_in_mid_turn_it_is_the_next_request_that_pays():
    session = opened()
    session.state.turn_open = True
    said = cache_cost_sentence(session, ev.BudgetExtended(by=50_000))
    assert said.startswith("The next request costs ≈ $0.20 more: it writes 41k tokens")


def test_a_budget_for_each_prompt_costs_each_prompt():
    said = cache_cost_sentence(opened(), ev.BudgetGranted(total=200_000, scope="turn"))
    assert said.startswith("Each prompt from the next one on costs ≈ $0.20 more: it writes 41k")


def test_where_each_prompt_has_its_budget_nothing_else_is_blamed_for_what_that_costs():
    session = opened()
    each = ev.BudgetGranted(total=200_000, scope="turn")
    apply_record(session.state, ev.Record(99, NOON, each))
    assert cache_cost_sentence(session, ev.EffortChanged(effort="max")) == ""
    assert cache_cost_sentence(session, ev.BudgetGranted(total=300_000, scope="turn")) == ""
    assert effort_change_note(session) == "free: the next prompt writes it again in any case"
    # of 50k tokens the 41k of the conversation are written anyway, at 5 a million:
    # 41k x 6.25 + 9k x 10 - 50k x 0.20, less 41k x (5 - 0.20)
    assert switch_words(session, "claude-opus-5", "high") == (
        "switching now writes ≈ 9k tokens to the cache: ≈ $0.14"
    )


def test_what_changes_nothing_on_the_wire_costs_nothing():
    assert cache_cost_sentence(opened(), ev.BudgetGranted(total=200_000)) == ""
    unseen = opened("claude-opus-4-6")
    unseen.state.requests[-1] = ev.RequestStarted(
        request=1,
        turn=1,
        model="claude-opus-4-6",
        effort="high",
        max_tokens=1,
        budget=None,
        messages=1,
    )
    assert cache_cost_sentence(unseen, ev.BudgetExtended(by=50_000)) == ""
    assert cache_cost_sentence(opened(), ev.EffortChanged(effort="low")) == ""


def test_a_price_nobody_knows_is_said_to_be_unknown():
    unknown = opened("gpt-17")
    unknown.state.requests[-1] = ev.RequestStarted(
        request=1, turn=1, model="gpt-17", effort=None, max_tokens=1, budget=None, messages=1
    )
    change_context(unknown.runner.ctx, now=lambda: NOON + 400)
    assert cold_cache_sentence(unknown).startswith(
        "The prompt cache has been cold for 1m 40s: your next prompt writes 41k tokens to the "
        "prompt cache again, price unknown. /compact"
    )
    assert "unknown" in cache_status_sentences(unknown)


def test_a_cold_start_says_how_long_what_it_costs_and_what_a_summary_would_save():
    # 41k x 5 + 9k x 8 - 50k x 0.20 per million; 38.5k of 50k tokens go: at 0.20 each, and of
    # the 41k of the conversation at 4.80 at the next cold start.
    assert cold_cache_sentence(opened(now=NOON + 4 * 3_600)) == (
        "The prompt cache has been cold for 3h 55m: your next prompt costs ≈ $0.27 more: it writes "
        "50k tokens to the prompt cache again. /compact now: same cost once, then each request "
        "≈ 38k tokens shorter (saves ≈ $0.01 each, ≈ $0.18 when the cache is cold)."
    )


def test_a_warm_start_and_a_small_conversation_say_nothing():
    assert cold_cache_sentence(opened()) == ""
    small = replace(FULL, cached_tokens=9_900)
    assert cold_cache_sentence(opened(cache=small, now=NOON + 400)) == ""


def test_a_start_with_another_model_or_budget_says_so():
    session = opened()
    apply_record(session.state, ev.Record(99, NOON, ev.ModelChanged(model=OLDER, effort="high")))
    assert cold_cache_sentence(session).startswith(
        "The prompt cache belongs to another model: your next prompt costs ≈ $0.34 more: it writes"
    )
    session = opened()
    apply_record(session.state, ev.Record(99, NOON, ev.BudgetGranted(total=50_000)))
    assert cold_cache_sentence(session).startswith(
        "The prompt cache was written with another budget or effort: your next prompt costs ≈ $0.20"
    )


def test_a_short_conversation_is_not_worth_a_summary():
    short = replace(FULL, cached_tokens=13_000)
    said = cold_cache_sentence(opened(cache=short, now=NOON + 400))
    assert "4k tokens" in said and "/compact" not in said


def test_the_context_page_says_how_the_cache_stands():
    assert cache_status_sentences(opened(now=NOON + 48)) == (
        "The prompt cache stays warm for 4:12. After that the next request costs ≈ $0.20 more: it "
        "writes 41k tokens to the prompt cache again."
    )
    assert cache_status_sentences(opened(cache=PromptCacheState())) == (
        "The prompt cache holds nothing of the conversation yet."
    )
    assert cache_status_sentences(opened(now=NOON + 400)).startswith(
        "The prompt cache has been cold"
    )
    missed = replace(FULL, misses=2, missed=81_000)
    assert cache_status_sentences(opened(cache=missed)).endswith(
        "The cache was missed 2 times in this session: 81k tokens were written again."
    )
    session = opened()
    apply_record(session.state, ev.Record(99, NOON, ev.BudgetGranted(total=50_000)))
    assert cache_status_sentences(session).startswith(
        "The prompt cache stays warm for 4:00, but what is sent has changed: your next prompt "
        "costs ≈ $0.20 more: it writes 41k tokens"
    )


def test_a_question_has_at_stake_what_going_on_costs_once_the_cache_is_cold():
    session = opened(now=NOON + 48)
    got = cache_stake(session, 1_000.0)
    assert got is not None
    assert (got.until, got.price, got.extending) == (
        1_252.0,
        "≈ $0.20 more (41k tokens written again)",
        "",
    )
    session.state.turn_open = True
    extends = cache_stake(session, 1_000.0, extends=True)
    assert extends is not None
    assert extends.extending == "≈ $0.20 more (41k tokens written again)"


def test_a_question_over_a_cold_cache_says_what_is_cold_now():
    got = cache_stake(opened(now=NOON + 4_000), 1_000.0)
    assert got is not None
    assert (got.until, got.price) == (-2_700.0, "≈ $0.27 more (50k tokens written again)")


def test_a_question_with_little_in_the_cache_has_nothing_at_stake():
    assert cache_stake(opened(cache=PromptCacheState()), 0.0) is None
    assert cache_stake(opened(cache=replace(FULL, cached_tokens=9_900)), 0.0) is None
