"""What a change would cost, foretold, and then compared with what the server's cache did."""

from pathlib import Path
from typing import Any

import pytest

from tests.agent.cached_conversation import cached_tokens, read_then_answer, run_first_turn
from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tests.support.state_equality import assert_states_equal
from tui.agent.cache_cost import CacheCosts, Change
from tui.session import events as ev

OPUS, OLDER = "claude-opus-5-5", "claude-opus-4-8"
BUDGET = ev.BudgetGranted(total=150_000)
CHANGES: dict[str, tuple[str, tuple[Change, ...], str]] = {
    # what changes: (model, events, what of the cache is lost)
    "nothing": (OPUS, (), "nothing"),
    "another budget": (OPUS, (BUDGET,), "messages"),
    "the same budget": (OPUS, (ev.BudgetGranted(total=100_000),), "nothing"),
    "more budget": (OPUS, (ev.BudgetExtended(by=9_000),), "messages"),
    "no budget": (OPUS, (ev.BudgetGranted(total=None),), "messages"),
    "each prompt": (OPUS, (ev.BudgetGranted(total=100_000, scope="turn"),), "messages"),
    "an effort that is told": (OPUS, (ev.EffortChanged(effort="low"),), "nothing"),
    "the same effort": (OLDER, (ev.EffortChanged(effort="high"),), "nothing"),
    "an effort that is not": (OLDER, (ev.EffortChanged(effort="low"),), "messages"),
    "another model": (OPUS, (ev.ModelChanged(model="claude-opus-5", effort="high"),), "all"),
    "the same model": (OPUS, (ev.ModelChanged(model=OPUS, effort="high"),), "nothing"),
    "back again": (OPUS, (BUDGET, ev.BudgetGranted(total=100_000)), "nothing"),
}


async def lost_by_next(run: SessionRun) -> int:
    """Tokens that stood in the cache and that the next prompt's first request did not read."""
    stood, before = await cached_tokens(run), len(await run.server.ledger())
    await run.driver.run_turn("second")
    return stood - int((await run.server.ledger())[before]["cache_read_input_tokens"])


@pytest.mark.parametrize("name", CHANGES)
async def test_what_a_change_loses_is_foretold_to_the_token(tmp_path: Path, name: str):
    model, changes, lost = CHANGES[name]
    async with run_session(tmp_path, respond=read_then_answer, model=model) as run:
        change_context(run.ctx, now=run.clock)
        await run_first_turn(run)
        assert CacheCosts(run.state, run.ctx).invalidated(*changes) == lost
        foretold = CacheCosts(run.state, run.ctx).rewrite(*changes)
        assert_states_equal(run.state, run.folded_from_disk())  # asking changes nothing
        await run.driver.commit(*changes)
        assert CacheCosts(run.state, run.ctx).resend() == foretold
        assert foretold.tokens == await lost_by_next(run)
        assert (foretold.dollars == 0) == (lost == "nothing")


@pytest.mark.parametrize("seconds", [0, 240, 300, 3_600])
async def test_what_goes_cold_is_foretold_to_the_token(tmp_path: Path, seconds: int):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        change_context(run.ctx, now=run.clock)
        await run_first_turn(run)
        run.pass_time(seconds)
        foretold = CacheCosts(run.state, run.ctx).resend()
        assert foretold.tokens == await lost_by_next(run)
        assert bool(foretold) == (seconds >= 300)


PICTURE = {
    "type": "image",
    "source": {
        "type": "base64",
        "media_type": "image/png",
        "data": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwAD"
        "hgGAWjR9awAAAABJRU5ErkJggg==",
    },
}


async def test_the_first_image_of_a_conversation_loses_its_messages_and_later_ones_nothing(
    tmp_path: Path,
):
    seen = ({"type": "text", "text": "look"}, PICTURE)
    async with run_session(tmp_path, respond=read_then_answer) as run:
        change_context(run.ctx, now=run.clock)
        await run_first_turn(run)
        for first in (True, False):
            foretold = CacheCosts(run.state, run.ctx).rewrite(image=True)
            assert bool(foretold) is first
            stood, before = await cached_tokens(run), len(await run.server.ledger())
            await run.driver.run_turn("look", seen)
            row = (await run.server.ledger())[before]
            assert stood - row["cache_read_input_tokens"] == foretold.tokens
        assert run.events(ev.CacheMissed) == []


async def test_a_change_of_what_is_cold_costs_nothing_more(tmp_path: Path):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        change_context(run.ctx, now=run.clock)
        await run_first_turn(run)
        run.pass_time(400)
        assert not CacheCosts(run.state, run.ctx).rewrite(BUDGET)
        assert CacheCosts(run.state, run.ctx).resend().tokens == await lost_by_next(run)


async def test_a_budget_the_api_does_not_tell_costs_nothing_to_change(tmp_path: Path):
    async with run_session(tmp_path, respond=read_then_answer, model="claude-opus-4-6") as run:
        await run_first_turn(run)
        assert CacheCosts(run.state, run.ctx).invalidated(BUDGET) == "nothing"
        await run.driver.commit(BUDGET)
        assert await lost_by_next(run) == 0


async def test_an_effort_is_told_behind_results_that_wait_and_holds_for_the_answer(
    tmp_path: Path,
):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        run.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted),
            run.driver.interrupt,
        )
        await run_first_turn(run)
        assert run.state.conversation.pending.has_results
        await run.driver.commit(ev.EffortChanged(effort="low"))
        assert not CacheCosts(run.state, run.ctx).resend()
        assert await lost_by_next(run) == 0
        assert [row["effort"] for row in await run.server.ledger()] == ["high", "low"]
        assert_states_equal(run.state, run.folded_from_disk())


async def test_within_a_turn_only_the_budget_changes_what_the_next_request_finds(
    tmp_path: Path,
):
    told: dict[str, Any] = {}

    async with run_session(tmp_path, respond=read_then_answer, model=OLDER) as run:

        def ask() -> None:
            state, ctx = run.state, run.ctx
            told["effort"] = CacheCosts(state, ctx).invalidated(ev.EffortChanged(effort="low"))
            told["model"] = CacheCosts(state, ctx).invalidated(
                ev.ModelChanged(model=OPUS, effort="low")
            )
            told["budget"] = CacheCosts(state, ctx).invalidated(ev.BudgetExtended(by=9_000))
            lower = ev.EffortChanged(effort="low")
            told["effort of the next prompt"] = CacheCosts(state, ctx).invalidated(
                lower, prompt=True
            )

        run.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted), ask
        )
        await run_first_turn(run)
    assert told == {
        "effort": "nothing",
        "model": "nothing",
        "budget": "messages",
        "effort of the next prompt": "messages",
    }


async def test_an_effort_chosen_while_calls_are_open_can_be_told_with_the_next_prompt(
    tmp_path: Path,
):
    told: list[str] = []
    async with run_session(tmp_path, respond=read_then_answer) as run:
        changed = ev.EffortChanged(effort="low")
        run.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted),
            lambda: told.append(CacheCosts(run.state, run.ctx).invalidated(changed, prompt=True)),
        )
        await run_first_turn(run)
        await run.driver.commit(changed)
        assert told == ["nothing"]
        assert await lost_by_next(run) == 0


async def test_in_scope_turn_every_prompt_writes_the_conversation_anew(tmp_path: Path):
    async with run_session(tmp_path, respond=read_then_answer, scope="turn") as run:
        change_context(run.ctx, now=run.clock)
        await run_first_turn(run)
        for _ in range(2):
            foretold = CacheCosts(run.state, run.ctx).resend()
            assert foretold.tokens == await lost_by_next(run) > 0


async def test_in_scope_turn_an_effort_costs_no_more_than_the_prompt_does_anyway(
    tmp_path: Path,
):
    higher = ev.EffortChanged(effort="max")
    async with run_session(tmp_path, respond=read_then_answer, scope="turn") as run:
        change_context(run.ctx, now=run.clock)
        await run_first_turn(run)
        anyway = CacheCosts(run.state, run.ctx).resend()
        assert not CacheCosts(run.state, run.ctx).rewrite(higher, prompt=True)
        await run.driver.commit(higher)
        assert await lost_by_next(run) == anyway.tokens > 0


async def test_before_the_first_request_nothing_is_lost(tmp_path: Path):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        assert CacheCosts(run.state, run.ctx).invalidated(BUDGET) == "nothing"
        assert not CacheCosts(run.state, run.ctx).rewrite(BUDGET)
