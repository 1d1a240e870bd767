"""Errands of the chat outside the program: the user's shell, an editor, the list of files."""

import asyncio
import os
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tui.agent.flow import Interrupted, unless
from tui.agent.tools import TOOLS
from tui.agent.tools.base import ToolError, World
from tui.agent.tools.ripgrep import search
from tui.session import events as ev

MOST_FILES = 50_000
"""Paths offered for `@`."""


async def run_shell(command: str, world: World, stop: asyncio.Event) -> ev.ShellRan:
    """Run the user's own command in the project folder, the way the model's tool would.

    No permission is asked: the user typed it. What it had printed when `stop` was set is kept.
    """
    tool = TOOLS["bash"]
    printed = ""

    def hear(text: str) -> None:
        nonlocal printed
        printed = text

    try:
        call = tool.prepare({"command": command}, world)
        outcome = await unless(stop, lambda: tool.run(call, world, hear))
    except ToolError as error:
        return ev.ShellRan(command=command, output=error.sentence, outcome="error")
    except Interrupted:
        return ev.ShellRan(command=command, output=printed, outcome="error", summary="interrupted")
    return ev.ShellRan(
        command=command, output=outcome.content, outcome=outcome.outcome, summary=outcome.summary
    )


async def project_files(world: World) -> Sequence[str] | None:
    """Paths in the project, as ripgrep walks it, without ignored files; None where it cannot."""
    try:
        found = await search(
            ("--files",), world, folder=world.folder, most=MOST_FILES, keep=lambda line: line
        )
    except ToolError:
        return None
    return found.lines


def edit(text: str) -> str:
    """`text` after the user wrote in `$VISUAL` or `$EDITOR`; the screen must be suspended.

    Raises:
        OSError: the editor could not be started.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    handle, name = tempfile.mkstemp(suffix=".md", prefix="glideslope-")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        subprocess.run([*shlex.split(editor), name], check=False)
        return path.read_text(encoding="utf-8").rstrip("\n")
    finally:
        path.unlink(missing_ok=True)
