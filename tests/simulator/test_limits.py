"""Rate limits: the bucket's sums, and what clients are told of it."""

from datetime import datetime

import anthropic
import pytest

from tests.support.simulator import request_body, serve_simulator, words
from tui.simulator.rate_limit_buckets import RateLimitTier, TokenBucket
from tui.simulator.scripted_model.model_input import ScriptedText

SMALL = RateLimitTier(requests=2, input_tokens=6_000, output_tokens=600)


def test_a_bucket_fills_up_evenly_within_a_minute():
    now = [0.0]
    bucket = TokenBucket(60, lambda: now[0])
    bucket.take(60)
    assert bucket.wait(1) == 1
    now[0] += 30
    assert bucket.level == 30
    now[0] += 300
    assert bucket.level == 60


async def test_the_request_above_the_limit_is_told_when_to_come_again():
    async with serve_simulator(tier=SMALL) as sim:
        create = sim.client.beta.messages.create
        await create(**request_body("One."))
        await create(**request_body("Two."))
        with pytest.raises(anthropic.RateLimitError) as refused:
            await create(**request_body("Three."))
        assert refused.value.response.headers["retry-after"] == "30"
        sim.clock.now += 30
        await create(**request_body("Three."))


async def test_output_counts_against_its_own_limit():
    tier = RateLimitTier(requests=100, input_tokens=100_000, output_tokens=600)
    async with serve_simulator((ScriptedText(words(700)),), tier=tier) as sim:
        create = sim.client.beta.messages.create
        await create(**request_body("One."))
        with pytest.raises(anthropic.RateLimitError, match="output tokens"):
            await create(**request_body("Two."))


async def test_what_is_read_from_the_cache_does_not_count():
    tier = RateLimitTier(requests=100, input_tokens=6_000, output_tokens=100_000)
    cached = {"system": words(5_000), "cache_control": {"type": "ephemeral"}}
    async with serve_simulator(tier=tier) as sim:
        for _ in range(5):
            await sim.client.beta.messages.create(**request_body("Go.", **cached))


async def test_each_model_has_limits_of_its_own():
    async with serve_simulator(tier=SMALL) as sim:
        create = sim.client.beta.messages.create
        for model in ("claude-opus-5-5", "claude-sonnet-5-5"):
            await create(**request_body("One.", model=model))
            await create(**request_body("Two.", model=model))
        with pytest.raises(anthropic.RateLimitError):
            await create(**request_body("Three."))


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("start", RateLimitTier(1_000, 2_000_000, 400_000)),
        ("50,30000,8000", RateLimitTier(50, 30_000, 8_000)),
    ],
)
def test_a_tier_is_known_by_its_name_or_by_its_limits(text: str, tier: RateLimitTier):
    assert RateLimitTier.read(text) == tier


async def test_every_response_says_what_is_left():
    async with serve_simulator() as sim:
        response = await sim.client.beta.messages.with_raw_response.create(**request_body("Go."))
        for name in ("requests", "tokens", "input-tokens", "output-tokens"):
            prefix = f"anthropic-ratelimit-{name}"
            limit = int(response.headers[f"{prefix}-limit"])
            assert 0 < int(response.headers[f"{prefix}-remaining"]) <= limit
            datetime.fromisoformat(response.headers[f"{prefix}-reset"])
        assert response.headers["anthropic-ratelimit-requests-remaining"] == "9999"
