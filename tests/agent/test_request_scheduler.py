"""Requests of a team over real HTTP: none above the account's limits, and no time wasted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from tests.agent.paced_team import TeamClock, TeamMember, TeamScheduler, work_together
from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import ServedSimulator, serve_simulator, words
from tests.support.state_equality import assert_states_equal
from tui.agent.request_scheduler import PacedAgent, RateAllowance, RequestScheduler
from tui.budget.hard_limits import HardLimits
from tui.budget.rate_buckets import RateCost
from tui.budget.request_order import LEAD_WEIGHT
from tui.budget.request_pacing import PacedWait
from tui.claude.request_errors import ApiError
from tui.claude.response import Response
from tui.claude.stream_events import Retrying
from tui.session import events as ev
from tui.simulator.rate_limit_buckets import RateLimitTier
from tui.simulator.scripted_model.model_input import (
    ModelInput,
    ScriptedReply,
    ScriptedText,
    ScriptedToolUse,
)

NAMES = ("lead", "a", "b", "c")
BY_REQUESTS = RateLimitTier(requests=12, input_tokens=100_000, output_tokens=100_000)
BY_OUTPUT = RateLimitTier(requests=1_000, input_tokens=100_000, output_tokens=600)
COST = RateCost(100, 20)


def hundred_words(situation: ModelInput) -> ScriptedReply:
    return ScriptedReply((ScriptedText(words(100)),))


@dataclass
class Team:
    server: ServedSimulator
    clock: TeamClock
    scheduler: TeamScheduler
    members: Sequence[TeamMember]

    async def statuses(self) -> list[int]:
        return [row["status"] for row in await self.server.ledger()]


@asynccontextmanager
async def team(tier: RateLimitTier) -> AsyncIterator[Team]:
    clock = TeamClock()
    async with serve_simulator(tier=tier, clock=clock, respond=hundred_words) as server:
        scheduler = TeamScheduler(clock)
        members = [TeamMember(server, scheduler, clock, name) for name in NAMES]
        try:
            yield Team(server, clock, scheduler, members)
        finally:
            for member in members:
                await member.client.close()


@pytest.mark.parametrize(
    ("tier", "seconds"),
    [
        (BY_REQUESTS, 60),  # 24 requests: 12 at once, and 12 at 12 a minute
        (BY_OUTPUT, 180),  # 24 answers of 100 tokens: 600 at once, and 1,800 at 600 a minute
    ],
    ids=["requests", "output"],
)
async def test_paced_requests_meet_no_refusal_and_take_hardly_more_than_the_limits_demand(
    tier: RateLimitTier, seconds: float
):
    async with team(tier) as found:
        began = found.clock.now
        outcomes = await work_together(found.members, 6)
        assert all(isinstance(each, Response) for each in outcomes)
        assert await found.statuses() == [200] * 24
        assert found.clock.now - began == pytest.approx(seconds, rel=0.15)


async def test_without_pacing_the_same_requests_are_refused_and_come_again():
    async with team(BY_REQUESTS) as found:
        found.scheduler.allow(RateAllowance(paced=False))
        outcomes = await work_together(found.members, 6)
        assert all(isinstance(each, Response) for each in outcomes)
        assert (await found.statuses()).count(429) >= 4


async def test_one_refusal_delays_all_and_fails_none():
    """The server refuses the second request for 30 s; nobody asks it before, and all go on."""
    async with team(RateLimitTier(1_000, 100_000, 100_000)) as found:
        await found.server.faults(
            {"kind": "status", "status": 429, "retry_after": 30, "request": 2}
        )
        began = found.clock.now
        outcomes = await work_together(found.members, 3)
        assert all(isinstance(each, Response) for each in outcomes)
        assert (await found.statuses()).count(429) == 1
        retried = [item for each in found.members for item in each.refusals]
        assert [(item.attempt, item.seconds) for item in retried] == [(2, 30.0)]
        held = [item for each in found.members for item in each.told if isinstance(item, PacedWait)]
        assert held
        (refused,) = [each for each in found.members if each.refusals]
        assert PacedWait not in map(type, refused.told), "it is told that it tries again"
        assert all(item.kind is None for item in held), "they wait for the server, not for a limit"
        assert 30 <= found.clock.now - began <= 36


async def test_a_refusal_counts_as_a_failed_try_only_while_the_server_serves_nobody():
    """Eight times another agent is served meanwhile; then six refusals in a row are enough."""
    async with team(BY_REQUESTS) as found:
        await found.server.faults({"kind": "status", "status": 429, "retry_after": 1})
        lane, member = found.scheduler.lane("claude-opus-5-5"), found.members[0]

        def serve_another() -> None:
            lane.served += len(member.refusals) <= 8

        member.when_refused = serve_another
        (outcome,) = await member.work(1)
        assert isinstance(outcome, ApiError)
        assert await found.statuses() == [429] * (8 + 6)


async def test_a_limit_of_one_model_delays_no_other():
    async with team(RateLimitTier(1_000, 100_000, 100_000)) as found:
        await found.server.faults(
            {"kind": "status", "status": 529, "retry_after": 30, "request": 1}
        )
        opus, sonnet = found.members[:2]
        refused = asyncio.Event()
        opus.when_refused = refused.set
        found.clock.work(1)
        working = asyncio.ensure_future(opus.work(1))
        await asyncio.wait_for(refused.wait(), 10)
        await sonnet.work(1, "claude-sonnet-5-5")
        assert ev.RequestPaced not in map(type, sonnet.told)
        found.clock.work(-1)
        await working
        assert ev.RequestPaced in map(type, opus.told)


async def no_tell(wait: PacedWait) -> None:
    raise AssertionError(f"nobody waits, and still {wait}")


async def for_ever(seconds: float) -> None:
    await asyncio.Event().wait()


async def test_without_limits_nothing_waits():
    scheduler = RequestScheduler()
    lane = scheduler.lane("claude-opus-5-5")
    for _ in range(50):
        await scheduler.admit(lane, "main", LEAD_WEIGHT, COST, no_tell)


async def test_who_is_cancelled_as_its_turn_comes_leaves_the_room_to_others():
    clock = TeamClock()
    scheduler = RequestScheduler(clock, for_ever)
    scheduler.allow(RateAllowance(own={"requests": 1}))
    lane, told = scheduler.lane("m"), asyncio.Event()

    async def tell(wait: PacedWait) -> None:
        told.set()

    first = await scheduler.admit(lane, "a", LEAD_WEIGHT, COST, no_tell)
    second = asyncio.ensure_future(scheduler.admit(lane, "b", LEAD_WEIGHT, COST, tell))
    await told.wait()
    scheduler.finish(lane, first, None)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    await scheduler.admit(lane, "c", LEAD_WEIGHT, COST, no_tell)


async def test_another_key_lets_go_who_waits():
    scheduler = RequestScheduler(TeamClock(), for_ever)
    lane, told = scheduler.lane("m"), asyncio.Event()
    scheduler.refuse(lane, 1, 60.0)

    async def tell(wait: PacedWait) -> None:
        told.set()

    waiting = asyncio.ensure_future(scheduler.admit(lane, "a", LEAD_WEIGHT, COST, tell))
    await told.wait()
    scheduler.forget()
    await asyncio.wait_for(waiting, 5)
    await scheduler.admit(scheduler.lane("m"), "a", LEAD_WEIGHT, COST, no_tell)


# In a session ------------------------------------------------------------------------


def pace(run: SessionRun, sleep: Callable[[float], Awaitable[object]]) -> None:
    """Let the requests of a session wait: one a minute, and the time is that of the session."""
    scheduler = RequestScheduler(run.clock, sleep, lambda: 0.0)
    scheduler.allow(RateAllowance(own={"requests": 1}))
    change_context(run.ctx, pacing=PacedAgent(scheduler), now=run.clock)


async def test_a_wait_is_no_working_time_and_uses_up_no_limit_in_minutes(tmp_path: Path):
    """The second request of the turn waits for a minute; half a minute is allowed."""
    read = ScriptedToolUse("read", {"path": "a"})
    async with run_session(tmp_path, [read], [ScriptedText("Done.")]) as run:
        (run.folder / "a").write_text("x")
        change_context(run.ctx, hard_limits=HardLimits(minutes=Decimal("0.5")))

        async def sleep(seconds: float) -> None:
            before = run.ctx.working_now()
            run.pass_time(seconds)
            assert run.ctx.working_now() == before

        pace(run, sleep)
        await run.driver.run_turn("work")
        assert run.state.last_end is not None
        assert run.state.last_end.reason == "completed"
        (paced,) = run.events(ev.RequestPaced)
        assert (paced.request, paced.seconds) == (2, pytest.approx(60, abs=1))
        assert run.state.work_clock.seconds < 20
        assert run.state.work_clock.paced == pytest.approx(60, abs=1)
        assert_states_equal(run.state, run.folded_from_disk())
        told = [item for item in run.published if isinstance(item, PacedWait)]
        assert (told[0].kind, told[0].left, told[0].limit) == ("requests", 0, 1)


async def test_an_interrupt_ends_a_wait_at_once(tmp_path: Path):
    async with run_session(tmp_path, [ScriptedText("One.")], [ScriptedText("Two.")]) as run:
        pace(run, for_ever)
        await run.driver.run_turn("one")
        run.when(lambda item: isinstance(item, PacedWait), run.driver.interrupt)
        await asyncio.wait_for(run.driver.run_turn("two"), 10)
        assert run.state.last_end is not None
        assert run.state.last_end.reason == "interrupted"
        assert len(await run.server.ledger()) == 1
        assert run.ctx.run.paced_since is None


async def test_a_refusal_while_the_user_interrupts_ends_the_request_and_the_turn(tmp_path: Path):
    async with run_session(tmp_path, [ScriptedText("One.")]) as run:
        await run.server.faults({"kind": "status", "status": 429, "retry_after": 30})
        pace(run, for_ever)
        run.when(lambda item: isinstance(item, Retrying), run.driver.interrupt)
        await asyncio.wait_for(run.driver.run_turn("one"), 10)
        assert run.state.last_end is not None
        assert run.state.last_end.reason == "interrupted"
        assert [each.reason for each in run.events(ev.RequestFailed)] == ["interrupted"]
        assert run.state.open_request is None
