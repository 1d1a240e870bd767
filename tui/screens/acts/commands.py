"""Commands about the model's commands: the sandbox that holds them, and what they left running."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tui.screens.acts.act import act
from tui.screens.sandbox_page import sandbox_page
from tui.widgets.lines import flat
from tui.widgets.numbers import clock
from tui.widgets.option_rows import Option

if TYPE_CHECKING:
    from tui.agent.jobs import Jobs, JobStatus
    from tui.screens.chat import ChatScreen

_END = 4_000
"""Bytes of a job's output in which its last line is looked for."""


@act("sandbox.show")
def sandbox(chat: "ChatScreen", args: str) -> None:
    """What is enforced on this system."""
    if chat.opened is not None:
        chat.say(sandbox_page(chat.opened.driver.means.world.sandbox), from_top=True)


@act("jobs.show")
async def jobs(chat: "ChatScreen", args: str) -> None:
    """Choose one of the jobs to stop it, or stop the one named."""
    if chat.opened is None:
        return
    running = chat.opened.driver.means.world.jobs
    word, _, number = args.partition(" ")
    if args and word != "stop":
        chat.say_notice("/jobs lists them, /jobs stop NUMBER stops one.", "error")
        return
    if not args:
        chosen = await _choose(chat, running)
        if chosen is None:
            return
        number = chosen
    await _stop(chat, running, number.strip())


async def _choose(chat: "ChatScreen", running: "Jobs") -> str | None:
    every = running.listing()
    if not every:
        chat.say_notice("No command left anything running.")
        return None
    said = await asyncio.gather(*(asyncio.to_thread(_last_line, job.file) for job in every))
    options = [
        Option(str(job.number), f"{job.number}  {flat(job.line, 60)}", _state(job), line)
        for job, line in zip(every, said, strict=True)
    ]
    return await chat.choose("Jobs · enter stops the marked one", options)


async def _stop(chat: "ChatScreen", running: "Jobs", number: str) -> None:
    job = running.status(int(number)) if number.isascii() and number.isdigit() else None
    if job is None:
        chat.say_notice(f"There is no job {flat(number, 20)}; /jobs lists them.", "error")
    elif await running.stop(job.number):
        chat.say_notice(f"Stopped job {job.number}.")
    else:
        chat.say_notice(f"Job {job.number} had ended already.")


def _state(job: "JobStatus") -> str:
    return f"running for {clock(job.seconds)}" if job.running else "ended"


def _last_line(file: Path | None) -> str:
    """The last line that a job printed; empty where it printed nothing that can be read."""
    if file is None:
        return ""
    try:
        with file.open("rb") as output:
            output.seek(max(0, output.seek(0, os.SEEK_END) - _END))
            lines = output.read(_END).decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((shown for line in reversed(lines) if (shown := flat(line, 60))), "")
