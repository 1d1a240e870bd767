"""What shortening costs is said before, and then compared with what the server billed."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from cached import begun, left, talks
from flight import Flight, flight

from tui.agent.compaction_price import compaction_price, compaction_sentence
from tui.agent.means import Strategy
from tui.session import events as ev


async def at_once(f: Flight) -> None:
    pass


async def cold(f: Flight) -> None:
    f.skip(400)


async def colder(f: Flight) -> None:
    f.skip(4_000)


async def with_another_effort(f: Flight) -> None:
    await f.driver.record(ev.EffortChanged(effort="max"))


async def with_another_budget(f: Flight) -> None:
    await f.driver.record(ev.BudgetGranted(total=200_000))


@pytest.mark.parametrize("scope", ["session", "turn"])
@pytest.mark.parametrize("strategy", ["summary", "server"])
@pytest.mark.parametrize("story", [at_once, cold, colder, with_another_effort, with_another_budget])
async def test_the_price_of_a_compaction_is_foretold(
    tmp_path: Path, story: Callable[[Flight], Awaitable[None]], strategy: Strategy, scope: str
) -> None:
    async with flight(tmp_path, respond=talks, scope=scope) as f:
        f.means.now, f.means.strategy = f.clock, strategy
        await begun(f)
        await f.driver.turn("second")
        await story(f)
        stood = await left(f)
        foretold = compaction_price(f.state, f.means)
        said = compaction_sentence(f.state, f.means)
        await f.driver.compact()
        paid = f.events(ev.RequestFinished)[-1]
        row = (await f.server.ledger())[-1]
        assert foretold.anew == stood - row["cache_read_input_tokens"]
        assert abs(foretold.read - paid.usage.total_input) <= 350, "the question is on top"
        assert f"{foretold.read:,} tokens" in said
        assert paid.dollars is not None and foretold.dollars is not None
        summary = (paid.usage.output - 2_500) * 20  # dollars a million
        assert abs(foretold.dollars * 1_000_000 + summary - paid.dollars * 1_000_000) < 2_000
        before = len(await f.server.ledger())
        preamble = f.state.warmth.preamble
        await f.driver.turn("third")
        read = (await f.server.ledger())[before]["cache_read_input_tokens"]
        assert read <= preamble, "what was there of the conversation was of no use"
        if foretold.dropped:
            assert foretold.dropped == stood - preamble
