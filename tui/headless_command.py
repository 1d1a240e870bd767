"""`glideslope -p`: one prompt without a screen, to the end, and an exit code."""

import asyncio
import signal
import sys
from collections.abc import Callable

from tui.agent.headless import HeadlessRun
from tui.agent.opened import NoCredentials, NotReady
from tui.options import Options
from tui.wiring import Wiring

REFUSED = 5
USAGE = 2
TERMINATED = 143


async def run(options: Options) -> int:
    """Run one prompt; returns the exit code."""
    wiring = Wiring(options, interactive=False)
    try:
        opened = await wiring.open(options.resume, fork=options.fork)
    except NotReady as problem:
        print(f"glideslope: {problem}", file=sys.stderr)
        await wiring.close()
        return REFUSED if isinstance(problem, NoCredentials) else USAGE
    terminated = _stop_on_signals(opened.driver.interrupt)
    for sentence in opened.sentences:
        print(f"glideslope: {sentence}", file=sys.stderr)
    try:
        code = await HeadlessRun(opened.driver, opened.meters, options.output).run(options.prompt)
    finally:
        await opened.close()
        await wiring.close()
    return TERMINATED if terminated.is_set() else code


def _stop_on_signals(interrupt: Callable[[], None]) -> asyncio.Event:
    """Let SIGINT and SIGTERM interrupt the turn; the event is set by SIGTERM."""
    terminated = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(by_term: bool) -> None:
        if by_term:
            terminated.set()
        interrupt()

    try:
        loop.add_signal_handler(signal.SIGINT, stop, False)
        loop.add_signal_handler(signal.SIGTERM, stop, True)
    except NotImplementedError:  # Windows has no signal handlers on its loop
        pass
    return terminated
