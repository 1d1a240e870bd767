"""A bench for Textual widgets: a driver that really writes, and CPU time that is ours alone.

The driver makes the compositor turn strips into escape sequences, counts the bytes and
throws them away; Textual's headless driver skips that step and flatters every figure.
Costs are CPU seconds of the process, and are best read as ratios within one run.
"""

import asyncio
import gc
import os
import resource
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("TERM", "xterm-256color")
os.environ.setdefault("COLORTERM", "truecolor")
os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver
from textual.screen import Screen

SIZE = (120, 40)


class CountingDriver(HeadlessDriver):
    """Renders like a terminal driver and counts what it would have written."""

    written = 0
    """Bytes."""
    writes = 0

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        CountingDriver.written += len(data.encode("utf-8", "replace"))
        CountingDriver.writes += 1

    def flush(self) -> None:
        pass


@dataclass
class Frames:
    """Milliseconds of CPU for each frame that wrote something, and for each layout."""

    costs: list[float] = field(default_factory=list)
    layouts: list[float] = field(default_factory=list)

    def clear(self) -> None:
        self.costs.clear()
        self.layouts.clear()


FRAMES = Frames()


def probe_frames() -> None:
    """Time every frame of every screen from here on."""
    frame, layout = Screen._on_timer_update, Screen._refresh_layout

    def timed_frame(self: Screen) -> None:
        writes, start = CountingDriver.writes, time.thread_time()
        frame(self)
        if CountingDriver.writes != writes:
            FRAMES.costs.append((time.thread_time() - start) * 1000)

    def timed_layout(self: Screen, *args: Any, **kwargs: Any) -> None:
        start = time.thread_time()
        layout(self, *args, **kwargs)
        FRAMES.layouts.append((time.thread_time() - start) * 1000)

    Screen._on_timer_update = timed_frame  # type: ignore[method-assign]
    Screen._refresh_layout = timed_layout  # type: ignore[method-assign]


@dataclass
class Cost:
    """What a stretch of work cost."""

    cpu: float = 0.0
    """CPU seconds."""
    wall: float = 0.0
    memory: float = 0.0
    """Mebibytes the process grew by."""
    written: int = 0
    """Bytes."""
    frames: list[float] = field(default_factory=list)
    layouts: int = 0
    lags: list[float] = field(default_factory=list)
    """Milliseconds the event loop was late: what a key would have felt."""


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure the block."""
    cost = Cost()
    FRAMES.clear()
    written, memory = CountingDriver.written, resident()
    cpu, wall = time.process_time(), time.perf_counter()
    yield cost
    cost.cpu, cost.wall = time.process_time() - cpu, time.perf_counter() - wall
    cost.memory, cost.written = resident() - memory, CountingDriver.written - written
    cost.frames, cost.layouts = list(FRAMES.costs), len(FRAMES.layouts)


@asynccontextmanager
async def running(app: App[Any], size: tuple[int, int] = SIZE) -> AsyncIterator[App[Any]]:
    """Run `app` on the counting driver."""
    ready = asyncio.Event()

    async def started(_pilot: object) -> None:
        ready.set()

    app.driver_class = CountingDriver
    task = asyncio.create_task(app.run_async(size=size, auto_pilot=started))
    waiter = asyncio.create_task(ready.wait())
    done, _ = await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
    if task in done:
        task.result()
    with app._context():
        try:
            yield app
        finally:
            app.exit()
            await task


async def settled(app: App[Any], busy: Callable[[], bool] = lambda: False) -> None:
    """Wait until the screen has nothing left to draw and `busy` says no."""
    quiet = 0
    while quiet < 4:
        await asyncio.sleep(0.02)
        screen = app.screen
        working = (
            busy()
            or screen._layout_required
            or screen._scroll_required
            or screen._repaint_required
            or screen._dirty_widgets
            or not screen._message_queue.empty()
            or not app._message_queue.empty()
        )
        quiet = 0 if working else quiet + 1


@asynccontextmanager
async def heartbeat(period: float = 0.004) -> AsyncIterator[list[float]]:
    """Collect by how many milliseconds the event loop is late."""
    lags: list[float] = []

    async def beat() -> None:
        while True:
            start = time.perf_counter()
            await asyncio.sleep(period)
            lags.append((time.perf_counter() - start - period) * 1000)

    task = asyncio.create_task(beat())
    try:
        yield lags
    finally:
        task.cancel()


async def next_frame(act: Callable[[], Awaitable[None] | None]) -> float:
    """CPU milliseconds of the process from `act` to the frame that shows it."""
    writes, start = CountingDriver.writes, time.process_time()
    result = act()
    if result is not None:
        await result
    while CountingDriver.writes == writes:
        await asyncio.sleep(0.001)
    return (time.process_time() - start) * 1000


def resident() -> float:
    """Mebibytes of memory in use."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def quantile(values: Iterable[float], share: float) -> float:
    """The value below which `share` of `values` are."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))] if ordered else 0.0


def median(values: Iterable[float]) -> float:
    """Of any number of values."""
    return statistics.median(values or [0.0])


def table(title: str, head: list[str], rows: list[list[object]]) -> None:
    """Print a table; Textual captures `sys.stdout` while an app runs."""
    cells = [head, *[[_shown(value) for value in row] for row in rows]]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    out = sys.__stdout__
    assert out is not None
    out.write(f"\n{title}\n")
    for row in cells:
        parts = [row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]
        out.write("  ".join(parts).rstrip() + "\n")
    out.flush()


def _shown(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def freeze() -> None:
    """Keep the collector out of the figures, as the program does after its first frame."""
    gc.collect()
    gc.freeze()
