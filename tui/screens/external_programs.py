"""Programs that the chat runs: the user's shell commands, ripgrep for file names."""

import asyncio
from contextlib import suppress

from tui.agent.concurrency import Interrupted, run_interruptible
from tui.agent.tools.base import ToolEnvironment, ToolError
from tui.agent.tools.registry import TOOLS
from tui.agent.tools.ripgrep import list_files
from tui.session import events as ev
from tui.widgets.completion import is_writable_path
from tui.widgets.file_index import FileIndex

MOST_FILES = 1_000_000
"""Paths searched for `@`."""


async def run_shell_command(
    command: str, world: ToolEnvironment, stop: asyncio.Event
) -> ev.ShellRan:
    """Run the user's own command in the project folder, the way the model's tool would.

    No permission is asked and no sandbox holds it: the user typed it. What it had printed
    when `stop` was set is kept.
    """
    tool = TOOLS["bash"]
    printed = ""

    def hear(text: str) -> None:
        nonlocal printed
        printed = text

    try:
        call = tool.prepare({"command": command, "access": "outside"}, world)
        outcome = await run_interruptible(stop, lambda: tool.run(call, world, hear))
    except ToolError as error:
        return ev.ShellRan(command=command, output=error.sentence, outcome="error")
    except Interrupted:
        said = world.redactor(printed).text
        return ev.ShellRan(command=command, output=said, outcome="error", summary="interrupted")
    return ev.ShellRan(
        command=command,
        output=(await asyncio.to_thread(world.redactor, outcome.content)).text,
        outcome=outcome.status,
        summary=outcome.summary,
    )


async def list_project_files(world: ToolEnvironment) -> FileIndex:
    """The files of the project as ripgrep walks it, without those that are ignored.

    Empty where it cannot list them.
    """
    paths: list[str] = []
    left_out = 0
    with suppress(ToolError):
        async for some in list_files(world, world.folder):
            writable = [path for path in some if is_writable_path(path)]
            left_out += len(some) - len(writable)
            paths += writable
            if len(paths) > MOST_FILES:
                break
    more = len(paths) > MOST_FILES
    del paths[MOST_FILES:]
    return await asyncio.to_thread(FileIndex, paths, left_out=left_out, is_truncated=more)
