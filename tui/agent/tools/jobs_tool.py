"""The tool `jobs`: what commands left running in the background."""

import os
from pathlib import Path
from typing import ClassVar, Literal

import msgspec

from tui.agent.background_jobs import JobStatus
from tui.agent.tools.base import (
    PreparedCall,
    ProgressCallback,
    ToolEnvironment,
    ToolError,
    ToolOutcome,
    one_line,
    parse_input,
    tool_definition,
)
from tui.agent.tools.terminal_output import TerminalDecoder
from tui.session.events import JSON


class JobsInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do, and with which job."""

    action: Literal["list", "output", "stop"]
    job: int | None = None


class JobsTool:
    """Lists, shows and stops jobs."""

    name = "jobs"
    reads_only = False
    definition: ClassVar[JSON] = tool_definition(
        name,
        "Background processes that bash commands left running: list them, read the end of "
        "what one printed, or stop one with all its processes.",
        {
            "action": {"type": "string", "enum": ["list", "output", "stop"]},
            "job": {"type": "integer", "description": "Its number, for output and stop."},
        },
        ("action",),
    )

    def prepare(self, input: JSON, env: ToolEnvironment) -> PreparedCall:
        """Check that the job exists."""
        args = parse_input(input, JobsInput)
        if args.action != "list":
            _find_job(args.job, env)
        subject = args.action if args.job is None else f"{args.action} {args.job}"
        return PreparedCall(name=self.name, subject=subject, reads_only=False, arguments=args)

    async def run(
        self, call: PreparedCall, env: ToolEnvironment, progress: ProgressCallback
    ) -> ToolOutcome:
        """List the jobs, stop one, or show the output of one."""
        args: JobsInput = call.arguments
        if args.action == "list":
            jobs = env.jobs.statuses()
            running = sum(job.running for job in jobs)
            text = "\n".join(map(_job_line, jobs)) or "No command left anything running."
            return ToolOutcome(content=text, summary=f"{running} running")
        job = _find_job(args.job, env)
        if args.action == "stop":
            was_running = await env.jobs.stop(job.number, env.limits.kill_seconds)
            word = "stopped" if was_running else "had ended already"
            return ToolOutcome(content=f"Job {job.number} {word}.", summary=word)
        return ToolOutcome(content=_output(job, env), summary=_state_words(job))


def _find_job(number: int | None, env: ToolEnvironment) -> JobStatus:
    if number is None:
        raise ToolError("Say which job: its number.")
    job = env.jobs.status(number)
    if job is None:
        known = ", ".join(str(job.number) for job in env.jobs.statuses()) or "none"
        raise ToolError(f"There is no job {number}. Jobs: {known}.")
    return job


def _state_words(job: JobStatus) -> str:
    return f"running for {job.seconds:.0f} s" if job.running else "ended"


def _job_line(job: JobStatus) -> str:
    facts = [_state_words(job)]
    if job.processes:
        facts.append(f"processes {', '.join(map(str, job.processes[:5]))}")
    if job.file:
        facts.append(f"output: {job.file}")
    return f"{job.number}: {one_line(job.command_line)} ({'; '.join(facts)})"


def _output(job: JobStatus, env: ToolEnvironment) -> str:
    head = f"Job {job.number}, {_state_words(job)}."
    if job.file is None:
        return f"{head} Its output went elsewhere: the command redirected it."
    try:
        size, text = _read_tail(job.file, env.limits.output_characters)
    except OSError as error:
        raise ToolError(f"Its output cannot be read: {error.strerror or error}.") from error
    if not text:
        return f"{head} It has printed nothing since its command ended."
    part = "" if len(text) >= size else f" The end of {size:,} bytes; read {job.file} for more."
    return f"{head}{part}\n{text}"


def _read_tail(path: Path, characters: int) -> tuple[int, str]:
    """The size of a file in bytes, and the end of its text as it would be seen."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - characters))
        data = file.read(characters)
    lines = TerminalDecoder()
    return size, (lines.feed(data) + lines.close())[-characters:]
