"""Going back to before a prompt: which prompts there are, and what it does to the conversation."""

from decimal import Decimal
from pathlib import Path

import pytest
from cached import begun, talks
from flight import Flight, flight
from sameness import assert_same

from tui.agent.caching import price_now, rewind_price
from tui.agent.means import Strategy
from tui.session import events as ev


def sent_texts(flown: Flight) -> dict[int, str]:
    """What the user messages of the last request say, by their place in it."""
    messages = flown.means.sent[-1].params["messages"]
    return {
        at: " ".join(str(block.get("text")) for block in message["content"])
        for at, message in enumerate(messages)
        if message["role"] == "user"
    }


async def test_every_prompt_is_offered_at_its_own_message(tmp_path: Path) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        await begun(flown)
        await flown.driver.turn("second")
        await flown.driver.turn("third")
        offered, sent = flown.state.prompts_sent(), sent_texts(flown)
        assert [text for _, text in offered] == ["first", "second", "third"]
        assert all(text in sent[at] for at, text in offered)


@pytest.mark.parametrize("strategy", ["summary", "server"])
async def test_after_a_compaction_only_the_prompts_since_are_offered(
    tmp_path: Path, strategy: Strategy
) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        flown.means.strategy = strategy
        await begun(flown)
        await flown.driver.turn("second")
        await flown.driver.compact()
        assert flown.events(ev.Rewritten)
        assert flown.state.prompts_sent() == []
        await flown.driver.turn("third")
        await flown.driver.turn("fourth")
        offered, sent = flown.state.prompts_sent(), sent_texts(flown)
        assert [text for _, text in offered] == ["third", "fourth"]
        assert all(text in sent[at] for at, text in offered)
        assert flown.refolded().prompts_sent() == offered
        await flown.driver.record(ev.Rewritten(reason="rewind", keep=offered[0][0]))
        await flown.driver.turn("another")
        first = flown.means.sent[-1].params["messages"][0]["content"][0]
        assert "summar" in str(first) or first["type"] == "compaction"


async def test_a_prompt_that_was_rewound_is_not_offered_again(tmp_path: Path) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        await begun(flown)
        await flown.driver.turn("second")
        _, (at, _) = flown.state.prompts_sent()
        await flown.driver.record(ev.Rewritten(reason="rewind", keep=at))
        await flown.driver.turn("third")
        assert [text for _, text in flown.state.prompts_sent()] == ["first", "third"]


async def test_a_prompt_beside_results_is_not_offered_nor_does_it_shift_the_others(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        flown.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted),
            flown.driver.interrupt,
        )
        await begun(flown)
        await flown.driver.turn("second")
        await flown.driver.turn("third")
        assert [text for _, text in flown.state.prompts_sent()] == ["first", "third"]


async def gone_back(flown: Flight, to: str) -> tuple[int, int]:
    """Go back to before a prompt and send another.

    Returns:
        Tokens of what is kept, by the server's count of the request that `to` opened, and how
        many of them the next request read.
    """
    keep = next(at for at, text in flown.state.prompts_sent() if text == to)
    before = len(await flown.server.ledger())
    await flown.driver.record(ev.Rewritten(reason="rewind", keep=keep))
    expected = flown.state.context
    await flown.driver.turn("instead")
    row = (await flown.server.ledger())[before]
    assert flown.events(ev.CacheMissed) == []
    return expected, int(row["cache_read_input_tokens"])


async def three_prompts(flown: Flight) -> None:
    flown.means.now = flown.clock
    await begun(flown)
    await flown.driver.turn("second")
    await flown.driver.turn("third")


async def test_without_a_budget_a_rewind_reads_what_it_keeps_from_the_cache(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, respond=talks, budget=None) as flown:
        await three_prompts(flown)
        answer = flown.events(ev.RequestFinished)[3]  # the second prompt took two requests
        stood = answer.usage.cache_read + answer.usage.cache_write
        (_, _, (keep, _)) = flown.state.prompts_sent()
        price = rewind_price(flown.state, flown.means, keep)
        kept, read = await gone_back(flown, "third")
        assert kept == answer.usage.window + answer.usage.output
        assert read == stood, "all that the kept part left in the cache"
        assert price.tokens == kept - read
        # The answer itself, and the overhead behind it.
        assert price.tokens - answer.usage.output <= 30
        assert price.dollars is not None and price.dollars < 0.01


async def test_with_a_budget_a_rewind_writes_what_it_keeps_anew_and_says_how_much(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        await three_prompts(flown)
        preamble = flown.state.warmth.preamble
        (_, _, (keep, _)) = flown.state.prompts_sent()
        price = rewind_price(flown.state, flown.means, keep)
        kept, read = await gone_back(flown, "third")
        assert read == preamble, "another value goes over the wire"
        assert price.tokens == kept - read > 1_000
        assert price.dollars == price.tokens * (5 - Decimal("0.2")) / 1_000_000


async def test_what_nobody_read_for_five_minutes_is_cold_when_one_goes_back_to_it(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, respond=talks, budget=None) as flown:
        flown.means.now = flown.clock
        await begun(flown)
        for number in ("second", "third"):
            flown.skip(200)
            await flown.driver.turn(number)
        (_, (early, _), (late, _)) = flown.state.prompts_sent()
        flown.skip(200)
        cheap, dear = (rewind_price(flown.state, flown.means, keep) for keep in (late, early))
        preamble = flown.state.warmth.preamble
        kept, read = await gone_back(flown, "second")
        assert read == preamble
        assert dear.tokens == kept - read
        assert cheap.tokens < dear.tokens


async def test_going_back_costs_nothing_beyond_what_is_cold_or_written_anyway(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        await three_prompts(flown)
        (_, _, (keep, _)) = flown.state.prompts_sent()
        await flown.driver.record(ev.BudgetGranted(total=200_000))
        assert not rewind_price(flown.state, flown.means, keep)
        await flown.driver.record(ev.BudgetGranted(total=100_000))
        assert rewind_price(flown.state, flown.means, keep)
        flown.skip(301)
        assert not rewind_price(flown.state, flown.means, keep)


async def test_asking_for_the_price_changes_nothing(tmp_path: Path) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        await three_prompts(flown)
        for keep, _ in flown.state.prompts_sent():
            rewind_price(flown.state, flown.means, keep)
        assert_same(flown.state, flown.refolded())
        await gone_back(flown, "second")
        assert_same(flown.state, flown.refolded())


async def test_after_a_rewind_the_context_is_what_it_was_then(tmp_path: Path) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        flown.means.now = flown.clock
        await begun(flown)
        then = flown.state.context
        await flown.driver.turn("second")
        await flown.driver.record(ev.Rewritten(reason="rewind", keep=4))
        assert flown.state.context == then > 0
        assert flown.state.warmth.until(flown.clock()) is not None
        warmth = flown.state.warmth
        assert price_now(flown.state, flown.means).tokens == warmth.left - warmth.preamble > 0


async def test_an_effort_told_behind_the_place_is_told_again(tmp_path: Path) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        await begun(flown)
        await flown.driver.record(ev.EffortChanged(effort="low"))
        await flown.driver.turn("second")
        (_, (keep, _)) = flown.state.prompts_sent()
        await flown.driver.record(ev.Rewritten(reason="rewind", keep=keep - 1))
        assert flown.state.conversation.messages[-1].role == "assistant"
        before = len(await flown.server.ledger())
        await flown.driver.turn("instead")
        assert (await flown.server.ledger())[before]["effort"] == "low"
