"""The prompt written in an editor of the user's own."""

import signal
import sys
from pathlib import Path

import pytest

from tests.terminal.steps import DONE_MARK, assert_terminal_restored, quit_program
from tests.terminal.terminal import Start, Terminal
from tui.session import events as ev
from tui.session.store import SessionStore

EDITOR = """
import pathlib, sys, time
here, draft = (pathlib.Path(argument) for argument in sys.argv[1:])
draft.write_text(draft.read_text() + " and\\nin two lines\\n")
print("THE EDITOR HAS THE TERMINAL", flush=True)
(here / "begun").touch()
while not (here / "go").exists():
    time.sleep(0.02)
"""


@pytest.fixture
def editor(tmp_path: Path) -> str:
    """An editor that adds a line, and closes once there is a file called go beside it."""
    script = tmp_path / "editor.py"
    script.write_text(EDITOR)
    return f"{sys.executable} {script} {tmp_path}"


def has_answered(home: Path) -> bool:
    """Whether the log has the end of a turn."""
    (path,) = home.glob("data/sessions/*/*.db")
    with SessionStore.open(path, read_only=True) as store:
        return any(isinstance(record.event, ev.TurnEnded) for record in store.records())


def test_while_the_user_writes_in_an_editor_the_turn_goes_on_unseen(
    start_offline: Start, editor: str, tmp_path: Path, own_home: Path
):
    terminal: Terminal = start_offline(pace="60", environment={"EDITOR": editor}).say("hello")
    terminal.wait_for("working").type("a draft").press("ctrl+g")
    terminal.wait_for("THE EDITOR HAS THE TERMINAL")
    since = len(terminal.raw)
    terminal.wait_for(lambda: has_answered(own_home))
    assert bytes(terminal.raw[since:]).strip() == b""
    (tmp_path / "go").touch()
    terminal.wait_for("a draft and").wait_for("in two lines").wait_for(DONE_MARK)
    terminal.press("ctrl+u")
    quit_program(terminal)


def test_an_editor_that_is_none_is_said_and_the_draft_stays(start_offline: Start):
    terminal: Terminal = start_offline(environment={"EDITOR": "no-such-editor"}).type("a draft")
    terminal.press("ctrl+g").wait_for("no-such-editor could not be started").type(" goes on")
    assert "a draft goes on" in terminal.text
    terminal.press("ctrl+u")
    quit_program(terminal)


def test_told_to_end_the_program_takes_its_editor_along(
    start_offline: Start, editor: str, tmp_path: Path
):
    terminal: Terminal = start_offline(environment={"EDITOR": editor}).type("a draft")
    terminal.press("ctrl+g").wait_for(lambda: (tmp_path / "begun").exists())
    terminal.kill(signal.SIGTERM)
    assert terminal.wait_for_exit() == 143
    assert_terminal_restored(terminal)
