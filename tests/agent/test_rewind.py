"""Going back to before a prompt: which prompts there are, and what it does to the conversation."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.agent.cached_conversation import read_then_answer, run_first_turn
from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tests.support.state_equality import assert_states_equal
from tui.agent.cache_cost import CacheCosts
from tui.session import events as ev
from tui.settings.settings_schema import CompactionStrategy


def sent_texts(run: SessionRun) -> dict[int, str]:
    """What the user messages of the last request say, by their place in it."""
    messages = run.ctx.run.recent_requests[-1].params["messages"]
    return {
        at: " ".join(str(block.get("text")) for block in message["content"])
        for at, message in enumerate(messages)
        if message["role"] == "user"
    }


async def test_every_prompt_is_offered_at_its_own_message(tmp_path: Path):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        await run_first_turn(run)
        await run.driver.run_turn("second")
        await run.driver.run_turn("third")
        offered, sent = run.state.prompts_sent(), sent_texts(run)
        assert [text for _, text in offered] == ["first", "second", "third"]
        assert all(text in sent[at] for at, text in offered)


@pytest.mark.parametrize("strategy", ["summary", "server"])
async def test_after_a_compaction_only_the_prompts_since_are_offered(
    tmp_path: Path, strategy: CompactionStrategy
):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        change_context(run.ctx, compaction_strategy=strategy)
        await run_first_turn(run)
        await run.driver.run_turn("second")
        await run.driver.compact()
        assert run.events(ev.Rewritten)
        assert run.state.prompts_sent() == []
        await run.driver.run_turn("third")
        await run.driver.run_turn("fourth")
        offered, sent = run.state.prompts_sent(), sent_texts(run)
        assert [text for _, text in offered] == ["third", "fourth"]
        assert all(text in sent[at] for at, text in offered)
        assert run.folded_from_disk().prompts_sent() == offered
        await run.driver.commit(ev.Rewritten(reason="rewind", keep=offered[0][0]))
        await run.driver.run_turn("another")
        first = run.ctx.run.recent_requests[-1].params["messages"][0]["content"][0]
        assert "summar" in str(first) or first["type"] == "compaction"


async def test_a_prompt_that_was_rewound_is_not_offered_again(tmp_path: Path):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        await run_first_turn(run)
        await run.driver.run_turn("second")
        _, (at, _) = run.state.prompts_sent()
        await run.driver.commit(ev.Rewritten(reason="rewind", keep=at))
        await run.driver.run_turn("third")
        assert [text for _, text in run.state.prompts_sent()] == ["first", "third"]


async def test_a_prompt_beside_results_is_not_offered_nor_does_it_shift_the_others(
    tmp_path: Path,
):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        run.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted),
            run.driver.interrupt,
        )
        await run_first_turn(run)
        await run.driver.run_turn("second")
        await run.driver.run_turn("third")
        assert [text for _, text in run.state.prompts_sent()] == ["first", "third"]


async def gone_back(run: SessionRun, to: str) -> tuple[int, int]:
    """Go back to before a prompt and send another.

    Returns:
        Tokens of what is kept, by the server's count of the request that `to` opened, and how
        many of them the next request read.
    """
    keep = next(at for at, text in run.state.prompts_sent() if text == to)
    before = len(await run.server.ledger())
    await run.driver.commit(ev.Rewritten(reason="rewind", keep=keep))
    expected = run.state.context
    await run.driver.run_turn("instead")
    row = (await run.server.ledger())[before]
    assert run.events(ev.CacheMissed) == []
    return expected, int(row["cache_read_input_tokens"])


async def three_prompts(run: SessionRun) -> None:
    change_context(run.ctx, now=run.clock)
    await run_first_turn(run)
    await run.driver.run_turn("second")
    await run.driver.run_turn("third")


async def test_without_a_budget_a_rewind_reads_what_it_keeps_from_the_cache(
    tmp_path: Path,
):
    async with run_session(tmp_path, respond=read_then_answer, budget=None) as run:
        await three_prompts(run)
        answer = run.events(ev.RequestFinished)[3]  # the second prompt took two requests
        stood = answer.usage.cache_read + answer.usage.cache_write
        (_, _, (keep, _)) = run.state.prompts_sent()
        price = CacheCosts(run.state, run.ctx).rewind(keep)
        kept, read = await gone_back(run, "third")
        assert kept == answer.usage.window + answer.usage.output
        assert read == stood, "all that the kept part left in the cache"
        assert price.tokens == kept - read
        # The answer itself, and the overhead behind it.
        assert price.tokens - answer.usage.output <= 30
        assert price.dollars is not None and price.dollars < 0.01


async def test_with_a_budget_a_rewind_writes_what_it_keeps_anew_and_says_how_much(
    tmp_path: Path,
):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        await three_prompts(run)
        preamble = run.state.prompt_cache.preamble
        (_, _, (keep, _)) = run.state.prompts_sent()
        price = CacheCosts(run.state, run.ctx).rewind(keep)
        kept, read = await gone_back(run, "third")
        assert read == preamble, "another value goes over the wire"
        assert price.tokens == kept - read > 1_000
        assert price.dollars == price.tokens * (5 - Decimal("0.2")) / 1_000_000


async def test_what_nobody_read_for_five_minutes_is_cold_when_one_goes_back_to_it(
    tmp_path: Path,
):
    async with run_session(tmp_path, respond=read_then_answer, budget=None) as run:
        change_context(run.ctx, now=run.clock)
        await run_first_turn(run)
        for number in ("second", "third"):
            run.pass_time(200)
            await run.driver.run_turn(number)
        (_, (early, _), (late, _)) = run.state.prompts_sent()
        run.pass_time(200)
        cheap, dear = (CacheCosts(run.state, run.ctx).rewind(keep) for keep in (late, early))
        preamble = run.state.prompt_cache.preamble
        kept, read = await gone_back(run, "second")
        assert read == preamble
        assert dear.tokens == kept - read
        assert cheap.tokens < dear.tokens


async def test_going_back_costs_nothing_beyond_what_is_cold_or_written_anyway(
    tmp_path: Path,
):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        await three_prompts(run)
        (_, _, (keep, _)) = run.state.prompts_sent()
        await run.driver.commit(ev.BudgetGranted(total=200_000))
        assert not CacheCosts(run.state, run.ctx).rewind(keep)
        await run.driver.commit(ev.BudgetGranted(total=100_000))
        assert CacheCosts(run.state, run.ctx).rewind(keep)
        run.pass_time(301)
        assert not CacheCosts(run.state, run.ctx).rewind(keep)


async def test_asking_for_the_price_changes_nothing(tmp_path: Path):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        await three_prompts(run)
        for keep, _ in run.state.prompts_sent():
            CacheCosts(run.state, run.ctx).rewind(keep)
        assert_states_equal(run.state, run.folded_from_disk())
        await gone_back(run, "second")
        assert_states_equal(run.state, run.folded_from_disk())


async def test_after_a_rewind_the_context_is_what_it_was_then(tmp_path: Path):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        change_context(run.ctx, now=run.clock)
        await run_first_turn(run)
        then = run.state.context
        await run.driver.run_turn("second")
        await run.driver.commit(ev.Rewritten(reason="rewind", keep=4))
        assert run.state.context == then > 0
        assert run.state.prompt_cache.cold_at(run.clock()) is not None
        warmth = run.state.prompt_cache
        assert (
            CacheCosts(run.state, run.ctx).resend().tokens
            == warmth.cached_tokens - warmth.preamble
            > 0
        )


async def test_an_effort_told_behind_the_place_is_told_again(tmp_path: Path):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        await run_first_turn(run)
        await run.driver.commit(ev.EffortChanged(effort="low"))
        await run.driver.run_turn("second")
        (_, (keep, _)) = run.state.prompts_sent()
        await run.driver.commit(ev.Rewritten(reason="rewind", keep=keep - 1))
        assert run.state.conversation.messages[-1].role == "assistant"
        before = len(await run.server.ledger())
        await run.driver.run_turn("instead")
        assert (await run.server.ledger())[before]["effort"] == "low"
