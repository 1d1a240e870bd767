"""Foreign text is shown, never obeyed: names, contents and output full of control sequences."""

import re
from pathlib import Path

import pytest
from terminal import Terminal

pytestmark = pytest.mark.terminal

JOB = "Review all Python files and fix missing return annotations"
DONE = "── done"

CLIPBOARD, CLEAR, TITLE, C1 = "\x1b]52;c;ZXZpbA==\x07", "\x1b[2J", "\x1b]0;evil\x07", "\x9b2J"
MARKUP = "[/markup][b]bold[/b] [red"
EVIL = CLIPBOARD + CLEAR + TITLE + C1 + MARKUP
OBEYED = re.compile(rb"\x1b\][^1]|\x1b\[[0-3]?J|\xc2\x9b|ZXZpbA==\x07")
"""An OSC other than a colour query, a clearing of the screen, a C1 control."""


@pytest.fixture
def trap(project: Path) -> Path:
    """A project with a file whose name and content want to control the terminal."""
    name = f"evil{CLIPBOARD}{CLEAR}[b]{C1}.py".replace("/", "")
    source = f'"""{EVIL}"""\n\n\ndef evil(text: str):  # {EVIL}\n    return text.split()\n'
    (project / "src" / name).write_text(source)
    (project / "loud.sh").write_text(f"printf '%s' '{EVIL}'; printf '%s' '{EVIL}' >&2\n")
    return project


def heard(terminal: Terminal, since: int) -> list[bytes]:
    """Control sequences of the foreign text that reached the terminal."""
    return OBEYED.findall(bytes(terminal.raw[since:]))


def test_a_job_on_files_that_want_the_terminal_does_not_give_it_to_them(fly, trap: Path) -> None:
    terminal = fly("--permission-mode", "auto")
    since = len(terminal.raw)
    terminal.say(JOB).wait_for(DONE)
    assert "evil" in terminal.text
    terminal.press("ctrl+o").wait_for("def evil")
    assert heard(terminal, since) == []


def test_a_question_about_them_shows_them_harmlessly(fly, trap: Path) -> None:
    terminal = fly()
    since = len(terminal.raw)
    terminal.say(JOB).wait_for("yes, once")
    assert heard(terminal, since) == []


def test_output_of_commands_and_names_of_files_are_shown_harmlessly(fly, trap: Path) -> None:
    terminal = fly()
    since = len(terminal.raw)
    terminal.say("!sh loud.sh").wait_for("● !")
    terminal.press("ctrl+o").wait_for("[/markup][b]bold[/b] [red")
    terminal.type("@src/e").wait_for("src/emit.py")
    assert heard(terminal, since) == []


def test_pasted_control_sequences_are_text(fly) -> None:
    terminal = fly()
    since = len(terminal.raw)
    terminal.paste(f"look: {EVIL} end").wait_for("[/markup]").press("enter").wait_for("> look:")
    terminal.wait_for(DONE)
    assert heard(terminal, since) == []
