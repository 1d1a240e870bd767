"""The tool `jobs`: what commands left running in the background."""

import os
from pathlib import Path
from typing import ClassVar, Literal

import msgspec

from tui.agent.jobs import JobStatus
from tui.agent.tools.base import (
    Call,
    Outcome,
    Progress,
    ToolError,
    World,
    arguments,
    one_line,
    schema,
)
from tui.agent.tools.normal import Normaliser
from tui.session.events import JSON


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do, and with which job."""

    action: Literal["list", "output", "stop"]
    job: int | None = None


class JobsTool:
    """Lists, shows and stops jobs."""

    name = "jobs"
    reads_only = False
    definition: ClassVar[JSON] = {
        "name": "jobs",
        "description": (
            "Background processes that bash commands left running: list them, read the end of "
            "what one printed, or stop one with all its processes."
        ),
        "input_schema": schema(
            {
                "action": {"type": "string", "enum": ["list", "output", "stop"]},
                "job": {"type": "integer", "description": "Its number, for output and stop."},
            },
            ("action",),
        ),
    }

    def prepare(self, input: JSON, world: World) -> Call:
        """Check that the job exists."""
        args = arguments(input, Input)
        if args.action != "list":
            _job(args.job, world)
        subject = args.action if args.job is None else f"{args.action} {args.job}"
        return Call(name=self.name, subject=subject, reads_only=False, arguments=args)

    async def run(self, call: Call, world: World, progress: Progress) -> Outcome:
        """Do it."""
        args: Input = call.arguments
        if args.action == "list":
            jobs = world.jobs.listing()
            running = sum(job.running for job in jobs)
            text = "\n".join(map(_line, jobs)) or "No command left anything running."
            return Outcome(content=text, summary=f"{running} running")
        job = _job(args.job, world)
        if args.action == "stop":
            was_running = await world.jobs.stop(job.number, world.limits.kill_seconds)
            word = "stopped" if was_running else "had ended already"
            return Outcome(content=f"Job {job.number} {word}.", summary=word)
        return Outcome(content=_output(job, world), summary=_state(job))


def _job(number: int | None, world: World) -> JobStatus:
    if number is None:
        raise ToolError("Say which job: its number.")
    job = world.jobs.status(number)
    if job is None:
        known = ", ".join(str(job.number) for job in world.jobs.listing()) or "none"
        raise ToolError(f"There is no job {number}. Jobs: {known}.")
    return job


def _state(job: JobStatus) -> str:
    return f"running for {job.seconds:.0f} s" if job.running else "ended"


def _line(job: JobStatus) -> str:
    facts = [_state(job)]
    if job.processes:
        facts.append(f"processes {', '.join(map(str, job.processes[:5]))}")
    if job.file:
        facts.append(f"output: {job.file}")
    return f"{job.number}: {one_line(job.line)} ({'; '.join(facts)})"


def _output(job: JobStatus, world: World) -> str:
    head = f"Job {job.number}, {_state(job)}."
    if job.file is None:
        return f"{head} Its output went elsewhere: the command redirected it."
    try:
        size, text = _end(job.file, world.limits.output)
    except OSError as error:
        raise ToolError(f"Its output cannot be read: {error.strerror or error}.") from error
    if not text:
        return f"{head} It has printed nothing since its command ended."
    part = "" if len(text) >= size else f" The end of {size:,} bytes; read {job.file} for more."
    return f"{head}{part}\n{text}"


def _end(path: Path, characters: int) -> tuple[int, str]:
    """The size of a file in bytes, and the end of its text as it would be seen."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - characters))
        data = file.read(characters)
    lines = Normaliser()
    return size, (lines.feed(data) + lines.close())[-characters:]
