"""Commands about the model's commands: the sandbox that holds them, and what they left running."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tui.number_format import format_countdown
from tui.reports.sandbox_page import sandbox_page
from tui.screens.command_handlers.handler_registry import handles
from tui.widgets.line_widget import flatten
from tui.widgets.option_rows import Option

if TYPE_CHECKING:
    from tui.agent.background_jobs import BackgroundJobs, JobStatus
    from tui.screens.chat import ChatScreen

_TAIL_BYTES = 4_000
"""Bytes of a job's output in which its last line is looked for."""


@handles("sandbox.show")
def sandbox(chat: "ChatScreen", args: str) -> None:
    """What is enforced on this system."""
    if chat.session is not None:
        chat.show_markdown(sandbox_page(chat.session.runner.ctx.world.sandbox), from_top=True)


@handles("jobs.show")
async def jobs(chat: "ChatScreen", args: str) -> None:
    """Choose one of the jobs to stop it, or stop the one named."""
    if chat.session is None:
        return
    running = chat.session.runner.ctx.world.jobs
    word, _, number = args.partition(" ")
    if args and word != "stop":
        chat.show_notice("/jobs lists them, /jobs stop NUMBER stops one.", "error")
        return
    if not args:
        chosen = await _choose(chat, running)
        if chosen is None:
            return
        number = chosen
    await _stop(chat, running, number.strip())


async def _choose(chat: "ChatScreen", running: "BackgroundJobs") -> str | None:
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
    return await chat.choose("Jobs · enter stops the marked one", options)


async def _stop(chat: "ChatScreen", running: "BackgroundJobs", number: str) -> None:
    job = running.status(int(number)) if number.isascii() and number.isdigit() else None
    if job is None:
        chat.show_notice(f"There is no job {flatten(number, 20)}; /jobs lists them.", "error")
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
