"""Several jobs, one stream of items, and a way to stop them all at once.

The model's stream and a batch of tools are consumed the same way: each job emits into one
queue, and an interrupt is just another item, so nothing has to poll for it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Generic, TypeVar

T = TypeVar("T")
Emit = Callable[[T], None]
Job = Callable[[Emit[T]], Awaitable[None]]


class Interrupted(Exception):
    """The user stopped the jobs; all of them have ended by now."""


class _JobEnded:
    """A job ended; `error` is what it raised."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class _InterruptSeen:
    """The interrupt came."""


class _Channel(Generic[T]):
    def __init__(self) -> None:
        self.queue: asyncio.Queue[T | _JobEnded | _InterruptSeen] = asyncio.Queue()

    async def run(self, job: Job[T]) -> None:
        try:
            await job(self.queue.put_nowait)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self.queue.put_nowait(_JobEnded(error))
        else:
            self.queue.put_nowait(_JobEnded())

    async def watch(self, interrupt: asyncio.Event) -> None:
        await interrupt.wait()
        self.queue.put_nowait(_InterruptSeen())


async def run_together(jobs: Sequence[Job[T]], interrupt: asyncio.Event) -> AsyncGenerator[T, None]:
    """Run `jobs` side by side and yield what they emit, in the order it comes.

    Close it (`contextlib.aclosing`) where it is left early: that ends the jobs.

    Raises:
        Interrupted: `interrupt` was set. The jobs were cancelled and have ended, and what
            they still had to say was yielded; none is begun once it is set.
        BaseException: the first error of a job; the others were cancelled.
    """
    if interrupt.is_set():
        raise Interrupted
    channel: _Channel[T] = _Channel()
    tasks = [asyncio.create_task(channel.run(job)) for job in jobs]
    watcher = asyncio.create_task(channel.watch(interrupt))
    running, stopped = len(tasks), False
    try:
        while running and not (stopped and channel.queue.empty()):
            item = await channel.queue.get()
            if isinstance(item, _InterruptSeen):
                stopped = True
                await _cancel_all(tasks)
            elif isinstance(item, _JobEnded):
                if item.error is not None and not stopped:
                    raise item.error
                running -= 1
            else:
                yield item
    finally:
        await _cancel_all([watcher, *tasks])
    if running:
        raise Interrupted


async def run_interruptible(interrupt: asyncio.Event, act: Callable[[], Awaitable[T]]) -> T:
    """What `act` returns.

    Raises:
        Interrupted: `interrupt` was set before; `act` was cancelled, or never begun.
    """

    async def job(emit: Emit[T]) -> None:
        emit(await act())

    async with aclosing(run_together([job], interrupt)) as results:
        async for result in results:
            return result
    raise AssertionError("a job ends with its result or an error")


async def _cancel_all(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
