"""Starting and leaving: what the first seconds and the last look like in a terminal."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.steps import DONE_MARK, assert_terminal_restored, quit_program
from tests.terminal.terminal import ALTERNATE_SCREEN, BREATH, MOUSE, PASTE, ROOT, Start

COMPOSER = "@ files"


def test_what_is_typed_blindly_while_the_program_loads_is_kept_and_sent(start: Start):
    terminal = start("--simulate", "--budget", "60k", "--pace", "max", fresh=True)
    terminal.wait_for(lambda: terminal.mode(PASTE)).send("hello\r")
    terminal.wait_for("> hello").type("and a draft").wait_for(DONE_MARK)
    assert "❯ and a draft" in terminal.text
    assert "ask" in terminal.lines[-1] and "opus" in terminal.lines[-1]
    # The key that leaves an empty composer does not leave a draft behind.
    terminal.press("ctrl+d").type(" goes on").press("ctrl+u").wait_for(COMPOSER)
    quit_program(terminal, "ctrl+d")


def test_a_line_typed_before_the_program_reads_the_terminal_is_sent(start: Start):
    """The terminal is not told yet to leave keys alone: it makes a line feed of Enter."""
    terminal = start("--simulate", "--budget", "60k", "--pace", "max", fresh=True)
    terminal.send("hello\r")
    terminal.wait_for("> hello").wait_for(DONE_MARK)
    assert "/budget sets one" not in terminal.text
    terminal.close()  # what the terminal itself has echoed stays on its screen


def test_of_several_lines_typed_that_early_none_is_sent(start: Start):
    terminal = start("--simulate", "--budget", "60k", "--pace", "max", fresh=True)
    terminal.send("one\rtwo\r")
    terminal.wait_for("LEFT of 60k").wait_until_gone("starting")
    assert "❯ one" in terminal.text and "> one" not in terminal.text
    terminal.press("ctrl+u")
    terminal.close()


def test_without_a_key_one_can_quit_and_the_terminal_comes_back(start: Start):
    terminal = start().wait_for(COMPOSER)
    assert terminal.mode(ALTERNATE_SCREEN) and terminal.mode(PASTE) and terminal.mode(MOUSE[0])
    terminal.wait_for("Work offline").wait_for("ANTHROPIC_API_KEY")
    terminal.press("escape")
    assert terminal.wait_for_exit() == 2
    assert_terminal_restored(terminal)
    assert "start glideslope --simulate to work offline" in " ".join(terminal.text.split())


def test_without_a_key_the_simulator_can_be_chosen(start: Start):
    terminal = start().wait_for("Work offline")
    terminal.press("enter").wait_until_gone("Work offline").wait_for("ask · simulated")
    quit_program(terminal)


def test_broken_settings_and_keys_are_told_with_file_and_line_and_the_program_works(
    start_offline: Start,
):
    config = Path(os.environ["GLIDESLOPE_HOME"], "config")
    config.mkdir()
    (config / "settings.toml").write_text('effort = "low"\nbudget_scope = "weekly"\n')
    (config / "keybindings.toml").write_text("[keys\n")

    def said() -> str:
        """The transcript in one line; long paths are broken anywhere."""
        rows = (line.partition("▏")[0].strip() for line in terminal.lines)
        return "".join(rows).replace(" ", "")

    terminal = start_offline()
    terminal.wait_for(lambda: re.search(r"settings\.toml,line2:.*weekly", said()))
    terminal.wait_for(lambda: re.search(r"keybindings\.toml,line1:", said()))
    terminal.say("hello").wait_for(DONE_MARK)
    quit_program(terminal)


def test_there_is_nothing_to_continue_yet(start: Start):
    terminal = start("--simulate", "-c").wait_for("▸ New session")
    terminal.press("ctrl+c").wait_for("No session is open")
    quit_program(terminal)


@pytest.mark.parametrize("piped", ["stdin", "stdout"])
def test_where_one_side_is_no_terminal_that_is_one_sentence_and_exit_2(piped: str, tmp_path: Path):
    ours, theirs = os.openpty()
    sides: dict[str, Any] = {
        "stdin": theirs,
        "stdout": theirs,
        "stderr": subprocess.PIPE,
        piped: subprocess.PIPE,
    }
    ended = subprocess.run(
        [sys.executable, "-m", "tui.cli", "--simulate"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
        **{side: end for side, end in sides.items() if (side, end) != ("stdin", subprocess.PIPE)},
        input=b"" if piped == "stdin" else None,
    )
    os.close(theirs)
    os.close(ours)
    assert ended.returncode == 2
    (sentence,) = ended.stderr.decode().splitlines()
    assert "not a terminal" in sentence and "glideslope -p" in sentence
    assert not ended.stdout


EARLY_OR_LATE = {"before the terminal is ours": None, "before the first frame": PASTE}


@pytest.mark.parametrize("phase", EARLY_OR_LATE)
def test_enter_and_then_escape_while_the_program_starts_send_nothing(
    phase: str, start: Start
) -> None:
    terminal = start("--simulate", "--budget", "60k", "--pace", "max", fresh=True)
    if (mode := EARLY_OR_LATE[phase]) is not None:
        terminal.wait_for(lambda: terminal.mode(mode))
    terminal.send("hello\r")
    terminal.listen(BREATH)
    terminal.send("\x1b")
    terminal.wait_for("LEFT of 60k").wait_until_gone("starting")
    terminal.wait_for("❯ hello").listen(0.3)
    assert "> hello" not in terminal.text
    terminal.press("ctrl+u")
    terminal.close()  # what the terminal itself has echoed stays on its screen


def test_enter_and_then_escape_send_nothing_or_interrupt(start: Start) -> None:
    terminal = start("--simulate", "--budget", "60k", "--pace", "40").wait_for(COMPOSER)
    terminal.say("hello").listen(0.1)
    terminal.press("escape")
    terminal.wait_for(re.compile("❯ hello|interrupted after")).wait_for("LEFT of 60k")
    terminal.press("end", "ctrl+u").wait_for(COMPOSER)
    quit_program(terminal)
