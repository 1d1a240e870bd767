"""Ending a child process of asyncio. It imports nothing of the program, so that everybody may."""

import asyncio
import contextlib
import os
import signal
import sys


def kill_child(process: asyncio.subprocess.Process) -> None:
    """End a child at once; does nothing where it has ended."""
    _send(process, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


def terminate_child(process: asyncio.subprocess.Process) -> None:
    """Ask a child to end; does nothing where it has ended."""
    _send(process, signal.SIGTERM)


def _send(process: asyncio.subprocess.Process, number: int) -> None:
    """Send a signal past `Process.send_signal`, which collects a child that has just ended.

    Before Python 3.13 it does. The event loop, which waits for the child as well, then finds
    none: it says so on the error output of the program, and makes up an exit code of 255
    (https://github.com/python/cpython/issues/127049).
    """
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.send_signal(number)
        else:
            os.kill(process.pid, number)
