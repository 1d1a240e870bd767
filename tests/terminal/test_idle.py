"""An idle program does nothing: no CPU, no painting but the countdown of the prompt cache."""

import time

from tests.terminal.steps import DONE_MARK
from tests.terminal.terminal import WAIT_SECONDS, Start, Terminal

SPAN = 2.0
"""Seconds of idleness that are watched."""


def watched_until(terminal: Terminal, painted: int, ticks: int) -> tuple[int, int]:
    """Bytes painted and hundredths of a second computed in a span.

    Of the first span with no more than that, or of the last one before patience ends: the
    program may have things to finish, but not for ever.
    """
    end = time.monotonic() + WAIT_SECONDS
    while True:
        before = terminal.cpu_ticks
        heard = len(terminal.listen(SPAN))
        spent = terminal.cpu_ticks - before
        if (heard <= painted and spent <= ticks) or time.monotonic() > end:
            return heard, spent


def test_an_idle_program_paints_and_computes_nothing(
    start_offline: Start,
):
    terminal = start_offline()
    painted, ticks = watched_until(terminal, 0, 4)
    assert painted == 0 and ticks <= 4
    terminal.say("hello").wait_for(DONE_MARK).wait_until_gone("esc interrupt")
    painted, ticks = watched_until(terminal, 0, 6)
    assert painted == 0 and ticks <= 6
