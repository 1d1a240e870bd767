"""Several jobs, one stream of items, and a way to stop them all at once.

Each job puts its items into one queue. An interrupt is another item there, so nothing polls for it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Put = Callable[[T], None]
Job = Callable[[Put[T]], Awaitable[None]]


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
    """Run `jobs` side by side and yield what they put, in the order it comes.

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
    """Run `act` in a task of its own, which an interrupt cancels.

    Returns:
        What `act` returns; also where the interrupt came when it had ended.

    Raises:
        Interrupted: `interrupt` was set before; `act` was cancelled, or never begun.
    """
    if interrupt.is_set():
        raise Interrupted
    task = asyncio.ensure_future(act())
    watcher = asyncio.ensure_future(interrupt.wait())
    try:
        await asyncio.wait((task, watcher), return_when=asyncio.FIRST_COMPLETED)
        stopped = not task.done()
    finally:
        await _cancel_all((watcher, task))
    if stopped and (task.cancelled() or task.exception() is not None):
        raise Interrupted
    return task.result()


async def _cancel_all(tasks: Collection[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
