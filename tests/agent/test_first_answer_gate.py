"""Siblings behind a gate: one goes first, the others when its answer has begun."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tui.agent.first_answer_gate import FirstAnswerGate


class Siblings:
    """Requests that begin, answer and end when the test says so."""

    def __init__(self) -> None:
        self.gate = FirstAnswerGate()
        self.sent: list[str] = []
        self._answers: dict[str, asyncio.Event] = {}
        self._faults: dict[str, asyncio.Event] = {}

    async def send(self, name: str) -> None:
        answer = self._answers[name] = asyncio.Event()
        fault = self._faults[name] = asyncio.Event()
        async with self.gate.sending() as answer_began:
            self.sent.append(name)
            ends = [asyncio.ensure_future(each.wait()) for each in (answer, fault)]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in ends:
                    each.cancel()
            if fault.is_set():
                raise ConnectionError(name)
            answer_began()

    async def answer(self, name: str) -> None:
        self._answers[name].set()
        await settle()

    async def fail(self, name: str) -> None:
        self._faults[name].set()
        await settle()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@asynccontextmanager
async def started(*names: str) -> AsyncIterator[tuple[Siblings, list[asyncio.Task[None]]]]:
    siblings = Siblings()
    tasks = [asyncio.ensure_future(siblings.send(name)) for name in names]
    await settle()
    yield siblings, tasks
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_others_are_sent_when_the_first_answer_begins():
    async with started("a", "b", "c") as (siblings, _):
        assert siblings.sent == ["a"]
        await siblings.answer("a")
        assert siblings.sent == ["a", "b", "c"]


async def test_a_later_sibling_does_not_wait_for_an_open_gate():
    async with started("a") as (siblings, tasks):
        await siblings.answer("a")
        tasks.append(asyncio.ensure_future(siblings.send("late")))
        await settle()
        assert siblings.sent == ["a", "late"]


async def test_when_the_first_fails_the_next_one_goes_first_alone():
    async with started("a", "b", "c") as (siblings, tasks):
        await siblings.fail("a")
        assert siblings.sent == ["a", "b"]
        await siblings.answer("b")
        assert siblings.sent == ["a", "b", "c"]
        assert isinstance(tasks[0].exception(), ConnectionError)


async def test_after_a_failure_with_nobody_waiting_the_next_caller_goes_first():
    async with started("a") as (siblings, tasks):
        await siblings.fail("a")
        for name in "bc":
            tasks.append(asyncio.ensure_future(siblings.send(name)))
        await settle()
        assert siblings.sent == ["a", "b"]


async def test_a_cancelled_sibling_holds_up_nobody():
    async with started("a", "b", "c") as (siblings, tasks):
        tasks[1].cancel()
        await siblings.fail("a")
        assert siblings.sent == ["a", "c"]


async def test_one_that_is_cancelled_as_its_turn_comes_passes_it_on():
    async with started() as (siblings, tasks):
        first = siblings.gate.sending()
        await first.__aenter__()
        tasks += [asyncio.ensure_future(siblings.send(name)) for name in "bc"]
        await settle()
        await first.__aexit__(None, None, None)
        tasks[0].cancel()
        await settle()
        assert siblings.sent == ["c"]
