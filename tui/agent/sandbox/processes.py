"""Processes below this one: who they are, and ending them all.

This process adopts orphans, so whatever a command starts stays below it: in a new session,
forked twice, or left behind.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tui.child_environment import without_credentials


@dataclass(frozen=True, slots=True)
class Process:
    """One line of the process table."""

    pid: int
    session: int
    zombie: bool


def children(pid: int) -> list[int]:
    """The children of a process, whichever of its threads they belong to."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread}/children") as file:
                found += map(int, file.read().split())
    except OSError:
        return []
    return found


def descendants(pid: int) -> list[int]:
    """All processes below one, parents before their children."""
    if sys.platform != "linux":
        return _by_table(pid)
    found = children(pid)
    for each in found:
        found += children(each)  # the list grows while it is walked
    return found


def _by_table(pid: int) -> list[int]:
    """The same, from `ps`, where there is no `/proc`."""
    lines = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="],
        env=without_credentials(os.environ),
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    pairs = [tuple(map(int, line.split())) for line in lines if len(line.split()) == 2]
    below: dict[int, list[int]] = {}
    for child, parent in pairs:
        below.setdefault(parent, []).append(child)
    found = list(below.get(pid, ()))
    for each in found:
        found += below.get(each, ())
    return found


def look_at(pid: int) -> Process | None:
    """What the process table says of a process; None where it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return Process(pid, int(fields[3]), fields[0] == "Z")


def variable(pid: int, name: str) -> str | None:
    """A variable of the environment that a process was started with."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            found = file.read().split(b"\0")
    except OSError:
        return None
    prefix = name.encode() + b"="
    return next((each[len(prefix) :].decode() for each in found if each.startswith(prefix)), None)


def send(number: int, pids: Iterable[int]) -> None:
    """Send a signal to processes; those that are gone do not mind."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def reap(ended: Callable[[int, int], None]) -> bool:
    """Wait for every child that has ended.

    Args:
        ended: Takes its id, and its exit code, negative for a signal.

    Returns:
        Whether a child is left.
    """
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if pid == 0:
            return True
        ended(pid, os.waitstatus_to_exitcode(status))


def kill_all(pid: int) -> None:
    """Kill whatever is below a process, once."""
    send(signal.SIGKILL, descendants(pid))
