"""What a change would cost, foretold, and then compared with what the server's cache did."""

from pathlib import Path
from typing import Any

import pytest
from cached import begun, left, talks
from flight import Flight, flight
from sameness import assert_same

from tui.agent.caching import Change, loses, price_now, price_of
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


async def lost_by_next(flown: Flight) -> int:
    """Tokens that stood in the cache and that the next prompt's first request did not read."""
    stood, before = await left(flown), len(await flown.server.ledger())
    await flown.driver.turn("second")
    return stood - int((await flown.server.ledger())[before]["cache_read_input_tokens"])


@pytest.mark.parametrize("name", CHANGES)
async def test_what_a_change_loses_is_foretold_to_the_token(tmp_path: Path, name: str) -> None:
    model, changes, lost = CHANGES[name]
    async with flight(tmp_path, respond=talks, model=model) as flown:
        flown.means.now = flown.clock
        await begun(flown)
        assert loses(flown.state, flown.means, *changes) == lost
        foretold = price_of(flown.state, flown.means, *changes)
        assert_same(flown.state, flown.refolded())  # asking changes nothing
        await flown.driver.record(*changes)
        assert price_now(flown.state, flown.means) == foretold
        assert foretold.tokens == await lost_by_next(flown)
        assert (foretold.dollars == 0) == (lost == "nothing")


@pytest.mark.parametrize("seconds", [0, 240, 300, 3_600])
async def test_what_goes_cold_is_foretold_to_the_token(tmp_path: Path, seconds: int) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        flown.means.now = flown.clock
        await begun(flown)
        flown.skip(seconds)
        foretold = price_now(flown.state, flown.means)
        assert foretold.tokens == await lost_by_next(flown)
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
) -> None:
    seen = ({"type": "text", "text": "look"}, PICTURE)
    async with flight(tmp_path, respond=talks) as flown:
        flown.means.now = flown.clock
        await begun(flown)
        for first in (True, False):
            foretold = price_of(flown.state, flown.means, image=True)
            assert bool(foretold) is first
            stood, before = await left(flown), len(await flown.server.ledger())
            await flown.driver.turn("look", seen)
            row = (await flown.server.ledger())[before]
            assert stood - row["cache_read_input_tokens"] == foretold.tokens
        assert flown.events(ev.CacheMissed) == []


async def test_a_change_of_what_is_cold_costs_nothing_more(tmp_path: Path) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        flown.means.now = flown.clock
        await begun(flown)
        flown.skip(400)
        assert not price_of(flown.state, flown.means, BUDGET)
        assert price_now(flown.state, flown.means).tokens == await lost_by_next(flown)


async def test_a_budget_the_api_does_not_tell_costs_nothing_to_change(tmp_path: Path) -> None:
    async with flight(tmp_path, respond=talks, model="claude-opus-4-6") as flown:
        await begun(flown)
        assert loses(flown.state, flown.means, BUDGET) == "nothing"
        await flown.driver.record(BUDGET)
        assert await lost_by_next(flown) == 0


async def test_an_effort_is_told_behind_results_that_wait_and_holds_for_the_answer(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        flown.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted),
            flown.driver.interrupt,
        )
        await begun(flown)
        assert flown.state.conversation.waiting.has_results
        await flown.driver.record(ev.EffortChanged(effort="low"))
        assert not price_now(flown.state, flown.means)
        assert await lost_by_next(flown) == 0
        assert [row["effort"] for row in await flown.server.ledger()] == ["high", "low"]
        assert_same(flown.state, flown.refolded())


async def test_within_a_turn_only_the_budget_changes_what_the_next_request_finds(
    tmp_path: Path,
) -> None:
    told: dict[str, Any] = {}

    async with flight(tmp_path, respond=talks, model=OLDER) as flown:

        def ask() -> None:
            state, means = flown.state, flown.means
            told["effort"] = loses(state, means, ev.EffortChanged(effort="low"))
            told["model"] = loses(state, means, ev.ModelChanged(model=OPUS, effort="low"))
            told["budget"] = loses(state, means, ev.BudgetExtended(by=9_000))
            lower = ev.EffortChanged(effort="low")
            told["effort of the next prompt"] = loses(state, means, lower, prompt=True)

        flown.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted), ask
        )
        await begun(flown)
    assert told == {
        "effort": "nothing",
        "model": "nothing",
        "budget": "messages",
        "effort of the next prompt": "messages",
    }


async def test_an_effort_chosen_while_calls_are_open_can_be_told_with_the_next_prompt(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    async with flight(tmp_path, respond=talks) as flown:
        changed = ev.EffortChanged(effort="low")
        flown.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted),
            lambda: told.append(loses(flown.state, flown.means, changed, prompt=True)),
        )
        await begun(flown)
        await flown.driver.record(changed)
        assert told == ["nothing"]
        assert await lost_by_next(flown) == 0


async def test_in_scope_turn_every_prompt_writes_the_conversation_anew(tmp_path: Path) -> None:
    async with flight(tmp_path, respond=talks, scope="turn") as flown:
        flown.means.now = flown.clock
        await begun(flown)
        for _ in range(2):
            foretold = price_now(flown.state, flown.means)
            assert foretold.tokens == await lost_by_next(flown) > 0


async def test_in_scope_turn_an_effort_costs_no_more_than_the_prompt_does_anyway(
    tmp_path: Path,
) -> None:
    higher = ev.EffortChanged(effort="max")
    async with flight(tmp_path, respond=talks, scope="turn") as flown:
        flown.means.now = flown.clock
        await begun(flown)
        anyway = price_now(flown.state, flown.means)
        assert not price_of(flown.state, flown.means, higher, prompt=True)
        await flown.driver.record(higher)
        assert await lost_by_next(flown) == anyway.tokens > 0


async def test_before_the_first_request_nothing_is_lost(tmp_path: Path) -> None:
    async with flight(tmp_path, respond=talks) as flown:
        assert loses(flown.state, flown.means, BUDGET) == "nothing"
        assert not price_of(flown.state, flown.means, BUDGET)
