"""Told to end by the system, in mid-answer: the session is closed, the terminal given back."""

import json
import signal
from pathlib import Path

from tests.support.forked_program import run_program
from tests.terminal.steps import EXPLAIN_PROMPT, assert_terminal_restored
from tests.terminal.terminal import Start


def how_it_ended(project: Path) -> str:
    """How the last turn of the only session of a folder ended, as the program lists it."""
    listed = run_program("sessions", "list", "--json", folder=project)
    (session,) = json.loads(listed.stdout)["sessions"]
    return session["end"]


def test_terminated_in_mid_answer_it_leaves_in_order(start_offline: Start, project: Path):
    terminal = start_offline(pace="40").say(EXPLAIN_PROMPT).wait_for("working")
    terminal.kill(signal.SIGTERM)
    assert terminal.wait_for_exit() == 128 + signal.SIGTERM
    assert_terminal_restored(terminal)
    assert how_it_ended(project) == "interrupted"


def test_with_its_window_closed_in_mid_answer_it_leaves_in_order(
    start_offline: Start, project: Path
):
    terminal = start_offline(pace="40").say(EXPLAIN_PROMPT).wait_for("working")
    terminal.hang_up()
    assert terminal.wait_for_exit() == 128 + signal.SIGHUP
    assert terminal.left_running() == set()
    assert how_it_ended(project) == "interrupted"
