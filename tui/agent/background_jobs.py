"""Jobs: what commands left running in the background of a session.

A job lives on after the command that started it, until it ends by itself, is stopped, or the
program ends. What it prints goes to a file.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tui.agent.sandbox.interface import RunningCommand

_MAX_FINISHED = 20
"""Jobs that have ended and are still listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """What is known of one job now."""

    number: int
    command_line: str
    """The command line that started it. Foreign text."""
    running: bool
    processes: tuple[int, ...]
    """Ids of its processes when it was left behind."""
    file: Path | None
    """What it prints goes there; None where its output went elsewhere."""
    seconds: float
    """How long it has run."""


class _Job:
    def __init__(self, number: int, line: str, command: RunningCommand, file: Path | None) -> None:
        self.number = number
        self.line = line
        self.command = command
        self.file = file
        self.began = time.monotonic()
        self.ended: float | None = None
        self.watching: asyncio.Future[None] | None = None


class BackgroundJobs:
    """The jobs of one session, by number."""

    def __init__(self) -> None:
        self._jobs: dict[int, _Job] = {}
        self._last = 0
        self.listeners: list[Callable[[], None]] = []
        """Called when a job begins or ends."""

    def next_number(self) -> int:
        """The number that the next job gets."""
        return self._last + 1

    def add(self, line: str, command: RunningCommand, file: Path | None) -> JobStatus:
        """Take in what `line` left running.

        Args:
            line: The command line.
            command: Kept, see `RunningCommand.keep_running`.
            file: What it prints goes there.
        """
        self._last += 1
        job = self._jobs[self._last] = _Job(self._last, line, command, file)
        job.watching = asyncio.ensure_future(self._watch(job))
        self._drop_old()
        self._notify()
        return _status(job)

    def statuses(self) -> list[JobStatus]:
        """All jobs, the oldest first; those that have ended are listed for a while."""
        return [_status(job) for job in self._jobs.values()]

    def status(self, number: int) -> JobStatus | None:
        """One job; None where there is none of that number."""
        job = self._jobs.get(number)
        return None if job is None else _status(job)

    async def stop(self, number: int, patience: float = 2.0) -> bool:
        """End a job and all its processes.

        Args:
            number: Which.
            patience: Seconds between asking and forcing.

        Returns:
            Whether it was running.
        """
        job = self._jobs.get(number)
        if job is None or job.ended is not None:
            return False
        await job.command.kill(patience)
        self._end(job)
        return True

    async def _watch(self, job: _Job) -> None:
        await job.command.wait_until_gone()
        self._end(job)

    def _end(self, job: _Job) -> None:
        if job.ended is None:
            job.ended = time.monotonic()
            self._notify()

    def _notify(self) -> None:
        for listener in self.listeners:
            listener()

    def _drop_old(self) -> None:
        ended = [job.number for job in self._jobs.values() if job.ended is not None]
        for number in ended[:-_MAX_FINISHED]:
            del self._jobs[number]


def _status(job: _Job) -> JobStatus:
    return JobStatus(
        number=job.number,
        command_line=job.line,
        running=job.ended is None,
        processes=job.command.processes,
        file=job.file,
        seconds=(job.ended or time.monotonic()) - job.began,
    )
