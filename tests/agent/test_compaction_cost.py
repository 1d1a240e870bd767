"""What shortening costs is said before, and then compared with what the server billed."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.agent.cached_conversation import cached_tokens, read_then_answer, run_first_turn
from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tui.agent.compaction_cost import compaction_cost, compaction_cost_sentence
from tui.session import events as ev
from tui.settings.settings_schema import CompactionStrategy


async def at_once(run: SessionRun) -> None:
    pass


async def cold(run: SessionRun) -> None:
    run.pass_time(400)


async def colder(run: SessionRun) -> None:
    run.pass_time(4_000)


async def with_another_effort(run: SessionRun) -> None:
    await run.driver.commit(ev.EffortChanged(effort="max"))


async def with_another_budget(run: SessionRun) -> None:
    await run.driver.commit(ev.BudgetGranted(total=200_000))


@pytest.mark.parametrize("scope", ["session", "turn"])
@pytest.mark.parametrize("strategy", ["summary", "server"])
@pytest.mark.parametrize(
    "change", [at_once, cold, colder, with_another_effort, with_another_budget]
)
async def test_the_price_of_a_compaction_is_foretold(
    tmp_path: Path,
    change: Callable[[SessionRun], Awaitable[None]],
    strategy: CompactionStrategy,
    scope: str,
):
    async with run_session(tmp_path, respond=read_then_answer, scope=scope) as run:
        change_context(run.ctx, now=run.clock, compaction_strategy=strategy)
        await run_first_turn(run)
        await run.driver.run_turn("second")
        await change(run)
        stood = await cached_tokens(run)
        foretold = compaction_cost(run.state, run.ctx)
        said = compaction_cost_sentence(run.state, run.ctx)
        await run.driver.compact()
        paid = run.events(ev.RequestFinished)[-1]
        row = (await run.server.ledger())[-1]
        assert foretold.tokens_rewritten == stood - row["cache_read_input_tokens"]
        assert abs(foretold.tokens_read - paid.usage.total_input) <= 350, "the question is on top"
        assert f"{foretold.tokens_read:,} tokens" in said
        assert paid.dollars is not None and foretold.dollars is not None
        summary = (paid.usage.output - 2_500) * 20  # dollars a million
        assert abs(foretold.dollars * 1_000_000 + summary - paid.dollars * 1_000_000) < 2_000
        before = len(await run.server.ledger())
        preamble = run.state.prompt_cache.preamble
        await run.driver.run_turn("third")
        read = (await run.server.ledger())[before]["cache_read_input_tokens"]
        assert read <= preamble, "what was there of the conversation was of no use"
        if foretold.tokens_dropped:
            assert foretold.tokens_dropped == stood - preamble
