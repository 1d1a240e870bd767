"""Jobs side by side, one stream of items, and an interrupt that ends them all."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tui.agent.concurrency import Interrupted, Put, run_together


async def test_items_come_in_the_order_they_are_emitted():
    first_may_go = asyncio.Event()

    async def slow(put: Put[str]) -> None:
        await first_may_go.wait()
        put("slow")

    async def quick(put: Put[str]) -> None:
        put("quick")
        first_may_go.set()

    items = [item async for item in run_together([slow, quick], asyncio.Event())]
    assert items == ["quick", "slow"]


async def test_an_interrupt_cancels_every_job_and_waits_for_its_end():
    interrupt = asyncio.Event()
    ended: list[str] = []

    def job(name: str) -> Callable[[Put[str]], Coroutine[Any, Any, None]]:
        async def run(put: Put[str]) -> None:
            try:
                put(name)
                await asyncio.Event().wait()
            finally:
                ended.append(name)

        return run

    seen: list[str] = []
    with pytest.raises(Interrupted):
        async for item in run_together([job("a"), job("b")], interrupt):
            seen.append(item)
            if len(seen) == 2:
                interrupt.set()
    assert sorted(ended) == ["a", "b"]


async def test_a_failing_job_ends_the_others():
    ended = asyncio.Event()

    async def waits(put: Put[str]) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def fails(put: Put[str]) -> None:
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        async for _ in run_together([waits, fails], asyncio.Event()):
            pass
    assert ended.is_set()


async def test_leaving_the_loop_early_leaves_nothing_running():
    ended = asyncio.Event()

    async def talks(put: Put[int]) -> None:
        try:
            put(1)
            await asyncio.Event().wait()
        finally:
            ended.set()

    stream = run_together([talks], asyncio.Event())
    async for _ in stream:
        break
    await stream.aclose()
    assert ended.is_set()
