"""`glideslope -p`: one prompt without a screen, to the end, and an exit code."""

import asyncio
import signal
from collections.abc import Callable

from tui.agent.headless import HeadlessRun
from tui.agent.opened import NoCredentials, NotReady
from tui.agent.report import failure
from tui.options import Options
from tui.printing import complain, say_json
from tui.screens.changes import cold_sentence
from tui.session.faults import StoreFull, StoreUnwritable
from tui.signals import heed
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
        complain(str(problem))
        await wiring.close()
        return _without_result(options, str(problem), _code(problem))
    except asyncio.CancelledError:
        await wiring.close()
        return _without_result(options, f"{stop.sentence} Nothing was sent.", stop.code)
    stop.act = lambda: opened.driver.interrupt(stop.sentence)
    held = opened.driver.means.world.sandbox.enforcement
    unheld = "" if held.files else held.sentences[0]
    for sentence in filter(None, (unheld, *opened.sentences, cold_sentence(opened))):
        complain(sentence)
    try:
        headless = HeadlessRun(
            opened.driver, opened.meters, options.output, signalled=lambda: stop.code
        )
        code = await headless.run(options.prompt, options.data)
    finally:
        await opened.close()
        await wiring.close()
    return stop.code or code


def _without_result(options: Options, sentence: str, code: int) -> int:
    """Print why there is no result, where a program reads the output; returns the exit code."""
    if options.output != "text":
        say_json(failure(sentence, code))
    return code


def _code(problem: NotReady) -> int:
    """The exit code of a run whose session could not be opened."""
    if isinstance(problem, NoCredentials):
        return REFUSED
    return UNWRITTEN if isinstance(problem.__cause__, (StoreUnwritable, StoreFull)) else USAGE


class Stop:
    """Stops the run when a signal says so, and keeps the exit code of that."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act = act
        """What stops the run now."""
        self.code = 0

    @property
    def sentence(self) -> str:
        """Which signal stopped the run, as a sentence; empty for an interrupt by the user."""
        if not self.code:
            return ""
        name = signal.Signals(self.code - 128).name
        return "You interrupted." if name == "SIGINT" else f"Ended by {name}."

    def __call__(self, code: int) -> None:
        """See `tui.signals.heed`."""
        self.code = code
        self.act()
