"""What it costs when the cache cannot be read, against sums done by hand."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.claude.cache_price import (
    RewriteCost,
    cold_cost,
    full_rewrite_cost,
    missed_read_price,
)
from tui.claude.catalogue import Model, load_catalogue
from tui.session.prompt_cache import LostCache, PromptCacheState

CATALOGUE = load_catalogue()
OPUS = CATALOGUE.model("claude-opus-5-5")
# 100k tokens of conversation behind 10k of system and tools, touched at noon on 23 Nov 2026.
NOON = 1_795_435_200.0
FULL = PromptCacheState(cached_tokens=110_000, preamble=10_000, last_used=NOON, model=OPUS.id)


def change_cost(
    warmth: PromptCacheState, model: Model, now: float, loses: LostCache, to: Model | None = None
) -> RewriteCost:
    """What a change costs more than the same request without it."""
    anyway = full_rewrite_cost(warmth, model, now)
    return full_rewrite_cost(warmth, model, now, loses, to).minus(anyway)


def test_a_warm_cache_and_no_change_cost_nothing():
    assert full_rewrite_cost(FULL, OPUS, NOON + 299) == RewriteCost(0, Decimal(0))
    assert not full_rewrite_cost(FULL, OPUS, NOON + 299)


def test_a_change_of_the_messages_writes_them_anew():
    # 100k x (5 - 0.20) per million
    assert change_cost(FULL, OPUS, NOON, "messages") == RewriteCost(100_000, Decimal("0.48"))


def test_what_goes_cold_after_five_minutes_costs_the_same():
    assert full_rewrite_cost(FULL, OPUS, NOON + 300) == RewriteCost(100_000, Decimal("0.48"))
    assert cold_cost(FULL, OPUS) == RewriteCost(100_000, Decimal("0.48"))


def test_after_an_hour_system_and_tools_are_written_for_an_hour_again():
    # 100k x 5 + 10k x 8 - 110k x 0.20 per million
    assert full_rewrite_cost(FULL, OPUS, NOON + 3_600) == RewriteCost(110_000, Decimal("0.558"))


def test_a_change_costs_nothing_more_once_all_is_cold():
    assert change_cost(FULL, OPUS, NOON + 400, "messages") == RewriteCost(0, Decimal(0))
    # What is still warm then, system and tools, is all that another change can lose.
    assert change_cost(FULL, OPUS, NOON + 400, "all") == RewriteCost(10_000, Decimal("0.078"))


def test_another_model_reads_nothing_of_the_cache_and_counts_its_own_way():
    sonnet = CATALOGUE.model("claude-sonnet-4-6")
    # 110k tokens at 1.3 are 84,615 at 1.0: 76,923 x 3.75 + 7,692 x 6 - 110k x 0.20 per million
    got = change_cost(FULL, OPUS, NOON, "all", sonnet)
    assert got.tokens == 84_615
    assert got.dollars is not None
    assert got.dollars.quantize(Decimal("0.0001")) == Decimal("0.3126")


def test_a_cheaper_model_may_write_for_less_than_reading_costs():
    haiku = CATALOGUE.model("claude-haiku-5-5")
    short = PromptCacheState(cached_tokens=90_000, preamble=10_000, last_used=NOON, model=OPUS.id)
    # 80k x 0.125 + 10k x 0.20 = 0.012 dollars to write, 90k x 0.20 = 0.018 to read
    assert change_cost(short, OPUS, NOON, "all", haiku) == RewriteCost(90_000, Decimal(0))
    # Beyond 100k the whole prompt takes the higher tier: 0.0725 to write, 0.022 to read.
    assert change_cost(FULL, OPUS, NOON, "all", haiku) == RewriteCost(110_000, Decimal("0.0505"))


def test_a_price_that_is_not_known_is_none():
    unknown = CATALOGUE.model("gpt-17")
    kept = PromptCacheState(cached_tokens=9_000, preamble=1_000, last_used=NOON, model="gpt-17")
    assert change_cost(kept, unknown, NOON, "messages") == RewriteCost(8_000, None)
    assert change_cost(FULL, OPUS, NOON, "all", unknown).dollars is None
    assert missed_read_price(5, unknown, NOON, 5) is None


def test_an_empty_cache_costs_nothing_to_lose():
    assert change_cost(PromptCacheState(), OPUS, NOON, "all") == RewriteCost(0, Decimal(0))
    assert change_cost(PromptCacheState(), CATALOGUE.model("gpt-17"), NOON, "all") == RewriteCost(
        0, Decimal(0)
    )


def test_a_miss_costs_writing_less_reading():
    assert missed_read_price(1_000_000, OPUS, NOON, 1_000_000) == Decimal("4.80")


@pytest.mark.parametrize("id", sorted(CATALOGUE.models))
def test_every_model_has_a_price_for_it(id: str):
    model = CATALOGUE.model(id)
    kept = PromptCacheState(cached_tokens=110_000, preamble=10_000, last_used=NOON, model=id)
    got = change_cost(kept, model, NOON, "messages")
    assert got.tokens == 100_000
    assert got.dollars is not None and got.dollars > 0


@given(
    st.integers(0, 900_000),
    st.integers(0, 100_000),
    st.floats(0, 9_000),
    st.sampled_from(["nothing", "messages", "all"]),
    st.sampled_from(sorted(CATALOGUE.models)),
)
def test_losing_more_never_costs_less_and_waiting_never_helps(
    messages: int, preamble: int, age: float, loses: LostCache, id: str
):
    model = CATALOGUE.model(id)
    kept = PromptCacheState(
        cached_tokens=messages + preamble, preamble=preamble, last_used=NOON, model=id
    )
    now, later = (
        full_rewrite_cost(kept, model, NOON + age, loses),
        full_rewrite_cost(kept, model, NOON + age + 60, loses),
    )
    least, most = (
        full_rewrite_cost(kept, model, NOON + age),
        full_rewrite_cost(kept, model, NOON + age, "all"),
    )
    assert least.tokens <= now.tokens <= most.tokens == messages + preamble
    assert least.dollars <= now.dollars <= most.dollars
    assert now.tokens <= later.tokens and now.dollars <= later.dollars
