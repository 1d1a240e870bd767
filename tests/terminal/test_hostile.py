"""Foreign text is shown, never obeyed: names, contents and output full of control sequences."""

import re
from pathlib import Path

import pytest

from tests.terminal.steps import DONE_MARK, FIX_PROMPT, added_line, answer_question, quit_program
from tests.terminal.terminal import Start, Terminal

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


def asked_about(terminal: Terminal) -> str:
    """The file that a question is about."""
    question = re.compile(r"┃ (?:edit )?src/(emit|lexer|parse|evil)")
    terminal.wait_for(question)
    (name,) = question.findall(terminal.text)
    return name


def test_a_job_on_files_that_want_the_terminal_does_not_give_it_to_them(
    start_offline: Start, trap: Path
):
    terminal = start_offline()
    since = len(terminal.raw)
    terminal.say(FIX_PROMPT)
    # The order is that of the plan, which cannot count the tokens of such a name and guesses.
    while (name := asked_about(terminal)) != "evil":
        answer_question(terminal, f"edit src/{name}.py", "1")
    terminal.wait_for(added_line("def evil"))
    answer_question(terminal, r"src/evil\x1b]52;c;", "2")
    answer_question(terminal, "bash", "1").wait_for(DONE_MARK)
    terminal.press("ctrl+o").wait_for("Noted.").press("pageup").wait_for("def evil")
    assert heard(terminal, since) == []


def test_output_names_pastes_and_nonsense_are_shown_harmlessly(start_offline: Start, trap: Path):
    terminal = start_offline()
    since = len(terminal.raw)
    terminal.say("!sh loud.sh").wait_for(" ! sh loud.sh")
    terminal.press("ctrl+o").wait_for("[/markup][b]bold[/b] [red")
    terminal.type("@src/e").wait_for("src/emit.py").press("ctrl+u").wait_until_gone("❯ @src/e")
    # No text, keys with impossible numbers, and a click nowhere.
    terminal.send(b"\xff\xfe\xc3(\x1b[999999999999999999999A\x1b[55296200~\x1b[:;~\x1b[<;;M")
    terminal.wait_for("❯ \ufffd\ufffd\ufffd(").press("ctrl+u").wait_until_gone("\ufffd")
    terminal.paste(f"look: {EVIL} end").wait_for("red end").press("enter").wait_for("> look:")
    terminal.wait_for(DONE_MARK)
    assert heard(terminal, since) == []
    quit_program(terminal)
