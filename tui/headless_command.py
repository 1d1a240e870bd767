"""`glideslope -p`: one prompt without a screen, to the end, and an exit code."""

import asyncio
import sys
from collections.abc import Callable

from tui.agent.headless import HeadlessRun
from tui.agent.opened import NoCredentials, NotReady
from tui.options import Options
from tui.screens.changes import cold_sentence
from tui.session.faults import StoreFull, StoreUnwritable
from tui.signals import heed
from tui.widgets.cleaning import clean
from tui.wiring import Wiring

UNWRITTEN = 1
REFUSED = 5
USAGE = 2


async def run(options: Options) -> int:
    """Run one prompt; returns the exit code."""
    this = asyncio.current_task()
    assert this is not None, "a coroutine runs in a task"
    stop = Stop(this.cancel)
    heed(stop)
    wiring = Wiring(options, interactive=False)
    try:
        opened = await wiring.open(options.resume, fork=options.fork)
    except NotReady as problem:
        print(f"glideslope: {problem}", file=sys.stderr)
        await wiring.close()
        return _code(problem)
    except asyncio.CancelledError:
        await wiring.close()
        return stop.code
    stop.act = opened.driver.interrupt
    held = opened.driver.means.world.sandbox.enforcement
    unheld = "" if held.files else held.sentences[0]
    for sentence in filter(None, (unheld, *opened.sentences, cold_sentence(opened))):
        print(f"glideslope: {sentence}", file=sys.stderr)
    try:
        headless = HeadlessRun(opened.driver, opened.meters, options.output, clean=clean)
        code = await headless.run(options.prompt)
    finally:
        await opened.close()
        await wiring.close()
    return stop.code or code


def _code(problem: NotReady) -> int:
    """The exit code of a run whose session could not be opened."""
    if isinstance(problem, NoCredentials):
        return REFUSED
    return UNWRITTEN if isinstance(problem.__cause__, (StoreUnwritable, StoreFull)) else USAGE


class Stop:
    """Stops the run when a signal says so, and keeps the exit code of that."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act = act
        """What stops it now."""
        self.code = 0

    def __call__(self, code: int) -> None:
        """See `tui.signals.heed`."""
        self.code = code
        self.act()
