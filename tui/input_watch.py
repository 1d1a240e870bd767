"""Ends a run with the program that started it, however that one ends.

The other program holds the writing end of a pipe that is our standard input, and writes nothing.
The system closes the pipe with the last process that holds it, a killed one too. That works
on Linux, macOS and Windows alike.
"""

import asyncio
import os
import threading
import time
from collections.abc import Callable

TERMINATED = 143
"""Exit code: the shell's for a program that was told to end."""
GRACE_SECONDS = 20.0
"""What closing the session may take; then the process ends at once."""


def end_with_input(end: Callable[[int], None], grace: float = GRACE_SECONDS) -> None:
    """Call `end` from the running loop with an exit code when standard input closes.

    Args:
        end: Ends the run in order.
        grace: Seconds after which the process ends in any case.
    """
    loop = asyncio.get_running_loop()

    def watch() -> None:
        _read_to_end()
        try:
            loop.call_soon_threadsafe(end, TERMINATED)
        except RuntimeError:
            return  # the loop is closed: the run is over
        time.sleep(grace)
        os._exit(TERMINATED)

    threading.Thread(target=watch, name="input-watch", daemon=True).start()


def _read_to_end() -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        return
