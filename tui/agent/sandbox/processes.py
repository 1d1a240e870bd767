"""Processes below this one: who they are, and ending them all.

This process adopts orphans, so whatever a command starts stays below it: in a new session,
forked twice, or left behind.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterable
from typing import NamedTuple

HAS_PROC = sys.platform == "linux"
"""Whether the process table can be read as files, and orphans are adopted."""


class Process(NamedTuple):
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
    if not HAS_PROC:
        return below_by_table(pid)
    found = children(pid)
    for each in found:
        found += children(each)  # the list grows while it is walked
    return found


def below_by_table(pid: int) -> list[int]:
    """The processes below one, read from the table that `ps` prints."""
    below: dict[int, list[int]] = {}
    for child, parent, _ in _process_table():
        below.setdefault(parent, []).append(child)
    found = list(below.get(pid, ()))
    for each in found:
        found += below.get(each, ())
    return found


def in_group(group: int) -> list[int]:
    """The processes of a group, from `ps`; a process that left it is not found."""
    return [pid for pid, _, its_group in _process_table() if its_group == group]


def _process_table() -> list[tuple[int, int, int]]:
    """Process, parent and group of all that run; the dead that wait for their parent are not."""
    import subprocess

    command = ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat="]
    environment = dict(os.environ)  # the supervisor's own: it has no credentials
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    rows = [line.split() for line in done.stdout.splitlines()]
    return [
        (int(row[0]), int(row[1]), int(row[2]))
        for row in rows
        if len(row) == 4 and not row[3].startswith("Z")
    ]


def process_info(pid: int) -> Process | None:
    """What the process table says of a process; None where it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return Process(pid, int(fields[3]), fields[0] == "Z")


def read_variable(pid: int, name: str) -> str | None:
    """A variable of the environment that a process was started with."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            found = file.read().split(b"\0")
    except OSError:
        return None
    prefix = name.encode() + b"="
    return next((each[len(prefix) :].decode() for each in found if each.startswith(prefix)), None)


def send_signal(number: int, pids: Iterable[int]) -> None:
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
    send_signal(signal.SIGKILL, descendants(pid))
