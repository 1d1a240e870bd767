"""Commands about the model's commands: the sandbox that holds them, and what they left running."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tui.number_format import format_countdown
from tui.reports.sandbox_page import sandbox_page
from tui.screens.command_handlers.command_arguments import parse_job, unknown_job_sentence
from tui.screens.command_handlers.handler_registry import handles_in_session
from tui.widgets.line_widget import flatten
from tui.widgets.option_rows import Option

if TYPE_CHECKING:
    from tui.agent.background_jobs import BackgroundJobs, JobStatus
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen

_TAIL_BYTES = 4_000
"""Bytes of a job's output in which its last line is looked for."""


@handles_in_session("sandbox.show")
def sandbox(chat: "ChatScreen", session: "OpenSession") -> None:
    """What is enforced on this system."""
    chat.show_page("Sandbox", lambda: sandbox_page(session.sandbox))


@handles_in_session("jobs.show", parse_job)
async def jobs(chat: "ChatScreen", session: "OpenSession", number: int | None) -> None:
    """Choose one of the jobs to stop it, or stop the one named."""
    running = session.environment.jobs
    if number is None:
        number = await _choose(chat, running)
    if number is not None:
        await _stop(chat, running, number)


async def _choose(chat: "ChatScreen", running: "BackgroundJobs") -> int | None:
    every = running.statuses()
    if not every:
        chat.show_notice("No command left anything running.")
        return None
    said = await asyncio.gather(*(asyncio.to_thread(_last_line, job.file) for job in every))
    options = [
        Option(
            str(job.number), f"{job.number}  {flatten(job.command_line, 60)}", _job_state(job), line
        )
        for job, line in zip(every, said, strict=True)
    ]
    chosen = await chat.choose("Jobs · enter stops the marked one", options)
    return next((job.number for job in every if str(job.number) == chosen), None)


async def _stop(chat: "ChatScreen", running: "BackgroundJobs", number: int) -> None:
    job = running.status(number)
    if job is None:
        chat.show_input_error(unknown_job_sentence(str(number)))
    elif await running.stop(job.number):
        chat.show_notice(f"Stopped job {job.number}.")
    else:
        chat.show_notice(f"Job {job.number} had ended already.")


def _job_state(job: "JobStatus") -> str:
    return f"running for {format_countdown(job.seconds)}" if job.running else "ended"


def _last_line(file: Path | None) -> str:
    """The last line that a job printed; empty where it printed nothing that can be read."""
    if file is None:
        return ""
    try:
        with file.open("rb") as output:
            output.seek(max(0, output.seek(0, os.SEEK_END) - _TAIL_BYTES))
            lines = output.read(_TAIL_BYTES).decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((shown for line in reversed(lines) if (shown := flatten(line, 60))), "")
