"""Several jobs, one stream of items, and a way to stop them all at once.

The model's stream and a batch of tools are consumed the same way: each job emits into one
queue, and an interrupt is just another item, so nothing has to poll for it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
Emit = Callable[[T], None]
Job = Callable[[Emit[T]], Awaitable[None]]


class Interrupted(Exception):
    """The user stopped the jobs; all of them have ended by now."""


class _Done:
    """A job ended; `error` is what it raised."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class _Stop:
    """The interrupt came."""


class _Channel(Generic[T]):
    def __init__(self) -> None:
        self.queue: asyncio.Queue[T | _Done | _Stop] = asyncio.Queue()

    async def run(self, job: Job[T]) -> None:
        try:
            await job(self.queue.put_nowait)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self.queue.put_nowait(_Done(error))
        else:
            self.queue.put_nowait(_Done())

    async def watch(self, interrupt: asyncio.Event) -> None:
        await interrupt.wait()
        self.queue.put_nowait(_Stop())


async def merged(jobs: Sequence[Job[T]], interrupt: asyncio.Event) -> AsyncIterator[T]:
    """Run `jobs` side by side and yield what they emit, in the order it comes.

    Raises:
        Interrupted: `interrupt` was set. The jobs were cancelled and have ended.
        BaseException: the first error of a job; the others were cancelled.
    """
    channel: _Channel[T] = _Channel()
    tasks = [asyncio.create_task(channel.run(job)) for job in jobs]
    watcher = asyncio.create_task(channel.watch(interrupt))
    running = len(tasks)
    try:
        while running:
            item = await channel.queue.get()
            if isinstance(item, _Stop):
                raise Interrupted
            if isinstance(item, _Done):
                if item.error is not None:
                    raise item.error
                running -= 1
            else:
                yield item
    finally:
        for task in (watcher, *tasks):
            task.cancel()
        await asyncio.gather(watcher, *tasks, return_exceptions=True)
