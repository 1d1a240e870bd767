"""Programs that the chat runs: the user's shell commands, an editor, ripgrep for file names."""

import asyncio
import os
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.agent.concurrency import Interrupted, run_interruptible
from tui.agent.tools.base import ToolEnvironment, ToolError
from tui.agent.tools.registry import TOOLS
from tui.agent.tools.ripgrep import list_files
from tui.child_environment import without_credentials
from tui.session import events as ev
from tui.session.private_files import narrow
from tui.widgets.completion import is_writable_path
from tui.widgets.file_index import FileIndex

if TYPE_CHECKING:
    from textual.app import App

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


@contextmanager
def released_terminal(app: "App[Any]") -> Iterator[None]:
    """Leave the terminal to another program while ours works on unseen.

    Textual's own way does not come back after an exception (8.2.8).

    Raises:
        SuspendNotSupported: there is no terminal to leave.
    """
    raised: Exception | None = None
    with app.batch_update(), app.suspend():
        try:
            yield
        except Exception as error:
            raised = error
    if raised is not None:
        raise raised


async def edit_in_editor(text: str) -> str:
    """`text` after the user wrote in `$VISUAL` or `$EDITOR`; the terminal must be lent.

    Cancelled, it ends the editor.

    Raises:
        OSError: the editor could not be started.
        ValueError: the variable has unbalanced quotes, or the text is not UTF-8 any more.
    """
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with _draft_file(text) as path:
        process = await asyncio.create_subprocess_exec(
            *editor, str(path), env=without_credentials(os.environ)
        )
        try:
            await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
        return _read_edited(path)


@contextmanager
def _draft_file(text: str) -> Iterator[Path]:
    """A file of the user's alone that holds `text`; gone afterwards."""
    handle, name = tempfile.mkstemp(suffix=".md", prefix="glideslope-")
    path = Path(name)
    try:
        narrow(handle)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _read_edited(path: Path) -> str:
    """What an editor left; most end a text with a line end of their own."""
    return path.read_text(encoding="utf-8").rstrip("\n")
