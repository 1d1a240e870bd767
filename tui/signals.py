"""Signals that end the program: all that end one by default and can be handled in Python.

Not the ones that the processor raises for an error of the program (SIGSEGV, SIGBUS, SIGFPE,
SIGILL): a handler in Python would be called without end.
"""

import asyncio
import os
import signal
from collections.abc import Callable

_EXIT_SIGNALS = (
    *("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGABRT", "SIGUSR1", "SIGUSR2"),
    *("SIGALRM", "SIGVTALRM", "SIGPROF", "SIGXCPU", "SIGIO", "SIGPWR", "SIGSTKFLT", "SIGTRAP"),
)
_STREAMS = (0, 1, 2)
HANGUP = 129
"""Exit code of a program whose terminal went away."""


def handle_exit_signals(end: Callable[[int], None]) -> None:
    """Call `end` from the running loop when a signal says that it is over.

    A signal the program was started to ignore, as `nohup` and `&` in a script do, stays
    ignored. Does nothing on systems whose event loops know no signals.

    Args:
        end: Takes the exit code, which is the shell's: 128 and the signal's number.
    """
    loop = asyncio.get_running_loop()
    terminals = [stream for stream in _STREAMS if os.isatty(stream)]

    def told(number: int) -> None:
        _redirect_to_null(terminals)
        end(number + 128)

    for name in _EXIT_SIGNALS:
        number = getattr(signal, name, None)
        if number is None or signal.getsignal(number) is signal.SIG_IGN:
            continue
        try:
            loop.add_signal_handler(number, told, number)
        except NotImplementedError:
            return


def _redirect_to_null(terminals: list[int]) -> None:
    """Put nothing in the place of a terminal that is gone: writing to it would fail."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for terminal in terminals:
        if not os.isatty(terminal):
            os.dup2(nothing, terminal)
    os.close(nothing)
