"""Put into the background with ctrl+z, and back again."""

import signal
from pathlib import Path

from tests.terminal.steps import DONE_MARK
from tests.terminal.terminal import Start, Terminal


def is_stopped(terminal: Terminal) -> bool:
    """Whether the program sleeps; one that is gone does not."""
    try:
        state = Path(f"/proc/{terminal.process.pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return state.rpartition(")")[2].split()[0] == "T"


def test_back_from_the_background_everything_is_painted_and_the_draft_is_there(
    start_offline: Start,
):
    terminal = start_offline().say("hello").wait_for(DONE_MARK).type("a draft")
    terminal.press("ctrl+z").wait_for(lambda: is_stopped(terminal))
    assert terminal.restored == dict.fromkeys(terminal.restored, True)
    since = len(terminal.raw)
    terminal.kill(signal.SIGCONT)
    terminal.wait_for(lambda: all(w in terminal.raw[since:] for w in (b"EFFORT", b"a draft")))
    terminal.type(" goes on").press("ctrl+u", "ctrl+d")
    assert terminal.wait_for_exit() == 0
