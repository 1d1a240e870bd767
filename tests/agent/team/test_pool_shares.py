"""A pool without slices: each request holds what it may use, and gives the rest back."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.support.run_team import GLOB, LEAD, TeamRun, delegate, run_team, says, with_team
from tui.agent.team.pool_shares import PoolShares
from tui.reports.team_page import agent_state_words
from tui.session import events as ev

FOUR: Any = tuple(delegate("explore", f"part {n}", 20_000) for n in range(4))
KEPT = 2_000
"""Tokens held for the report of an agent with a budget of 20,000: the least that a reserve is."""


def on_items(run: TeamRun, act: Callable[[str, ev.Event], None]) -> None:
    """Tell `act` of each event of each agent."""
    original = run.crew._on_item

    def noting(agent: Any, child: Any, item: Any) -> None:
        if isinstance(item, ev.Record):
            act(agent.name, item.event)
        original(agent, child, item)

    run.crew._on_item = noting  # type: ignore[method-assign]


def watched(run: TeamRun) -> list[tuple[int, dict[str, int]]]:
    """What is free of the pool after each event of the lead, and what is held for whom."""
    seen: list[tuple[int, dict[str, int]]] = []

    def listen(item: Any) -> None:
        if isinstance(item, ev.Record):
            holds = {agent.name: agent.holds or 0 for agent in run.team.living}
            seen.append((run.team.pool.free, holds))

    run.run.driver.listeners.append(listen)
    return seen


async def test_agents_with_more_budget_than_the_pool_has_take_turns_and_all_finish(tmp_path: Path):
    replies: Any = {LEAD: [FOUR], **{f"explore-{n}": [(says(3_000), GLOB)] for n in range(1, 5)}}
    async with run_team(tmp_path, replies, pool=60_000) as run:
        with_team(run, slices=False)
        seen, asked = watched(run), list[tuple[int, int]]()

        def on_event(name: str, event: ev.Event) -> None:
            if isinstance(event, ev.RequestStarted):
                asked.append((event.max_tokens, (run.team.agents[name].holds or 0) - KEPT))

        states: list[str] = []

        def listen(item: Any) -> None:
            if isinstance(item, ev.Record):
                states.extend(agent_state_words(agent) for agent in run.team.living)

        on_items(run, on_event)
        run.run.driver.listeners.append(listen)
        await run.run.driver.run_turn("go")
        agents = run.team.agents
        assert "waits for pool" in states and "working" in states
        assert asked[0][0] > 20_000 - KEPT, "all that its budget leaves: the pool has more"
        assert len({most for most, _ in asked}) > 2, "as many as the pool has"
        assert all(most == held for most, held in asked)
        assert {agent.state for agent in agents.values()} == {"done"}
        assert [run.team.reserved(name) for name in agents] == [20_000] * 4
        assert min(free for free, _ in seen) >= 0
        # Three requests of almost 18,000 do not fit beside what is kept for four reports.
        at_once = [sum(tokens > KEPT for tokens in holds.values()) for _, holds in seen]
        assert 1 < max(at_once) < 4
        assert run.team.pool.free == 60_000 - run.team.charged
        assert run.run.folded_from_disk().team == run.team


async def test_an_agent_for_which_the_pool_has_nothing_more_lands_with_its_report(tmp_path: Path):
    work: Any = [(says(3_500), GLOB)] * 4
    replies: Any = {LEAD: [FOUR], **{f"explore-{n}": work for n in range(1, 5)}}
    async with run_team(tmp_path, replies, pool=32_000) as run:
        with_team(run, slices=False)
        seen = watched(run)
        await run.run.driver.run_turn("go")
        agents = list(run.team.agents.values())
        landed = [agent for agent in agents if agent.state == "limit"]
        assert landed and all(agent.is_partial for agent in landed)
        assert all(agent.state in ("done", "limit") for agent in agents)
        assert any(run.child(agent.name).wrap_ups for agent in landed)
        # Results and notes are not asked for: they are booked when they are there.
        assert min(free for free, _ in seen) >= -100
        assert run.team.charged <= 32_000
        end = landed[0].end
        assert end is not None and end.sentence == (
            "The team's pool has too little left for another request."
        )
        result = next(text for text in run.results() if landed[0].name in text)
        assert "PARTIAL: its task is not complete, whatever its report says." in result


async def test_the_wire_objects_stay_as_they_are_while_others_come_and_go(tmp_path: Path):
    replies: Any = {
        LEAD: [FOUR, (delegate("explore", "more", 30_000),), (says(50),)],
        "explore-1": [(GLOB,), (says(100),)],
    }
    async with run_team(tmp_path, replies, budget=200_000, pool=60_000) as run:
        with_team(run, slices=False)
        await run.run.driver.run_turn("go")
        totals = {(row["total"], row["remaining"]) for row in await run.run.server.ledger()}
        assert totals == {(200_000, None), (20_000, None), (30_000, None)}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 400, "request": 2},
        {"kind": "drop", "request": 2, "after": 9},
    ],
)
async def test_a_request_that_breaks_off_gives_back_what_it_held(
    tmp_path: Path, fault: dict[str, Any]
):
    replies: Any = {LEAD: [(delegate("explore", "a", 20_000),)], "explore-1": [(says(900),)]}
    async with run_team(tmp_path, replies) as run:
        with_team(run, slices=False)
        await run.run.server.faults(fault)
        seen = watched(run)
        await run.run.driver.run_turn("go")
        holds = [each["explore-1"] for _, each in seen if each]
        steps = [tokens > KEPT for tokens in holds]
        changes = [now for was, now in pairwise(steps) if was != now]
        again = fault["kind"] == "drop"
        assert changes == [True, False] * (1 + again)
        assert run.team.agents["explore-1"].state == ("done" if again else "failed")
        assert run.team.pool.held == 0
        assert run.team.pool.free == 300_000 - run.team.agents["explore-1"].charged


async def test_more_for_the_pool_wakes_those_that_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """One request holds what there is; another waits, until the user adds to the pool."""
    held, second, ends = asyncio.Event(), asyncio.Event(), asyncio.Event()
    replies: Any = {LEAD: [FOUR[:2]], "explore-1": [(says(300),)], "explore-2": [(says(300),)]}
    give_back = PoolShares.give_back

    async def late(shares: PoolShares, agent: Any, child: Any) -> None:
        held.set()
        await ends.wait()
        await give_back(shares, agent, child)

    monkeypatch.setattr(PoolShares, "give_back", late)
    async with run_team(tmp_path, replies, pool=20_000) as run:
        with_team(run, slices=False)
        sent: list[str] = []

        def on_event(name: str, event: ev.Event) -> None:
            if isinstance(event, ev.RequestStarted):
                sent.append(name)
                second.set() if len(sent) == 2 else None

        on_items(run, on_event)
        monkeypatch.setattr(run.crew, "_finish", waits_for(ends, run.crew._finish))
        turn = asyncio.create_task(run.run.driver.run_turn("go"))
        await asyncio.wait_for(held.wait(), 20)
        assert sent == ["explore-1"], "the other waits"
        await run.run.driver.commit(ev.PoolSet(total=60_000, source="user"))
        await asyncio.wait_for(second.wait(), 20)
        ends.set()
        await turn
        assert {agent.state for agent in run.team.agents.values()} == {"done"}


def waits_for(event: asyncio.Event, act: Callable[..., Any]) -> Callable[..., Any]:
    async def wait(*given: Any) -> Any:
        await event.wait()
        return await act(*given)

    return wait


async def test_what_an_agent_held_is_free_when_it_ends_whatever_was_settled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async def never(shares: PoolShares, agent: Any, child: Any) -> None:
        """As where it was stopped between holding tokens and sending its request."""

    monkeypatch.setattr(PoolShares, "give_back", never)
    replies: Any = {LEAD: [FOUR[:2]]}
    async with run_team(tmp_path, replies, pool=20_000) as run:
        with_team(run, slices=False)
        await run.run.driver.run_turn("go")
        assert {agent.state for agent in run.team.agents.values()} == {"done"}
        assert run.team.pool.free == 20_000 - run.team.charged
