"""Rate limits: the bucket's sums, and what clients are told of it."""

from datetime import datetime

import anthropic
import pytest
from simulator_server import ask, served, words

from tui.simulator.limits import Bucket, Tier
from tui.simulator.pilot.situation import Text

SMALL = Tier(requests=2, input_tokens=6_000, output_tokens=600)


def test_a_bucket_fills_up_evenly_within_a_minute():
    now = [0.0]
    bucket = Bucket(60, lambda: now[0])
    bucket.take(60)
    assert bucket.wait(1) == 1
    now[0] += 30
    assert bucket.level == 30
    now[0] += 300
    assert bucket.level == 60


async def test_the_request_above_the_limit_is_told_when_to_come_again():
    async with served(tier=SMALL) as sim:
        create = sim.client.beta.messages.create
        await create(**ask("One."))
        await create(**ask("Two."))
        with pytest.raises(anthropic.RateLimitError) as refused:
            await create(**ask("Three."))
        assert refused.value.response.headers["retry-after"] == "30"
        sim.clock.now += 30
        await create(**ask("Three."))


async def test_output_counts_against_its_own_limit():
    tier = Tier(requests=100, input_tokens=100_000, output_tokens=600)
    async with served((Text(words(700)),), tier=tier) as sim:
        create = sim.client.beta.messages.create
        await create(**ask("One."))
        with pytest.raises(anthropic.RateLimitError, match="output tokens"):
            await create(**ask("Two."))


async def test_what_is_read_from_the_cache_does_not_count():
    tier = Tier(requests=100, input_tokens=6_000, output_tokens=100_000)
    cached = {"system": words(5_000), "cache_control": {"type": "ephemeral"}}
    async with served(tier=tier) as sim:
        for _ in range(5):
            await sim.client.beta.messages.create(**ask("Go.", **cached))


async def test_every_response_says_what_is_left():
    async with served() as sim:
        response = await sim.client.beta.messages.with_raw_response.create(**ask("Go."))
        for name in ("requests", "tokens", "input-tokens", "output-tokens"):
            prefix = f"anthropic-ratelimit-{name}"
            limit = int(response.headers[f"{prefix}-limit"])
            assert 0 < int(response.headers[f"{prefix}-remaining"]) <= limit
            datetime.fromisoformat(response.headers[f"{prefix}-reset"])
        assert response.headers["anthropic-ratelimit-requests-remaining"] == "9999"
