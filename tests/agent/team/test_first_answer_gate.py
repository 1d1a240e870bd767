"""Siblings behind a gate: one goes first, the others when its answer has begun."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tui.agent.team.first_answer_gate import FirstAnswerGate


class Siblings:
    """Agents that answer and end when the test says so."""

    def __init__(self) -> None:
        self.gate = FirstAnswerGate()
        self.sent: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self, *names: str) -> None:
        for name in names:
            self.tasks[name] = asyncio.ensure_future(self._send(name))
        await settle()

    async def _send(self, name: str) -> None:
        await self.gate.wait(name)
        self.sent.append(name)

    async def fail(self, name: str) -> None:
        self.gate.ended(name)
        await settle()

    async def answer(self) -> None:
        self.gate.answer_began()
        await settle()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@asynccontextmanager
async def started(*names: str) -> AsyncIterator[Siblings]:
    siblings = Siblings()
    await siblings.start(*names)
    yield siblings
    for task in siblings.tasks.values():
        task.cancel()
    await asyncio.gather(*siblings.tasks.values(), return_exceptions=True)


async def test_the_others_are_sent_when_the_first_answer_begins():
    async with started("a", "b", "c") as siblings:
        assert siblings.sent == ["a"]
        await siblings.answer()
        assert siblings.sent == ["a", "b", "c"]
        await siblings.start("late")
        assert siblings.sent[-1] == "late", "an open gate stays open"


async def test_when_the_first_fails_the_next_one_goes_first_alone():
    async with started("a", "b", "c") as siblings:
        await siblings.fail("a")
        assert siblings.sent == ["a", "b"]
        await siblings.answer()
        assert siblings.sent == ["a", "b", "c"]


async def test_the_end_of_one_that_waits_lets_nobody_go():
    async with started("a", "b", "c") as siblings:
        await siblings.fail("b")
        assert siblings.sent == ["a"]


async def test_after_a_failure_with_nobody_waiting_the_next_caller_goes_first():
    async with started("a") as siblings:
        await siblings.fail("a")
        await siblings.start("b", "c")
        assert siblings.sent == ["a", "b"]


async def test_a_cancelled_sibling_holds_up_nobody():
    async with started("a", "b", "c") as siblings:
        siblings.tasks["b"].cancel()
        await settle()
        await siblings.fail("a")
        assert siblings.sent == ["a", "c"]


async def test_one_that_is_cancelled_as_its_turn_comes_passes_it_on():
    async with started("a", "b", "c") as siblings:
        siblings.gate.ended("a")
        siblings.tasks["b"].cancel()
        await settle()
        assert siblings.sent == ["a", "c"]
