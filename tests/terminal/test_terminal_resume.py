"""Coming back: after quitting, after a kill in mid-sentence, and when somebody else is in there."""

import os
import signal
from pathlib import Path

import pytest
from terminal import Terminal

pytestmark = pytest.mark.terminal

JOB = "Review all Python files and fix missing return annotations"
DONE = "── done"


def leave(terminal: Terminal) -> None:
    terminal.press("ctrl+c", "ctrl+c")
    assert terminal.wait_for_exit() == 0


def transcript(terminal: Terminal) -> list[str]:
    """The rows of the transcript, without the sidebar."""
    rows = [line.partition("▏")[0].rstrip(" ▁▂▃▄▅▆▇█") for line in terminal.lines]
    end = next(at for at, row in enumerate(rows) if row.startswith("─────"))
    return rows[:end]


def sidebar(terminal: Terminal) -> list[str]:
    """The rows of the sidebar but for the countdown of the cache."""
    rows = [line.partition("▏ ")[2] for line in terminal.lines]
    return [row for row in rows if "cache" not in row]


def test_a_session_comes_back_as_it_was(fly) -> None:
    terminal = fly("--permission-mode", "auto").say(JOB).wait_for(DONE)
    before, beside = transcript(terminal), sidebar(terminal)
    leave(terminal)
    again = fly("-c").wait_for(DONE).wait_for("5/5")
    assert transcript(again) == before
    assert [row for row in sidebar(again) if "limits" not in row] == [
        row for row in beside if "limits" not in row
    ]
    assert "auto" in again.lines[-1]
    again.press("up").wait_for(f"❯ {JOB}")


def test_a_kill_in_mid_sentence_loses_half_a_second_at_most(fly) -> None:
    terminal = fly(pace="40").say("hello").wait_for("only rules")
    seen = words(terminal)
    terminal.listen(0.6)  # so that it has been there for longer than what may be lost
    assert "What shall it be?" not in terminal.text
    terminal.kill(signal.SIGKILL)
    assert terminal.wait_for_exit() == -signal.SIGKILL
    again = fly("-c").wait_for("The program ended while this answer was streaming")
    assert seen[seen.index("Hello!") :] in words(again)
    again.say("hello").wait_for(DONE).wait_for("What shall it be?")
    leave(again)


def words(terminal: Terminal) -> str:
    """The transcript without its line breaks."""
    return " ".join(" ".join(transcript(terminal)).split())


def test_a_session_that_is_open_elsewhere_is_left_alone(fly, start) -> None:
    first = fly().say("hello").wait_for(DONE)
    second = start("--simulate", "--budget", "60k", "-c").wait_for("another")
    second.wait_until_gone("opening the session")
    first.say("and again").wait_for("> and again")
    leave(second)
    leave(first)


def test_there_is_nothing_to_continue_yet(start) -> None:
    terminal = start("--simulate", "-c").wait_for("no earlier session")
    leave(terminal)


def test_a_simulator_that_dies_in_mid_sentence_ends_in_a_sentence(fly) -> None:
    terminal = fly(pace="40").say("hello").wait_for("writing")
    (simulator,) = [pid for pid in terminal.children() if "simulator" in command(pid)]
    os.kill(simulator, signal.SIGKILL)
    terminal.wait_for("broke off").wait_for("trying again")
    terminal.press("escape").wait_for("── interrupted")
    assert "Traceback" not in terminal.text
    leave(terminal)


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
