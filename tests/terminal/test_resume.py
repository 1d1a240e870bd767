"""Coming back: after quitting, after a kill in mid-sentence, and when somebody else is in there."""

import os
import signal
from pathlib import Path

from tests.terminal.steps import DONE_MARK, FIX_PROMPT, quit_program
from tests.terminal.terminal import Start, Terminal


def transcript(terminal: Terminal) -> list[str]:
    """The rows of the transcript, without the sidebar."""
    rows = [line.partition("▏")[0].rstrip(" ▁▂▃▄▅▆▇█") for line in terminal.lines]
    end = next(at for at, row in enumerate(rows) if row.startswith("─────"))
    return rows[:end]


def words(terminal: Terminal) -> str:
    """The transcript without its line breaks."""
    return " ".join(" ".join(transcript(terminal)).split())


def sidebar(terminal: Terminal) -> list[str]:
    """The rows of the sidebar, but for the countdown of the cache and the server's limits."""
    rows = [line.partition("▏ ")[2] for line in terminal.lines]
    return [row for row in rows if "cache" not in row and "limits" not in row]


def test_a_session_comes_back_as_it_was_and_only_one_program_is_in_it(
    start_offline: Start, start: Start
):
    terminal = start_offline("--permission-mode", "auto").say(FIX_PROMPT).wait_for(DONE_MARK)
    terminal.wait_until_gone("esc interrupt")
    before, beside = transcript(terminal), sidebar(terminal)
    quit_program(terminal)
    assert "tokens used. To go on: glideslope --simulate -r " in " ".join(terminal.text.split())
    again = (
        start_offline("-c", "--permission-mode", "auto").wait_for(DONE_MARK).wait_for("5 of 5 done")
    )
    # Below it stands that the simulator is another one, whose prompt cache is empty.
    shown = transcript(again)
    rest = next(at for at, row in enumerate(shown) if "! The simulator was started again" in row)
    kept = [row for row in shown[:rest] if row]
    assert len(kept) > 10
    assert kept == [row for row in before if row][-len(kept) :]
    assert sidebar(again) == beside
    assert "auto" in again.lines[-1]
    again.press("up").wait_for(f"❯ {FIX_PROMPT}")
    other = start("--simulate", "-c").wait_for("▸ Go on in a copy")
    other.press("escape").wait_for("No session is open")
    quit_program(other)
    again.press("ctrl+u").say("and again").wait_for("> and again")
    quit_program(again)


def test_a_kill_in_mid_sentence_loses_half_a_second_at_most(start_offline: Start):
    terminal = start_offline(pace="20").say("hello").wait_for("only rules")
    seen = words(terminal)
    terminal.say("and be quick").wait_for("↳ and be quick")
    terminal.listen(1.0)  # the half second, and as much again for a machine that is busy
    assert "What would you like?" not in terminal.text
    terminal.kill(signal.SIGKILL)
    assert terminal.wait_for_exit() == -signal.SIGKILL
    assert terminal.left_running() == set()
    again = start_offline("-c").wait_for("The program ended while this answer was streaming")
    assert seen[seen.index("Hello!") :] in words(again)
    again.wait_for("❯ and be quick").press("ctrl+u")
    again.say("hello").wait_for(DONE_MARK).wait_for("What would you like?")
    quit_program(again)


def test_a_simulator_that_dies_in_mid_sentence_ends_in_a_sentence(start_offline: Start):
    terminal = start_offline(pace="20").say("hello").wait_for("Hello!")
    (simulator,) = [pid for pid in terminal.descendants() if "simulator" in command(pid)]
    os.kill(simulator, signal.SIGKILL)
    terminal.wait_for("broke off").wait_for("trying again")
    terminal.press("escape").wait_for("── interrupted")
    assert "Traceback" not in terminal.text
    quit_program(terminal)


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
