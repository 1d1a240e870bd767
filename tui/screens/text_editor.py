"""The user's own editor for a draft: its command, the file that it edits, and what came of it.

Whatever the editor does, the text comes back: the edited one if the editor ended well, else the
draft as it was. A file with text that cannot be taken is kept, and the remark names its path.
"""

import asyncio
import os
import shlex
import signal
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.child_environment import without_credentials
from tui.child_signals import kill_child, terminate_child
from tui.session.private_files import narrow
from tui.widgets.paste_folding import normalize_paste

if TYPE_CHECKING:
    from textual.app import App

    from tui.widgets.terminal_driver import TerminalDriver

DEFAULT_EDITOR = "vi"
AT_ONCE_SECONDS = 1.0
"""An editor that ends sooner, and has changed nothing, has probably opened a window and not
waited for it."""
LAST_SECONDS = 2.0
"""What an editor may take to end when the program does."""
_UNCHANGED = "The draft is as it was."


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of a draft in an editor."""

    text: str | None
    """The new draft; None where it stays as it was."""
    remark: str = ""
    """What the user should know, as sentences."""


class EditorUnusable(Exception):
    """There is no editor to start.

    Attributes:
        sentence: Why, for the user.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@contextmanager
def released_terminal(app: "App[Any]", terminal: "TerminalDriver | None") -> Iterator[None]:
    """Leave the terminal to another program while ours works on unseen.

    Args:
        app: What paints on it.
        terminal: Its driver; None where that cannot lend it.

    Raises:
        SuspendNotSupported: there is no terminal to leave.
    """
    with app.batch_update(), terminal.lend() if terminal is not None else app.suspend():
        yield


async def edit_in_editor(
    text: str, variables: Mapping[str, str], clock: Callable[[], float] = time.monotonic
) -> Edited:
    """Let the user write `text` in `$VISUAL` or `$EDITOR`; the terminal must be lent.

    Cancelled, it ends the editor.

    Args:
        text: The draft.
        variables: The environment of the program.
        clock: Seconds.
    """
    try:
        command = editor_command(variables)
        path = _write_draft(text)
    except EditorUnusable as error:
        return Edited(None, f"{error.sentence} {_UNCHANGED}")
    except OSError as error:
        return Edited(None, f"No file for the draft could be made: {error.strerror}.")
    kept = False
    try:
        began = clock()
        code = await _run_editor([*command, str(path)], variables)
        edited, kept = _outcome(Path(command[0]).name, code, path, text, clock() - began)
    except EditorUnusable as error:
        edited = Edited(None, f"{error.sentence} {_UNCHANGED}")
    finally:
        if not kept:
            with suppress(OSError):
                path.unlink(missing_ok=True)
    return edited


def editor_command(variables: Mapping[str, str]) -> list[str]:
    """The words of `$VISUAL`, else `$EDITOR`, with `~` and variables replaced as a shell does.

    Raises:
        EditorUnusable: a quote is not closed.
    """
    for name in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(variables.get(name, ""))
        except ValueError as error:
            sentence = f"{name} has a quote that is not closed: {variables[name]}"
            raise EditorUnusable(sentence) from error
        if words:
            return [os.path.expanduser(os.path.expandvars(word)) for word in words]  # noqa: PTH111 - text of a command, not always a path
    return [DEFAULT_EDITOR]


async def _run_editor(command: list[str], variables: Mapping[str, str]) -> int:
    """Run the editor to its end; returns its exit code, negative for a signal.

    Raises:
        EditorUnusable: it could not be started.
    """
    try:
        process = await asyncio.create_subprocess_exec(*command, env=without_credentials(variables))
    except OSError as error:
        sentence = f"The editor {command[0]} could not be started: {error.strerror}. Set $EDITOR."
        raise EditorUnusable(sentence) from error
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            await _end(process)


async def _end(process: Process) -> None:
    """End an editor and wait for it: it may have a terminal to put in order."""
    terminate_child(process)
    try:
        await asyncio.wait_for(process.wait(), LAST_SECONDS)
    except TimeoutError:
        kill_child(process)


def _outcome(name: str, code: int, path: Path, text: str, seconds: float) -> tuple[Edited, bool]:
    """What came of the draft, and whether the file is kept for the user.

    Args:
        name: The editor's.
        code: Its exit code.
        path: The file of the draft.
        text: The draft before.
        seconds: How long the editor ran.
    """
    try:
        written = path.read_bytes()
    except FileNotFoundError:
        return Edited(None, f"The file of the draft is gone. {_UNCHANGED}"), False
    except OSError as error:
        why = f"The edited text could not be read ({error.strerror}). {_UNCHANGED}"
        return Edited(None, f"{why} The file is {path}."), True
    changed = written != text.encode()
    if code:
        where = f" What it wrote is in {path}." if changed else ""
        return Edited(None, f"{name} {_end_words(code)}. {_UNCHANGED}{where}"), changed
    if not changed:
        return _unchanged_outcome(name, path, seconds)
    try:
        return Edited(normalize_paste(written.decode("utf-8-sig")).rstrip("\n")), False
    except UnicodeDecodeError:
        return Edited(None, f"The edited text is not UTF-8. {_UNCHANGED} It is in {path}."), True


def _unchanged_outcome(name: str, path: Path, seconds: float) -> tuple[Edited, bool]:
    if seconds > AT_ONCE_SECONDS:
        return Edited(None), False
    return Edited(
        None,
        f"{name} ended at once. {_UNCHANGED} If {name} has a window of its own, let it wait until "
        f"you close the file: EDITOR='code --wait' or 'gvim --nofork', for example. What you save "
        f"there now stays in {path}.",
    ), True


def _end_words(code: int) -> str:
    if code > 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def _write_draft(text: str) -> Path:
    """Write `text` into a new file of the user's alone.

    Raises:
        OSError: it cannot be written.
    """
    handle, name = tempfile.mkstemp(suffix=".md", prefix="glideslope-")
    with os.fdopen(handle, "wb") as file:
        narrow(handle)
        file.write(text.encode())
    return Path(name)
