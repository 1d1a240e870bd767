"""The driver of the terminal: draws on standard output, gives the terminal back whenever the
program stops, and takes it again when the program goes on.

Textual's driver (8.2.8) draws on standard error, wherever that goes. Its handlers of SIGTSTP and
SIGCONT interrupt code that holds a lock they need. When somebody else has stopped the program,
it reads the keyboard twice from then on and does not repaint, and a program that is told to end
while it is stopped never ends. Delete this module when it does none of that.
"""

import asyncio
import os
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from textual.drivers.linux_driver import LinuxDriver

from tui.terminal_streams import LOOK_ALIKE, terminal_encoding
from tui.widgets.cell_alignment import CellAligner

UNSTOPPED_SECONDS = 0.05
"""Seconds after which a program that stopped itself takes the terminal again, if it did not: the
kernel does not stop the first process of a container."""


class TerminalDriver(LinuxDriver):
    """Textual's driver for POSIX terminals, with the control of jobs done in the event loop."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """See `LinuxDriver`; must be made in the running event loop."""
        super().__init__(*args, **options)
        self._file = open(  # noqa: SIM115 - lives as long as the program
            sys.__stdout__.fileno() if sys.__stdout__ else 1,
            "w",
            encoding=terminal_encoding(os.environ),
            errors=LOOK_ALIKE,
            newline="",
            closefd=False,
        )
        self._align = CellAligner(os.environ)
        self._has_terminal = False
        """Whether the terminal is set up for us."""
        self._is_lent = False
        self._is_leaving = False
        self._was_asked_to_stop = False
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGTSTP, self._stop_program)
        self._loop.add_signal_handler(signal.SIGCONT, self._continued)

    @property
    def is_lent(self) -> bool:
        """Whether another program has the terminal."""
        return self._is_lent

    @contextmanager
    def lend(self) -> Iterator[None]:
        """Leave the terminal to another program; what is typed meanwhile is for that program."""
        self.suspend_application_mode()
        self._is_lent = True
        try:
            yield
        finally:
            self._is_lent = False
            if not self._is_leaving:
                with suppress(termios.error):
                    termios.tcflush(self.fileno, termios.TCIFLUSH)
                self._take_terminal()

    def leave(self) -> None:
        """Never take the terminal again: the program ends."""
        self._is_leaving = True

    # The terminal ------------------------------------------------------------------

    def write(self, data: str) -> None:
        """Write to the terminal; what comes while it is not ours is dropped."""
        if self._has_terminal and self._writer_thread is not None:
            super().write(self._align(data))

    def start_application_mode(self) -> None:
        """Set the terminal up for us; as a job in the background, wait until we may."""
        if self._is_in_background:
            self._loop.call_soon(self._continue)
            return
        self._has_terminal = True
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def disable_input(self) -> None:
        """Stop reading keys."""
        if self._has_terminal:
            super().disable_input()

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was."""
        if self._has_terminal:
            super().stop_application_mode()

    def close(self) -> None:
        """Wait until everything is written."""
        if self._has_terminal:
            super().close()
            self._has_terminal = False

    def _take_terminal(self) -> None:
        """Set the terminal up for us again, and let the application repaint."""
        self._must_signal_resume = True
        self.resume_application_mode()

    # Stopped and continued -----------------------------------------------------------

    def _stop_program(self) -> None:
        """Stop, as the user asks with a key or the shell with a signal."""
        if not self._is_lent:
            self.suspend_application_mode()
        self._was_asked_to_stop = True
        os.kill(os.getpid(), signal.SIGSTOP)
        self._loop.call_later(UNSTOPPED_SECONDS, self._continue)

    def _continued(self) -> None:
        """Go on after the other signals that came while we were stopped: one may end us."""
        stopped_by_others = not self._was_asked_to_stop
        self._was_asked_to_stop = False
        self._loop.call_soon(self._continue, stopped_by_others)

    def _continue(self, stopped_by_others: bool = False) -> None:
        """Take the terminal, if we may.

        Args:
            stopped_by_others: Whether the terminal shows what other programs wrote since.
        """
        if self._is_lent or self._is_leaving:
            return
        if self._is_in_background:
            os.kill(os.getpid(), signal.SIGSTOP)
            return
        if self._has_terminal and not stopped_by_others:
            return
        self.suspend_application_mode()
        self._take_terminal()

    @property
    def _is_in_background(self) -> bool:
        try:
            return os.tcgetpgrp(self.fileno) != os.getpgrp()
        except OSError:  # the terminal is gone; a signal says so
            return False
