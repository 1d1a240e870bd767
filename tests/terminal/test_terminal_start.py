"""Starting and leaving: what the first seconds and the last look like in a terminal."""

import os
import re
from pathlib import Path

import pytest
from terminal import ALTERNATE_SCREEN, MOUSE, PASTE, Terminal

pytestmark = pytest.mark.terminal

COMPOSER = "@ files"
DONE = "── done"


def leave(terminal: Terminal) -> None:
    """Quit with ctrl+c twice, and find the terminal as it was."""
    terminal.press("ctrl+c", "ctrl+c")
    assert terminal.wait_for_exit() == 0
    assert_restored(terminal)


def assert_restored(terminal: Terminal) -> None:
    assert terminal.restored == dict.fromkeys(terminal.restored, True)


def test_the_first_frame_is_a_composer_and_the_terminal_comes_back(fly) -> None:
    terminal = fly()
    assert COMPOSER in terminal.text
    assert terminal.mode(ALTERNATE_SCREEN) and terminal.mode(PASTE) and terminal.mode(MOUSE[0])
    assert "ask" in terminal.lines[-1] and "opus" in terminal.lines[-1]
    leave(terminal)


def test_ctrl_d_leaves_an_empty_composer_but_not_a_draft(fly) -> None:
    terminal = fly().type("draft")
    terminal.press("ctrl+d", "end").type(" goes on").press("ctrl+u", "ctrl+d")
    assert terminal.wait_for_exit() == 0
    assert_restored(terminal)


def test_what_is_typed_before_the_session_is_open_is_kept_and_sent(start) -> None:
    terminal = start("--simulate", "--pace", "max", "--budget", "60k").wait_for(COMPOSER)
    terminal.say("hello there")
    terminal.type("and a draft").wait_for(DONE)
    assert "> hello there" in terminal.text
    assert "❯ and a draft" in terminal.text


def test_what_is_typed_blindly_while_the_program_loads_is_kept(start) -> None:
    terminal = start("--simulate", "--pace", "max", "--budget", "60k")
    terminal.wait_for(lambda: terminal.mode(PASTE))
    terminal.send("typed early")
    terminal.wait_for("❯ typed early").wait_for("left of 60k")
    assert "❯ typed early" in terminal.text


def test_without_a_key_both_ways_are_offered_and_the_simulator_can_be_chosen(start) -> None:
    terminal = start().wait_for("There is no API key")
    assert "Work offline" in terminal.text and "ANTHROPIC_API_KEY" in terminal.text
    terminal.press("enter").wait_until_gone("Work offline").wait_for("simulated")
    terminal.say("hello").wait_for(DONE)
    leave(terminal)


def test_without_a_key_one_can_quit_too(start) -> None:
    terminal = start().wait_for("Work offline")
    terminal.press("down", "enter")
    assert terminal.wait_for_exit() == 0
    assert_restored(terminal)


def test_broken_settings_and_keys_are_told_with_file_and_line_and_the_program_works(fly) -> None:
    config = Path(os.environ["GLIDESLOPE_HOME"], "config")
    config.mkdir()
    (config / "settings.toml").write_text('effort = "low"\nbudget_scope = "weekly"\n')
    (config / "keybindings.toml").write_text("[keys\n")
    terminal = fly().wait_for("keybindings.toml").wait_for("settings.toml")
    said = " ".join(line.split("▏")[0].strip() for line in terminal.lines)
    assert re.search(r"settings\.toml:2|settings\.toml, line 2", said), terminal.text
    assert re.search(r"keybindings\.toml:1|keybindings\.toml, line 1", said), terminal.text
    assert "weekly" in said
    terminal.say("hello").wait_for(DONE)
    leave(terminal)


def test_nothing_heavy_is_imported_before_the_first_frame(project: Path, start) -> None:
    terminal = start("--simulate", "--budget", "60k", environment={"PYTHONSTARTUP": ""})
    terminal.wait_for("left of 60k")
    leave(terminal)
