"""Whatever an editor does, the draft or the edited text comes back: one program, many rows.

The draft names what the editor does, so that one editor is enough.
"""

import os
import signal
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.terminal.steps import quit_program
from tests.terminal.terminal import BREATH, Start, Terminal
from tests.terminal.test_input import clear, draft

EDITOR = r"""#!PYTHON
import os, pathlib, signal, sys, time
path = pathlib.Path(sys.argv[-1])
draft = path.read_text()
begun = pathlib.Path(__file__).parent / "begun"
def ready():
    begun.write_text(str(os.getpid()))
    signal.pause()
match draft.split()[0]:
    case "fails":
        path.write_text("other text"); sys.exit(3)
    case "quits":
        sys.exit(1)
    case "killed":
        path.write_text("half of it"); os.kill(os.getpid(), signal.SIGKILL)
    case "latin":
        path.write_bytes(b"caf\xe9 au lait")
    case "gone":
        path.unlink()
    case "folder":
        path.unlink(); path.mkdir()
    case "replaced":
        other = path.with_suffix(".new"); other.write_text("new text\n"); other.replace(path)
    case "windows":
        path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    case "controls":
        path.write_bytes(b"a\x1b[31mb\x00c")
    case "emptied":
        path.write_text("")
    case "slow":
        signal.signal(signal.SIGUSR1, lambda *_: None)
        ready()
        path.write_text("written slowly\n")
    case "hung":
        ready()
    case "deaf":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGUSR1, lambda *_: None)
        ready()
        path.write_text("written by a deaf one\n")
begun.unlink(missing_ok=True)
"""

UNCHANGED = "The draft is as it was."


class Row(NamedTuple):
    """One draft, and what comes of it."""

    draft: str
    after: list[str]
    said: str = ""
    keys: str = ""
    """Typed while the editor is open."""


ROWS = [
    Row("fails here", ["fails here"], f"ended with exit code 3. {UNCHANGED} What it wrote is in"),
    Row("quits here", ["quits here"], f"ended with exit code 1. {UNCHANGED}"),
    Row("killed here", ["killed here"], f"was ended by SIGKILL. {UNCHANGED} What it wrote is in"),
    Row("latin here", ["latin here"], "The edited text is not UTF-8"),
    Row("gone here", ["gone here"], f"The file of the draft is gone. {UNCHANGED}"),
    Row("folder here", ["folder here"], "could not be read (Is a directory)"),
    Row("at once", ["at once"], "ended at once"),
    Row("replaced here", ["new text"]),
    Row("windows here", ["one", "two"]),
    Row("controls here", ["a[31mbc"]),
    Row("emptied here", []),
    Row("slow one", ["written slowly"], keys="typed for the editor\r\x1b[A"),
    Row("hung one", ["hung one"], "was ended by SIGINT", keys="\x03"),
    Row("hung two", ["hung two"], "was ended by SIGQUIT", keys="\x1c"),
    Row("deaf one", ["written by a deaf one"], keys="\x03\x03\x03"),
]


@pytest.fixture
def editor(tmp_path: Path) -> Path:
    """A folder with a space in its name, in it the editor, and drafts of its own."""
    folder = tmp_path / "my tools"
    folder.mkdir()
    script = folder / "ed.py"
    script.write_text(EDITOR.replace("#!PYTHON", f"#!{sys.executable} -IS"))
    script.chmod(0o755)
    return folder


def said(terminal: Terminal) -> str:
    """The transcript in one line."""
    return "".join("".join(row.partition("▏")[0] for row in terminal.lines).split())


def edit(terminal: Terminal, row: Row, folder: Path) -> None:
    """Type the draft of a row, open the editor, and type into that."""
    begun = folder / "begun"
    begun.unlink(missing_ok=True)
    terminal.type(row.draft).listen(BREATH)
    terminal.press("ctrl+g")
    if row.keys:
        terminal.wait_for(lambda: begun.exists() and begun.read_text())
        terminal.send(row.keys)
        terminal.listen(BREATH)
        if "slow" in row.draft or "deaf" in row.draft:
            os.kill(int(begun.read_text()), signal.SIGUSR1)


def check(terminal: Terminal, row: Row) -> None:
    """Wait for the draft and the sentence of a row."""
    want = "".join(row.said.split())
    try:
        terminal.wait_for(lambda: draft(terminal) == row.after and want in said(terminal), 20)
    except AssertionError as error:
        raise AssertionError(f"{row}: {draft(terminal)}\n{terminal.text}") from error


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal that can be lent")
def test_the_draft_or_the_edited_text_comes_back(start_offline: Start, editor: Path) -> None:
    drafts = editor / "drafts"
    drafts.mkdir()
    terminal = start_offline(
        size=(100, 40),
        environment={"EDITOR": f"'{editor}/ed.py' --flag", "TMPDIR": str(drafts), "VISUAL": ""},
    )
    for row in ROWS:
        clear(terminal)
        edit(terminal, row, editor)
        check(terminal, row)
    clear(terminal)
    kept = sorted(path.read_bytes() for path in drafts.iterdir() if path.is_file())
    assert kept == [b"at once", b"caf\xe9 au lait", b"half of it", b"other text"]
    quit_program(terminal)
